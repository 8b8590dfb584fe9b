"""Whether a difference is more than chance: permutation, many comparisons, speakers.

scipy does the arithmetic; here is what is exchanged, and what is resampled.
"""

from collections.abc import Sequence

import numpy as np
from scipy import stats

__all__ = ["holm", "permutation_p", "speaker_interval"]

DRAWS = 9999
SEED = 0  # the same predictions always give the same p
# Of thousands of takes that all say the same the p is less than a float can hold, and
# yet no p is 0.
LEAST = float(np.finfo(float).tiny)


def permutation_p(differences: Sequence[int]) -> float:
    """Two-sided p of a paired permutation test, exact.

    Under the null hypothesis a take's two results could as well be exchanged, so that
    each difference may have either sign (Fisher 1935). The sums of all signs are
    counted, not drawn. With one seed this is the exact McNemar test.

    Args:
        differences: One a take: in how many seeds only ours is right, less in how many
            only the other is.

    Raises:
        ValueError: If they are not whole numbers.
    """
    values = np.asarray(differences)
    if values.size and not np.issubdtype(values.dtype, np.integer):
        raise ValueError("differences are whole numbers: sums over seeds, not means.")
    sizes, counts = np.unique(np.abs(values[values != 0]), return_counts=True)
    chances = np.ones(1)  # of each sum, the middle one being 0
    for size, count in zip(sizes, counts, strict=True):
        one = np.zeros(2 * size * count + 1)
        one[:: 2 * size] = stats.binom.pmf(np.arange(count + 1), count, 0.5)
        chances = np.convolve(chances, one)
    sums = np.arange(len(chances)) - len(chances) // 2
    p = float(chances[np.abs(sums) >= abs(values.sum())].sum())
    return min(1.0, max(LEAST, p))


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p values for how many were looked at (Holm 1979).

    Args:
        p_values: Each in [0, 1].

    Returns:
        In the same order: at a level of 0.05 the chance of even one false alarm among
        all comparisons is at most 5 %.
    """
    values = np.asarray(p_values, np.float64)
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted.tolist()


def speaker_interval(
    right: Sequence[int], tested: Sequence[int], *, confidence: float = 0.95
) -> tuple[float, float] | None:
    """Interval of an accuracy that would hold for other speakers.

    Speakers are drawn with replacement, each with all its takes (BCa bootstrap, Efron
    1987): takes of one speaker are alike, so an interval over takes is too narrow for
    a claim on people.

    Args:
        right: How many takes of each speaker were right.
        tested: How many were tested.
        confidence: Share of such intervals that hold the true value.

    Returns:
        Lower and upper end; None for fewer than three speakers, or where all are
        alike.
    """
    right, tested = np.asarray(right, float), np.asarray(tested, float)
    if len(right) < 3 or np.ptp(right / tested) == 0:
        return None
    found = stats.bootstrap(
        (right, tested),
        lambda a, b, axis: a.sum(axis=axis) / b.sum(axis=axis),
        paired=True,
        vectorized=True,
        confidence_level=confidence,
        n_resamples=DRAWS,
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return float(found.low), float(found.high)
