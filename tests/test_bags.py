"""Bags of a sequence: nothing lost, nothing mixed, and a head that learns them."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from classifiers.bags import in_bags, mean_of_bags
from classifiers.heads import make_head, make_joint, written
from classifiers.penultimate import outputs
from classifiers.saved import TrainedHead
from classifiers.train import Training, train_head
from corpus.problem import Problem

LABELS = ("anger", "fear")


@given(st.lists(st.integers(1, 130), min_size=1, max_size=6), st.integers(1, 50))
def test_bags_are_the_sequence_cut(lengths, size):
    sequences = [
        np.arange(steps * 2, dtype=np.float32).reshape(steps, 2) + 1000 * place
        for place, steps in enumerate(lengths)
    ]
    bags, owners = in_bags(sequences, size)
    assert max(map(len, bags)) <= size and min(map(len, bags)) > 0
    for place, sequence in enumerate(sequences):
        own = [bag for bag, owner in zip(bags, owners, strict=True) if owner == place]
        np.testing.assert_array_equal(np.concatenate(own), sequence)
        assert all(len(bag) == size for bag in own[:-1])


def test_the_mean_is_over_bags_of_one_sequence():
    array = np.array([[1, 0], [3, 2], [10, 20]], np.float32)
    means = mean_of_bags(array, np.array([0, 0, 1]))
    assert means.tolist() == [[2, 1], [10, 20]] and means.dtype == np.float32


def test_a_head_learns_bags_and_answers_for_takes(tmp_path):
    rng = np.random.default_rng(0)
    truth = np.arange(24) % 2
    rows = [
        rng.normal(2.0 * place - 1, 1, (steps, 3)).astype(np.float32)
        for place, steps in zip(truth, rng.integers(4, 15, 24), strict=True)
    ]
    head = make_head("lstm", units=[6], dropout=[0.0], bag=5)
    trained = train_head(
        head,
        rows,
        [LABELS[place] for place in truth],
        takes=[f"take-{place}" for place in range(24)],
        labels=LABELS,
        validation=np.arange(24) % 4 == 3,
        training=Training(epochs=12, learning_rate=0.02, batch=8),
        seed=0,
        folder=tmp_path,
        identity={"system": "visual"},
    )
    hidden, chances = outputs(trained, rows)
    assert hidden.shape == (24, 6) and chances.shape == (24, 2)
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-5)
    assert (chances.argmax(axis=1) == truth).mean() > 0.8
    bags, owners = in_bags(rows, 5)
    first = [bag for bag, at in zip(bags, owners, strict=True) if at == 0]
    alone = outputs(trained, first)
    np.testing.assert_allclose(chances[0], alone[1].mean(axis=0), rtol=1e-5)
    again = TrainedHead.load(tmp_path)
    assert again.settings.bag == 5
    np.testing.assert_array_equal(outputs(again, rows)[1], chances)


def test_whole_sequences_leave_cards_as_they_were():
    assert "bag" not in written(make_head("lstm"))
    assert written(make_head("lstm", bag=45))["bag"] == 45


def test_what_cannot_be_in_bags_is_refused():
    with pytest.raises(Problem, match="a number of steps"):
        make_head("lstm", bag=-1)
    with pytest.raises(Problem, match="set its bag to 0"):
        make_joint([make_head("dense"), make_head("lstm", bag=45)])
