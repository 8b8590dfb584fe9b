"""What a trained head says of takes: penultimate activations and probabilities."""

from collections.abc import Sequence

import numpy as np

from classifiers.saved import TrainedHead

__all__ = ["outputs", "penultimate", "probabilities"]

# All calls use this many rows, and steps in multiples of STEPS, so that whatever
# number of takes is asked for the network is traced (or compiled) but a few times.
ROWS = 32
STEPS = 32


def outputs(
    head: TrainedHead, features: np.ndarray | Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return both outputs of a head in one pass.

    Args:
        head: Trained on features of the same kind.
        features: Shape (n, width) for a dense head; n arrays of shape (steps, width),
            of any lengths, for an LSTM. Unscaled, as they lie in the store.

    Returns:
        Penultimate activations, shape (n, units), before dropout, and probabilities,
        shape (n, classes), in the order of `head.labels`; float32.
    """
    width = head.card["width"]
    if not len(features) or {np.shape(row)[-1] for row in features} != {width}:
        raise ValueError(f"features must be one or more rows of width {width}")
    inputs = head.settings.inputs
    parts = []
    for start in range(0, len(features), ROWS):
        rows = [head.scaler(row) for row in features[start : start + ROWS]]
        # The last rows are filled up with copies of the first, never with masks that
        # hide a whole sequence: cuDNN refuses those.
        filled = rows + rows[:1] * (ROWS - len(rows))
        length = -(-max(map(len, rows)) // STEPS) * STEPS
        batch = head.tapped.predict_on_batch(inputs(filled, length=length))
        parts.append([array[: len(rows)] for array in batch])
    hidden, softmax = zip(*parts, strict=True)
    return np.concatenate(hidden), np.concatenate(softmax)


def penultimate(
    head: TrainedHead, features: np.ndarray | Sequence[np.ndarray]
) -> np.ndarray:
    """Return the penultimate activations alone, see `outputs`."""
    return outputs(head, features)[0]


def probabilities(
    head: TrainedHead, features: np.ndarray | Sequence[np.ndarray]
) -> np.ndarray:
    """Return the probabilities alone, see `outputs`."""
    return outputs(head, features)[1]
