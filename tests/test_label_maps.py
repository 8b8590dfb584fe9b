import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from corpus.label_maps import map_probabilities
from corpus.labels import EMOTIONS, FER2013, THESIS
from corpus.problem import Problem

FIVE = ("anger", "fear", "disgust", "happiness", "sadness")
ROW = np.array([0.10, 0.05, 0.20, 0.15, 0.10, 0.15, 0.25])


def test_seven_become_five_by_dropping_and_renormalising():
    five = map_probabilities(ROW, given=FER2013, wanted=FIVE)
    np.testing.assert_allclose(five, np.array([0.10, 0.20, 0.05, 0.15, 0.10]) / 0.6)
    kept = map_probabilities(ROW, given=FER2013, wanted=FIVE, renormalise=False)
    np.testing.assert_allclose(kept, [0.10, 0.20, 0.05, 0.15, 0.10])


def test_seven_kept_are_only_reordered():
    np.testing.assert_array_equal(
        map_probabilities(ROW, given=FER2013, wanted=FER2013, renormalise=False), ROW
    )
    thesis = map_probabilities(ROW, given=FER2013, wanted=THESIS)
    assert thesis[THESIS.index("neutral")] == pytest.approx(0.25)


def test_an_emotion_that_is_not_known_is_never_the_answer():
    eight = map_probabilities(ROW, given=FER2013, wanted=EMOTIONS)
    assert eight[EMOTIONS.index("calm")] == 0
    assert eight.sum() == pytest.approx(1)


def test_a_row_that_says_nothing_of_what_is_wanted():
    row = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.4, 0.6], np.float32)
    five = map_probabilities(row, given=FER2013, wanted=(*FIVE, "calm"))
    assert five.dtype == np.float32
    np.testing.assert_allclose(five, [0.2] * 5 + [0])


@given(
    arrays.arrays(
        float, st.tuples(st.integers(0, 4), st.just(7)), elements=st.floats(0, 1)
    ),
    st.permutations(EMOTIONS).flatmap(
        lambda names: st.integers(2, 8).map(lambda count: names[:count])
    ),
)
def test_rows_are_shares_in_the_old_proportion(rows, wanted):
    mapped = map_probabilities(rows, given=FER2013, wanted=wanted)
    assert mapped.shape == (len(rows), len(wanted))
    np.testing.assert_allclose(mapped.sum(1), 1)
    for row, old in zip(mapped, rows, strict=True):
        known = [old[FER2013.index(name)] for name in wanted if name != "calm"]
        if sum(known) > 0:
            again = [row[wanted.index(name)] for name in wanted if name != "calm"]
            np.testing.assert_allclose(np.array(again) * sum(known), known, atol=1e-12)


def test_what_cannot_be_mapped_is_said():
    with pytest.raises(Problem, match="anger stands twice"):
        map_probabilities(ROW, given=FER2013, wanted=("anger", "anger"))
    with pytest.raises(Problem, match="none of calm is among"):
        map_probabilities(ROW, given=FER2013, wanted=("calm",))
    with pytest.raises(ValueError, match="6 probabilities are not of 7"):
        map_probabilities(ROW[:6], given=FER2013, wanted=FIVE)
    for wrong in (-0.1, np.nan):
        with pytest.raises(ValueError, match="negative or no number"):
            map_probabilities(np.full(7, wrong), given=FER2013, wanted=FIVE)
