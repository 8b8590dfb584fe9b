"""One cell of an ablation, trained: in this process, or in one of many."""

import dataclasses
import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from corpus.files import digest, write_json
from corpus.index import Index
from evaluation.predictions import make_rows, write_predictions
from experiments.ablation.cells import DONE, PREDICTIONS, Cell
from experiments.ablation.grid import Entry
from experiments.ablation.tuning import search, settings_of
from experiments.answers import Answers
from experiments.features import features_of
from experiments.lesson import Features, Lesson
from experiments.recipe import Branch, Recipe
from experiments.trainers import Settle, ready_to_train
from experiments.training import train_branch, train_fusion
from stacking.fuse import mean_of_probabilities

__all__ = ["Classroom"]

ANSWERS = "answers.npz"

# A cell takes seconds: a killed one loses no more than this.
NOTE_SECONDS = 10.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Classroom:
    """What all cells share; picklable, and trains one when it is called.

    Attributes:
        recipe: Classes, fusion, and whether identical sound is kept apart.
        index: The takes that every backbone could embed.
        entries: The base classifiers, by name.
        artifacts: The folder of `embeddings/`.
        tune: Whether each base head's settings are searched.
        threads: Of TensorFlow in this process; 0 leaves it to TensorFlow.
        settle: Called before Keras is imported in a process of its own.
    """

    recipe: Recipe
    index: Index
    entries: Mapping[str, Entry]
    artifacts: Path
    tune: bool = False
    threads: int = 0
    settle: Settle | None = None

    def __call__(self, cell: Cell) -> dict[str, Any]:
        """Train a cell; return what `cell.json` holds.

        Raises:
            Problem: If it cannot be trained.
        """
        ready_to_train(self.threads, self.settle)
        started, facts = time.monotonic(), {}
        if cell.system.kind == "single":
            answers, facts = self._single(cell)
        elif cell.system.kind == "stacked":
            answers, facts = self._stacked(cell)
        else:
            answers = self._mean(cell)
        lesson = self._lesson(cell, {})
        takes = lesson.part("test")
        rows = make_rows(
            takes,
            system=cell.system.name,
            part="test",
            seed=cell.seed,
            true=lesson.emotions(takes),
            probabilities=answers(takes),
            labels=self.recipe.corpus.emotions,
            protocol=cell.split.protocol,
            split_digest=cell.digest,
            fold=cell.split.folds[0],
        )
        write_predictions(cell.folder / PREDICTIONS, rows)
        facts = {
            "system": cell.system.name,
            "protocol": cell.split.protocol,
            "seed": cell.seed,
            "fold": cell.split.folds[0],
            "seconds": round(time.monotonic() - started, 3),
            **facts,
        }
        write_json(cell.folder / DONE, facts)
        return facts

    def _lesson(self, cell: Cell, features: Mapping[str, Features]) -> Lesson:
        takes = self.index.takes.set_index("take", drop=False)
        return Lesson(cell.seed, takes, cell.split, features)

    def _identity(self, cell: Cell, parts: tuple[str, ...]) -> dict[str, Any]:
        entries = [self.entries[name] for name in cell.system.members]
        specs = {one.modality: one.backbone.spec for one in entries}
        return {
            "system": cell.system.name,
            "recipe": self.recipe.name,
            "profile": self.recipe.profile,
            "backbones": {
                modality: {
                    "name": spec.name,
                    "key": spec.key,
                    "layer": spec.layer,
                    "shape": list(spec.shape),
                }
                for modality, spec in specs.items()
            },
            "weights": {
                one.modality: dataclasses.asdict(one.backbone.weights)
                for one in entries
            },
            "protocol": cell.split.protocol,
            "split_digest": cell.digest,
            "fold": cell.split.folds[0],
            "parts": list(parts),
        }

    def _single(self, cell: Cell):
        entry = self.entries[cell.system.members[0]]
        modality = entry.modality
        lesson = self._lesson(cell, {modality: self._features(entry)})

        def train(branch: Branch, folder: Path):
            return train_branch(
                lesson,
                modality,
                branch,
                labels=self.recipe.corpus.emotions,
                folder=folder,
                identity=self._identity(cell, ("base",)),
                note_seconds=NOTE_SECONDS,
            )

        branch, facts = entry.branch, {}
        if self.tune:
            branch, facts = self._tuned(cell, entry, train)
        head = train(branch, cell.folder / "head")
        takes = lesson.part("stack", "test")
        answers = Answers.of(head, takes, lesson.rows(modality, takes))
        answers.write(cell.folder / ANSWERS)
        return answers.chances, {"parameters": head.card["parameters"], **facts}

    def _tuned(self, cell: Cell, entry: Entry, train: Callable):
        """Search the head's settings; leave the best of all tried as the head."""
        tries = cell.folder / "tries"

        def place(branch: Branch) -> Path:
            return tries / digest(settings_of(branch))[:8]

        branch, tried = search(
            entry.branch,
            lambda one: train(one, place(one)).card["best_val_loss"],
        )
        if place(branch).is_dir():
            shutil.rmtree(cell.folder / "head", ignore_errors=True)
            os.replace(place(branch), cell.folder / "head")
        shutil.rmtree(tries, ignore_errors=True)
        told = [{**settings_of(one.branch), "val_loss": one.loss} for one in tried]
        return branch, {"chosen": settings_of(branch), "tried": told}

    def _features(self, entry: Entry) -> Features:
        return features_of(self.index, entry.backbone, entry.branch, self.artifacts)

    def _stacked(self, cell: Cell):
        members = [Answers.read(folder / ANSWERS) for folder in cell.members]

        def activate(takes):
            each = [one.said(takes, says=self.recipe.fusion.says) for one in members]
            return np.concatenate(each, axis=1)

        lesson = self._lesson(cell, {})
        meta = train_fusion(
            lesson,
            [one.witness for one in members],
            self.recipe.fusion,
            activate=activate,
            apart=self.recipe.protocol.separate_identical_sound,
            folder=cell.folder / "head",
            identity=self._identity(cell, ("stack",)),
            validated=self.recipe.stack_watches,
            note_seconds=NOTE_SECONDS,
        )
        takes = lesson.part("test")
        answers = Answers.of(meta, takes, activate(takes))
        return answers.chances, {"parameters": meta.card["parameters"]}

    def _mean(self, cell: Cell):
        members = [Answers.read(folder / ANSWERS) for folder in cell.members]
        return lambda takes: mean_of_probabilities(
            [one.chances(takes) for one in members]
        )
