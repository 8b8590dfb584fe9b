"""A training part, cut again: who watches the training, and by what groups."""

import numpy as np
import pandas as pd

from corpus.drawing import rank
from corpus.kinship import join_groups, kin
from corpus.problem import Problem
from corpus.protocols import WITHIN_CLASS, read_protocol

__all__ = ["identical_sound_groups", "inner_groups", "inner_validation"]


def identical_sound_groups(takes: pd.DataFrame) -> pd.Series:
    """Return for each take the first take that has the same decoded sound."""
    return join_groups(takes, kin(takes, "identical sound"))


def inner_groups(
    takes: pd.DataFrame, *, protocol: str, at_least: int = 2, apart: bool = True
) -> pd.Series:
    """Return what must not be parted when a training part is cut again.

    The stack part, the takes that watch the training and the folds of out-of-fold
    stacking are all drawn by it.

    Args:
        takes: Rows of the index, those of the training part.
        protocol: As of the outer split.
        at_least: How many groups are needed, such as the number of folds.
        apart: Whether takes with identical sound are one group.

    Returns:
        By row, text that is equal for takes of one group: by the protocol's own group;
        where the training part has fewer than `at_least` of those (a statement, under
        "statements"), by repetition twins.

    Raises:
        Problem: If there are too few, and the protocol has nothing to fall back on
            (speakers).
    """
    declared = read_protocol(protocol)
    return declared.inner_groups(takes, at_least=at_least, apart=apart)[0]


def inner_validation(
    takes: pd.DataFrame, *, protocol: str, fraction: float, seed: int
) -> np.ndarray:
    """Choose the takes of a training part that only watch the training.

    Args:
        takes: Rows of the index, those of the part being trained.
        protocol: As of the outer split; see `inner_groups`.
        fraction: Share of the part, such as 0.1.
        seed: Which of the many such choices.

    Returns:
        Shape (takes,), True where a take is for validation: of each class that has
        two groups at least one, where groups lie within a class (takes, repetition
        twins); else at least one whole group (a speaker).

    Raises:
        Problem: If none can be spared.
    """
    salt = f"validation-{seed}"
    groups, by = read_protocol(protocol).inner_groups(takes)
    if by not in WITHIN_CLASS:
        names = sorted(groups.unique(), key=lambda name: rank(salt, name))
        count = min(max(1, round(fraction * len(names))), len(names) - 1)
        return groups.isin(names[:count]).to_numpy()
    chosen: set[str] = set()
    for _emotion, rows in groups.groupby(takes["emotion"]):
        sizes = rows.value_counts()
        names = sorted(sizes.index, key=lambda name: rank(salt, name))
        count = min(max(1, round(fraction * len(rows))), len(rows) - 1)
        for name in names[:-1]:
            if count <= 0:
                break
            chosen.add(name)
            count -= sizes[name]
    if not chosen:
        raise Problem(
            "a training part has a single take of each emotion, so none can be spared "
            "for validation; use more takes."
        )
    return groups.isin(chosen).to_numpy()
