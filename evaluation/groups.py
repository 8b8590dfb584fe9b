"""How well a system does on each speaker, sex, intensity and statement."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from corpus.problem import Problem
from evaluation.confusion import accuracy, confusion_matrix, uar
from evaluation.intervals import wilson
from evaluation.predictions import labels_of
from evaluation.significance import speaker_interval

__all__ = ["COLUMNS", "GROUPS", "by_group", "known_groups", "speaker_spread"]

# Columns of the index by which results are told apart.
GROUPS = ("speaker", "sex", "intensity", "statement", "vocal_channel", "corpus")

COLUMNS = (
    "system",
    "column",
    "value",
    "takes",
    "tested",
    "accuracy",
    "low",
    "high",
    "uar",
    "majority",
)


def by_group(
    predictions: pd.DataFrame,
    takes: pd.DataFrame,
    *,
    columns: Sequence[str] = GROUPS,
    part: str = "test",
) -> pd.DataFrame:
    """Score every system on every group of takes.

    A take that several seeds tested counts as often as it was tested, and once in the
    interval's n: seeds see the same takes.

    Args:
        predictions: As `read_predictions` returns it.
        takes: Rows of the index.
        columns: By which to group; those with one value only are left out. Speakers
            of two corpora are two, whatever they are called.
        part: Of the split.

    Returns:
        The columns `COLUMNS`: `takes` are different ones, `tested` counts seeds; `low`
        and `high` are Wilson's, and `majority` is the share of the group's commonest
        class.

    Raises:
        Problem: If a predicted take is not in the index.
    """
    labels = labels_of(predictions)
    rows = predictions[predictions["part"] == part]
    unknown = set(rows["take"]) - set(takes["take"])
    if unknown:
        raise Problem(
            f"{len(unknown)} predicted takes are not in the index, the first "
            f"{min(unknown)}; give the index of the corpus they are of."
        )
    facts = takes.set_index("take")
    found = []
    for column in columns:
        if column not in facts:
            continue
        told = facts[column].where(facts[column] == "", _unlike(facts, column))
        values = rows["take"].map(told)
        if values[values != ""].nunique() < 2:
            continue
        for (system, value), one in rows.groupby(["system", values], sort=True):
            if value == "":
                continue
            matrix = confusion_matrix(one["true"], one["predicted"], labels=labels)
            share, many = float(accuracy(matrix)), int(one["take"].nunique())
            low, high = wilson(share * many, many)
            commonest = matrix.sum(axis=1).max() / matrix.sum()
            scores = (share, low, high, float(uar(matrix)), float(commonest))
            found.append((system, column, value, many, len(one), *scores))
    return pd.DataFrame(found, columns=list(COLUMNS))


def _unlike(facts: pd.DataFrame, column: str) -> pd.Series:
    """Return a column's values; those of speakers with their corpus, if it needs it."""
    if column == "speaker" and facts["corpus"].nunique() > 1:
        return facts["corpus"] + " " + facts["speaker"]
    return facts[column]


def known_groups(groups: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Return the rows of `by_group` as JSON values; none where there are none."""
    return [] if groups is None else groups.to_dict("records")


def speaker_spread(groups: pd.DataFrame | None, system: str) -> dict[str, Any] | None:
    """Return how unlike a system's speakers are.

    Args:
        groups: As `by_group` returns it.
        system: Of its systems.

    Returns:
        `speakers`; `lowest`, `median`, `highest` and `std` of their accuracies; and
        `interval`, in which the accuracy would be with other speakers (see
        `evaluation.significance.speaker_interval`; None for too few). None where there
        are no speakers to compare.
    """
    if groups is None:
        return None
    rows = groups[(groups["system"] == system) & (groups["column"] == "speaker")]
    if not len(rows):
        return None
    each = rows["accuracy"].to_numpy()
    right = (rows["accuracy"] * rows["tested"]).round()
    interval = speaker_interval(right, rows["tested"])
    return {
        "speakers": len(each),
        "lowest": float(each.min()),
        "median": float(np.median(each)),
        "highest": float(each.max()),
        "std": float(each.std(ddof=1)),
        "interval": list(interval) if interval else None,
    }
