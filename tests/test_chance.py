"""Labels permuted before splitting give chance, under every protocol.

Features carry the true emotion strongly, so that any way in which a test take's label
reaches the training shows; with true labels the same chain is nearly always right.
Seeds are fixed, and what is measured must lie in the 99.9 % interval of chance.
"""

import dataclasses

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist
from scipy.special import softmax
from takes import ravdess_index

from classifiers.penultimate import probabilities
from corpus.index import Index
from corpus.labels import THESIS
from corpus.named_lists import LISTS
from corpus.protocols import PROTOCOLS
from corpus.splits import inner_groups, make_split
from evaluation.intervals import wilson
from experiments.lesson import Lesson
from experiments.recipe_file import load_recipe
from experiments.training import train_branch, train_fusion
from stacking.fuse import mean_of_probabilities
from stacking.holdout import stack_features
from stacking.out_of_fold import assign_folds

# As docs/protocols.md spells them.
TEXTS = (
    "stratified",
    "stratified:80-20",
    "stratified:40-20-20-20",
    "stratified:90-10+70-30",
    "speakers",
    "speakers:8-12-4",
    "repetitions",
    "group:sex:50-50",
    "speaker_folds:4",
    "leave_one_speaker_out",
    "statements",
    *LISTS,
)
SYSTEMS = ("audio", "visual", "stacked", "out of fold", "mean", "memory")
FOLDS = 4  # of out-of-fold stacking
SEEDS = (1, 2)  # dealt so that each speaker has each emotion, to be tested alone


def permuted(index: Index, seed: int) -> Index:
    """Deal the emotions out anew among all takes."""
    emotions = np.random.default_rng(seed).permutation(index.takes["emotion"])
    return dataclasses.replace(index, takes=index.takes.assign(emotion=emotions))


@pytest.fixture(scope="module")
def index():
    return ravdess_index()


@pytest.fixture(scope="module")
def features(index):
    """Each channel tells most emotions apart by itself, and both all of them."""
    rng = np.random.default_rng(7)
    truth = np.eye(7)[[THESIS.index(emotion) for emotion in index.takes["emotion"]]]
    return {
        channel: {
            take: row.astype(np.float32)
            for take, row in zip(
                index.takes["take"],
                4 * truth @ rng.normal(size=(7, 12)) + rng.normal(size=(1248, 12)),
                strict=True,
            )
        }
        for channel in ("audio", "visual")
    }


def lessons(index, features, protocol, seed):
    """One lesson a fold, as a run has it."""
    split = make_split(index, protocol=protocol, seed=seed)
    for fold in split.folds:
        part = dataclasses.replace(split, table=split.of_fold(fold))
        yield Lesson.of(seed, index, part, features)


class Ridge:
    """Least squares on one-hot targets: learns in a millisecond."""

    def __init__(self, x, y):
        self.classes, targets = np.unique(y, return_inverse=True)
        x = _with_one(np.stack(x))
        self.weights = np.linalg.solve(
            x.T @ x + np.eye(x.shape[1]), x.T @ np.eye(len(self.classes))[targets]
        )

    def scores(self, x):
        return _with_one(np.stack(x)) @ self.weights

    def predict(self, x):
        return self.classes[self.scores(x).argmax(axis=1)]


class Memory:
    """Names the label of the nearest take it has met: one take in common shows."""

    def __init__(self, x, y):
        self.x, self.y = np.stack(x), np.asarray(y)

    def predict(self, x):
        return self.y[cdist(np.stack(x), self.x).argmin(axis=1)]


def _with_one(x):
    return np.hstack([x, np.ones((len(x), 1))]).astype(np.float64)


def said_by_all(lesson):
    """Return what each system says of the test takes of a lesson."""

    def rows(channel, takes):
        return np.stack(lesson.rows(channel, takes))

    def taught(takes):
        return {
            name: Ridge(lesson.rows(name, takes), lesson.emotions(takes))
            for name in lesson.features
        }

    def told(nets, takes):
        each = [net.scores(rows(name, takes)) for name, net in nets.items()]
        return np.concatenate(each, axis=1)

    tested = lesson.part("test")
    base, stack = lesson.part("base"), lesson.part("stack")
    nets = taught(base)
    said = {name: net.predict(rows(name, tested)) for name, net in nets.items()}
    meta = Ridge(told(nets, stack), lesson.emotions(stack))
    said["stacked"] = meta.predict(told(nets, tested))
    chances = [softmax(8 * told({n: net}, tested), axis=1) for n, net in nets.items()]
    best = mean_of_probabilities(chances).argmax(axis=1)
    said["mean"] = nets["audio"].classes[best]

    both = lesson.part("base", "stack")
    takes = lesson.takes.loc[both].reset_index(drop=True)
    groups = inner_groups(takes, protocol=lesson.split.protocol, at_least=FOLDS)
    folds = assign_folds(
        list(groups), list(takes["emotion"]), count=FOLDS, seed=lesson.seed
    )
    outer = np.empty((len(both), 14))
    for fold in range(FOLDS):
        inside = [take for take, of in zip(both, folds, strict=True) if of != fold]
        outside = [take for take, of in zip(both, folds, strict=True) if of == fold]
        outer[folds == fold] = told(taught(inside), outside)
    meta = Ridge(outer, lesson.emotions(both))
    said["out of fold"] = meta.predict(told(taught(both), tested))
    memory = Memory(lesson.rows("audio", both), lesson.emotions(both))
    said["memory"] = memory.predict(rows("audio", tested))
    return lesson.emotions(tested), said


def scored(index, features, protocol, seed):
    """Return what is true of all test takes, and what each system says."""
    true, said = [], {name: [] for name in SYSTEMS}
    for lesson in lessons(index, features, protocol, seed):
        emotions, one = said_by_all(lesson)
        true += emotions
        for name in SYSTEMS:
            said[name] += list(one[name])
    return np.array(true), {name: np.array(said[name]) for name in SYSTEMS}


def of_chance(true, said):
    """Return how many right answers chance allows, and how many there are.

    Chance is what two independent namings with these frequencies agree in: 1/7, or a
    little more where a system prefers the commoner classes.
    """
    chance = sum(np.mean(true == label) * np.mean(said == label) for label in THESIS)
    assert 1 / 7 - 0.02 < chance < 0.2
    low, high = stats.binom.interval(0.999, len(true), chance)
    return low, high, int(np.sum(true == said))


def test_every_protocol_is_tried():
    assert {text.partition(":")[0] for text in TEXTS} == set(PROTOCOLS)


@pytest.mark.parametrize("protocol", TEXTS)
def test_permuted_labels_give_chance(index, features, protocol):
    for seed in SEEDS:
        dealt = permuted(index, seed)
        true, said = scored(dealt, features, protocol, seed)
        for name in SYSTEMS:
            low, high, right = of_chance(true, said[name])
            assert low <= right <= high, f"{name}, seed {seed}: {right} of {len(true)}"


@pytest.mark.parametrize("protocol", TEXTS)
def test_true_labels_are_learnt(index, features, protocol):
    true, said = scored(index, features, protocol, seed=0)
    for name in SYSTEMS:
        right = int(np.sum(true == said[name]))
        assert wilson(right, len(true), confidence=0.999)[0] > 0.6, name
    assert np.mean(true == said["stacked"]) > 0.9


def test_a_leak_does_not_pass_as_chance(index, features):
    """A net that met the test takes remembers their permuted labels."""
    dealt = permuted(index, SEEDS[0])
    (lesson,) = lessons(dealt, features, "stratified", 0)
    tested = lesson.part("test")
    takes = lesson.part("base")
    for leaks, met in ((False, []), (True, tested[::4])):
        takes = [*takes, *met]
        net = Memory(lesson.rows("audio", takes), lesson.emotions(takes))
        said = net.predict(lesson.rows("audio", tested))
        low, high, right = of_chance(np.array(lesson.emotions(tested)), said)
        assert (right > high) == leaks and right >= low


@pytest.fixture(scope="module")
def quick():
    return load_recipe(
        "thesis",
        settings=[
            "visual.head=dense",
            "visual.training.batch=32",
            "audio.units=[32,16]",
            "visual.units=[32,16]",
            *(
                f"{part}.training.{name}={value}"
                for part in ("audio", "visual", "fusion")
                for name, value in (("epochs", 10), ("learning_rate", 0.01))
            ),
        ],
    )


def taught_by_keras(lesson, recipe, folder):
    """Train base nets and the meta-classifier as a run does; ask all of them."""

    def told(takes):
        return stack_features(
            list(heads.values()), [lesson.rows(name, takes) for name in heads]
        )

    heads = {
        name: train_branch(
            lesson,
            name,
            getattr(recipe, name),
            labels=THESIS,
            folder=folder / name,
            identity={"system": name},
        )
        for name in ("audio", "visual")
    }
    meta = train_fusion(
        lesson,
        [*heads.values()],
        recipe.fusion,
        activate=told,
        apart=True,
        folder=folder / "stacked",
        identity={"system": "stacked"},
    )
    tested = lesson.part("test")
    said = {n: probabilities(heads[n], lesson.rows(n, tested)) for n in heads}
    said["stacked"] = probabilities(meta, told(tested))
    true = np.array(lesson.emotions(tested))
    return true, {n: np.array(THESIS)[p.argmax(axis=1)] for n, p in said.items()}


@pytest.mark.parametrize(
    "protocol", ["stratified", pytest.param("speakers", marks=pytest.mark.slow)]
)
def test_so_it_is_with_the_nets_of_a_run(index, features, quick, protocol, tmp_path):
    (lesson,) = lessons(permuted(index, SEEDS[0]), features, protocol, 0)
    true, said = taught_by_keras(lesson, quick, tmp_path / "permuted")
    for name, answers in said.items():
        low, high, right = of_chance(true, answers)
        assert low <= right <= high, f"{name}: {right} of {len(true)}"
    (lesson,) = lessons(index, features, protocol, 0)
    true, said = taught_by_keras(lesson, quick, tmp_path / "true")
    for name, answers in said.items():
        assert np.mean(true == answers) > 0.8, name
