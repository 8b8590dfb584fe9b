"""The systems of an ablation as rows: scored, ranked, and set beside a reference."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from corpus.files import write_text
from corpus.problem import Problem
from evaluation.confusion import accuracy, confusion_matrix, uar
from evaluation.intervals import overdispersion, resampled_interval, wilson
from evaluation.paired import paired_difference
from evaluation.predictions import labels_of
from evaluation.significance import holm

__all__ = ["COLUMNS", "find_reference", "rank_systems", "write_rows"]

# Of `ablation.csv`; then one `accuracy_seed_<s>` a seed.
COLUMNS = (
    "rank",
    "protocol",
    "system",
    "kind",
    "audio",
    "audio_head",
    "visual",
    "visual_head",
    "n",
    "seeds",
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "uar",
    "uar_low",
    "uar_high",
    "difference",
    "difference_low",
    "difference_high",
    "p",
    "p_holm",
    "head_parameters",
    "frozen_parameters",
    "numbers_a_take",
    "seconds_a_take",
    "seconds_at_least",
    "bytes_a_take",
    "weights",
    "chosen",
    "failed",
)

# The thesis' own base systems: what a grid that has them is measured by.
THESIS_LIKE = ("vggish.audioset/dense", "vgg16.imagenet/lstm")


def rank_systems(
    predictions: Mapping[str, pd.DataFrame],
    systems: Sequence[Mapping[str, Any]],
    *,
    reference: str,
    progress: Callable[[int, int], None] | None = None,
) -> list[dict[str, Any]]:
    """Score every system under every protocol; the best come first.

    Args:
        predictions: As `read_predictions` returns them, of the test part alone, by
            protocol.
        systems: What is known of each system and protocol before it is scored: the
            columns from `protocol` to `visual_head`, the costs, `weights`, `chosen`,
            and why it `failed`, as far as they are there.
        reference: The system that all others of a protocol are set beside.
        progress: Called with (systems scored, systems).

    Returns:
        The rows of `COLUMNS`, and `per_seed` (accuracy by seed): protocols in the
        order of `predictions`, in each the best accuracy first and those without any
        last. `rank` counts those that were tested in every seed and fold.
    """
    ranked: list[dict[str, Any]] = []
    for protocol in dict.fromkeys(row["protocol"] for row in systems):
        table = predictions.get(protocol)
        of = {} if table is None else dict(iter(table.groupby("system", sort=False)))
        rows = []
        for facts in systems:
            if facts["protocol"] != protocol:
                continue
            row = {column: facts.get(column) for column in COLUMNS}
            row["per_seed"] = {}
            if facts["system"] in of:
                row |= _scored(of[facts["system"]], labels_of(table))
            rows.append(row)
            if progress:
                progress(len(ranked) + len(rows), len(systems))
        if reference in of:
            compared = _compared(of, reference)
            for row in rows:
                row |= compared.get(row["system"], {})
        # Those without a figure come last; the others keep the grid's order in a tie.
        rows.sort(key=lambda row: 1.0 if row["accuracy"] is None else -row["accuracy"])
        most = max(map(len, of.values()), default=0)
        whole = [row for row in rows if len(of.get(row["system"], ())) == most > 0]
        for place, row in enumerate(whole, start=1):
            row["rank"] = place
        ranked += rows
    return ranked


def _scored(rows: pd.DataFrame, labels: Sequence[str]) -> dict[str, Any]:
    """Return a system's figures, intervals as those of `evaluation.metrics.score`."""
    by_seed = {
        int(seed): confusion_matrix(one["true"], one["predicted"], labels=labels)
        for seed, one in rows.groupby("seed")
    }
    matrices = np.stack(list(by_seed.values()))
    n = float(matrices.sum((1, 2)).mean())
    per_seed = accuracy(matrices)
    mean = float(per_seed.mean())
    low, high = wilson(mean * n, n, spread=overdispersion(per_seed, n))
    uar_low, uar_high = resampled_interval(uar, matrices)
    return {
        "n": round(n),
        "seeds": len(by_seed),
        "accuracy": mean,
        "accuracy_low": low,
        "accuracy_high": high,
        "uar": float(uar(matrices).mean()),
        "uar_low": uar_low,
        "uar_high": uar_high,
        "per_seed": dict(zip(by_seed, map(float, per_seed), strict=True)),
    }


def _compared(
    of: Mapping[str, pd.DataFrame], reference: str
) -> dict[str, dict[str, Any]]:
    """Return each system's paired difference to the reference, on what both tested."""
    found: dict[str, dict[str, Any]] = {}
    against = of[reference]
    trainings = ["seed", "fold"]
    for name, rows in of.items():
        shared = rows[trainings].merge(against[trainings]).drop_duplicates()
        if name == reference or shared.empty:
            continue
        difference = paired_difference(rows.merge(shared), against.merge(shared))
        low, high = difference["interval"]
        found[name] = {
            "difference": difference["mean"],
            "difference_low": low,
            "difference_high": high,
            "p": difference["p"],
        }
    corrected = holm([row["p"] for row in found.values()])
    for row, p in zip(found.values(), corrected, strict=True):
        row["p_holm"] = p
    return found


def find_reference(
    systems: Sequence[Mapping[str, Any]], wanted: str | None = None
) -> str:
    """Return the name of the system that others are set beside.

    Args:
        systems: As for `rank_systems`, in the order of the grid.
        wanted: A system's name, or a backbone's: then its first head alone. By
            default the thesis' own base system, or else the first one.

    Raises:
        Problem: If there is none of that name.
    """
    names = list(dict.fromkeys(row["system"] for row in systems))
    if wanted is None:
        return next((name for name in THESIS_LIKE if name in names), names[0])
    if wanted in names:
        return wanted
    heads = [name for name in names if name.rpartition("/")[0] == wanted]
    if heads:
        return heads[0]
    raise Problem(
        f"no system is called {wanted!r}; give a backbone of the grid, or one of "
        f"{', '.join(names[:6])}{' ...' if names[6:] else ''} as --reference."
    )


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write ranked rows as CSV, whole or not at all.

    Shares are written to six digits, in [0, 1]; what is not known is empty.
    """
    seeds = sorted({seed for row in rows for seed in row["per_seed"]})
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*COLUMNS, *(f"accuracy_seed_{seed}" for seed in seeds)])
    for row in rows:
        values = [row.get(column) for column in COLUMNS]
        values += [row["per_seed"].get(seed) for seed in seeds]
        table.writerow([_plain(value) for value in values])
    write_text(path, text.getvalue())


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else value
