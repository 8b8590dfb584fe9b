"""What chance alone may do to a score: intervals, and paired comparisons.

The interval of a score says what *one* test part of this size may give. With one
seed that is the usual interval over takes. With several seeds the test parts are
drawn from the same takes and overlap, so pooling them, or dividing by the number of
seeds, would claim too much; instead the spread between seeds widens the interval of
one part. A paper's figure comes from one split as well, so this is the interval it
has to lie in.
"""

from collections.abc import Callable

import numpy as np
from scipy import stats

__all__ = [
    "difference_interval",
    "exact_mcnemar",
    "overdispersion",
    "resampled_interval",
    "wilson",
]

DRAWS = 2000
SEED = 0  # the same predictions always give the same interval


def wilson(
    correct: float, n: float, *, confidence: float = 0.95, spread: float = 1.0
) -> tuple[float, float]:
    """Score interval of a proportion (Wilson 1927).

    Args:
        correct: Takes that were right, or the mean of several seeds' counts.
        n: Takes in one part.
        confidence: Share of such intervals that hold the true value.
        spread: Overdispersion, at least 1; `n` is divided by it.

    Returns:
        Lower and upper end, within [0, 1].

    Raises:
        ValueError: If `correct` is not between 0 and `n`, or `n` is not positive.

    Example:
        >>> low, high = wilson(272, 312)
        >>> f"{low:.3f} {high:.3f}"
        '0.830 0.904'
    """
    if not 0 <= correct <= n or n <= 0:
        raise ValueError(f"{correct} correct of {n} is no proportion.")
    p, n = correct / n, n / max(spread, 1.0)
    z = float(stats.norm.ppf((1 + confidence) / 2))
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def overdispersion(per_seed: np.ndarray, n: float) -> float:
    """Spread of accuracies over seeds, in units of what n takes alone would spread.

    The variance between seeds over the binomial variance p(1-p)/n (the dispersion of
    quasi-likelihood, Wedderburn 1974), at least 1; 1 for a single seed.
    """
    p = float(np.mean(per_seed))
    if len(per_seed) < 2 or not 0 < p < 1:
        return 1.0
    return max(1.0, float(np.var(per_seed, ddof=1)) * n / (p * (1 - p)))


def resampled_interval(
    metric: Callable[[np.ndarray], np.ndarray],
    confusions: np.ndarray,
    *,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Bootstrap interval of a score of confusion matrices (percentiles).

    Each draw takes one seed's part at random, then its takes with replacement. A
    perfect score resamples to itself: there read the interval of the accuracy.

    Args:
        metric: From shape (draws, k, k) to (draws,).
        confusions: Counts, shape (seeds, k, k).
        confidence: Share of the draws inside.
    """
    rng = np.random.default_rng(SEED)
    seeds, k, _ = confusions.shape
    draws = []
    # Takes with replacement are a multinomial draw of the matrix's cells.
    for matrix, count in zip(
        confusions, rng.multinomial(DRAWS, [1 / seeds] * seeds), strict=True
    ):
        n = int(matrix.sum())
        cells = rng.multinomial(n, matrix.ravel() / n, size=count)
        draws.append(metric(cells.reshape(count, k, k)))
    return _percentiles(np.concatenate(draws), confidence)


def difference_interval(
    differences: np.ndarray, counts: np.ndarray, *, confidence: float = 0.95
) -> tuple[float, float]:
    """Bootstrap interval of a paired difference over takes and seeds (percentiles).

    Takes and seeds are crossed: a take may be tested in several seeds. Both are drawn
    with replacement, a take with all its results and a seed with all its takes (the
    pigeonhole bootstrap, Owen 2007), so that neither counts as more evidence than it
    is. With one seed this is the ordinary paired bootstrap over takes.

    Args:
        differences: Shape (takes, seeds): summed differences of a take in a seed,
            0 where it was not tested.
        counts: Shape (takes, seeds): how often it was tested there.
        confidence: Share of the draws inside.
    """
    rng = np.random.default_rng(SEED)
    takes, seeds = differences.shape
    # Takes with equal results are drawn as one kind: the same draws, much faster.
    rows = np.concatenate([differences, counts], axis=1)
    kinds, many = np.unique(rows, axis=0, return_counts=True)
    differences, counts = kinds[:, :seeds], kinds[:, seeds:]
    by_take = rng.multinomial(takes, many / takes, size=DRAWS)
    by_seed = rng.multinomial(seeds, [1 / seeds] * seeds, size=DRAWS)
    above = ((by_take @ differences) * by_seed).sum(axis=1)
    below = ((by_take @ counts) * by_seed).sum(axis=1)
    return _percentiles(above[below > 0] / below[below > 0], confidence)


def _percentiles(draws: np.ndarray, confidence: float) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float(low), float(high)


def exact_mcnemar(gained: int, lost: int) -> float:
    """Two-sided p of the exact McNemar test (1947): a binomial test of the two counts.

    Args:
        gained: Takes that only our system has right.
        lost: Takes that only the other has right.
    """
    if gained + lost == 0:
        return 1.0
    p = float(stats.binomtest(gained, gained + lost).pvalue)
    return max(float(np.finfo(float).tiny), p)  # no p is 0, only too small for a float
