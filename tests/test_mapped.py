"""A head that brings what others say into our emotions."""

import numpy as np
import pytest

from classifiers.heads import make_head
from classifiers.penultimate import probabilities
from classifiers.saved import TrainedHead
from classifiers.train import Training, train_head
from corpus.labels import FER2013
from corpus.problem import Problem
from experiments.answers import Answers
from stacking.holdout import stack_features

LABELS = ("fear", "anger", "sadness")


def said(count, *, seed=0):
    """Probabilities of FER2013's seven for takes of three, mostly right."""
    rng = np.random.default_rng(seed)
    truth = np.arange(count) % 3
    rows = rng.dirichlet(np.ones(7), count)
    for row, place in zip(rows, truth, strict=True):
        row[FER2013.index(LABELS[place])] += 0.5
    return (rows / rows.sum(axis=1, keepdims=True)).astype(np.float32), truth


def train(folder, rows, truth, *, wanted=LABELS, labels=LABELS, **settings):
    return train_head(
        make_head("mapped", wanted=wanted, **settings),
        rows,
        [labels[place] for place in truth],
        takes=[f"take-{place:03}" for place in range(len(rows))],
        labels=labels,
        validation=np.arange(len(rows)) % 5 == 0,
        training=Training(),
        seed=0,
        folder=folder,
        identity={"system": "visual"},
    )


def test_it_drops_what_is_not_asked_for_and_keeps_the_order_of_the_rest(tmp_path):
    rows, truth = said(60)
    head = train(tmp_path, rows, truth)
    chances = probabilities(head, rows)
    own = rows[:, [FER2013.index(name) for name in LABELS]]
    np.testing.assert_array_equal(chances.argmax(axis=1), own.argmax(axis=1))
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-6)
    # But for the temperature they are the shares themselves.
    tempered = own ** (1 / head.card["temperature"])
    tempered /= tempered.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(chances, tempered, rtol=1e-4)


def test_saved_and_opened_it_says_the_same(tmp_path):
    rows, truth = said(60)
    head = train(tmp_path, rows, truth)
    again = TrainedHead.load(tmp_path)
    np.testing.assert_array_equal(probabilities(again, rows), probabilities(head, rows))


def test_all_seven_may_enter_a_meta_classifier(tmp_path):
    rows, truth = said(60)
    head = train(tmp_path, rows, truth, kept=True)
    again = TrainedHead.load(tmp_path)
    told = stack_features([again, head], [rows, rows], says="probabilities")
    np.testing.assert_array_equal(told, np.concatenate([rows, rows], axis=1))
    assert probabilities(again, rows).shape == (60, 3)  # what it answers itself
    answers = Answers.of(again, [f"take-{place}" for place in range(60)], rows)
    answers.write(tmp_path / "answers.npz")
    answers = Answers.read(tmp_path / "answers.npz")
    asked = answers.said(["take-7", "take-2"], says="probabilities")
    np.testing.assert_array_equal(asked, rows[[7, 2]])
    with pytest.raises(Problem, match="no penultimate layer"):
        stack_features([again], [rows])
    plain = train(tmp_path / "plain", rows, truth)
    assert stack_features([plain], [rows], says="probabilities").shape == (60, 3)


@pytest.mark.parametrize("wanted", [(), LABELS[:2], LABELS[::-1], (*LABELS, "disgust")])
def test_other_labels_are_refused(tmp_path, wanted):
    rows, truth = said(30)
    with pytest.raises(Problem, match="name those, in that order"):
        train(tmp_path, rows, truth, wanted=wanted)


@pytest.mark.parametrize("spoil", [lambda rows: rows[:, :6], lambda rows: rows * 2])
def test_what_is_no_probability_is_refused(tmp_path, spoil):
    rows, truth = said(30)
    with pytest.raises(Problem, match="layer of probabilities"):
        train(tmp_path, spoil(rows), truth)
