"""A whole grid of systems on one corpus: extracted once, trained on all cores, ranked.

Example:
    >>> run = Run.create(Path("runs/grid"), load_recipe("thesis"))
    >>> axes = Axes(audio=("log_mel.signal", "mfcc13.signal"), seeds=(0, 1))
    >>> rows = ablate(run, Path("RAVDESS"), axes)["systems"]
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.files import digest, read_json, sha256, write_json
from corpus.index import Index
from corpus.problem import Problem
from corpus.splits import Split
from evaluation.grid import find_reference
from evaluation.grid_report import write_grid_report
from experiments.ablation.classroom import Classroom
from experiments.ablation.cost import costs_of
from experiments.ablation.extraction import Extracted, extract_grid
from experiments.ablation.grid import (
    Axes,
    Entry,
    make_entries,
    make_systems,
)
from experiments.ablation.plan import Plan, make_splits, plan
from experiments.ablation.table import Ablated, tabulate
from experiments.ablation.training import train_grid
from experiments.run import Run
from experiments.show import SILENCE, Show
from experiments.takes import describe_corpora, describe_leaks, tell_leaks
from experiments.trainers import Settle

__all__ = ["ablate"]

SCHEMA = 2  # of `ablation.json`; raised when what it holds, or its statistics, change
TABLE = "ablation.json"


def ablate(
    run: Run,
    data: Path | Sequence[Path],
    axes: Axes,
    *,
    show: Show = SILENCE,
    reference: str | None = None,
    limit: int | None = None,
    strict: bool = False,
    settle: Settle | None = None,
    **work: Any,
) -> dict[str, Any]:
    """Extract what is missing, train every cell, rank the systems, write the table.

    What is done is skipped, so it can be killed at any moment and called again; with
    more backbones, heads, protocols or seeds it does only what is new.

    Args:
        run: Its folder holds everything; its recipe says what does not vary.
        data: Root of the corpus, or several.
        axes: The grid.
        show: Where progress goes.
        reference: What all others are set beside, see `evaluation.grid`.
        limit: Use only so many takes, see `Index.head`.
        strict: Whether a leak that no result should have ends the work.
        settle: Called first in every process that trains.
        work: `workers`, which decode and then train (None: all cores; but where there
            is a GPU this process trains), and `verify`, see `extract_takes`.

    Returns:
        What `ablation.json` holds.

    Raises:
        Problem: If the grid cannot be worked on at all; what fails alone is a row.
    """
    if run.manifest["split"]:
        raise Problem(f"{run.folder} holds a run; name another folder for an ablation.")
    with run.stage("index"):
        found = plan(run, data, axes, show=show, limit=limit, **work)
    _check_reference(run, axes, found, reference)
    for name, why in found.lacking.items():
        show.say(f"left out: {name}: {why}")
    for why in found.left_out:
        show.say(f"left out: {why}")
    splits = make_splits(run, found.index, axes)
    for (protocol, seed), split in splits.items():
        if isinstance(split, str):
            show.say(f"left out: protocol {protocol}, seed {seed}: {split}")
    shared = _count_leaks(run, found.index, splits)
    for protocol, rows in shared.items():
        title = f"what the parts share ({protocol}):"
        tell_leaks(rows, title=title, show=show, strict=strict)
    with run.stage("extract"):
        extracted = extract_grid(
            found.index, found.backbones, run.artifacts, show=show, **work
        )
    found = found.without(extracted.failed)
    if not len(extracted.index):
        raise Problem(
            f"each of {len(found.index)} takes failed with one backbone or another, "
            f"the first: {extracted.lost[0]['why']}"
        )
    for row in extracted.lost:
        show.say(f"left out: {row['take']} ({row['backbone']}): {row['why']}")
    with run.stage("measure cost"):
        costs = costs_of(
            extracted.index,
            found.by_name,
            run.artifacts,
            run.folder / "cost.json",
            show=show,
        )
    entries = {
        entry.name: entry for entry in make_entries(run.recipe, axes, found.backbones)
    }
    systems = make_systems(tuple(entries.values()), axes.pairs)
    room = Classroom(
        recipe=run.recipe,
        index=extracted.index,
        entries=entries,
        artifacts=run.artifacts,
        tune=axes.tune,
        settle=settle,
    )
    with run.stage("train"):
        cells, whys = train_grid(
            room,
            systems,
            splits,
            run.folder / "cells",
            show=show,
            workers=work.get("workers"),
        )
    done = Ablated(
        axes=axes,
        entries=entries,
        systems=systems,
        cells=cells,
        failed=whys,
        lacking=found.lacking,
        costs=costs,
        reference=reference,
    )
    return _conclude(run, found, extracted, done, shared, show)


def _count_leaks(
    run: Run, index: Index, splits: Mapping[tuple[str, int], Split | str]
) -> dict[str, list[dict]]:
    """Return by protocol what its parts share, summed over the seeds."""
    made: dict[str, list[Split]] = {}
    for (protocol, _seed), split in splits.items():
        if isinstance(split, Split):
            made.setdefault(protocol, []).append(split)
    return {name: describe_leaks(run, index, some) for name, some in made.items()}


def _check_reference(run: Run, axes: Axes, found: Plan, reference: str | None) -> None:
    """See that there is such a system, before hours of work."""
    entries = make_entries(run.recipe, axes, found.backbones)
    systems = make_systems(entries, axes.pairs)
    find_reference([{"system": system.name} for system in systems], reference)


def _conclude(
    run: Run,
    found: Plan,
    extracted: Extracted,
    done: Ablated,
    shared: Mapping[str, list[dict]],
    show: Show,
) -> dict[str, Any]:
    """Write the tables and the page, unless they stand there for this very grid."""
    path, page = run.folder / TABLE, run.folder / "ablation.html"
    facts = {
        "schema": SCHEMA,
        "emostack": run.manifest["emostack"],
        "recipe": run.recipe.name,
        "profile": run.recipe.profile,
        "labels": list(run.recipe.corpus.emotions),
        "axes": dataclasses.asdict(done.axes),
        "corpora": describe_corpora(extracted.index),
        "takes": len(extracted.index),
        "speakers": int(extracted.index.takes["speaker"].nunique()),
        "left_out": list(found.left_out),
        "lost": list(extracted.lost),
        "lacking": dict(found.lacking),
        "watched": sorted(
            {entry.branch.training.validation for entry in done.entries.values()}
            | {run.recipe.fusion.training.validation}
        ),
        "machine": run.manifest["machine"],
        "versions": run.manifest["versions"],
        "git": run.manifest["git"],
        "training": {entry.name: _trained(entry) for entry in done.entries.values()},
        "fusion": dataclasses.asdict(run.recipe.fusion),
    }
    facts = json.loads(json.dumps(facts))
    state = digest([facts, done.state])
    noted = run.manifest.get("ablated")
    if page.is_file() and path.is_file() and noted == [state, sha256(path)]:
        return read_json(path)
    with run.stage("rank"):
        facts |= tabulate(done, run.folder, show=show)
    facts["leaks"] = dict(shared)
    facts["seconds"] = run.manifest["seconds"]
    facts["command"] = run.manifest.get("command")
    write_json(path, facts)
    write_grid_report(run.folder)
    run.manifest["ablated"] = [state, sha256(path)]
    run.save()
    return read_json(path)


def _trained(entry: Entry) -> dict[str, Any]:
    branch = dataclasses.asdict(entry.branch)
    told = ("head", "head_settings", "pooling", "fps", "units", "dropout", "training")
    return {key: branch[key] for key in told}
