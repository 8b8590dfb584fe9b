"""Train the heads of one seed, and collect what every system predicts."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from classifiers.dense import DenseHead
from classifiers.lstm import LSTMHead
from classifiers.penultimate import probabilities
from classifiers.saved import TrainedHead
from classifiers.train import Training, train_head
from corpus.index import Index
from corpus.problem import Problem
from corpus.splits import Split, identical_sound_groups, inner_validation
from evaluation.predictions import make_rows
from experiments import recipe as recipes
from experiments.run import Run
from experiments.show import Show
from stacking.fuse import mean_of_probabilities
from stacking.holdout import stack_features
from stacking.meta import train_meta

__all__ = ["FAIR", "Lesson", "base_systems", "predict", "train_base", "train_stack"]

# Systems that learn from all that a stacked one does: the fair comparison.
FAIR = "_base_stack"
SCORED = ("base", "stack", "test")

Features = Mapping[str, np.ndarray]
"""What a head is fed, by take."""


@dataclasses.dataclass(frozen=True)
class Lesson:
    """One seed's data.

    Attributes:
        seed: Draws initialisation, dropout and order (and drew the split).
        takes: Rows of the index that have all embeddings, by take.
        split: Which take is in which part.
        features: By modality, then by take.
    """

    seed: int
    takes: pd.DataFrame
    split: Split
    features: Mapping[str, Features]

    @classmethod
    def of(
        cls, seed: int, index: Index, split: Split, features: Mapping[str, Features]
    ) -> "Lesson":
        """Keep the takes that every modality has embeddings of."""
        usable = set.intersection(*(set(part) for part in features.values()))
        takes = index.takes.set_index("take", drop=False)
        return cls(seed, takes[takes["take"].isin(usable)], split, features)

    def part(self, *parts: str) -> list[str]:
        """Return the takes of some parts, in the split's order.

        Raises:
            Problem: If there are none.
        """
        found = [take for take in self.split.takes(*parts) if take in self.takes.index]
        if not found:
            raise Problem(
                f"the part {' and '.join(parts)} of the split has no take with "
                f"embeddings; see which takes failed, or make another split."
            )
        return found

    def emotions(self, takes: Sequence[str]) -> list[str]:
        """Return the emotion of each take."""
        return list(self.takes.loc[list(takes), "emotion"])

    def rows(self, modality: str, takes: Sequence[str]) -> list[np.ndarray]:
        """Return the features of each take."""
        return [self.features[modality][take] for take in takes]

    def watched(
        self, parts: Sequence[str], training: recipes.Training
    ) -> tuple[list[str], np.ndarray]:
        """Return the takes to train on, and which of them only watch.

        With an inner validation the watching takes come from the parts themselves;
        else those of the named part are added to them.
        """
        takes = self.part(*parts)
        if training.validation == "inner":
            chosen = inner_validation(
                self.takes.loc[takes].reset_index(drop=True),
                protocol=self.split.protocol,
                fraction=training.validation_fraction,
                seed=self.seed,
            )
            return takes, chosen
        watching = self.part(training.validation)
        flags = np.repeat([False, True], [len(takes), len(watching)])
        return takes + watching, flags


def base_systems(modalities: Sequence[str]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return each base system's modality and the parts it learns from."""
    plain = {name: (name, ("base",)) for name in modalities}
    fair = {f"{name}{FAIR}": (name, ("base", "stack")) for name in modalities}
    return {**plain, **fair}


def train_base(run: Run, lesson: Lesson, *, show: Show) -> dict[str, TrainedHead]:
    """Train the base classifiers of one seed, on base and on base + stack."""
    heads = {}
    for system, (modality, parts) in base_systems(run.recipe.modalities).items():
        branch = getattr(run.recipe, modality)
        takes, watching = lesson.watched(parts, branch.training)
        kind = LSTMHead if branch.head == "lstm" else DenseHead
        with show.bar(f"seed {lesson.seed} {system}", "epochs") as update:
            heads[system] = train_head(
                kind(units=branch.units, dropout=branch.dropout),
                lesson.rows(modality, takes),
                lesson.emotions(takes),
                takes=takes,
                labels=run.recipe.corpus.emotions,
                validation=watching,
                training=_plain(branch.training),
                seed=lesson.seed,
                folder=run.head_folder(lesson.seed, system),
                identity=_identity(run, lesson, system, parts, [modality]),
                progress=lambda row, update=update, training=branch.training: update(
                    row["epoch"], training.epochs, f"val {row['val_accuracy']:.2f}"
                ),
            )
    return heads


def train_stack(
    run: Run, lesson: Lesson, heads: Mapping[str, TrainedHead], *, show: Show
) -> TrainedHead:
    """Train the meta-classifier on the stack part, which the base nets never saw.

    Raises:
        Problem: If a base net did see one of its takes.
    """
    fusion, modalities = run.recipe.fusion, run.recipe.modalities
    takes, watching = lesson.watched(("stack",), fusion.training)
    groups = identical_sound_groups(lesson.takes.reset_index(drop=True))
    together = dict(zip(lesson.takes["take"], groups, strict=True))
    with show.bar(f"seed {lesson.seed} stacked", "epochs") as update:
        return train_meta(
            [heads[name] for name in modalities],
            [lesson.rows(name, takes) for name in modalities],
            lesson.emotions(takes),
            takes=takes,
            validation=watching,
            training=_plain(fusion.training),
            seed=lesson.seed,
            folder=run.head_folder(lesson.seed, "stacked"),
            identity=_identity(run, lesson, "stacked", ("stack",), modalities),
            meta=DenseHead(units=fusion.units, dropout=fusion.dropout, kind="meta"),
            groups=together if run.recipe.protocol.separate_identical_sound else None,
            progress=lambda row: update(
                row["epoch"], fusion.training.epochs, f"val {row['val_accuracy']:.2f}"
            ),
        )


def predict(
    run: Run,
    lesson: Lesson,
    heads: Mapping[str, TrainedHead],
    meta: TrainedHead | None,
) -> pd.DataFrame:
    """Return one seed's predictions: every system on every part."""
    modalities = run.recipe.modalities
    tables = []
    for part in SCORED:
        takes = lesson.part(part)
        rows = {name: lesson.rows(name, takes) for name in modalities}
        said = {
            system: probabilities(heads[system], rows[modality])
            for system, (modality, _) in base_systems(modalities).items()
        }
        if len(modalities) > 1:
            for ending in ("", FAIR):
                each = [said[f"{name}{ending}"] for name in modalities]
                said[f"mean{ending}"] = mean_of_probabilities(each)
        if meta is not None:
            base = [heads[name] for name in modalities]
            stacked = stack_features(base, [rows[name] for name in modalities])
            said["stacked"] = probabilities(meta, stacked)
        tables += [
            make_rows(
                takes,
                system=system,
                part=part,
                seed=lesson.seed,
                true=lesson.emotions(takes),
                probabilities=array,
                labels=run.recipe.corpus.emotions,
                protocol=lesson.split.protocol,
                split_digest=lesson.split.digest,
            )
            for system, array in said.items()
        ]
    return pd.concat(tables, ignore_index=True)


def _plain(training: recipes.Training) -> Training:
    """Return what the trainer needs of a recipe's training."""
    known = {field.name for field in dataclasses.fields(Training)}
    values = dataclasses.asdict(training)
    return Training(**{name: values[name] for name in values if name in known})


def _identity(
    run: Run, lesson: Lesson, system: str, parts: Sequence[str], modalities
) -> dict:
    return {
        "system": system,
        "recipe": run.recipe.name,
        "profile": run.recipe.profile,
        "backbones": {name: run.manifest["backbones"][name] for name in modalities},
        "weights": {name: run.manifest["weights"][name] for name in modalities},
        "corpora": run.manifest["corpora"],
        "protocol": lesson.split.protocol,
        "split_digest": lesson.split.digest,
        "parts": list(parts),
    }
