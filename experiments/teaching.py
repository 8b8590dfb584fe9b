"""The lessons of runs, a seed and a fold each: taught here, or side by side.

A lesson's heads do not depend on any other lesson, so that all lessons of all seeds,
folds and runs can be taught at once, one process a core.
"""

import dataclasses
import time
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from corpus.index import Index
from corpus.splits import Split
from corpus.workers import in_workers
from embeddings.backbone import Backbone
from experiments.extraction import augmented
from experiments.features import features_of
from experiments.lesson import Lesson
from experiments.run import Run
from experiments.show import SILENCE, Show
from experiments.takes import draw
from experiments.trainers import Settle, ready_to_train, trainers

__all__ = ["Assignment", "Taught", "lesson_of", "lessons_of", "teach"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Assignment:
    """One lesson of one run; picklable.

    Attributes:
        run: The run.
        index: The takes that all its backbones could embed.
        backbones: By modality.
        seed: Draws initialisation, dropout and order.
        split: Which take is in which part; one fold of the seed's split.
        copies: Columns take, fold, part, variant: the augmented copies of the fold.
        stack: Whether to go on to the meta-classifiers and the predictions.
    """

    run: Run
    index: Index
    backbones: Mapping[str, Backbone]
    seed: int
    split: Split
    copies: pd.DataFrame | None = None
    stack: bool = True


@dataclasses.dataclass(frozen=True, kw_only=True)
class Taught:
    """What a lesson came to.

    Attributes:
        predictions: Every system's on every part; None without stacking.
        seconds: By stage.
    """

    predictions: pd.DataFrame | None
    seconds: Mapping[str, float]


def lessons_of(
    run: Run, index: Index, backbones: Mapping[str, Backbone], *, stack: bool = True
) -> Iterator[Assignment]:
    """Yield every fold of every seed of a prepared run."""
    for seed in run.manifest["seeds"]:
        split = Split.read(run.split_file(seed))
        copies = draw(run.recipe, index, split)
        for fold in split.folds:
            yield Assignment(
                run=run,
                index=index,
                backbones=backbones,
                seed=seed,
                split=dataclasses.replace(split, table=split.of_fold(fold)),
                copies=None if copies is None else copies[copies["fold"] == fold],
                stack=stack,
            )


def teach(
    assignments: Sequence[Assignment],
    *,
    show: Show = SILENCE,
    workers: int | None = None,
    settle: Settle | None = None,
) -> Iterator[tuple[Assignment, Taught | Exception]]:
    """Teach lessons, in their order; heads that are there are not trained again.

    A single lesson is taught in this process, and shows each epoch.

    Args:
        assignments: The lessons.
        show: Where progress goes.
        workers: Processes, see `trainers`.
        settle: Called first in every process that trains.

    Yields:
        Each assignment, and what it came to, or why it could not be taught.
    """
    if not assignments:
        return
    count = min(trainers(workers), len(assignments))
    if count < 2:
        teacher = _Teacher(show=show)
        yield from in_workers(teacher, assignments, workers=0)
        return
    teacher = _Teacher(threads=1, settle=settle)
    with show.bar("train", "lessons") as update:
        update(0, len(assignments))
        taught = in_workers(teacher, assignments, workers=count, ahead=1)
        for done, pair in enumerate(taught, start=1):
            yield pair
            update(done, len(assignments))


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Teacher:
    """Teaches a lesson when it is called; picklable.

    Attributes:
        threads: Of TensorFlow in this process; 0 leaves it to TensorFlow.
        settle: Called before Keras is imported in a process of its own.
        show: Where progress goes.
    """

    threads: int = 0
    settle: Settle | None = None
    show: Show = SILENCE

    def __call__(self, assignment: Assignment) -> Taught:
        ready_to_train(self.threads, self.settle)
        # Keras: only where something is trained.
        from experiments import stacked as stacking
        from experiments import training

        run, clock = assignment.run, _Clock()
        lesson = lesson_of(assignment)
        heads = training.train_base(run, lesson, show=self.show)
        clock.note("train base")
        if not assignment.stack:
            return Taught(predictions=None, seconds=clock.seconds)
        stacked = {}
        if len(run.recipe.modalities) > 1:
            stacked = stacking.train_stacked(run, lesson, heads, show=self.show)
            clock.note("train stack")
        predictions = training.predict(run, lesson, heads, stacked)
        clock.note("predict")
        return Taught(predictions=predictions, seconds=clock.seconds)


def lesson_of(assignment: Assignment) -> Lesson:
    """Return an assignment's data, its features read from the store.

    Raises:
        Problem: If a take's embeddings are gone.
    """
    run, index = assignment.run, assignment.index
    copies, features = assignment.copies, {}
    for modality, backbone in assignment.backbones.items():
        branch = getattr(run.recipe, modality)
        known = features_of(index, backbone, branch, run.artifacts)
        changed = augmented(branch, backbone, run.recipe.copies)
        if changed is not None:
            known = {
                **known,
                **features_of(index, changed, branch, run.artifacts, copies=copies),
            }
        features[modality] = known
    return Lesson.of(assignment.seed, index, assignment.split, features, copies)


class _Clock:
    """Seconds by stage, each counted from the end of the one before."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def note(self, stage: str) -> None:
        now = time.monotonic()
        self.seconds[stage] = now - self._last
        self._last = now
