import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.scale import Scaler


def test_scores_have_mean_0_and_deviation_1():
    rng = np.random.default_rng(0)
    rows = rng.normal(50, [1, 10, 0.01], size=(200, 3)).astype(np.float32)
    scores = Scaler.fit(rows)(rows)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(scores.std(axis=0), 1, rtol=1e-3)


def test_sequences_count_by_frames():
    rng = np.random.default_rng(0)
    takes = [rng.normal(size=(steps, 2)).astype(np.float32) for steps in (1, 5, 30)]
    whole = Scaler.fit(np.concatenate(takes))
    np.testing.assert_allclose(Scaler.fit(takes).mean, whole.mean, rtol=1e-12)
    np.testing.assert_allclose(Scaler.fit(takes).std, whole.std, rtol=1e-12)


@settings(deadline=None)
@given(st.floats(-1e6, 1e6, width=32), st.integers(1, 50))
def test_a_constant_feature_becomes_0_and_stays_0(value, count):
    rows = np.full((count, 1), value, np.float32)
    scaler = Scaler.fit(rows)
    assert not scaler(rows).any()
    assert not scaler(rows + np.float32(1)).any()  # nothing was learnt of its size


def test_json_gives_the_same_numbers_back():
    scaler = Scaler.fit(np.random.default_rng(0).normal(size=(9, 4)))
    again = Scaler.from_json(json.loads(json.dumps(scaler.as_json())))
    np.testing.assert_array_equal(again.mean, scaler.mean)
    np.testing.assert_array_equal(again.std, scaler.std)


def test_none_changes_nothing():
    rows = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    np.testing.assert_array_equal(Scaler.none(4)(rows), rows)


def test_a_picture_s_cells_are_features():
    pictures = np.random.default_rng(0).normal(3, 2, (40, 3, 4, 2)).astype(np.float32)
    scaler = Scaler.fit(pictures, cell_by_cell=True)
    assert scaler.mean.shape == (3, 4, 2)
    flat = Scaler.fit(pictures.reshape(40, -1))
    np.testing.assert_array_equal(
        scaler(pictures).reshape(40, -1), flat(pictures.reshape(40, -1))
    )
    again = Scaler.from_json(json.loads(json.dumps(scaler.as_json())))
    np.testing.assert_array_equal(again(pictures[0]), scaler(pictures[0]))
    assert Scaler.fit(pictures).mean.shape == (2,)
