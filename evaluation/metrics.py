"""Scores of a predictions table: what `metrics.json` holds.

Every score comes from the confusion matrix (rows true, columns predicted) and is
given with what it would be by chance, and with an interval. With several seeds a
score is the mean over seeds; see `evaluation.intervals` for what its interval says.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from evaluation.calibration import calibration
from evaluation.confusion import accuracy, confusion_matrix, macro_f1, recalls, uar
from evaluation.groups import by_group, known_groups, speaker_spread
from evaluation.intervals import overdispersion, resampled_interval, wilson
from evaluation.paired import differences, paired_difference
from evaluation.predictions import labels_of
from evaluation.systems import trained_on

__all__ = [
    "SCHEMA",
    "accuracy",
    "confusion_matrix",
    "macro_f1",
    "paired_difference",
    "recalls",
    "score",
    "text_report",
    "trained_on",
    "uar",
    "wilson",
]

SCHEMA = 2  # of metrics.json; 1 had neither calibration nor groups
PARTS = ("base", "stack", "validation", "test")


def text_report(
    true: Sequence[str], predicted: Sequence[str], *, labels: Sequence[str]
) -> str:
    """Return scikit-learn's `classification_report`, as the thesis prints it."""
    from sklearn.metrics import classification_report

    return classification_report(
        list(true), list(predicted), labels=list(labels), digits=4, zero_division=0
    )


def score(
    predictions: pd.DataFrame, *, takes: pd.DataFrame | None = None
) -> dict[str, Any]:
    """Score every system on every part.

    Folds of one seed count together, so that each seed gives one figure.

    Args:
        predictions: As `read_predictions` returns it.
        takes: Rows of the index, for results by speaker and the like.

    Returns:
        What `metrics.json` holds: `schema`; `labels`; `seeds`; `chance` (`uniform`,
        and `majority`, the accuracy of always naming the test part's commonest class);
        `systems[system][part]` with `accuracy`, `uar` and `macro_f1` (each `mean`,
        `per_seed` in the order of `seeds`, `interval`), `n` (takes in one seed's
        part, the mean if they differ), `per_class_recall` (None without takes) and
        `confusion` (summed over seeds), and of the test part `calibration` (see
        `evaluation.calibration.calibration`; None for labels alone) and `speakers` (see
        `evaluation.groups.speaker_spread`; None where unknown);
        `differences["stacked"][other]`, see `evaluation.paired.differences`; and
        `groups`, the rows of `evaluation.groups.by_group` (none without an index).

    Raises:
        Problem: If two systems did not predict the same test takes, or one is not in
            the index.
    """
    labels = labels_of(predictions)
    groups = by_group(predictions, takes) if takes is not None else None
    systems: dict[str, dict] = {}
    for system in predictions["system"].unique():
        rows = predictions[predictions["system"] == system]
        parts = sorted(rows["part"].unique(), key=_part_order)
        scores = systems[system] = {
            part: _score_part(rows[rows["part"] == part], labels) for part in parts
        }
        if "test" in scores:
            scores["test"] |= {
                "calibration": calibration(rows[rows["part"] == "test"]),
                "speakers": speaker_spread(groups, system),
            }
    return {
        "schema": SCHEMA,
        "labels": list(labels),
        "seeds": sorted(int(seed) for seed in predictions["seed"].unique()),
        "chance": _chance(predictions, labels),
        "systems": systems,
        "differences": differences(predictions),
        "groups": known_groups(groups),
    }


def _part_order(part: str) -> tuple[int, str]:
    return (PARTS.index(part) if part in PARTS else len(PARTS), part)


def _score_part(rows: pd.DataFrame, labels: Sequence[str]) -> dict[str, Any]:
    by_seed = np.stack(
        [
            confusion_matrix(one["true"], one["predicted"], labels=labels)
            for _, one in rows.groupby("seed")
        ]
    )
    # A take that several folds trained on, or with copies, is one take all the same.
    n = float(rows.groupby("seed")["take"].nunique().mean())
    per_seed = accuracy(by_seed)
    mean = per_seed.mean()
    interval = wilson(mean * n, n, spread=overdispersion(per_seed, n))
    total = by_seed.sum(axis=0)
    return {
        "accuracy": _figure(per_seed, interval),
        "uar": _figure(uar(by_seed), resampled_interval(uar, by_seed)),
        "macro_f1": _figure(macro_f1(by_seed), resampled_interval(macro_f1, by_seed)),
        "n": round(n),
        "per_class_recall": {
            label: None if np.isnan(value) else float(value)
            for label, value in zip(labels, recalls(total), strict=True)
        },
        "confusion": total.tolist(),
    }


def _figure(per_seed: np.ndarray, interval: tuple[float, float]) -> dict[str, Any]:
    return {
        "mean": float(per_seed.mean()),
        "per_seed": [float(value) for value in per_seed],
        "interval": list(interval),
    }


def _chance(predictions: pd.DataFrame, labels: Sequence[str]) -> dict[str, float]:
    tested = predictions[predictions["part"] == "test"]
    tested = (tested if len(tested) else predictions).drop_duplicates(["take", "seed"])
    share = tested["true"].value_counts(normalize=True)
    return {"uniform": 1 / len(labels), "majority": float(share.iloc[0])}
