"""Where a stage says what it does, and how far it is."""

import contextlib
from typing import Protocol

__all__ = ["SILENCE", "Show", "Silence"]


class Show(Protocol):
    """Where stages say what they do: `SILENCE`, or `scripts.console.Terminal`."""

    def say(self, text: str) -> None:
        """Print a line."""

    def bar(self, stage: str, unit: str = "takes"):
        """Return a context manager that yields `update(done, total, note="")`."""


class Silence:
    """Says nothing: for calls from Python."""

    def say(self, text: str) -> None:
        """Say nothing."""

    @contextlib.contextmanager
    def bar(self, stage: str, unit: str = "takes"):
        """Show nothing."""
        yield lambda done, total, note="": None


SILENCE = Silence()
