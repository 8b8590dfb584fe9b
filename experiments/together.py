"""Both branches in one classifier: features side by side, or networks trained as one.

Nothing is stacked, so that nothing is held back: they learn from base and stack part.
"""

import functools
from collections.abc import Mapping, Sequence

import numpy as np

from classifiers.heads import make_joint
from classifiers.penultimate import probabilities
from classifiers.saved import TrainedHead
from classifiers.train import train_head
from experiments.heads import head_of, meta_of
from experiments.lesson import Lesson, takes_of
from experiments.run import Run
from experiments.show import Show
from experiments.training import (
    Stacked,
    bar_of,
    folder_of,
    identity_of,
    plain_training,
)
from stacking.early import side_by_side, within_classes

__all__ = ["train_together"]

PARTS = ("base", "stack")


def train_together(run: Run, lesson: Lesson, *, show: Show) -> dict[str, Stacked]:
    """Train what a recipe's `fusion.also` names.

    "early" is the meta-classifier's head on both branches' features side by side
    (Coban et al. 2020, 002:151); "joint" both branches' networks without their softmax,
    trained as one in the way of the sound's (Brambilla 2020, 000:173).

    Args:
        run: The run.
        lesson: The seed's data.
        show: Where progress goes.

    Returns:
        By system what makes probabilities of the features.

    Raises:
        Problem: If features cannot stand side by side, or a head is no network.
    """
    recipe, found = run.recipe, {}
    branches = [getattr(recipe, name) for name in recipe.modalities]
    for system in recipe.fusion.also:
        if system == "early":
            head, join, training = (
                meta_of(recipe.fusion),
                _early,
                recipe.fusion.training,
            )
        else:
            raw = [not branch.training.normalise for branch in branches]
            head = make_joint(
                [head_of(branch) for branch in branches],
                unscaled=[] if all(raw) else [1 + at for at in np.flatnonzero(raw)],
            )
            join, training = _joint, branches[0].training
        samples, watching = lesson.with_copies(*lesson.watched(PARTS, training))
        emotions = lesson.emotions(samples)
        rows = {name: lesson.rows(name, samples) for name in recipe.modalities}
        if recipe.fusion.pair_by == "class":
            faces = recipe.modalities[1]
            places = within_classes(emotions, fixed=watching, seed=lesson.seed)
            rows[faces] = [rows[faces][at] for at in places]
        with bar_of(run, lesson, system, training, show=show) as progress:
            trained = train_head(
                head,
                join(rows),
                emotions,
                takes=takes_of(samples),
                labels=recipe.corpus.emotions,
                validation=watching,
                training=plain_training(training),
                seed=lesson.seed,
                folder=folder_of(run, lesson, system),
                identity=identity_of(run, lesson, system, PARTS, recipe.modalities),
                progress=progress,
            )
        found[system] = functools.partial(_ask, trained, join)
    return found


def _early(rows: Mapping[str, Sequence[np.ndarray]]) -> np.ndarray:
    return side_by_side(list(rows.values()))


def _joint(rows: Mapping[str, Sequence[np.ndarray]]) -> list[tuple[np.ndarray, ...]]:
    return list(zip(*rows.values(), strict=True))


def _ask(head: TrainedHead, join, rows: Mapping[str, Sequence[np.ndarray]]):
    return probabilities(head, join(rows))
