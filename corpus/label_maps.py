"""Probabilities of one set of emotions as those of another."""

from collections.abc import Sequence

import numpy as np

from corpus.problem import Problem

__all__ = ["map_probabilities"]


def map_probabilities(
    probabilities: np.ndarray,
    *,
    given: Sequence[str],
    wanted: Sequence[str],
    renormalise: bool = True,
) -> np.ndarray:
    """Return what a classifier of some emotions says of others.

    Emotions that are not wanted are dropped; those that it does not know are never
    its answer, and have 0. Mitseas (2022) asks a network of FER2013's seven emotions
    about five, and leaves open how: here by dropping two and renormalising, or, where
    the order asked for is `given`, by keeping all seven.

    Args:
        probabilities: Shape (..., given), not negative.
        given: The emotions they are of, such as `corpus.labels.FER2013`.
        wanted: The emotions asked for, in the order of the result.
        renormalise: Whether a row sums to 1 again. One that gives nothing to what is
            wanted and known says nothing about it: all of these are as likely then.
            Otherwise what was dropped is missing from the sum.

    Returns:
        Shape (..., wanted), of the same type.

    Raises:
        Problem: If an emotion stands twice among those given or wanted, or none is in
            both.
        ValueError: If there is another number of probabilities, or one is negative.

    Example:
        >>> row, given = np.array([0.2, 0.3, 0.5]), ("fear", "anger", "neutral")
        >>> map_probabilities(row, given=given, wanted=("anger", "calm", "fear"))
        array([0.6, 0. , 0.4])
    """
    probabilities = np.asarray(probabilities)
    for names in (given, wanted):
        twice = [name for name in names if list(names).count(name) > 1]
        if twice:
            raise Problem(f"{twice[0]} stands twice among the emotions; name it once.")
    if probabilities.shape[-1] != len(given):
        raise ValueError(
            f"{probabilities.shape[-1]} probabilities are not of {len(given)} emotions"
        )
    if not (probabilities >= 0).all():
        raise ValueError("a probability is negative or no number")
    known = [name for name in wanted if name in given]
    if not known:
        raise Problem(
            f"none of {', '.join(wanted)} is among the emotions a classifier knows: "
            f"{', '.join(given)}."
        )
    places = [list(wanted).index(name) for name in known]
    shares = probabilities[..., [list(given).index(name) for name in known]]
    if renormalise:
        total = shares.sum(axis=-1, keepdims=True)
        equal = np.full_like(shares, 1 / len(known))
        shares = np.divide(shares, total, out=equal, where=total > 0)
    mapped = np.zeros((*probabilities.shape[:-1], len(wanted)), shares.dtype)
    mapped[..., places] = shares
    return mapped
