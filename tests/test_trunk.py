"""A frozen network, cut at a layer and pooled; the thesis' VGG16 as the example."""

import pickle

import numpy as np
import pytest

from corpus.problem import Problem
from visual_features.applications import efficientnetb0, vgg16
from visual_features.faces import FaceTrack
from visual_features.trunk import Trunk

BATCH = 4


@pytest.fixture(scope="module")
def backbone():
    return vgg16(weights="random:0", batch=BATCH)


@pytest.fixture(scope="module")
def crops():
    return np.random.default_rng(0).integers(0, 256, (BATCH, 48, 48), dtype=np.uint8)


def weights_of(factory, seed=0):
    """The random weights of an architecture, by layer."""
    return trunk_of(factory(weights=f"random:{seed}")).tensors()


def trunk_of(backbone) -> Trunk:
    return backbone._open


def test_shape_and_parameters(backbone, crops):
    embedded = backbone.embed(crops)
    assert (embedded.shape, embedded.dtype) == ((BATCH, 512), np.float32)
    assert backbone.spec.shape == (512,)
    assert backbone.about.parameters == trunk_of(backbone).model().count_params()
    assert (embedded >= 0).all() and embedded.std() > 0


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({}, "107ac3f5"),
        ({"scaling": "unit", "no_face": "full_frame", "jpeg_passes": 2}, "6229823e"),
        (
            {
                **{"scaling": "caffe", "layer": "block5_conv3", "pooling": "none"},
                **{"size": 64, "colour": "bgr", "detector": {"min_size": 100}},
                **{"precision": "mixed_bfloat16", "batch": 8},
            },
            "f3c91401",
        ),
    ],
)
def test_what_was_stored_before_is_found_again(settings, key):
    assert vgg16(weights="random:0", **settings).spec.key == key


def test_a_row_depends_on_nothing_beside_it(backbone, crops):
    want = backbone.embed(crops)
    order = np.array([2, 0, 3, 1])
    np.testing.assert_array_equal(backbone.embed(crops[order]), want[order])
    others = 255 - crops
    others[-1] = crops[0]
    np.testing.assert_array_equal(backbone.embed(others)[-1], want[0])


def test_it_pickles_without_its_network(backbone, crops):
    want = backbone.embed(crops)
    text = pickle.dumps(backbone)
    assert len(text) < 5_000
    again = pickle.loads(text)
    assert again.spec == backbone.spec
    np.testing.assert_array_equal(again.embed(crops), want)


def test_prepare_hands_the_crops_on(backbone, crops):
    found = np.array([True, False, True, True])
    examples = backbone.prepare(FaceTrack(crops, np.arange(BATCH) / 30, found))
    assert examples.array.dtype == np.uint8
    np.testing.assert_array_equal(examples.extra["found"], found)


def test_an_inner_layer_as_a_map_and_pooled():
    settings = {"weights": "random:0", "size": 40, "layer": "block4_conv3", "batch": 2}
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (2, 40, 40), dtype=np.uint8)
    whole, mean, largest = (
        vgg16(**settings, pooling=pooling) for pooling in ("none", "avg", "max")
    )
    assert whole.spec.shape == (5, 5, 512)
    assert mean.spec.shape == largest.spec.shape == (512,)
    maps = whole.embed(crops)
    np.testing.assert_allclose(mean.embed(crops), maps.mean((1, 2)), rtol=1e-4)
    np.testing.assert_allclose(largest.embed(crops), maps.max((1, 2)), rtol=1e-4)


def test_the_map_that_matters_at_the_thesis_size():
    assert vgg16(
        weights="random:0", layer="block5_conv3", pooling="none"
    ).spec.shape == (3, 3, 512)


def test_an_unknown_layer_gets_the_nearest_names():
    with pytest.raises(Problem, match=r"no layer 'block5_conv4'.* block5_conv3,.*"):
        vgg16(weights="random:0", layer="block5_conv4")
    # A layer whose output is no map, and Keras' own scaling, are none to look at.
    for layer in ("flatten", "rescaling", "normalization"):
        with pytest.raises(Problem, match="has no layer"):
            efficientnetb0(weights="random:0", layer=layer)


@pytest.mark.parametrize(
    "setting",
    [
        {"scaling": "unit"},
        {"size": 64},
        {"layer": "block5_conv3"},
        {"layer": "block4_pool"},
        {"pooling": "max"},
        {"colour": "bgr"},
        {"interpolation": "area"},
        {"no_face": "full_frame"},
        {"jpeg_passes": 2},
        {"detector": {"min_size": 100}},
        {"precision": "mixed_bfloat16"},
        {"batch": 64},
        {"weights": "random:1"},
    ],
)
def test_each_setting_is_another_key(setting):
    plain = vgg16(weights="random:0").spec
    other = vgg16(**{"weights": "random:0", **setting}).spec
    assert other.key != plain.key
    assert other.folder == f"vgg16.imagenet-{other.key}"


def test_a_networks_own_scaling_has_a_name():
    for factory, name in ((vgg16, "caffe"), (efficientnetb0, "torch")):
        own = factory(weights="random:0").spec
        assert own == factory(weights="random:0", scaling=name).spec
        assert own.preprocessing["scaling"] == name


@pytest.mark.parametrize(
    "setting",
    [
        {"scaling": "torch"},
        {"layer": "fc2"},
        {"pooling": "median"},
        {"precision": "int8"},
        {"size": 31},
        {"batch": 0},
        {"detector": {"scail": 1.1}},
    ],
)
def test_an_unknown_setting_is_one_sentence(setting):
    with pytest.raises(Problem):
        vgg16(weights="random:0", **setting)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_lower_precision_is_close_and_leaves_no_trace(backbone, crops, precision):
    import keras

    policy = keras.config.dtype_policy().name
    low = vgg16(weights="random:0", batch=BATCH, precision=precision)
    got, want = low.embed(crops), backbone.embed(crops)
    assert got.dtype == np.float32
    cosine = (got * want).sum(1) / np.linalg.norm(got, axis=1)
    assert (cosine / np.linalg.norm(want, axis=1) > 0.999).all()
    assert keras.config.dtype_policy().name == policy


def test_a_file_of_ones_own_is_checked_at_once(tmp_path, crops):
    path = tmp_path / "mine.npz"
    tensors = weights_of(vgg16, seed=3)
    np.savez(path, **tensors)
    mine = vgg16(weights=path, batch=BATCH)
    assert mine.weights.verified == "unverified"
    np.testing.assert_array_equal(
        mine.embed(crops), vgg16(weights="random:3", batch=BATCH).embed(crops)
    )
    np.savez(path, **{**tensors, "block5_conv3/bias": np.full(512, np.nan)})
    with pytest.raises(Problem, match=r"block5_conv3/bias in .*mine\.npz holds NaN"):
        vgg16(weights=path)
    with pytest.raises(Problem, match=r"mine\.npz lacks"):
        efficientnetb0(weights=path)


def test_vgg19s_file_is_not_vgg16s(tmp_path):
    """It has every layer of VGG16, of the same shapes, and three more between."""
    path, tensors = tmp_path / "vgg19.npz", weights_of(vgg16)
    more = {}
    for name, tensor in tensors.items():
        more[name] = tensor
        if name == "block3_conv3/bias":
            more["block3_conv4/kernel"] = tensors["block3_conv3/kernel"]
    np.savez(path, **more)
    with pytest.raises(Problem, match=r"vgg19\.npz holds block3_conv4/kernel"):
        vgg16(weights=path)


def test_squeezenets_weights_are_refused(real_data):
    path = real_data / "pretrained" / "squeezenet_imagenet_notop.h5"
    with pytest.raises(Problem, match="squeezenet"):
        vgg16(weights=path)
