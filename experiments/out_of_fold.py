"""Out-of-fold stacking of one seed: each training take told by nets without it.

The thesis holds the stack part back for its meta-classifier; here base and stack part
are one, cut into folds by the protocol's own group (`stacking.out_of_fold`).
"""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from classifiers.penultimate import probabilities
from classifiers.saved import TrainedHead
from classifiers.train import train_head
from corpus.splits import identical_sound_groups, inner_groups
from experiments.heads import meta_of
from experiments.lesson import Lesson
from experiments.run import Run
from experiments.show import Show
from experiments.training import (
    bar_of,
    folder_of,
    identity_of,
    plain_training,
    train_branch,
)
from stacking.fuse import mean_of_probabilities
from stacking.holdout import stack_features
from stacking.out_of_fold import assign_folds, out_of_fold_features

__all__ = ["MEAN", "SYSTEM", "OutOfFold", "train_out_of_fold"]

SYSTEM = "stacked_out_of_fold"
MEAN = "mean_out_of_fold"
PARTS = ("base", "stack")


@dataclasses.dataclass(frozen=True, kw_only=True)
class OutOfFold:
    """A meta-classifier trained out of fold, and the base nets it asks about a take.

    Attributes:
        meta: The meta-classifier.
        nets: The base nets that are asked: by modality those of the folds, or one
            trained on all.
        says: "penultimate" or "probabilities".
    """

    meta: TrainedHead
    nets: Sequence[Mapping[str, TrainedHead]]
    says: str

    def __call__(self, rows: Mapping[str, Sequence[np.ndarray]]) -> np.ndarray:
        """Return probabilities, the mean over what it makes of each asked nets.

        Args:
            rows: By modality the features of the takes.
        """
        each = [
            probabilities(self.meta, _stacked(nets, rows, self.says))
            for nets in self.nets
        ]
        return np.mean(each, axis=0)

    def mean(self, rows: Mapping[str, Sequence[np.ndarray]]) -> np.ndarray:
        """Return the mean probabilities of the asked base nets, without stacking."""
        return mean_of_probabilities(
            [
                probabilities(net, rows[name])
                for nets in self.nets
                for name, net in nets.items()
            ]
        )


def train_out_of_fold(
    run: Run, lesson: Lesson, fair: Mapping[str, TrainedHead], *, show: Show
) -> OutOfFold:
    """Train a meta-classifier on what base nets say of takes they were trained without.

    Args:
        run: The run; its recipe says how many folds, what the base nets say, and which
            of them are asked in the end.
        lesson: The seed's data.
        fair: By modality, the base nets trained on base and stack.
        show: Where progress goes.

    Raises:
        Problem: If the training part has fewer groups than folds.
    """
    recipe, fusion = run.recipe, run.recipe.fusion
    takes = lesson.part(*PARTS)
    rows = lesson.takes.loc[takes].reset_index(drop=True)
    apart = recipe.protocol.separate_identical_sound
    groups = inner_groups(
        rows,
        protocol=lesson.split.protocol,
        at_least=fusion.out_of_fold,
        apart=apart,
    )
    folds = assign_folds(
        list(groups), list(rows["emotion"]), count=fusion.out_of_fold, seed=lesson.seed
    )
    sounds = identical_sound_groups(rows) if apart else rows["take"]
    nets = {
        modality: _nets_of_folds(run, lesson, modality, takes, folds, show=show)
        for modality in recipe.modalities
    }
    columns = [
        out_of_fold_features(
            nets[modality],
            lesson.rows(modality, takes),
            takes=takes,
            folds=folds,
            says=fusion.says,
            groups=dict(zip(takes, sounds, strict=True)),
        )
        for modality in recipe.modalities
    ]
    asked, watching = lesson.watched(PARTS, fusion.training)
    # Who only watches may be of the test part (as the paper probably had it): of those
    # the nets trained on all of base and stack speak.
    said = dict(zip(takes, np.concatenate(columns, axis=1), strict=True))
    others = [take for take in asked if take not in said]
    if others:
        rows = {name: lesson.rows(name, others) for name in recipe.modalities}
        inputs = _stacked(fair, rows, fusion.says)
        said |= dict(zip(others, inputs, strict=True))
    with bar_of(run, lesson, SYSTEM, fusion.training, show=show) as progress:
        meta = train_head(
            meta_of(fusion),
            np.stack([said[take] for take in asked]),
            lesson.emotions(asked),
            takes=asked,
            labels=recipe.corpus.emotions,
            validation=watching,
            training=plain_training(fusion.training),
            seed=lesson.seed,
            folder=folder_of(run, lesson, SYSTEM),
            identity=identity_of(run, lesson, SYSTEM, PARTS, recipe.modalities),
            progress=progress,
        )
    by_fold = [
        dict(zip(nets, some, strict=True)) for some in zip(*nets.values(), strict=True)
    ]
    return OutOfFold(
        meta=meta,
        nets=by_fold if fusion.asks == "folds" else [fair],
        says=fusion.says,
    )


def _nets_of_folds(
    run: Run,
    lesson: Lesson,
    modality: str,
    takes: Sequence[str],
    folds: np.ndarray,
    *,
    show: Show,
) -> list[TrainedHead]:
    """Train a modality's base net once without each fold, always from one start."""
    nets = []
    for fold in range(run.recipe.fusion.out_of_fold):
        left_out = {take for take, of in zip(takes, folds, strict=True) if of == fold}
        table = lesson.split.table
        table = table[~table["take"].isin(left_out)]
        others = dataclasses.replace(
            lesson, split=dataclasses.replace(lesson.split, table=table)
        )
        branch, system = getattr(run.recipe, modality), f"{modality}_without_{fold}"
        with bar_of(run, lesson, system, branch.training, show=show) as progress:
            nets.append(
                train_branch(
                    others,
                    modality,
                    branch,
                    labels=run.recipe.corpus.emotions,
                    folder=folder_of(run, lesson, system),
                    identity=identity_of(run, lesson, system, PARTS, [modality]),
                    parts=PARTS,
                    progress=progress,
                )
            )
    return nets


def _stacked(
    heads: Mapping[str, TrainedHead],
    rows: Mapping[str, Sequence[np.ndarray]],
    says: str,
) -> np.ndarray:
    return stack_features(
        list(heads.values()), [rows[name] for name in heads], says=says
    )
