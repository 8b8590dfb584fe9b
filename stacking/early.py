"""Early fusion: what several branches see of a take, side by side in one row."""

from collections.abc import Sequence

import numpy as np

from corpus.problem import Problem

__all__ = ["side_by_side", "within_classes"]


def side_by_side(branches: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """Put the features of several branches side by side, for a head of vectors.

    Coban et al. 2020 (002:131, and code) so join a matrix of MFCC and the pixels of a
    face: 152 x 30 + 224 x 224 x 3 = 155,088 numbers a take.

    Args:
        branches: Of each branch the features of the same n takes, in one order:
            vectors, or pictures of one size, which are flattened row by row.

    Returns:
        Shape (n, sum of sizes), float32.

    Raises:
        Problem: If a branch's takes differ in size, as sequences do: their numbers
            would not stand in the same columns.
    """
    if len({len(rows) for rows in branches}) != 1:
        raise ValueError(
            f"branches were given different numbers of takes: {[*map(len, branches)]}"
        )
    flat = []
    for place, rows in enumerate(branches, start=1):
        sizes = sorted({np.shape(row) for row in rows})
        if len(sizes) > 1:
            raise Problem(
                f"features of branch {place} are of {len(sizes)} sizes, from "
                f"{sizes[0]} to {sizes[-1]}, and cannot stand in the same columns; "
                f"pool its sequences, or use a backbone that gives one size."
            )
        flat.append(np.reshape(np.asarray(rows, np.float32), (len(rows), -1)))
    return np.concatenate(flat, axis=1)


def within_classes(
    emotions: Sequence[str], *, fixed: np.ndarray, seed: int
) -> np.ndarray:
    """Draw for each take another one of its class, to learn from the face of that.

    Brambilla 2020 (code) so pairs sound and faces: by class, not by take, in which
    anyone's voice may stand beside anyone's face of the same emotion. A take that is
    tested is always asked whole.

    Args:
        emotions: Of each take.
        fixed: Shape (takes,), bool: those that keep their own, as they only watch.
        seed: Of what is drawn.

    Returns:
        Shape (takes,): a permutation of positions.
    """
    rng = np.random.default_rng(seed)
    places, emotions = np.arange(len(emotions)), np.asarray(emotions)
    for emotion in dict.fromkeys(emotions):
        own = np.flatnonzero((emotions == emotion) & ~fixed)
        places[own] = rng.permutation(own)
    return places
