"""The stacked systems of one seed: on the hold-out, and out of fold if asked for."""

import functools
from collections.abc import Mapping, Sequence

import numpy as np

from classifiers.penultimate import probabilities
from classifiers.saved import TrainedHead
from experiments.lesson import Lesson
from experiments.out_of_fold import MEAN, SYSTEM, train_out_of_fold
from experiments.run import Run
from experiments.show import Show
from experiments.together import train_together
from experiments.training import FAIR, Stacked, train_stack
from stacking.holdout import stack_features

__all__ = ["train_stacked"]


def train_stacked(
    run: Run, lesson: Lesson, heads: Mapping[str, TrainedHead], *, show: Show
) -> dict[str, Stacked]:
    """Train the meta-classifiers of one seed.

    Args:
        run: The run.
        lesson: The seed's data.
        heads: The base classifiers, by system.
        show: Where progress goes.

    Returns:
        By system what makes probabilities of the features.
    """
    fusion, modalities = run.recipe.fusion, run.recipe.modalities
    meta = train_stack(run, lesson, heads, show=show)
    held_out = {name: heads[name] for name in modalities}
    stacked: dict[str, Stacked] = {
        "stacked": functools.partial(_ask, meta, held_out, fusion.says)
    }
    if fusion.out_of_fold:
        fair = {name: heads[f"{name}{FAIR}"] for name in modalities}
        out_of_fold = train_out_of_fold(run, lesson, fair, show=show)
        stacked[SYSTEM] = out_of_fold
        if fusion.asks == "folds":  # else it is the mean of the nets on base + stack
            stacked[MEAN] = out_of_fold.mean
    return stacked | train_together(run, lesson, show=show)


def _ask(
    meta: TrainedHead,
    heads: Mapping[str, TrainedHead],
    says: str,
    rows: Mapping[str, Sequence[np.ndarray]],
) -> np.ndarray:
    features = [rows[name] for name in heads]
    inputs = stack_features(list(heads.values()), features, says=says)
    return probabilities(meta, inputs)
