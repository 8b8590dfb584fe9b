"""Scores of a predictions table: accuracy, UAR, macro-F1, recalls, confusion.

Every score comes from the confusion matrix (rows true, columns predicted) and is
given with what it would be by chance, and with an interval. With several seeds a
score is the mean over seeds; see `evaluation.intervals` for what its interval says.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from corpus.problem import Problem
from evaluation.intervals import (
    difference_interval,
    exact_mcnemar,
    overdispersion,
    resampled_interval,
    wilson,
)
from evaluation.predictions import labels_of

__all__ = [
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

# Every other system is set beside this one.
STACKED = "stacked"
PARTS = ("base", "stack", "validation", "test")


def trained_on(system: str) -> tuple[str, ...]:
    """Return the parts whose takes a system's last layer learned from."""
    if system == STACKED:
        return ("stack",)
    return ("base", "stack") if system.endswith("_base_stack") else ("base",)


def confusion_matrix(
    true: Sequence[str], predicted: Sequence[str], *, labels: Sequence[str]
) -> np.ndarray:
    """Count takes by true label (rows) and predicted label (columns).

    Returns:
        Shape (labels, labels), int64.

    Raises:
        ValueError: If a value is not one of the labels.
    """
    index = pd.Index(list(labels))
    rows, columns = index.get_indexer(true), index.get_indexer(predicted)
    if (rows < 0).any() or (columns < 0).any():
        raise ValueError(f"a label is none of {', '.join(labels)}.")
    k = len(index)
    return np.bincount(rows * k + columns, minlength=k * k).reshape(k, k)


def accuracy(confusion: np.ndarray) -> np.ndarray:
    """Share of takes on the diagonal; shape (..., k, k) -> (...)."""
    confusion = np.asarray(confusion)
    return _diagonal(confusion).sum(-1) / confusion.sum((-2, -1))


def recalls(confusion: np.ndarray) -> np.ndarray:
    """Recall of each class, NaN for a class without takes; (..., k, k) -> (..., k)."""
    confusion = np.asarray(confusion)
    return _ratio(_diagonal(confusion), confusion.sum(-1), np.nan)


def uar(confusion: np.ndarray) -> np.ndarray:
    """Unweighted average recall over the classes that have takes (Schuller 2009).

    Its chance level is one over the number of classes, however unequal they are.
    """
    return np.nanmean(recalls(confusion), axis=-1)


def macro_f1(confusion: np.ndarray) -> np.ndarray:
    """Mean F1 over the classes that have takes; (..., k, k) -> (...).

    scikit-learn counts a class that was named and never occurs as 0; here it is left
    out, as in the UAR.
    """
    confusion = np.asarray(confusion)
    true, predicted = confusion.sum(-1), confusion.sum(-2)
    f1 = _ratio(2 * _diagonal(confusion), true + predicted, 0.0)
    return np.nanmean(np.where(true > 0, f1, np.nan), axis=-1)


def _diagonal(confusion: np.ndarray) -> np.ndarray:
    return np.diagonal(confusion, axis1=-2, axis2=-1)


def _ratio(above: np.ndarray, below: np.ndarray, otherwise: float) -> np.ndarray:
    result = np.full(np.broadcast(above, below).shape, otherwise)
    return np.divide(above, below, out=result, where=below > 0)


def text_report(
    true: Sequence[str], predicted: Sequence[str], *, labels: Sequence[str]
) -> str:
    """Return scikit-learn's `classification_report`, as the thesis prints it."""
    from sklearn.metrics import classification_report

    return classification_report(
        list(true), list(predicted), labels=list(labels), digits=4, zero_division=0
    )


def score(predictions: pd.DataFrame) -> dict:
    """Score every system on every part.

    Folds of one seed count together, so that each seed gives one figure.

    Args:
        predictions: As `read_predictions` returns it.

    Returns:
        What `metrics.json` holds: `labels`; `seeds`; `chance` (`uniform`, and
        `majority`, the accuracy of always naming the test part's commonest class);
        `systems[system][part]` with `accuracy`, `uar` and `macro_f1` (each `mean`,
        `per_seed` in the order of `seeds`, `interval`), `n` (takes in one seed's
        part, the mean if they differ), `per_class_recall` (None without takes) and
        `confusion` (summed over seeds); and `differences["stacked"][other]`, see
        `paired_difference`.
    """
    labels = labels_of(predictions)
    systems: dict[str, dict] = {}
    for system in predictions["system"].unique():
        rows = predictions[predictions["system"] == system]
        parts = sorted(rows["part"].unique(), key=_part_order)
        systems[system] = {
            part: _score_part(rows[rows["part"] == part], labels) for part in parts
        }
    return {
        "labels": list(labels),
        "seeds": sorted(int(seed) for seed in predictions["seed"].unique()),
        "chance": _chance(predictions, labels),
        "systems": systems,
        "differences": _differences(predictions),
    }


def _part_order(part: str) -> tuple[int, str]:
    return (PARTS.index(part) if part in PARTS else len(PARTS), part)


def _score_part(rows: pd.DataFrame, labels: Sequence[str]) -> dict:
    by_seed = np.stack(
        [
            confusion_matrix(one["true"], one["predicted"], labels=labels)
            for _, one in rows.groupby("seed")
        ]
    )
    n = by_seed.sum((1, 2)).mean()
    per_seed = accuracy(by_seed)
    mean = per_seed.mean()
    interval = wilson(mean * n, n, spread=overdispersion(per_seed, n))
    total = by_seed.sum(axis=0)
    return {
        "accuracy": _figure(per_seed, interval),
        "uar": _figure(uar(by_seed), resampled_interval(uar, by_seed)),
        "macro_f1": _figure(macro_f1(by_seed), resampled_interval(macro_f1, by_seed)),
        "n": round(float(n)),
        "per_class_recall": {
            label: None if np.isnan(value) else float(value)
            for label, value in zip(labels, recalls(total), strict=True)
        },
        "confusion": total.tolist(),
    }


def _figure(per_seed: np.ndarray, interval: tuple[float, float]) -> dict:
    return {
        "mean": float(per_seed.mean()),
        "per_seed": [float(value) for value in per_seed],
        "interval": list(interval),
    }


def _chance(predictions: pd.DataFrame, labels: Sequence[str]) -> dict:
    tested = predictions[predictions["part"] == "test"]
    tested = (tested if len(tested) else predictions).drop_duplicates(["take", "seed"])
    share = tested["true"].value_counts(normalize=True)
    return {"uniform": 1 / len(labels), "majority": float(share.iloc[0])}


def _differences(predictions: pd.DataFrame) -> dict:
    tested = predictions[predictions["part"] == "test"]
    names = list(tested["system"].unique())
    if STACKED not in names:
        return {}
    ours = tested[tested["system"] == STACKED]
    return {
        STACKED: {
            name: paired_difference(ours, tested[tested["system"] == name])
            for name in names
            if name != STACKED
        }
    }


def paired_difference(ours: pd.DataFrame, other: pd.DataFrame) -> dict:
    """Compare two systems on the takes that both predicted.

    Args:
        ours: Predictions of one system on one part.
        other: Predictions of the other on the same part.

    Returns:
        `mean` of accuracy of `ours` minus `other`, `per_seed`, `interval` (95 %, see
        `difference_interval`), `mcnemar_p` (exact, one a seed), and `n`, the takes
        in one seed.

    Raises:
        Problem: If they share no take, or one predicted takes the other did not.
    """
    key = ["take", "variant", "fold", "seed"]
    pair = ours[[*key, "system", "true", "predicted"]].merge(
        other[[*key, "system", "true", "predicted"]],
        on=key,
        how="outer",
        suffixes=("", "_other"),
    )
    lone = pair["system"].isna() | pair["system_other"].isna()
    if lone.any():
        row = pair[lone].iloc[0]
        name, without = ours["system"].iloc[0], other["system"].iloc[0]
        if pd.isna(row["system"]):
            name, without = without, name
        raise Problem(
            f"take {row['take']!r} (seed {row['seed']}) was predicted by {name} and "
            f"not by {without}; a paired comparison needs the same takes of both."
        )
    right = (pair["predicted"] == pair["true"]).astype(int)
    right_other = (pair["predicted_other"] == pair["true"]).astype(int)
    pair = pair.assign(
        difference=right - right_other,
        gained=right > right_other,
        lost=right < right_other,
    )
    by_seed = pair.groupby("seed")
    per_seed = by_seed["difference"].mean()
    sums = pair.pivot_table(
        index="take", columns="seed", values="difference", aggfunc=["sum", "count"]
    ).fillna(0)
    return {
        "mean": float(per_seed.mean()),
        "per_seed": [float(value) for value in per_seed],
        "interval": list(
            difference_interval(sums["sum"].to_numpy(), sums["count"].to_numpy())
        ),
        "mcnemar_p": [
            exact_mcnemar(int(one["gained"].sum()), int(one["lost"].sum()))
            for _, one in by_seed
        ],
        "n": round(len(pair) / by_seed.ngroups),
    }
