"""Each layout of a weights file gives every layer its own numbers."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from corpus.problem import Problem
from embeddings.weights.tensors import read_tensors
from visual_features.layer_weights import (
    Layout,
    arranged,
    layers_by_name,
    random_weights,
    weights_by_name,
)

# What Keras 1 called a layer's weights.
KERAS_1 = {
    "kernel": "W",
    "bias": "b",
    "moving_mean": "running_mean",
    "moving_variance": "running_std",
}


def small(*, deeper=False, top=False):
    """A network with every kind of layer and name that keras.applications has."""
    import keras
    from keras import layers

    maps = pictures = keras.Input((8, 8, 3))
    maps = layers.Conv2D(4, 3, name="block1_conv")(maps)
    maps = layers.BatchNormalization(name="block1_bn")(maps)
    if deeper:
        maps = layers.Conv2D(4, 1, name="block1_more")(maps)
    maps = layers.SeparableConv2D(4, 3, use_bias=False, name="block2_sepconv")(maps)
    side = layers.BatchNormalization()(layers.Conv2D(4, 1, use_bias=False)(maps))
    maps = layers.BatchNormalization()(layers.Conv2D(4, 1, use_bias=False)(maps))
    maps = layers.Add()([maps, side])
    maps = layers.DepthwiseConv2D(2, name="block3_dwconv")(maps)
    maps = keras.Sequential(
        [layers.LayerNormalization(name="end_norm"), layers.Conv2D(2, 1, name="last")],
        name="end",
    )(maps)
    if top:
        maps = layers.Dense(7, name="predictions")(layers.Flatten()(maps))
    return keras.Model(pictures, maps)


@pytest.fixture(scope="module")
def model():
    return small()


@pytest.fixture(scope="module")
def layout(model):
    return Layout.of(model)


@pytest.fixture(scope="module")
def numbers(layout):
    """Numbers of which no two are the same."""
    rng = np.random.default_rng(0)
    return {
        name: rng.normal(size=shape).astype(np.float32)
        for name, shape in layout.shapes.items()
    }


def filled(model, numbers):
    """Give a model the numbers, by its own idea of where they belong."""
    for name, variable in weights_by_name(model).items():
        if name in numbers:
            variable.assign(numbers[name])
    return model


def check(path, layout, numbers):
    read = arranged(read_tensors(path), layout, path=path)
    assert read.keys() == numbers.keys()
    for name, number in numbers.items():
        np.testing.assert_array_equal(read[name], number, err_msg=name)


def test_names_do_not_depend_on_what_was_built_before(model, layout):
    import keras

    keras.layers.Conv2D(1, 1)
    again = small()
    assert list(layers_by_name(again)) == list(layers_by_name(model))
    assert Layout.of(again) == layout
    assert {"conv2d/kernel", "conv2d_1/kernel", "end_norm/gamma"} <= set(layout.shapes)
    assert layout.kinds == {"conv2d", "batch_normalization"}


def test_our_own_arrays(tmp_path, layout, numbers):
    path = tmp_path / "weights.npz"
    np.savez(path, **numbers)
    check(path, layout, numbers)


@pytest.mark.parametrize("name", ["mine.weights.h5", "whole.h5"])
@pytest.mark.parametrize("top", [False, True])
def test_what_keras_writes_today(tmp_path, layout, numbers, name, top):
    """Built after others in this process, so that Keras numbers its layers anew."""
    model = filled(small(top=top), numbers)
    path = tmp_path / name
    (model.save_weights if "weights" in name else model.save)(path)
    check(path, layout, numbers)


def write_in_order(path, layout, numbers, names):
    """Write HDF5 as Keras 2 did: layers in order, each with its weights' names."""
    with h5py.File(path, "w") as file:
        layers = {}
        for name in layout.shapes:
            layer, kind = name.split("/")
            layer, weight = names(layer, kind)
            file[f"{layer}/{weight}"] = numbers[name]
            layers.setdefault(layer, []).append(weight.encode())
        file.attrs["layer_names"] = [layer.encode() for layer in layers]
        for layer, weights in layers.items():
            file[layer].attrs["weight_names"] = weights


@pytest.mark.parametrize(
    "names",
    [
        lambda layer, kind: (layer, f"{layer}/{kind}:0"),
        lambda layer, kind: (layer, f"{layer}_{KERAS_1.get(kind, kind)}_1:0"),
        lambda layer, kind: (layer.replace("_", "/"), f"{layer}/{kind}:0"),
        lambda layer, kind: (f"other_{layer}_9", f"any/{kind}/thing_3"),
    ],
    ids=["Keras 2", "Keras 1", "slashes", "renamed"],
)
def test_what_keras_wrote_in_the_past(tmp_path, layout, numbers, names):
    path = tmp_path / "weights.h5"
    write_in_order(path, layout, numbers, names)
    check(path, layout, numbers)


def test_layers_keras_has_numbered_are_told_by_number_not_by_order(
    tmp_path, layout, numbers
):
    """As in a file whose layers are sorted by name."""
    path = tmp_path / "weights.h5"
    with h5py.File(path, "w") as file:
        for name, number in numbers.items():
            layer, kind = name.split("/")
            stem, _, count = layer.rpartition("_")
            if layer in layout.kinds:
                layer = f"{layer}_11"
            elif stem in layout.kinds:
                layer = f"{stem}_{int(count) + 11}"
            file[f"{layer}/{layer}/{kind}:0"] = number
    check(path, layout, numbers)


def test_a_deeper_network_with_the_same_layers_is_refused(tmp_path, layout, numbers):
    path = tmp_path / "deeper.h5"
    filled(small(deeper=True), numbers).save(path)
    with pytest.raises(Problem, match=r"deeper\.h5 holds .*block1_more.* larger one"):
        arranged(read_tensors(path), layout, path=path)


def test_other_networks_are_refused(tmp_path, layout, numbers):
    path = tmp_path / "weights.npz"
    lacking = {name: numbers[name] for name in numbers if "last" not in name}
    with pytest.raises(Problem, match=r"weights\.npz lacks last/kernel"):
        arranged(lacking, layout, path=path)
    other = {**numbers, "block1_conv/kernel": np.ones((5, 5, 3, 4))}
    with pytest.raises(Problem, match=r"block1_conv/kernel in .*weights\.npz.*shape"):
        arranged(other, layout, path=path)
    with pytest.raises(Problem, match="lacks block1_conv/kernel"):
        arranged({"a": np.ones(3)}, layout, path=Path("weights.h5"))


def test_random_weights_leave_normalisation_alone(layout):
    weights = random_weights(layout, 0)
    assert {name: one.shape for name, one in weights.items()} == dict(layout.shapes)
    assert (weights["block1_bn/gamma"] == 1).all()
    assert (weights["block1_bn/moving_variance"] == 1).all()
    assert not weights["block1_bn/moving_mean"].any()
    assert not weights["block1_bn/beta"].any()


def test_random_kernels_keep_the_scale_of_what_goes_through():
    """He et al. 2015: each output has a variance of 2 for inputs of 1."""
    shapes = {
        "a/kernel": (3, 3, 64, 64),
        "b/kernel": (3, 3, 512, 1),
        "c/pointwise_kernel": (1, 1, 256, 64),
    }
    weights = random_weights(Layout(shapes, {}, frozenset()), 0)
    sums = {
        "a/kernel": np.square(weights["a/kernel"]).sum((0, 1, 2)),
        "b/kernel": np.square(weights["b/kernel"]).sum((0, 1)),
        "c/pointwise_kernel": np.square(weights["c/pointwise_kernel"]).sum((0, 1, 2)),
    }
    for name, variances in sums.items():
        np.testing.assert_allclose(variances.mean(), 2, rtol=0.1, err_msg=name)


def test_names_win_over_the_order_and_the_order_over_numbers():
    one, other = np.ones((1, 1, 2, 2)), np.ones((1, 1, 2, 2))
    one[0, 0, 0, 0], other[0, 0, 0, 0] = 2, 3

    def read(first, second, names):
        layout = Layout(
            {f"{name}/kernel": one.shape for name in names}, {}, frozenset({"conv2d"})
        )
        file = {f"{first}/kernel:0": one, f"{second}/kernel:0": other}
        read = arranged(file, layout, path=Path("weights.h5"))
        return [read[f"{name}/kernel"][0, 0, 0, 0] for name in names]

    assert read("a", "b", ["a", "b"]) == [2, 3]
    assert read("b", "a", ["a", "b"]) == [3, 2]
    assert read("x", "y", ["a", "b"]) == [2, 3]
    assert read("conv2d_9", "conv2d_4", ["conv2d", "conv2d_1"]) == [2, 3]
