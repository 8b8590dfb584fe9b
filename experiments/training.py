"""Train the heads of one seed, and collect what every system predicts."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from classifiers.penultimate import probabilities
from classifiers.saved import TrainedHead
from classifiers.train import Training, train_head
from corpus.splits import identical_sound_groups
from evaluation.predictions import make_rows
from experiments import recipe as recipes
from experiments.heads import head_of, meta_of
from experiments.lesson import Lesson, takes_of
from experiments.run import Run
from experiments.show import Show
from stacking.fuse import mean_of_probabilities
from stacking.holdout import stack_features
from stacking.meta import train_meta

__all__ = [
    "FAIR",
    "Lesson",
    "bar_of",
    "base_systems",
    "folder_of",
    "identity_of",
    "plain_training",
    "predict",
    "train_base",
    "train_branch",
    "train_fusion",
    "train_stack",
    "train_system",
]

# Systems that learn from all that a stacked one does: the fair comparison.
FAIR = "_base_stack"

Stacked = Callable[[Mapping[str, Sequence[np.ndarray]]], np.ndarray]
"""Makes probabilities of features by modality."""

SCORED = ("base", "stack", "test")


def base_systems(modalities: Sequence[str]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return each base system's modality and the parts it learns from."""
    plain = {name: (name, ("base",)) for name in modalities}
    fair = {f"{name}{FAIR}": (name, ("base", "stack")) for name in modalities}
    return {**plain, **fair}


def train_branch(
    lesson: Lesson,
    modality: str,
    branch: recipes.Branch,
    *,
    labels: Sequence[str],
    folder: Path,
    identity: Mapping[str, Any],
    parts: Sequence[str] = ("base",),
    **reporting: Any,
) -> TrainedHead:
    """Train one base classifier, see `classifiers.train.train_head`.

    Args:
        lesson: The seed's data.
        modality: Whose features it learns from, a key of `lesson.features`.
        branch: What to build, and how to train it.
        labels: The classes, in the order of the outputs.
        folder: Where the head goes.
        identity: JSON values for the card.
        parts: Of the split, to learn from.
        reporting: `progress` and `note_seconds`, as for `train_head`.
    """
    samples, watching = lesson.with_copies(*lesson.watched(parts, branch.training))
    return train_head(
        head_of(branch),
        lesson.rows(modality, samples),
        lesson.emotions(samples),
        takes=takes_of(samples),
        labels=labels,
        validation=watching,
        training=plain_training(branch.training),
        seed=lesson.seed,
        folder=folder,
        identity=identity,
        **reporting,
    )


def train_fusion(
    lesson: Lesson,
    heads: Sequence[TrainedHead],
    fusion: recipes.Fusion,
    *,
    activate: Callable[[Sequence[str]], np.ndarray],
    apart: bool,
    folder: Path,
    identity: Mapping[str, Any],
    validated: bool = False,
    **reporting: Any,
) -> TrainedHead:
    """Train a meta-classifier on the stack part, which the base nets never saw.

    Args:
        lesson: The seed's data.
        heads: The base nets, for their cards.
        fusion: What to build, and how to train it.
        activate: Gives the base nets' activations of some samples, side by side.
        apart: Whether takes of identical sound count as one.
        folder: Where the head goes.
        identity: JSON values for the card.
        validated: Whether that part watched them, see `stacking.holdout.check_unseen`.
        reporting: `progress` and `note_seconds`, as for `train_head`.

    Raises:
        Problem: If a base net did see one of its takes.
    """
    samples, watching = lesson.with_copies(*lesson.watched(("stack",), fusion.training))
    groups = identical_sound_groups(lesson.takes.reset_index(drop=True))
    together = dict(zip(lesson.takes["take"], groups, strict=True))
    return train_meta(
        heads,
        activate(samples),
        lesson.emotions(samples),
        takes=takes_of(samples),
        validation=watching,
        training=plain_training(fusion.training),
        seed=lesson.seed,
        folder=folder,
        identity=identity,
        meta=meta_of(fusion),
        validated=validated,
        groups=together if apart else None,
        **reporting,
    )


def train_base(run: Run, lesson: Lesson, *, show: Show) -> dict[str, TrainedHead]:
    """Train the base classifiers of one seed, on base and on base + stack."""
    return {
        system: train_system(run, lesson, system, show=show)
        for system in base_systems(run.recipe.modalities)
    }


def train_system(run: Run, lesson: Lesson, system: str, *, show: Show) -> TrainedHead:
    """Train one of a run's `base_systems`, see `train_branch`."""
    modality, parts = base_systems(run.recipe.modalities)[system]
    branch = getattr(run.recipe, modality)
    with bar_of(run, lesson, system, branch.training, show=show) as progress:
        return train_branch(
            lesson,
            modality,
            branch,
            labels=run.recipe.corpus.emotions,
            folder=folder_of(run, lesson, system),
            identity=identity_of(run, lesson, system, parts, [modality]),
            parts=parts,
            progress=progress,
        )


def train_stack(
    run: Run, lesson: Lesson, heads: Mapping[str, TrainedHead], *, show: Show
) -> TrainedHead:
    """Train a run's meta-classifier, see `train_fusion`."""
    fusion, modalities = run.recipe.fusion, run.recipe.modalities
    base = [heads[name] for name in modalities]
    with bar_of(run, lesson, "stacked", fusion.training, show=show) as progress:
        return train_fusion(
            lesson,
            base,
            fusion,
            activate=lambda samples: stack_features(
                base,
                [lesson.rows(name, samples) for name in modalities],
                says=fusion.says,
            ),
            apart=run.recipe.protocol.separate_identical_sound,
            folder=folder_of(run, lesson, "stacked"),
            identity=identity_of(run, lesson, "stacked", ("stack",), modalities),
            validated=run.recipe.stack_watches,
            progress=progress,
        )


def predict(
    run: Run,
    lesson: Lesson,
    heads: Mapping[str, TrainedHead],
    stacked: Mapping[str, Stacked],
) -> pd.DataFrame:
    """Return one seed's predictions: every system on every part.

    Args:
        run: The run.
        lesson: The seed's data.
        heads: The base classifiers, by system.
        stacked: The stacked ones, by system.
    """
    modalities = run.recipe.modalities
    tables = []
    for part in SCORED:
        takes = lesson.part(part)
        # Copies of test takes: only where a recipe has them, as one paper did.
        samples = takes + (lesson.copies_of(takes) if part == "test" else [])
        rows = {name: lesson.rows(name, samples) for name in modalities}
        said = {
            system: probabilities(heads[system], rows[modality])
            for system, (modality, _) in base_systems(modalities).items()
        }
        if len(modalities) > 1:
            for ending in ("", FAIR):
                each = [said[f"{name}{ending}"] for name in modalities]
                said[f"mean{ending}"] = mean_of_probabilities(each)
        said |= {system: ask(rows) for system, ask in stacked.items()}
        tables += [
            make_rows(
                takes_of(samples),
                system=system,
                part=part,
                seed=lesson.seed,
                variant=[sample.partition(".")[2] for sample in samples],
                true=lesson.emotions(samples),
                probabilities=array,
                labels=run.recipe.corpus.emotions,
                protocol=lesson.split.protocol,
                split_digest=run.manifest["split"][str(lesson.seed)],
                fold=lesson.fold,
            )
            for system, array in said.items()
        ]
    return pd.concat(tables, ignore_index=True)


def folder_of(run: Run, lesson: Lesson, system: str) -> Path:
    """Return where a system's head is."""
    return run.head_folder(lesson.seed, system, lesson.fold if _several(run) else None)


@contextlib.contextmanager
def bar_of(
    run: Run, lesson: Lesson, system: str, training: recipes.Training, *, show: Show
) -> Iterator[Callable[[dict], None]]:
    """Show a training; yields what is to be told of each epoch."""
    fold = f" fold {lesson.fold}" if _several(run) else ""
    with show.bar(f"seed {lesson.seed}{fold} {system}", "epochs") as update:
        yield lambda row: update(
            row["epoch"], training.epochs, f"val {row['val_accuracy']:.2f}"
        )


def _several(run: Run) -> bool:
    """Whether the protocol tests in several folds."""
    return run.manifest.get("folds", 1) > 1


def plain_training(training: recipes.Training) -> Training:
    """Return what the trainer needs of a recipe's training."""
    known = {field.name for field in dataclasses.fields(Training)}
    values = dataclasses.asdict(training)
    return Training(**{name: values[name] for name in values if name in known})


def identity_of(
    run: Run, lesson: Lesson, system: str, parts: Sequence[str], modalities
) -> dict:
    """Return what a head's card says besides its training."""
    return {
        "system": system,
        "recipe": run.recipe.name,
        "profile": run.recipe.profile,
        "backbones": {name: run.manifest["backbones"][name] for name in modalities},
        "weights": {name: run.manifest["weights"][name] for name in modalities},
        "corpora": run.manifest["corpora"],
        "protocol": lesson.split.protocol,
        "split_digest": run.manifest["split"][str(lesson.seed)],
        "fold": lesson.fold,
        "parts": list(parts),
    }
