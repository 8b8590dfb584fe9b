"""The few hyper-parameters of a head, searched on an inner validation part.

One after the other, each from the best so far: the learning rate, then dropout, then
the width of the hidden layers. What decides is the validation loss of the best epoch,
which early stopping watches anyway; takes of the stack and test parts are never asked.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator

from corpus.problem import Problem
from experiments.recipe import Branch, Recipe

__all__ = ["STEPS", "Tried", "check_tunable", "search", "settings_of"]

STEPS = 3  # the recipe's learning rate, a third of it, and three times as much
DROPOUTS = (0.2, 0.5)
TUNABLE = ("dense", "lstm")


@dataclasses.dataclass(frozen=True)
class Tried:
    """One candidate.

    Attributes:
        branch: Its settings.
        loss: Validation loss of its best epoch.
    """

    branch: Branch
    loss: float


def check_tunable(recipe: Recipe, heads: Iterable[str]) -> None:
    """See that there is something to search, and no part that is scored would choose.

    Args:
        recipe: What does not vary.
        heads: Kinds of heads of the grid.

    Raises:
        Problem: If a head is none of those whose settings these are, or a branch's
            training is watched by a part of its own.
    """
    for head in heads:
        if head not in TUNABLE:
            raise Problem(
                f"--tune knows the settings of {' and '.join(TUNABLE)} heads, not of "
                f"{head!r}; leave one of them out."
            )
    for name in ("audio", "visual"):
        watching = getattr(recipe, name).training.validation
        if watching != "inner":
            raise Problem(
                f"--tune would choose by the {watching} part, which watches the "
                f"training ({name}.training.validation); use the profile 'corrected', "
                f"or leave --tune out."
            )


def search(
    branch: Branch, train: Callable[[Branch], float]
) -> tuple[Branch, list[Tried]]:
    """Find the settings with the lowest validation loss.

    Args:
        branch: As in the recipe; the first candidate.
        train: Trains one; returns the validation loss of its best epoch.

    Returns:
        The best, and all that were tried, in their order.
    """
    tried = [Tried(branch, train(branch))]
    for candidates in (_rates, _dropouts, _widths):
        best = min(tried, key=lambda one: one.loss).branch
        known = [one.branch for one in tried]
        for other in candidates(best):
            if other not in known:
                tried.append(Tried(other, train(other)))
    return min(tried, key=lambda one: one.loss).branch, tried


def settings_of(branch: Branch) -> dict:
    """Return what is searched, as JSON values."""
    return {
        "learning_rate": branch.training.learning_rate,
        "dropout": list(branch.dropout),
        "units": list(branch.units),
    }


def _rates(branch: Branch) -> Iterator[Branch]:
    rate = branch.training.learning_rate
    for other in (rate / STEPS, rate * STEPS):
        training = dataclasses.replace(branch.training, learning_rate=other)
        yield dataclasses.replace(branch, training=training)


def _dropouts(branch: Branch) -> Iterator[Branch]:
    for rate in DROPOUTS:
        yield dataclasses.replace(branch, dropout=(rate,) * len(branch.units))


def _widths(branch: Branch) -> Iterator[Branch]:
    yield dataclasses.replace(
        branch, units=tuple(max(1, units // 2) for units in branch.units)
    )
