"""Bags: a take's sequence in pieces of one length, each learnt as a take by itself.

Beyene 2019 (003:1050) tried bags of 45 frames, a second of its 45 a second, before it
chose whole clips. A bag never holds frames of two takes, and goes with its take.
"""

from collections.abc import Sequence

import numpy as np

__all__ = ["in_bags", "mean_of_bags"]


def in_bags(
    sequences: Sequence[np.ndarray], size: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """Cut sequences into consecutive bags; what is left is a bag of its own.

    Args:
        sequences: Arrays of shape (steps, width), steps at least 1.
        size: Steps of a bag.

    Returns:
        The bags in order, and for each the position of its sequence, shape (bags,).
    """
    bags, owners = [], []
    for place, sequence in enumerate(sequences):
        for start in range(0, len(sequence), size):
            bags.append(sequence[start : start + size])
            owners.append(place)
    return bags, np.array(owners, int)


def mean_of_bags(array: np.ndarray, owners: np.ndarray) -> np.ndarray:
    """Return the mean over each sequence's bags.

    Args:
        array: Shape (bags, width).
        owners: As `in_bags` returns them.

    Returns:
        Shape (sequences, width), of the same type.
    """
    count = np.bincount(owners)
    total = np.zeros((len(count), array.shape[1]), np.float64)
    np.add.at(total, owners, array)
    return (total / count[:, None]).astype(array.dtype)
