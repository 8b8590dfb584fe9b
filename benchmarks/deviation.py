"""How far each way's boxes and embeddings are from the exact ones."""

import numpy as np

__all__ = ["cosines", "deviation", "overlaps"]


def overlaps(boxes, others):
    """Return the overlap (intersection over union) of boxes, one each a frame."""
    boxes, others = np.asarray(boxes, float), np.asarray(others, float)
    least = np.maximum(boxes[:, :2], others[:, :2])
    most = np.minimum(boxes[:, :2] + boxes[:, 2:], others[:, :2] + others[:, 2:])
    common = np.prod(np.maximum(most - least, 0), axis=1)
    union = np.prod(boxes[:, 2:], axis=1) + np.prod(others[:, 2:], axis=1) - common
    return np.where(union > 0, common / np.where(union > 0, union, 1), 1.0)


def cosines(rows, others):
    """Return the cosine of each row with the other's, both shape (n, width)."""
    rows, others = rows.reshape(len(rows), -1), others.reshape(len(others), -1)
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(others, axis=1)
    return np.sum(rows * others, axis=1) / np.where(lengths > 0, lengths, 1)


def deviation(exact, other):
    """Compare two ways on their first take.

    Args:
        exact: The exact way, after a run.
        other: Another, likewise.

    Returns:
        Mean and least cosine of embeddings, and of faces the share of frames whose
        boxes are equal, the boxes' mean overlap, and the mean cosine where they are
        equal; None where there is nothing to compare.
    """
    mine, theirs = exact.first.array, other.first.array
    cosine = cosines(mine.astype(np.float64), theirs.astype(np.float64))
    found = {"cosine": float(cosine.mean()), "least cosine": float(cosine.min())}
    if exact.boxes is None:
        return found
    equal = (exact.boxes == other.boxes).all(axis=1)
    return found | {
        "equal boxes": float(equal.mean()),
        "overlap": float(overlaps(exact.boxes, other.boxes).mean()),
        "cosine at equal boxes": float(cosine[equal].mean()) if equal.any() else None,
    }
