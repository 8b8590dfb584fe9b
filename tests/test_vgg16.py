import pickle

import h5py
import numpy as np
import pytest

from corpus.problem import Problem
from embeddings.backbone import WeightsRecord
from embeddings.weights import Located, random_tensors, read_tensors
from visual_features import vgg16 as room
from visual_features.faces import FaceTrack, FaceView, HaarDetector
from visual_features.vgg16 import VGG16, vgg16

BATCH = 4


@pytest.fixture(scope="module")
def tensors():
    return random_tensors(room._convolutions(), 0)


@pytest.fixture(scope="module")
def backbone():
    return vgg16(weights="random:0", batch=BATCH)


@pytest.fixture(scope="module")
def crops():
    return np.random.default_rng(0).integers(0, 256, (BATCH, 48, 48), dtype=np.uint8)


def from_file(path, **settings):
    """A backbone on a file that `locate` would not take for the published one."""
    record = WeightsRecord(source=str(path), sha256="0" * 64, verified="unverified")
    return VGG16(
        Located(path, None, record),
        **{
            "layer": "block5_pool",
            "pooling": "avg",
            "scaling": "unit",
            "view": FaceView(),
            "detector": HaarDetector(),
            "precision": "float32",
            "batch": BATCH,
            **settings,
        },
    )


def test_shape_and_parameters(backbone, crops):
    embedded = backbone.embed(crops)
    assert (embedded.shape, embedded.dtype) == ((BATCH, 512), np.float32)
    assert backbone.spec.shape == (512,)
    assert backbone.network().count_params() == 14_714_688  # Keras' VGG16, no top
    assert (embedded >= 0).all() and embedded.std() > 0


@pytest.mark.parametrize("scaling", ["unit", "caffe"])
def test_the_network_is_keras_own(tensors, crops, scaling):
    """The same numbers as keras.applications on RGB pictures, prepared its own way."""
    import keras

    mine = vgg16(weights="random:0", batch=BATCH, scaling=scaling, colour="bgr")
    theirs = keras.applications.VGG16(
        include_top=False, weights=None, input_shape=(48, 48, 3), pooling="avg"
    )
    for name, tensor in tensors.items():
        layer, kind = name.split("/")
        getattr(theirs.get_layer(layer), kind).assign(tensor)
    bgr = np.stack([crops, crops[:, ::-1], crops[::-1]], axis=-1)
    if scaling == "caffe":
        rgb = bgr[..., ::-1].astype(np.float32)
        want = keras.applications.vgg16.preprocess_input(rgb)
    else:
        want = bgr / np.float32(255)
    np.testing.assert_allclose(np.asarray(mine.scaled(bgr)), want, rtol=1e-6)
    embedded = mine.embed(bgr)
    np.testing.assert_allclose(
        embedded, theirs.predict_on_batch(want), rtol=1e-3, atol=1e-4
    )


@pytest.mark.parametrize("scaling", ["unit", "caffe"])
def test_grey_enters_three_times(crops, scaling):
    import keras

    backbone = vgg16(weights="random:0", batch=BATCH, scaling=scaling)
    copied = np.repeat(crops[..., None], 3, axis=-1).astype(np.float32)
    if scaling == "caffe":
        want = keras.applications.vgg16.preprocess_input(copied)
    else:
        want = copied / np.float32(255)
    np.testing.assert_allclose(np.asarray(backbone.scaled(crops)), want, rtol=1e-6)


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
    track = FaceTrack(crops, np.arange(BATCH) / 30, found)
    examples = backbone.prepare(track)
    assert examples.array.dtype == np.uint8
    np.testing.assert_array_equal(examples.extra["found"], found)
    with pytest.raises(ValueError):
        vgg16(weights="random:0", size=64).prepare(track)


def test_an_inner_layer_as_a_map():
    backbone = vgg16(
        weights="random:0", size=32, layer="block5_conv3", pooling="none", batch=2
    )
    assert backbone.spec.shape == (2, 2, 512)
    assert backbone.embed(np.zeros((2, 32, 32), np.uint8)).shape == (2, 2, 2, 512)
    assert vgg16(
        weights="random:0", layer="block5_conv3", pooling="none"
    ).spec.shape == (3, 3, 512)


def write_layout(path, tensors, layout):
    if layout == "npz":
        np.savez(path, **tensors)
        return
    with h5py.File(path, "w") as file:
        for name, tensor in tensors.items():
            layer, kind = name.split("/")
            if layout == "2016":  # the published file's names
                letter = {"kernel": "W", "bias": "b"}[kind]
                file[f"{layer}/{layer}_{letter}_1:0"] = tensor
            else:
                file[f"model_weights/{layer}/{layer}/{kind}:0"] = tensor
        root = file["model_weights"] if layout == "whole" else file
        layers = list(dict.fromkeys(name.split("/")[0] for name in tensors))
        root.attrs["layer_names"] = [layer.encode() for layer in layers]
        for layer in layers:
            found = []
            root[layer].visititems(
                lambda name, node, found=found: found.append((name, node))
            )
            names = [name.encode() for name, node in found if hasattr(node, "shape")]
            root[layer].attrs["weight_names"] = names


@pytest.mark.parametrize("layout", ["2016", "whole", "npz"])
def test_weights_from_each_layout(tmp_path, tensors, layout):
    path = tmp_path / f"weights.{'npz' if layout == 'npz' else 'h5'}"
    write_layout(path, tensors, layout)
    read = from_file(path)._tensors()
    assert read.keys() == tensors.keys()
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(read[name], tensor)


def test_keras_reads_the_published_layout_alike(tmp_path, tensors):
    """Keras' own loader, given the 2016 layout, puts every weight where we do."""
    import keras

    path = tmp_path / "weights.h5"
    write_layout(path, tensors, "2016")
    model = keras.applications.VGG16(
        include_top=False, weights=None, input_shape=(48, 48, 3)
    )
    with h5py.File(path, "r+") as file:  # Keras counts all layers, pools too
        names = [layer.name for layer in model.layers]
        file.attrs["layer_names"] = [name.encode() for name in names]
        for name in names:
            group = file.require_group(name)
            if "weight_names" not in group.attrs:
                group.attrs["weight_names"] = []
            else:  # its order is kernel, bias
                group.attrs["weight_names"] = sorted(group.attrs["weight_names"])
    model.load_weights(path)
    for name, tensor in room._by_layer(read_tensors(path)).items():
        layer, kind = name.split("/")
        np.testing.assert_array_equal(getattr(model.get_layer(layer), kind), tensor)


def test_other_networks_weights_are_refused(tmp_path, tensors):
    path = tmp_path / "weights.npz"
    lacking = {name: tensors[name] for name in tensors if "block5" not in name}
    np.savez(path, **lacking)
    with pytest.raises(Problem, match=r"weights\.npz.*block5_conv1/kernel"):
        vgg16(weights=path).network()
    np.savez(path, **{**tensors, "block1_conv1/kernel": np.ones((5, 5, 3, 64))})
    with pytest.raises(Problem, match=r"block1_conv1/kernel in .*weights\.npz"):
        vgg16(weights=path).network()


def test_squeezenets_weights_are_refused(real_data):
    path = real_data / "pretrained" / "squeezenet_imagenet_notop.h5"
    with pytest.raises(Problem, match="squeezenet"):
        from_file(path).network()


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


@pytest.mark.parametrize(
    "setting",
    [
        {"scaling": "torch"},
        {"layer": "fc2"},
        {"pooling": "median"},
        {"precision": "int8"},
        {"size": 24},
        {"batch": 0},
        {"detector": {"scail": 1.1}},
    ],
)
def test_an_unknown_setting_is_one_sentence(setting):
    with pytest.raises(Problem):
        vgg16(weights="random:0", **setting)


def test_lower_precision_is_close_and_leaves_no_trace(backbone, crops):
    import keras

    policy = keras.config.dtype_policy().name
    low = vgg16(weights="random:0", batch=BATCH, precision="mixed_bfloat16")
    got, want = low.embed(crops), backbone.embed(crops)
    assert got.dtype == np.float32
    cosine = (got * want).sum(1) / np.linalg.norm(got, axis=1)
    assert (cosine / np.linalg.norm(want, axis=1) > 0.999).all()
    assert keras.config.dtype_policy().name == policy
