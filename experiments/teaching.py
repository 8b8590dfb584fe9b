"""The lessons of runs, a seed and a fold each: taught here, or side by side.

A lesson's heads do not depend on any other lesson, and its base classifiers not on one
another, so that those of all seeds, folds and runs can be learnt at once, one process a
core.
"""

import dataclasses
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence

import pandas as pd

from corpus.index import Index
from corpus.splits import Split
from corpus.workers import as_they_end
from embeddings.backbone import Backbone
from experiments import training
from experiments.extraction import augmented
from experiments.features import features_of
from experiments.heads import feeds
from experiments.lesson import Lesson
from experiments.run import Run
from experiments.show import SILENCE, Show
from experiments.stacked import train_stacked
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
) -> list[Taught | Exception]:
    """Teach lessons; heads that are there are not trained again.

    A single lesson is taught in this process, and shows each epoch.

    Args:
        assignments: The lessons.
        show: Where progress goes.
        workers: Processes, see `trainers`.
        settle: Called first in every process that trains.

    Returns:
        What each lesson came to, or why it could not be taught.
    """
    count = trainers(workers) if len(assignments) > 1 else 0
    if count < 2:
        return _teach(_Teacher(show=show), assignments, workers=0)
    teacher = _Teacher(threads=1, settle=settle)
    with show.bar("train", "lessons") as update:
        update(0, len(assignments))
        return _teach(
            teacher,
            assignments,
            workers=count,
            progress=lambda done: update(done, len(assignments)),
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Task:
    """A part of a lesson that one process does; picklable.

    Attributes:
        number: Of the lesson.
        assignment: The lesson.
        system: The base classifier to be trained; None for what follows from all of
            them: stacking, and what every system says.
    """

    number: int
    assignment: Assignment
    system: str | None = None


def _teach(
    teacher: "_Teacher",
    assignments: Sequence[Assignment],
    *,
    workers: int,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Taught | Exception]:
    """Do all tasks; what follows from a lesson's base classifiers as soon as it can."""
    todo = deque(
        _Task(number=number, assignment=one, system=system)
        for number, one in enumerate(assignments)
        for system in _systems(one, longest_first=workers > 0)
    )
    left = Counter(task.number for task in todo)
    seconds: Counter[int] = Counter()
    outcomes: dict[int, Taught | Exception] = {}
    for task, outcome in as_they_end(teacher, todo, workers=workers):
        number = task.number
        left[number] -= 1
        if number in outcomes:
            continue  # another of its classifiers failed
        if isinstance(outcome, Exception):
            others = [other for other in todo if other.number != number]
            todo.clear()
            todo.extend(others)
            outcomes[number] = outcome
        elif task.system is None:
            spent = {"train base": seconds[number], **outcome.seconds}
            outcomes[number] = dataclasses.replace(outcome, seconds=spent)
        else:
            seconds[number] += outcome.seconds["train base"]
            if not left[number]:
                todo.appendleft(_Task(number=number, assignment=task.assignment))
        progress(len(outcomes))
    return [outcomes[number] for number in range(len(assignments))]


def _systems(assignment: Assignment, *, longest_first: bool) -> list[str]:
    """Return the base systems, as they are told of or those that take longest first.

    With what is short at the end no process is done long before another.
    """
    recipe = assignment.run.recipe
    systems = training.base_systems(recipe.modalities)

    def weight(system: str) -> tuple[bool, int]:
        modality, parts = systems[system]
        return feeds(getattr(recipe, modality)) != "vector", len(parts)

    return sorted(systems, key=weight, reverse=True) if longest_first else [*systems]


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Teacher:
    """Does a task of a lesson when it is called; picklable.

    Attributes:
        threads: Of TensorFlow in this process; 0 leaves it to TensorFlow.
        settle: Called before Keras is imported in a process of its own.
        show: Where progress goes.
    """

    threads: int = 0
    settle: Settle | None = None
    show: Show = SILENCE

    def __call__(self, task: _Task) -> Taught:
        ready_to_train(self.threads, self.settle)
        assignment = task.assignment
        run, clock = assignment.run, _Clock()
        lesson = lesson_of(assignment)
        if task.system is not None:
            training.train_system(run, lesson, task.system, show=self.show)
            clock.note("train base")
            return Taught(predictions=None, seconds=clock.seconds)
        if not assignment.stack:
            return Taught(predictions=None, seconds={})
        heads = training.train_base(run, lesson, show=SILENCE)  # they are there
        stacked = {}
        if len(run.recipe.modalities) > 1:
            stacked = train_stacked(run, lesson, heads, show=self.show)
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
