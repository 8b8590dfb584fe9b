"""Convolutions in few products: Keras' numbers, but for rounding."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.winograd import network as networks
from embeddings.winograd import quickly
from embeddings.winograd.chain import Chain
from embeddings.winograd.convolution import Convolution, Halving

CLOSE = 1e-5  # of the largest number


def alone(work, count):
    work(0, count)


def in_parts(work, count):
    for start in range(0, count, 3):
        work(start, min(start + 3, count))


def bordered(layer, rng, count):
    """Return maps with borders of zeros as a layer wants them, and without."""
    (height, width, channels), (rows, across) = layer.size, layer.bordered
    maps = np.zeros((count, rows, across, channels), np.float32)
    inner = maps[:, 1 : height + 1, 1 : width + 1]
    inner[:] = rng.normal(size=inner.shape)
    return maps.reshape(count, rows, -1), inner


def answer(layer, maps, spread=alone):
    """Return what a layer makes, seen that it leaves the borders alone."""
    height, width, channels = layer.after
    made = np.zeros((len(maps), height + 2, (width + 2) * channels), np.float32)
    layer(maps, made, spread)
    made = made.reshape(len(maps), height + 2, width + 2, channels)
    inner = made[:, 1:-1, 1:-1].copy()
    made[:, 1:-1, 1:-1] = 0
    assert not made.any()
    return inner


def convolved(maps, kernel, bias):
    """Return a convolution as it is defined, in double precision."""
    height, width = maps.shape[1:3]
    maps = np.pad(maps.astype(float), [(0, 0), (1, 1), (1, 1), (0, 0)])
    return bias + sum(
        maps[:, i : i + height, j : j + width] @ kernel[i, j].astype(float)
        for i in range(3)
        for j in range(3)
    )


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(1, 17),
    width=st.integers(1, 17),
    channels=st.integers(1, 40),
    filters=st.integers(1, 40),
    count=st.integers(1, 4),
    rectified=st.booleans(),
    seed=st.integers(0, 99),
)
def test_it_is_a_convolution(height, width, channels, filters, count, rectified, seed):
    rng = np.random.default_rng(seed)
    kernel = rng.normal(size=(3, 3, channels, filters)).astype(np.float32)
    bias = rng.normal(size=filters).astype(np.float32)
    layer = Convolution(kernel, bias, height=height, width=width, rectified=rectified)
    maps, inner = bordered(layer, rng, count)
    want = convolved(inner, kernel, bias)
    want = np.maximum(want, 0) if rectified else want
    for spread in (alone, in_parts):
        got = answer(layer, maps, spread)
        np.testing.assert_allclose(got, want, atol=CLOSE * np.abs(want).max(), rtol=0)


@pytest.mark.parametrize("cores", [1, 1000])
def test_however_it_is_shared_the_numbers_are_the_same(cores, monkeypatch):
    monkeypatch.setattr("embeddings.winograd.convolution.cores", lambda: cores)
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(3, 3, 64, 48)).astype(np.float32)
    layer = Convolution(kernel, np.zeros(48), height=24, width=20, rectified=False)
    maps, inner = bordered(layer, rng, 9)
    want = convolved(inner, kernel, 0)
    got = answer(layer, maps, in_parts)
    np.testing.assert_allclose(got, want, atol=CLOSE * np.abs(want).max(), rtol=0)


@settings(max_examples=20, deadline=None)
@given(height=st.integers(2, 9), width=st.integers(2, 9), channels=st.integers(1, 20))
def test_halving_keeps_the_largest_of_four(height, width, channels):
    layer = Halving(height, width, channels)
    maps, inner = bordered(layer, np.random.default_rng(0), 3)
    inner = inner[:, : height // 2 * 2, : width // 2 * 2]
    want = inner.reshape(3, height // 2, 2, width // 2, 2, channels).max((2, 4))
    np.testing.assert_array_equal(answer(layer, maps), want)


def vgg16(**settings):
    from visual_features.applications import vgg16

    model = vgg16(weights="random:0", **settings)._open.model()
    levels = np.random.default_rng(0).integers(0, 256, (5, 48, 48))
    return model, levels.astype(np.uint8)


def vggish():
    from embeddings.weights.location import random_tensors
    from vggish_features.network import CONV_SHAPES, build_conv, set_tensors

    model = build_conv((96, 64, 1))
    set_tensors(model, random_tensors(CONV_SHAPES, 0))
    return model, np.random.default_rng(0).normal(size=(5, 96, 64, 1))


def vggish128():
    from embeddings.weights.location import random_tensors
    from vggish_features.network import CONV_SHAPES, FC_SHAPES, build_full, set_tensors

    model = build_full()
    set_tensors(model, random_tensors({**CONV_SHAPES, **FC_SHAPES}, 0))
    return model, np.random.default_rng(0).normal(size=(3, 96, 64, 1))


def cut():
    return vgg16(layer="block4_conv2", pooling="max")


def fer_vgg19(**settings):
    from visual_features.fer_vgg19 import fer_vgg19

    model = fer_vgg19(weights="random:0", **settings)._open.model()
    levels = np.random.default_rng(0).integers(0, 256, (3, 48, 48))
    return model, levels.astype(np.uint8)


def whole_faces():
    return fer_vgg19(ten_crops=False, layer="probabilities")


def normalised():
    """Batch normalisation as trained, with a ReLU after it, without, and alone."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    tensor = start = keras.Input((9, 7, 16))
    for more in ([layers.ReLU()], [], [layers.ReLU(max_value=1)]):
        tensor = layers.Conv2D(24, 3, padding="same")(tensor)
        for layer in [layers.BatchNormalization(), *more]:
            tensor = layer(tensor)
    tensor = layers.BatchNormalization()(layers.MaxPooling2D(2)(tensor))
    model = keras.Model(start, tensor)
    rng = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 2, 24) for _ in range(4)])
    return model, rng.normal(size=(5, 9, 7, 16))


NETWORKS = [vgg16, cut, vggish, vggish128, fer_vgg19, whole_faces, normalised]


@pytest.mark.parametrize("make", NETWORKS)
def test_networks_say_the_same(make):
    model, batch = make()
    want = model.predict_on_batch(batch)
    network = quickly(model)
    assert isinstance(network, Chain)
    for some in (network.some, 2):  # at once, and in parts of which the last is less
        network.some = some
        got = network(batch)
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, atol=CLOSE * np.abs(want).max(), rtol=0)
    np.testing.assert_array_equal(network(batch), got)


def test_several_may_ask_at_once():
    model, batch = vggish()
    network, said = quickly(model), {}
    batches = {n: batch + n for n in range(4)}
    want = {n: network(own) for n, own in batches.items()}

    def ask(n):
        said[n] = network(batches[n])

    threads = [threading.Thread(target=ask, args=(n,)) for n in batches]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for n in batches:
        np.testing.assert_array_equal(said[n], want[n])


def small(*layers, channels=16, side=8):
    """Return a network of two plain convolutions after some layers."""
    import keras

    tensor = start = keras.Input((side, side, channels))
    for layer in layers:
        tensor = layer(tensor)
    for _ in range(2):
        tensor = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(tensor)
    return keras.Model(start, tensor)


def convolution(*size, **more):
    import keras

    how = {"padding": "same", "activation": "relu", **more}
    return keras.layers.Conv2D(*size, **how)


@pytest.mark.parametrize(
    ("layer", "taken"),
    [
        ((16, 3), {}),
        ((16, 3), {"activation": "linear"}),
        ((16, 3), {"activation": "tanh"}),
        ((16, 3), {"strides": 2}),
        ((16, 3), {"dilation_rate": 2}),
        ((16, 3), {"groups": 2}),
        ((16, 3), {"padding": "valid"}),
        ((16, 3), {"use_bias": False}),
        ((16, 5), {}),
    ],
)
def test_what_is_no_plain_convolution_is_left_to_keras(layer, taken):
    model = small(convolution(*layer, **taken))
    batch = np.random.default_rng(0).normal(size=(3, 8, 8, 16))
    network = quickly(model)
    plain = layer == (16, 3) and taken in ({}, {"activation": "linear"})
    assert len(network.run) == 2 + plain
    np.testing.assert_allclose(network(batch), model.predict_on_batch(batch), atol=1e-5)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("side", [6, 7])
def test_poolings_that_pad_are_left_to_keras(padding, side):
    import keras

    layers = keras.layers.MaxPooling2D(2, padding=padding), convolution(16, 3)
    model = small(convolution(16, 3), *layers, side=side)
    batch = np.random.default_rng(0).normal(size=(3, side, side, 16))
    network = quickly(model)
    pads = padding == "same" and side % 2
    assert len(network.run) == (3 if pads else 5)
    np.testing.assert_allclose(network(batch), model.predict_on_batch(batch), atol=1e-5)


def test_networks_that_branch_or_have_too_little_are_left_to_keras():
    import keras

    start = keras.Input((8, 8, 16))
    one, two = convolution(16, 3)(start), convolution(16, 3)(start)
    for model in (
        keras.Model(start, keras.layers.Add()([one, two])),
        keras.Model(start, one),
        small(channels=16, side=None),
    ):
        assert quickly(model) == model.predict_on_batch


def test_an_accelerator_does_it_itself(monkeypatch):
    monkeypatch.setattr(networks, "sees_accelerator", lambda: True)
    model = small()
    assert quickly(model) == model.predict_on_batch


@pytest.mark.parametrize(("units", "here"), [("AMX", False), ("AVX512-BF16", True)])
def test_bfloat16_is_left_to_matrix_units(units, here, monkeypatch):
    monkeypatch.setattr(networks, "bfloat16_units", lambda: units)
    model, batch = vgg16(precision="mixed_bfloat16")
    network = quickly(model)
    assert isinstance(network, Chain) == here
    want = vgg16()[0].predict_on_batch(batch)
    np.testing.assert_allclose(network(batch), want, atol=0.03 * np.abs(want).max())
