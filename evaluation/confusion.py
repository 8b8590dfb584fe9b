"""Scores of a confusion matrix: accuracy, UAR, macro-F1, recalls.

Rows are true labels, columns predicted ones. All scores take stacks of matrices.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

__all__ = ["accuracy", "confusion_matrix", "macro_f1", "recalls", "uar"]


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
