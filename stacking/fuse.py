"""Fusion without learning."""

from collections.abc import Sequence

import numpy as np

__all__ = ["mean_of_probabilities"]


def mean_of_probabilities(probabilities: Sequence[np.ndarray]) -> np.ndarray:
    """Return the plain mean of several systems' probabilities.

    Args:
        probabilities: Arrays of one shape (n, classes), their takes and labels in one
            order.

    Returns:
        Shape (n, classes), float32; rows sum to 1 as those given do.
    """
    if len({np.shape(array) for array in probabilities}) != 1:
        raise ValueError(
            f"probabilities differ in shape: {[np.shape(a) for a in probabilities]}"
        )
    return np.mean(probabilities, axis=0, dtype=np.float64).astype(np.float32)
