import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from corpus.problem import Problem
from embeddings.sequences import POOLS, pad, pool

FLOATS = st.floats(-1e6, 1e6, width=32)


def arrays(width=3):
    shapes = st.tuples(st.integers(1, 7), st.just(width))
    return hnp.arrays(np.float32, shapes, elements=FLOATS)


@settings(deadline=None)
@given(st.lists(arrays(), min_size=1, max_size=5), st.integers(0, 4))
def test_padding_loses_nothing_and_adds_only_zeros_on_the_right(sequences, more):
    longest = max(map(len, sequences))
    array, mask = pad(sequences, length=longest + more)
    assert array.shape == (len(sequences), longest + more, 3)
    assert array.dtype == np.float32 and mask.dtype == bool
    for row, real, sequence in zip(array, mask, sequences, strict=True):
        np.testing.assert_array_equal(row[real], sequence)
        assert not row[~real].any()
        assert real[: len(sequence)].all() and real.sum() == len(sequence)


def test_length_is_that_of_the_longest():
    array, mask = pad([np.ones((2, 4)), np.ones((5, 4))])
    assert array.shape == (2, 5, 4) and mask.sum() == 7


def test_a_sequence_without_a_frame_is_refused():
    with pytest.raises(Problem, match="not a single frame"):
        pad([np.ones((2, 4)), np.ones((0, 4))])
    with pytest.raises(Problem, match="not a single frame"):
        pool(np.ones((0, 4)), "mean")


def test_a_sequence_too_long_is_not_cut():
    with pytest.raises(ValueError, match="5 steps"):
        pad([np.ones((5, 4))], length=4)


def test_widths_must_agree():
    with pytest.raises(ValueError, match="broadcast"):
        pad([np.ones((2, 4)), np.ones((2, 3))])


def test_pools_by_hand():
    sequence = np.array([[1, 4], [3, 0]], np.float32)
    assert pool(sequence, "mean").tolist() == [2, 2]
    assert pool(sequence, "std").tolist() == [1, 2]
    assert pool(sequence, "max").tolist() == [3, 4]
    assert pool(sequence, "last").tolist() == [3, 0]


@settings(deadline=None)
@given(arrays(), st.sampled_from(sorted(POOLS)))
def test_a_pooled_sequence_is_one_row(sequence, how):
    assert pool(sequence, how).shape == (3,) and pool(sequence, how).dtype == np.float32


def test_unknown_pool():
    with pytest.raises(Problem, match="mean, std, max, last"):
        pool(np.ones((2, 2)), "median")
