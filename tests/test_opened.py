from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.problem import Problem
from embeddings.adaptors.opened import Opened, one_of

FILE = Path("net.any")


def opened(shape, call=lambda array: array, dtype="float32"):
    return Opened(FILE, shape, np.dtype(dtype), call)


lengths = st.lists(st.integers(1, 4), min_size=1, max_size=3)


@given(lengths, st.integers(1, 5), st.data())
def test_axes_of_one_come_and_go_and_no_number_is_lost(row, count, data):
    rows = np.arange(count * np.prod(row), dtype=np.float32).reshape(count, *row)
    wanted = [length for length in row if length != 1]
    for _ in range(data.draw(st.integers(0, 2))):
        wanted.insert(data.draw(st.integers(0, len(wanted))), 1)
    batch = data.draw(st.sampled_from([None, 1, count]))
    seen = []

    def call(array):
        seen.append(array.shape)
        return array.reshape(len(array), -1)

    result = opened((batch, *wanted), call)(rows)
    assert np.array_equal(result, rows.reshape(count, -1))
    alone = batch == 1 and count > 1
    assert seen == [(1, *wanted)] * count if alone else [(count, *wanted)]


@given(st.integers(1, 5))
def test_a_network_without_an_axis_of_examples_sees_them_one_by_one(count):
    rows = np.random.default_rng(count).random((count, 12), np.float32)
    frames = opened((None,), lambda array: array.reshape(3, 4))(rows)
    assert np.array_equal(frames, rows.reshape(count, 3, 4))
    single = opened((12,), lambda array: array[None, :5])(rows)
    assert np.array_equal(single, rows[:, :5])


@pytest.mark.parametrize("shape", [(None, 4), (7, 3), (None, 3, 3), (4,), ()])
def test_rows_that_do_not_fit_are_told_with_both_shapes(shape):
    with pytest.raises(Problem, match=r"net\.any takes .*makes 5 x 3"):
        opened(shape)(np.zeros((5, 3)))


def test_what_is_no_number_is_no_embedding():
    with pytest.raises(Problem, match="NaN or infinity"):
        opened((None, 3), lambda array: array * np.inf)(np.ones((2, 3)))


def test_an_output_without_a_row_an_example_is_refused():
    with pytest.raises(Problem, match="a row an example"):
        opened((None, 3), lambda array: array.sum(0))(np.ones((2, 3)))
    ragged = iter([np.zeros((1, 3)), np.zeros((2, 3))])
    with pytest.raises(Problem, match="changes from row to row"):
        opened((3,), lambda _: next(ragged))(np.ones((2, 3)))


def test_a_network_that_fails_does_so_in_a_sentence():
    def fail(array):
        raise RuntimeError("shapes differ.\nmore")

    for shape in ((None, 3), (3,)):
        with pytest.raises(Problem, match=r"fails on .* 3 \(shapes differ\); change"):
            opened(shape, fail)(np.ones((2, 3)))
    with pytest.raises(Problem, match="takes text"):
        opened((None,), dtype=object)


def test_rows_come_in_the_type_that_is_taken():
    seen = []
    opened((None, 2), lambda array: seen.append(array.dtype) or array, "uint8")(
        np.ones((2, 2))
    )
    assert seen == [np.uint8]


def test_a_name_that_is_not_there_gets_the_nearest():
    names = ["conv1", "conv2", "dense", "predictions"]
    assert one_of("layer", "conv1", names, path=FILE) == "conv1"
    with pytest.raises(Problem, match=r"no layer 'conv'; .* 4 are 'conv\d', 'conv\d'"):
        one_of("layer", "conv", names, path=FILE)
    with pytest.raises(Problem, match="'predictions'"):
        one_of("layer", "#", names, path=FILE)
