"""Whether probabilities mean what they say: calibration error, and its bins.

A system is calibrated if, of the takes it calls 70 % sure, it has 70 % right. The
network's confidence is the probability of the label it names (Guo et al. 2017, On
Calibration of Modern Neural Networks, section 2).
"""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd

from evaluation.predictions import P, labels_of

__all__ = ["Bins", "brier_score", "calibration", "confidences", "reliability"]

BINS = 10
DRAWS = 400
SEED = 0  # the same predictions always give the same figures


@dataclasses.dataclass(frozen=True)
class Bins:
    """Takes by confidence, in bins of equal width from 0 to 1.

    Attributes:
        edges: Shape (bins + 1,).
        count: Shape (bins,): takes in each.
        confidence: Shape (bins,): their mean confidence; NaN where there is none.
        accuracy: Shape (bins,): the share that is right; NaN where there is none.
    """

    edges: np.ndarray
    count: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray

    @property
    def error(self) -> float:
        """Expected calibration error: the mean gap, by how many takes each bin has."""
        gap = np.abs(self.accuracy - self.confidence)
        return float(np.nansum(gap * self.count) / self.count.sum())

    @property
    def overconfidence(self) -> float:
        """Mean confidence less accuracy; below 0 it is right more often than said."""
        weight = self.count / self.count.sum()
        return float(np.nansum((self.confidence - self.accuracy) * weight))


def confidences(predictions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the probability of the label that each row names, and if it is right.

    Args:
        predictions: As `evaluation.predictions.read_predictions` returns it.

    Returns:
        Shapes (rows,): float64 in [0, 1], and bool.
    """
    columns = [f"{P}{label}" for label in labels_of(predictions)]
    named = predictions[columns].to_numpy(np.float64).max(axis=1)
    # Rounded by others, a row may sum to a little more than 1.
    return np.minimum(named, 1.0), (
        predictions["true"] == predictions["predicted"]
    ).to_numpy()


def reliability(confidence: np.ndarray, right: np.ndarray, *, bins: int = BINS) -> Bins:
    """Sort takes into bins by confidence.

    Args:
        confidence: Shape (takes,), in [0, 1].
        right: Shape (takes,), bool.
        bins: How many; 1 falls into the last.

    Raises:
        ValueError: If there is no take, or a confidence is not in [0, 1].
    """
    confidence = np.asarray(confidence, np.float64)
    if not len(confidence) or confidence.min() < 0 or confidence.max() > 1:
        raise ValueError("confidences must be one or more numbers from 0 to 1.")
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(place, confidence, bins) / count
        share = np.bincount(place, np.asarray(right, float), bins) / count
    return Bins(np.linspace(0, 1, bins + 1), count, mean, share)


def brier_score(predictions: pd.DataFrame) -> float:
    """Mean squared distance of the probabilities from the truth, over all labels.

    Brier 1950; 0 is perfect, 2 the worst; naming no label costs 1 - 1/labels.
    """
    labels = labels_of(predictions)
    said = predictions[[f"{P}{label}" for label in labels]].to_numpy(np.float64)
    truth = pd.Index(labels).get_indexer(predictions["true"])
    return float(np.square(said - np.eye(len(labels))[truth]).sum(axis=1).mean())


def calibration(predictions: pd.DataFrame) -> dict[str, Any] | None:
    """Say how far a system's probabilities can be trusted.

    The calibration error is that of each seed's takes, the mean over seeds. It is
    never quite 0: few takes scatter about their probability. What a perfectly
    calibrated system with the same confidences would have is therefore given with it
    (its mean over draws, in which each take is right with the probability said).

    Args:
        predictions: Of one system on one part.

    Returns:
        `ece` and `ece_if_calibrated`; `ece_per_seed`; `overconfidence` (mean
        confidence less accuracy); `brier`, and `brier_uniform`, that of saying 1/labels
        of everything; and `bins` over the takes of all seeds together (`edges`,
        `count`, `confidence`, `accuracy`, None where a bin is empty). None where every
        probability is 0 or 1: such a system names labels, and says nothing on how
        sure it is.
    """
    if (confidences(predictions)[0] == 1).all():
        return None
    rng = np.random.default_rng(SEED)
    errors, floors = [], []
    for _, rows in predictions.groupby("seed"):
        confidence, right = confidences(rows)
        errors.append(reliability(confidence, right).error)
        floors.append(_error_if_calibrated(confidence, rng))
    bins = reliability(*confidences(predictions))
    labels = len(labels_of(predictions))
    return {
        "ece": float(np.mean(errors)),
        "ece_per_seed": errors,
        "ece_if_calibrated": float(np.mean(floors)),
        "overconfidence": bins.overconfidence,
        "brier": brier_score(predictions),
        "brier_uniform": 1 - 1 / labels,
        "bins": {
            "edges": bins.edges.tolist(),
            "count": bins.count.tolist(),
            "confidence": _known(bins.confidence),
            "accuracy": _known(bins.accuracy),
        },
    }


def _error_if_calibrated(confidence: np.ndarray, rng: np.random.Generator) -> float:
    """Mean calibration error of takes that are right as often as was said."""
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    right = rng.random((DRAWS, len(confidence))) < confidence
    gaps = (right - confidence) @ np.eye(BINS)[place]
    return float(np.abs(gaps).sum(axis=1).mean() / len(confidence))


def _known(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]
