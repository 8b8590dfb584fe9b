"""What commands show while they work: a live bar on a terminal, lines in a log file."""

import argparse
import contextlib
import io
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from evaluation.table import print_summary

__all__ = ["Terminal", "log", "of"]

SECONDS_BETWEEN_LINES = 10.0
WIDTH = 100  # of a table in a file

# What is said on the screen goes here as well, for --log-file.
log = logging.getLogger("emostack")
log.addHandler(logging.NullHandler())  # before --log-file is open, say it only once


class Terminal:
    """Shows stages and their progress, and notes them in the log.

    Args:
        console: Where to; a file or pipe gets plain lines, one every ten seconds.
        bars: Whether progress is shown at all (the log has it anyway).
    """

    def __init__(self, console: Console, *, bars: bool = True):
        self.console, self.bars = console, bars

    def say(self, text: str) -> None:
        """Print a line, as it is."""
        log.info(text)
        self._print(text)

    def summary(self, manifest: Mapping[str, Any], metrics: Mapping[str, Any]) -> None:
        """Print a result, see `evaluation.table.print_summary`."""
        text = io.StringIO()
        print_summary(manifest, metrics, file=text)
        log.info("\n%s", text.getvalue().rstrip())
        if self.console.is_terminal:
            print_summary(manifest, metrics, file=self.console.file)
        else:
            self._print(text.getvalue().rstrip())

    def table(self, table: Table) -> None:
        """Print a table, as wide as the screen, or as it needs to be in a file."""
        text = io.StringIO()
        Console(file=text, width=max(self.console.width, WIDTH)).print(table)
        log.info("\n%s", text.getvalue().rstrip())
        if self.console.is_terminal:
            self.console.print(table)
        else:
            self._print(text.getvalue().rstrip())

    @contextlib.contextmanager
    def bar(self, stage: str, unit: str = "takes") -> Iterator:
        """Show the progress of one stage; yields `update(done, total, note="")`."""
        started = last = time.monotonic()
        before: int | None = None  # what was done already is no measure of speed
        live = self.bars and self.console.is_terminal
        with self._live(stage, unit) if live else _nothing() as move:

            def update(done: int, total: int, note: str = "") -> None:
                nonlocal last, before
                move(done, total, note)
                now = time.monotonic()
                before = max(done - 1, 0) if before is None else before
                if now - last < SECONDS_BETWEEN_LINES or done == before:
                    return
                last = now
                rate = (done - before) / (now - started)
                text = (
                    f"{stage:<22} {done}/{total} {unit} {note} "
                    f"({rate:.1f}/s, {(total - done) / rate:.0f} s left)"
                )
                log.info(text)
                if self.bars and not live:
                    self._print(text)

            yield update

    def _print(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    @contextlib.contextmanager
    def _live(self, stage: str, unit: str) -> Iterator[Callable]:
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
            yield lambda done, total, note: progress.update(
                task, completed=done, total=total, note=note
            )


@contextlib.contextmanager
def _nothing() -> Iterator[Callable]:
    yield lambda done, total, note: None


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Go on without a screen: who reads it left (`head` does), the work stays."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


def of(args: argparse.Namespace) -> Terminal:
    """Return the terminal on standard output that a command's options ask for."""
    return Terminal(_Console(file=sys.stdout), bars=not args.quiet)
