"""All cells of an ablation, trained side by side: base classifiers, then pairs."""

import dataclasses
import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from corpus.problem import Problem
from corpus.splits import Split
from corpus.workers import in_workers
from experiments.ablation.cells import Cell, identify
from experiments.ablation.classroom import Classroom
from experiments.ablation.grid import System
from experiments.show import Show
from experiments.trainers import trainers

__all__ = ["Key", "train_grid"]

Key = tuple[str, str, int, int]
"""System, protocol, seed and fold."""

log = logging.getLogger(__name__)


def train_grid(
    room: Classroom,
    systems: Iterable[System],
    splits: Mapping[tuple[str, int], Split | str],
    folder: Path,
    *,
    show: Show,
    workers: int | None = None,
) -> tuple[dict[Key, Cell], dict[Key, str]]:
    """Train every system under every protocol and seed, those that are not done.

    Args:
        room: What all cells share.
        systems: The systems.
        splits: By protocol and seed; or why there is none.
        folder: Of all cells.
        show: Where progress goes.
        workers: Processes, see `trainers`.

    Returns:
        The finished cells, and why others failed.
    """
    systems = list(systems)
    done: dict[Key, Cell] = {}
    failed: dict[Key, str] = {}
    # A sequence head learns longest: the longest come first, so that none is last.
    singles = [system for system in systems if system.kind == "single"]
    singles.sort(key=lambda system: not system.name.endswith("/lstm"))
    pairs = [system for system in systems if system.kind != "single"]
    for stage, some in (("train base", singles), ("train pairs", pairs)):
        todo: list[tuple[Key, Cell]] = []
        for system, key, split in _cells(some, splits):
            if isinstance(split, str):
                failed[key] = split
                continue
            members = []
            if system.kind != "single":
                base = [(name, *key[1:]) for name in system.members]
                if lame := [one for one in base if one in failed]:
                    failed[key] = f"{lame[0][0]} failed: {failed[lame[0]]}"
                    continue
                members = [done[one] for one in base]
            cell = identify(
                system,
                split,
                key[2],
                fold=key[3],
                folder=folder,
                room=room,
                members=members,
            )
            if cell.done:
                done[key] = cell
            else:
                todo.append((key, cell))
        for (key, cell), why in _train(room, todo, stage, show=show, workers=workers):
            if why is None:
                done[key] = cell
            else:
                failed[key] = why
    return done, failed


def _cells(
    systems: Iterable[System], splits: Mapping[tuple[str, int], Split | str]
) -> Iterator[tuple[System, Key, Split | str]]:
    for system in systems:
        for (protocol, seed), split in splits.items():
            for fold in (0,) if isinstance(split, str) else split.folds:
                yield system, (system.name, protocol, seed, fold), split


def _train(room, todo, stage: str, *, show: Show, workers: int | None):
    """Yield each cell, and why it failed or None."""
    if not todo:
        return
    count = min(trainers(workers), len(todo))
    room = dataclasses.replace(room, threads=1 if count else 0)
    with show.bar(stage, "cells") as update:
        update(0, len(todo))
        cells = in_workers(room, (cell for _key, cell in todo), workers=count)
        bad = 0
        for done, (item, (_cell, result)) in enumerate(
            zip(todo, cells, strict=True), start=1
        ):
            why = None
            if isinstance(result, Exception):
                why = _sentence(result)
                log.info("%s failed", item[1].folder, exc_info=result)
                bad += 1
            yield item, why
            update(done, len(todo), f"{bad} failed" if bad else "")


def _sentence(error: Exception) -> str:
    if isinstance(error, Problem):
        return str(error)
    return f"{type(error).__name__}: {error}"
