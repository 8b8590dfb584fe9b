"""Keep TensorFlow's start-up talk off the screen.

Its C++ code writes a dozen lines on processors and missing GPUs to standard error,
whatever TF_CPP_MIN_LOG_LEVEL says (2.20, 2.21). `emostack doctor` tells the same in one
line; `-v` lets it talk.
"""

import contextlib
import importlib.abc
import importlib.machinery
import logging
import os
import sys
import tempfile
from collections.abc import Iterator

__all__ = ["hush_tensorflow", "quiet_trainer"]


def hush_tensorflow() -> None:
    """Arrange that TensorFlow, whenever it is imported, starts silently."""
    sys.meta_path.insert(0, _Finder())


def quiet_trainer() -> None:
    """Keep TensorFlow's talk off the screen, in a process that trains."""
    hush_tensorflow()
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds TensorFlow as usual, once, and wraps what loads it."""

    def find_spec(self, fullname, path, target=None):
        if fullname != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(importlib.abc.Loader):
    def __init__(self, loader):
        self.loader = loader

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        with _held_back():
            self.loader.exec_module(module)
            module.config.list_logical_devices()  # talks when devices are looked for


@contextlib.contextmanager
def _held_back() -> Iterator[None]:
    """Hold back what is written to standard error, even by C; show it on failure."""
    sys.stderr.flush()
    screen = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(screen, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(screen, 2)
            os.close(screen)
