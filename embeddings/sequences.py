"""Sequences of embeddings of different lengths: padded together, or pooled to one."""

from collections.abc import Sequence

import numpy as np

from corpus.problem import Problem

__all__ = ["FLAT", "POOLS", "pad", "pool"]

POOLS = {
    "mean": lambda sequence: sequence.mean(axis=0),
    "std": lambda sequence: sequence.std(axis=0),
    "max": lambda sequence: sequence.max(axis=0),
    "last": lambda sequence: sequence[-1],
}


# What is said where all of a take's embeddings stand one after another, unpooled.
FLAT = "flat"


def pad(
    sequences: Sequence[np.ndarray], *, length: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Put sequences into one array, zeros on the right, and say which steps are real.

    Zeros stand on the right, and no sequence is empty, because cuDNN's LSTM accepts
    no other masks (Keras then silently takes a path many times slower).

    Args:
        sequences: Arrays of shape (steps, width), steps at least 1.
        length: Steps of the result; that of the longest sequence if None.

    Returns:
        The array, shape (n, length, width), float32, and the mask, shape (n, length),
        True where a step is real.

    Raises:
        Problem: If a sequence has not a single step.
        ValueError: If there is no sequence, one is longer than `length`, or widths
            differ.
    """
    steps = [len(_checked(sequence)) for sequence in sequences]
    longest = max(steps) if length is None else length
    if max(steps) > longest:
        raise ValueError(f"a sequence of {max(steps)} steps exceeds length={length}")
    width = sequences[0].shape[1]
    array = np.zeros((len(sequences), longest, width), np.float32)
    for row, sequence in zip(array, sequences, strict=True):
        row[: len(sequence)] = sequence
    return array, np.arange(longest) < np.array(steps)[:, None]


def pool(sequence: np.ndarray, how: str) -> np.ndarray:
    """Reduce a sequence to one embedding.

    Args:
        sequence: Shape (steps, width), steps at least 1.
        how: "mean", "std" (of the population: one step gives zeros), "max" or "last".

    Returns:
        Shape (width,), float32.

    Raises:
        Problem: If the sequence has not a single step, or `how` is not known.
    """
    if how not in POOLS:
        raise Problem(f"pooling {how!r} is not known; use one of {', '.join(POOLS)}.")
    return POOLS[how](_checked(sequence).astype(np.float64)).astype(np.float32)


def _checked(sequence: np.ndarray) -> np.ndarray:
    if sequence.ndim != 2:
        raise ValueError(f"a sequence has shape (steps, width), not {sequence.shape}")
    if not len(sequence):
        raise Problem(
            "a sequence of embeddings has not a single frame; leave its take out, or "
            "extract it again."
        )
    return sequence
