"""The table of an ablation: what its cells predicted and cost, as plain rows."""

import collections
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from corpus.files import file_safe, read_json, whole
from corpus.problem import Problem
from evaluation.grid import find_reference, rank_systems, write_rows
from evaluation.predictions import labels_of, read_predictions
from experiments.ablation.cells import DONE, PREDICTIONS, Cell
from experiments.ablation.grid import Axes, Entry, System
from experiments.ablation.training import Key
from experiments.show import Show

__all__ = ["Ablated", "tabulate"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ablated:
    """A grid whose cells were trained.

    Attributes:
        axes: What it goes through.
        entries: The base classifiers, by name.
        systems: What is scored.
        cells: The finished ones, by system, protocol, seed and fold.
        failed: Why others failed, by the same.
        lacking: Why a backbone was not to be had, by name.
        costs: Of each backbone, by name; see `experiments.ablation.cost.costs_of`.
        reference: What all others are set beside, as it was asked for.
    """

    axes: Axes
    entries: Mapping[str, Entry]
    systems: Sequence[System]
    cells: Mapping[Key, Cell]
    failed: Mapping[Key, str]
    lacking: Mapping[str, str]
    costs: Mapping[str, Mapping[str, Any]]
    reference: str | None

    @property
    def state(self) -> list:
        """All that the table depends on, as JSON values."""
        return [
            [cell.folder.name for cell in self.cells.values()],
            [[*key, why] for key, why in self.failed.items()],
            {name: dict(cost) for name, cost in self.costs.items()},
            self.reference,
        ]


def tabulate(done: Ablated, folder: Path, *, show: Show) -> dict[str, Any]:
    """Score a grid; write `predictions-<protocol>.csv` and `ablation.csv`.

    In a table of predictions a take has one by each system, so each protocol has its
    own table.

    Args:
        done: The trained grid.
        folder: The run folder.
        show: Where progress goes.

    Returns:
        For `ablation.json`: `systems` (the rows of `evaluation.grid.rank_systems`),
        `reference`, `chance` by protocol, and `backbones` by name.
    """
    predictions = {}
    for protocol in done.axes.protocols:
        tables = [
            cell.folder / PREDICTIONS
            for key, cell in done.cells.items()
            if key[1] == protocol
        ]
        if tables:
            path = folder / f"predictions-{file_safe(protocol)}.csv"
            _join(tables, path)
            predictions[protocol] = read_predictions(path)
    rows = [*_rows(done), *_lacking(done)]
    try:
        reference = find_reference(rows, done.reference)
    except Problem:  # its backbone failed; that is a row, not the end
        reference = find_reference(rows)
    with show.bar("rank", "systems") as update:
        ranked = rank_systems(predictions, rows, reference=reference, progress=update)
    write_rows(folder / "ablation.csv", ranked)
    return {
        "systems": ranked,
        "reference": reference,
        "chance": {name: _chance(table) for name, table in predictions.items()},
        "backbones": _backbones(done),
    }


def _join(paths: Sequence[Path], into: Path) -> None:
    """Write several tables of the same columns as one."""
    with whole(into) as file:
        for number, path in enumerate(paths):
            head, _, rows = path.read_bytes().partition(b"\n")
            file.write(rows if number else head + b"\n" + rows)


def _chance(table: pd.DataFrame) -> dict[str, float]:
    """Return the accuracy of guessing, and of always naming the commonest class."""
    true = table.drop_duplicates(["take", "seed"])["true"]
    commonest = true.value_counts(normalize=True).iloc[0]
    return {"uniform": 1 / len(labels_of(table)), "majority": float(commonest)}


def _rows(done: Ablated) -> Iterator[dict[str, Any]]:
    """Yield what is known of each system under each protocol, before it is scored."""
    facts = {cell.folder: read_json(cell.folder / DONE) for cell in done.cells.values()}
    keys_of = collections.defaultdict(list)
    for key in sorted([*done.cells, *done.failed], key=lambda key: key[2:]):
        keys_of[key[:2]].append(key)
    for protocol in done.axes.protocols:
        for system in done.systems:
            keys = keys_of[system.name, protocol]
            cells = [done.cells[key] for key in keys if key in done.cells]
            members = [done.entries[name] for name in system.members]
            by_modality = {one.modality: one for one in members}
            audio, visual = by_modality.get("audio"), by_modality.get("visual")
            costs = [done.costs[one.branch.backbone] for one in members]
            parameters = [
                sum(facts[f].get("parameters", 0) for f in (cell.folder, *cell.members))
                for cell in cells
            ]
            yield {
                "protocol": protocol,
                "system": system.name,
                "kind": system.kind,
                "audio": _called(audio),
                "audio_head": audio and audio.branch.head,
                "visual": _called(visual),
                "visual_head": visual and visual.branch.head,
                # With --tune they may differ from seed to seed.
                "head_parameters": round(np.mean(parameters)) if cells else None,
                "frozen_parameters": _sum(costs, "parameters"),
                "numbers_a_take": _sum(costs, "numbers"),
                "seconds_a_take": _sum(costs, "seconds"),
                "seconds_at_least": sum(cost["seconds"] or 0.0 for cost in costs),
                "bytes_a_take": _sum(costs, "bytes"),
                "weights": _weights(members),
                "chosen": _chosen([facts[cell.folder] for cell in cells]),
                "failed": _failures([done.failed.get(key) for key in keys]),
            }


def _lacking(done: Ablated) -> Iterator[dict[str, Any]]:
    """Yield a row for each backbone that was not to be had; it is in no pair."""
    for protocol in done.axes.protocols:
        for name, why in done.lacking.items():
            modality = "audio" if name in done.axes.audio else "visual"
            yield {
                "protocol": protocol,
                "system": name,
                "kind": "single",
                modality: name,
                "failed": why,
            }


def _called(entry: Entry | None) -> str | None:
    return entry and entry.name.rpartition("/")[0]


def _sum(costs: Sequence[Mapping[str, Any]], what: str) -> float | None:
    values = [cost[what] for cost in costs]
    return None if None in values else sum(values)


def _weights(members: Sequence[Entry]) -> str:
    return " + ".join(one.backbone.weights.verified for one in members)


def _chosen(facts: Sequence[Mapping[str, Any]]) -> str | None:
    """Say which settings a search chose, and in how many seeds."""
    found = collections.Counter(
        f"learning rate {chosen['learning_rate']:.2g}, dropout "
        f"{chosen['dropout'][0]:g}, units {'-'.join(map(str, chosen['units']))}"
        for one in facts
        if (chosen := one.get("chosen"))
    )
    said = [
        f"{settings} ({count} of {len(facts)} trainings)"
        for settings, count in found.most_common()
    ]
    return "; ".join(said) or None


def _failures(whys: Sequence[str | None]) -> str | None:
    """Say why cells failed, each reason once."""
    found = collections.Counter(why for why in whys if why)
    if None not in whys:
        return " ".join(found)
    said = [f"{count} of {len(whys)} trainings: {why}" for why, count in found.items()]
    return " ".join(said) or None


def _backbones(done: Ablated) -> dict[str, dict[str, Any]]:
    """Return what the page tells of each backbone, by its name in the table."""
    found = {}
    for entry in done.entries.values():
        backbone = entry.backbone
        cost = done.costs[entry.branch.backbone]
        found[str(_called(entry))] = {
            "modality": entry.modality,
            "key": backbone.spec.key,
            "layer": backbone.spec.layer,
            "shape": list(backbone.spec.shape),
            "input": backbone.about.input,
            "weights": dataclasses.asdict(backbone.weights),
            "cost": {key: value for key, value in cost.items() if key != "takes"},
        }
    return found
