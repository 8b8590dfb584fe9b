"""Each row is Keras' own network: its numbers, its preprocessing, its sizes."""

import configparser
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from corpus.problem import Problem
from embeddings.weights.manifest import MANIFEST
from embeddings.weights.tensors import read_tensors
from visual_features import applications
from visual_features.layer_weights import (
    Layout,
    layers_by_name,
    random_weights,
    weights_by_name,
)
from visual_features.scaling import entering

ROOT = Path(__file__).parents[1]

# Modules of keras.applications with a `preprocess_input` that does something,
BEFORE = {
    "vgg16": "vgg16",
    "vgg19": "vgg19",
    "resnet50": "resnet",
    "resnet50v2": "resnet_v2",
    "mobilenetv2": "mobilenet_v2",
    "densenet121": "densenet",
    "xception": "xception",
    "inceptionv3": "inception_v3",
    "nasnetmobile": "nasnet",
}
# and with one that does nothing, since the network scales within itself.
WITHIN = {
    "mobilenetv3small": "mobilenet_v3",
    "mobilenetv3large": "mobilenet_v3",
    "efficientnetb0": "efficientnet",
    "efficientnetv2b0": "efficientnet_v2",
    "convnexttiny": "convnext",
}
# One that scales before, and one within itself; the others take seconds each.
QUICK = {"vgg16", "mobilenetv3small"}
# ImageNet's, as they are in EfficientNet's official file: Keras takes roots of the
# second on loading.
STATISTICS = {
    "normalization/mean": np.array([0.485, 0.456, 0.406], np.float32),
    "normalization/variance": np.array([0.229, 0.224, 0.225], np.float32),
}


def row(name):
    return getattr(applications, name)


def rows():
    for name in applications.__all__:
        marks = [] if name in QUICK else [pytest.mark.slow]
        yield pytest.param(name, marks=marks)


def pictures(size, count=2):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def keras_own(architecture, size, *, weights=None, pooling="avg"):
    import keras

    return getattr(keras.applications, architecture.title)(
        include_top=False,
        weights=weights,
        input_shape=(size, size, 3),
        pooling=pooling,
    )


def keras_preprocessing(name):
    import keras

    return getattr(keras.applications, {**BEFORE, **WITHIN}[name]).preprocess_input


def test_every_row_is_registered_and_has_its_weights_in_the_manifest():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = config["options.entry_points"]["emostack.backbones"]
    for name in applications.__all__:
        assert row(name).architecture.name == name
        assert f"{name}.imagenet = visual_features.applications:{name}" in listed
        assert f"{name}_notop" in MANIFEST
    assert {*BEFORE, *WITHIN} == set(applications.__all__)


@pytest.mark.parametrize("name", BEFORE)
def test_what_enters_is_keras_own_preprocessing(name):
    """Of networks that scale within themselves, the next test sees as much."""
    architecture = row(name).architecture
    bgr = pictures(8)
    rgb = bgr[..., ::-1].astype(np.float32)
    want = keras_preprocessing(name)(rgb.copy())
    assert not np.array_equal(want, rgb)
    for crops, shown in (
        (bgr, want),
        (bgr[..., 0], keras_preprocessing(name)(np.stack([rgb[..., 2]] * 3, -1))),
    ):
        got = entering(crops, scaling=architecture.mode, order=architecture.order)
        np.testing.assert_allclose(np.asarray(got), shown, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", rows())
def test_it_is_the_network_keras_loads_from_the_same_file(name, tmp_path, monkeypatch):
    """`weights="imagenet"` in Keras, and ours: the same file, the same embeddings."""
    from keras.src.utils import file_utils

    factory, path = row(name), tmp_path / "official.h5"
    architecture = factory.architecture
    size = max(architecture.smallest, 40)
    theirs = keras_own(architecture, size)
    numbers = {**random_weights(Layout.of(theirs), 0), **STATISTICS}
    for weight, variable in weights_by_name(theirs).items():
        variable.assign(numbers[weight])
    theirs.save(path)
    if architecture.first:  # only then Keras builds it whole
        monkeypatch.setattr(file_utils, "get_file", lambda *args, **options: str(path))
        theirs = keras_own(architecture, size, weights="imagenet")
    bgr = pictures(size)
    rgb = bgr[..., ::-1].astype(np.float32)
    want = theirs.predict_on_batch(keras_preprocessing(name)(rgb))
    mine = factory(weights=path, size=size, colour="bgr", batch=len(bgr))
    got = mine.embed(bgr)
    assert np.isfinite(got).all() and got.std(axis=0).max() > 0
    np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-4 * np.abs(want).max())


@pytest.mark.parametrize("name", rows())
def test_what_the_row_says_is_so(name):
    architecture = row(name).architecture
    shapes = Layout.of(architecture.model(architecture.smallest)).shapes.values()
    assert sum(int(np.prod(shape)) for shape in shapes) == architecture.parameters
    scaled = 7 if architecture.first else 0  # Keras' mean, variance and count
    whole = keras_own(architecture, architecture.smallest, pooling=None)
    assert whole.count_params() == architecture.parameters + scaled
    for size in (architecture.smallest, 97):
        layers = layers_by_name(architecture.model(size))
        last, layer = list(layers.items())[-1]
        side = architecture.side(size)
        assert last == architecture.layer
        assert layer.output.shape == (None, side, side, architecture.channels)
    with pytest.raises(ValueError, match=f"{architecture.smallest}"):
        keras_own(architecture, architecture.smallest - 1)


@pytest.mark.parametrize("name", applications.__all__)
def test_too_small_a_face_is_a_sentence(name):
    smallest = row(name).architecture.smallest
    assert row(name)(weights="random:0", size=smallest).view.size == smallest
    with pytest.raises(Problem, match=f"at least {smallest} pixels"):
        row(name)(weights="random:0", size=smallest - 1)


def test_making_any_needs_no_keras():
    code = (
        "import sys; from visual_features import applications\n"
        "for name in applications.__all__:\n"
        "    make = getattr(applications, name)\n"
        "    for pooling in ('avg', 'none'):\n"
        "        make(weights='random:0', pooling=pooling).spec.key\n"
        "assert not {'keras', 'tensorflow', 'cv2', 'h5py'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_keras_reads_the_published_vgg16_layout_alike(tmp_path):
    """Keras' own loader, given the names of 2016, puts every weight where we do."""
    architecture, path = applications.vgg16.architecture, tmp_path / "weights.h5"
    theirs = keras_own(architecture, 48)
    numbers = random_weights(Layout.of(theirs), 0)
    with h5py.File(path, "w") as file:
        layers = dict.fromkeys(name.split("/")[0] for name in numbers)
        file.attrs["layer_names"] = [layer.encode() for layer in layers]
        for layer in layers:
            names = [f"{layer}_W_1:0", f"{layer}_b_1:0"]
            for name, kind in zip(names, ("kernel", "bias"), strict=True):
                file[f"{layer}/{name}"] = numbers[f"{layer}/{kind}"]
            file[layer].attrs["weight_names"] = [name.encode() for name in names]
    theirs.load_weights(path)
    mine = applications.vgg16(weights=path)._open.tensors()
    assert len(read_tensors(path)) == len(mine) == 26
    for name, variable in weights_by_name(theirs).items():
        np.testing.assert_array_equal(mine[name], variable)
