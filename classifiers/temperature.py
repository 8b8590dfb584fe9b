"""Temperature: one number that makes a classifier as sure as it is right.

Which label is likeliest never changes, and one number is as much as a few dozen
watching takes can carry; Platt's sigmoids would want two a class.

The temperature is the one at which the mean probability of the likeliest label is the
share of takes where it is the right one (Clarté, Loureiro, Krzakala and Zdeborová 2023,
Expectation consistency for calibration of neural networks). The one of least loss (Guo
et al. 2017) is nearly the same, until naive Bayes finds the truth of a single take
impossible; then it makes everything equally likely.
"""

import numpy as np

__all__ = ["chances", "loss", "temperature_of"]

# How far a temperature may lie from the distance of the two best labels' scores where
# these are close. Beyond, float32 could not tell the best any more.
FURTHEST = 1e4

# Of a probability in a loss, as Keras has it.
LEAST = 1e-7


def chances(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Return probabilities, shape (n, classes): the softmax of scores, cooled.

    Args:
        scores: Shape (n, classes), finite: logits, log-probabilities, or any others of
            which the largest wins.
        temperature: Above 0; the larger, the less sure.
    """
    from scipy.special import softmax

    return softmax(scores / temperature, axis=1)


def loss(scores: np.ndarray, truth: np.ndarray, temperature: float) -> float:
    """Return the mean negative log-likelihood of the truth, in nats.

    Args:
        scores: Shape (n, classes).
        truth: Shape (n,): which column is right.
        temperature: Above 0.
    """
    said = chances(scores, temperature)[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(said, LEAST)).mean())


def temperature_of(scores: np.ndarray, truth: np.ndarray) -> float:
    """Return the temperature at which a classifier is as sure as it is right.

    The share that is right is Laplace's, (right + 1) / (n + 2): who is right in all of
    a few takes is not sure of everything yet.

    Args:
        scores: Shape (n, classes), of takes that were not learnt from; n at least 1.
        truth: Shape (n,): which column is right.
    """
    from scipy.optimize import brentq

    second, best = np.sort(scores, axis=1)[:, -2:].T
    apart = (best - second)[best > second]
    if not len(apart):
        return 1.0
    right = np.sum(scores.argmax(axis=1) == truth)
    share = (right + 1) / (len(truth) + 2)

    def too_sure(logarithm: float) -> float:
        return chances(scores, np.exp(logarithm)).max(axis=1).mean() - share

    close = np.log(np.quantile(apart, 0.1))
    cold, hot = close - np.log(FURTHEST), close + np.log(FURTHEST)
    if too_sure(cold) <= 0:
        return float(np.exp(cold))
    if too_sure(hot) >= 0:
        return float(np.exp(hot))
    return float(np.exp(brentq(too_sure, cold, hot)))
