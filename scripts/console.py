"""What commands show while they work: a live bar on a terminal, lines in a log file."""

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

__all__ = ["Terminal", "of"]

SECONDS_BETWEEN_LINES = 10.0


class Terminal:
    """Shows stages and their progress.

    Args:
        console: Where to; a file or pipe gets plain lines, one every ten seconds.
        bars: Whether progress is shown at all.
    """

    def __init__(self, console: Console, *, bars: bool = True):
        self.console, self.bars = console, bars

    def say(self, text: str) -> None:
        """Print a line, as it is."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    @contextlib.contextmanager
    def bar(self, stage: str, unit: str = "takes") -> Iterator:
        """Show the progress of one stage; yields `update(done, total, note="")`."""
        if not self.bars:
            yield lambda done, total, note="": None
            return
        if self.console.is_terminal:
            with Progress(
                TextColumn("{task.description:<22}"),
                BarColumn(bar_width=None),
                MofNCompleteColumn(),
                TextColumn(unit + " {task.fields[note]}"),
                TimeRemainingColumn(),
                console=self.console,
                transient=True,
            ) as progress:
                task = progress.add_task(stage, total=None, note="")

                def update(done: int, total: int, note: str = "") -> None:
                    progress.update(task, completed=done, total=total, note=note)

                yield update
            return
        started = last = time.monotonic()

        def update(done: int, total: int, note: str = "") -> None:
            nonlocal last
            now = time.monotonic()
            if now - last < SECONDS_BETWEEN_LINES or not done:
                return
            last = now
            left = (now - started) * (total - done) / done
            self.say(
                f"{stage:<22} {done}/{total} {unit} {note} "
                f"({done / (now - started):.1f}/s, {left:.0f} s left)"
            )

        yield update


def of(args: argparse.Namespace) -> Terminal:
    """Return the terminal on standard output that a command's options ask for."""
    return Terminal(Console(file=sys.stdout), bars=not args.quiet)
