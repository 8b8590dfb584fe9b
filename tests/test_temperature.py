import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from classifiers.temperature import chances, loss, temperature_of

SCORES = arrays(float, (12, 4), elements=st.integers(-1000, 1000))
TRUTH = arrays(int, 12, elements=st.integers(0, 3))


@settings(deadline=None)
@given(SCORES, TRUTH)
def test_as_sure_as_right_and_the_winner_stays(scores, truth):
    temperature = temperature_of(scores, truth)
    said = chances(scores, temperature)
    np.testing.assert_allclose(said.sum(axis=1), 1)
    winner = scores.argmax(axis=1)
    assert (said[np.arange(12), winner] == said.max(axis=1)).all()
    share = (np.sum(winner == truth) + 1) / 14
    sure = said.max(axis=1).mean()
    if all(np.sum(row == row.max()) == 1 for row in scores):
        # As sure as chance is as unsure as one can be.
        assert sure == pytest.approx(max(share, 0.25), abs=0.01)


def test_what_was_heated_is_cooled_again():
    rng = np.random.default_rng(0)
    logits = 2 * rng.normal(size=(20_000, 5))
    truth = np.array([rng.choice(5, p=row) for row in chances(logits, 1.0)])
    assert temperature_of(logits, truth) == pytest.approx(1, rel=0.05)
    assert temperature_of(30 * logits, truth) == pytest.approx(30, rel=0.05)


def test_a_few_takes_all_right_make_nobody_sure():
    scores = 5 * np.eye(3)
    said = chances(scores, temperature_of(scores, np.arange(3)))
    assert said.max(axis=1) == pytest.approx([0.8] * 3)


def test_who_is_right_by_chance_says_so():
    rng = np.random.default_rng(0)
    scores, truth = 1e6 * rng.normal(size=(300, 3)), rng.integers(0, 3, 300)
    said = chances(scores, temperature_of(scores, truth)).astype(np.float32)
    assert said.max(axis=1).mean() < 0.4
    assert (said.argmax(axis=1) == scores.argmax(axis=1)).all()  # in float32 too


def test_one_impossible_truth_does_not_spoil_the_rest():
    scores = np.tile([0.0, -3.0, -7e8], (30, 1))
    truth = np.repeat([0, 1, 2], [26, 3, 1])
    temperature = temperature_of(scores, truth)
    assert chances(scores, temperature)[0, 0] == pytest.approx(27 / 32)
    assert loss(scores, truth, temperature) < 1


def test_scores_that_say_nothing():
    assert temperature_of(np.ones((4, 3)), np.array([0, 1, 2, 0])) == 1


def test_loss_by_hand():
    scores = np.log([[0.5, 0.5], [0.9, 0.1]])
    assert loss(scores, np.array([0, 1]), 1.0) == pytest.approx(-np.log(0.05) / 2)
