import json

import numpy as np
import pytest

from classifiers.dense import DenseHead
from classifiers.lstm import LSTMHead
from classifiers.penultimate import outputs, penultimate, probabilities
from classifiers.saved import TrainedHead
from classifiers.scale import Scaler


def untrained(settings, width=6):
    head = json.loads(json.dumps(vars(settings)))
    card = {"kind": settings.kind, "head": head, "labels": ["a", "b"], "width": width}
    rng = np.random.default_rng(0)
    return TrainedHead(
        settings.build(width, 2), Scaler.fit(rng.normal(3, 2, (9, width))), card
    )


@pytest.fixture(scope="module")
def dense():
    return untrained(DenseHead(units=(5, 4)))


@pytest.fixture(scope="module")
def lstm():
    return untrained(LSTMHead(units=(5, 4)))


def points(count):
    return np.random.default_rng(1).normal(size=(count, 6)).astype(np.float32)


def sequences(count):
    rng = np.random.default_rng(1)
    return [points(steps) for steps in rng.integers(1, 70, count)]


def test_by_hand(dense):
    x = dense.scaler(points(3))
    *hidden, last, bias = dense.model.get_weights()
    for weights, constants in zip(hidden[::2], hidden[1::2], strict=True):
        x = np.maximum(x @ weights + constants, 0)
    softmax = np.exp(x @ last + bias)
    softmax /= softmax.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(penultimate(dense, points(3)), x, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(probabilities(dense, points(3)), softmax, rtol=1e-5)


@pytest.mark.parametrize("count", [1, 32, 33, 70])
def test_shapes(dense, count):
    hidden, softmax = outputs(dense, points(count))
    assert hidden.shape == (count, 4) and softmax.shape == (count, 2)
    assert hidden.dtype == softmax.dtype == np.float32


def test_company_does_not_matter(lstm):
    takes = sequences(40)
    together = outputs(lstm, takes)
    for place in (0, 31, 39):
        alone = outputs(lstm, takes[place : place + 1])
        for one, all_ in zip(alone, together, strict=True):
            np.testing.assert_allclose(one[0], all_[place], rtol=1e-5, atol=1e-6)


def test_dropout_is_off(dense):
    np.testing.assert_array_equal(
        penultimate(dense, points(5)), penultimate(dense, points(5))
    )


def test_the_network_is_traced_a_few_times_at_most():
    import keras

    if keras.config.backend() == "torch":
        pytest.skip("PyTorch does not trace")
    head = untrained(LSTMHead(units=(3, 2)))
    original, traces = head.tapped.predict_step, []
    head.tapped.predict_step = lambda *args: traces.append(1) or original(*args)
    for count in (1, 2, 5, 31, 33, 64):
        outputs(head, sequences(count))
    # Lengths are 32, 64 and 96 here; TensorFlow needs two traces for any number.
    assert 1 <= len(traces) <= 3


def test_features_of_another_width(dense):
    with pytest.raises(ValueError, match="width 6"):
        outputs(dense, np.zeros((2, 7)))
    with pytest.raises(ValueError, match="one or more"):
        outputs(dense, np.zeros((0, 6)))
