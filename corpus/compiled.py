"""Loops compiled by numba: kept once they are compiled, and in vectors where told.

Whoever imports this imports numba. A function is compiled at its first call, which
takes seconds, and kept beside its file, or where numba's settings say.
"""

from collections.abc import Callable
from typing import Any

from numba import njit
from numba.core.compiler import Compiler

__all__ = ["apart", "compiled"]


class _Apart(Compiler):
    """Compiles a function whose arguments share no memory."""

    def define_pipelines(self):
        self.state.flags.noalias = True
        return super().define_pipelines()


def compiled(**more: Any) -> Callable[[Callable], Callable]:
    """Return numba's decorator, without a cache where there is no room for one."""

    def decorate(function: Callable) -> Callable:
        how = {"nogil": True, "error_model": "numpy", **more}
        try:
            return njit(cache=True, **how)(function)
        except RuntimeError:  # neither this folder nor the user's can be written
            return njit(**how)(function)

    return decorate


def apart(**more: Any) -> Callable[[Callable], Callable]:
    """Return the decorator of a loop in which no two arguments share what is written.

    Only then does the compiler turn to the processor's vector units by itself.
    """
    return compiled(pipeline_class=_Apart, **more)
