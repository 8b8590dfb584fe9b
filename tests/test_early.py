import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from classifiers.dense import DenseHead
from classifiers.penultimate import probabilities
from classifiers.train import Training, train_head
from corpus.problem import Problem
from stacking.early import side_by_side, within_classes


def test_by_hand():
    vectors = np.array([[1, 2], [3, 4]])
    pictures = [np.array([[5, 6], [7, 8]]), np.array([[0, 9], [0, 9]])]
    rows = side_by_side([vectors, pictures])
    assert rows.tolist() == [[1, 2, 5, 6, 7, 8], [3, 4, 0, 9, 0, 9]]
    assert rows.dtype == np.float32


def test_sound_and_pixels():
    # Coban et al. 2020: 152 x 30 MFCC, and 224 x 224 pixels of three colours
    both = [np.zeros((2, 152, 30)), np.zeros((2, 224, 224, 3), np.uint8)]
    assert side_by_side(both).shape == (2, 155_088)


def test_sequences_are_refused():
    sequences = [np.zeros((steps, 4)) for steps in (3, 7, 5)]
    said = r"branch 2 are of 3 sizes, from \(3, 4\) to \(7, 4\)"
    with pytest.raises(Problem, match=said):
        side_by_side([np.zeros((3, 2)), sequences])


def test_each_branch_has_the_same_takes():
    with pytest.raises(ValueError, match=r"different numbers of takes: \[3, 2\]"):
        side_by_side([np.zeros((3, 2)), np.zeros((2, 2))])


def test_a_dense_head_learns_from_both(tmp_path):
    rng = np.random.default_rng(0)
    # One branch tells two classes from two, and the other tells others.
    truth = np.arange(160) % 4
    vectors = rng.normal(size=(160, 5)) + 4 * (truth // 2)[:, None]
    pictures = rng.normal(size=(160, 3, 4)) + 4 * (truth % 2)[:, None, None]
    labels = ("anger", "fear", "joy", "sadness")
    rows = side_by_side([vectors, pictures])
    head = train_head(
        DenseHead(units=(8,), dropout=(0.0,)),
        rows,
        [labels[place] for place in truth],
        takes=[f"take-{place}" for place in range(160)],
        labels=labels,
        validation=np.arange(160) % 4 == np.arange(160) // 4 % 4,
        training=Training(learning_rate=0.02, batch=16, epochs=6),
        seed=0,
        folder=tmp_path,
        identity={},
    )
    assert np.mean(probabilities(head, rows).argmax(axis=1) == truth) > 0.9


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1))
def test_within_classes_all_are_used_once_and_watching_takes_stay(drawn):
    emotions, fixed = [e for e, _ in drawn], np.array([f for _, f in drawn])
    places = within_classes(emotions, fixed=fixed, seed=0)
    assert sorted(places) == [*range(len(drawn))]
    assert [emotions[at] for at in places] == emotions
    assert (places[fixed] == np.flatnonzero(fixed)).all()
    assert (places == within_classes(emotions, fixed=fixed, seed=0)).all()


def test_within_classes_another_seed_draws_others():
    draws = [
        within_classes(["a"] * 50, fixed=np.zeros(50, bool), seed=seed)
        for seed in (0, 1)
    ]
    assert (draws[0] != draws[1]).any()
