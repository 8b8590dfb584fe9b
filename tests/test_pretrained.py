import h5py
import numpy as np
import pytest

from corpus.problem import Problem
from embeddings.weights.location import random_tensors
from vggish_features import pretrained
from vggish_features.network import CONV_SHAPES, FC_SHAPES, build_conv, set_tensors
from vggish_features.pretrained import (
    canonical_names,
    load_vggish,
    smoke_figures,
    verify,
)

# The dense layers with few units: their names are what matters here.
SMALL_FC = {
    "fc1_1/kernel": (12_288, 8),
    "fc1_1/bias": (8,),
    "fc1_2/kernel": (8, 8),
    "fc1_2/bias": (8,),
    "fc2/kernel": (8, 128),
    "fc2/bias": (128,),
}
SCOPES = {"conv3": ("conv3_1", "conv3_2"), "conv4": ("conv4_1", "conv4_2")}
SCOPES["fc1"] = ("fc1_1", "fc1_2")


@pytest.fixture(scope="module")
def tensors():
    """Every tensor other than every other one, biases too."""
    shapes = {**CONV_SHAPES, **SMALL_FC}
    random = random_tensors(shapes, 3)
    for number, name in enumerate(shapes):
        random[name] += np.float32(number / 100)
    return random


def scoped(layer):
    """Turn "conv3_1" into "conv3/conv3_1", as official scopes and ports have it."""
    outer = [scope for scope, layers in SCOPES.items() if layer in layers]
    return "/".join([*outer, layer])


def assert_same(loaded, tensors, names):
    assert set(loaded) >= set(names)
    for name in names:
        np.testing.assert_array_equal(loaded[name], tensors[name], err_msg=name)


def write_h5(path, tensors, layers):
    """A weights file as old Keras wrote it, of layers with "/" in their names."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [
            b"input_1",
            *[scoped(layer).encode() for layer in layers],
        ]
        file.create_group("input_1").attrs["weight_names"] = np.array([], "S")
        for layer in layers:
            group = file.create_group(scoped(layer))
            names = [f"{scoped(layer)}/{kind}:0" for kind in ("kernel", "bias")]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, kind in zip(names, ("kernel", "bias"), strict=True):
                group[name] = tensors[f"{layer}/{kind}"]


def layers_of(shapes):
    return list(dict.fromkeys(name.split("/")[0] for name in shapes))


def test_the_official_v1_checkpoint(tmp_path, tensors):
    import tensorflow.compat.v1 as tf

    kinds = {"kernel": "weights", "bias": "biases"}
    with tf.Graph().as_default(), tf.Session() as session:
        for name, tensor in tensors.items():
            layer, kind = name.split("/")
            official = f"vggish/{scoped(layer)}/{kinds[kind]}"
            tf.get_variable(official, initializer=tensor)
            if name == "conv1/kernel":  # what training leaves beside the weights
                tf.get_variable(f"{official}/Adam", initializer=tensor * 0)
        tf.get_variable("global_step", initializer=np.int64(7))
        session.run(tf.global_variables_initializer())
        saver = tf.train.Saver(write_version=tf.train.SaverDef.V1)
        path = tmp_path / "vggish_model.ckpt"
        saver.save(session, str(path), write_meta_graph=False)
    assert path.is_file()  # one file: that is V1
    assert_same(load_vggish(path), tensors, CONV_SHAPES)
    loaded = canonical_names(pretrained.read_tensors(path), path)
    assert_same(loaded, tensors, [*CONV_SHAPES, *SMALL_FC])
    assert verify(path, need=("conv",)) == "unverified"

    cut = tmp_path / "cut.ckpt"
    cut.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(Problem, match=r"cut\.ckpt cannot be read"):
        load_vggish(cut)


@pytest.mark.parametrize("named", [True, False])
def test_a_saved_model_by_names_or_by_shape_and_order(tmp_path, tensors, named):
    import tensorflow as tf

    module = tf.Module()
    if named:
        for layer in layers_of(CONV_SHAPES):
            scope = tf.Module()
            scope.kernel = tf.Variable(tensors[f"{layer}/kernel"])
            scope.bias = tf.Variable(tensors[f"{layer}/bias"])
            setattr(module, layer, scope)
    else:  # twelve numbers: 10 must come after 9
        module.variables_ = [tf.Variable(tensors[name]) for name in CONV_SHAPES]
    tf.saved_model.save(module, str(tmp_path / "vggish"))
    assert_same(load_vggish(tmp_path / "vggish"), tensors, CONV_SHAPES)


@pytest.mark.parametrize("dense", [True, False])
def test_the_keras_ports_h5(tmp_path, tensors, dense):
    layers = layers_of({**CONV_SHAPES, **(SMALL_FC if dense else {})})
    path = tmp_path / "vggish_audioset_weights.h5"
    write_h5(path, tensors, layers)
    assert_same(load_vggish(path), tensors, CONV_SHAPES)
    if dense:
        loaded = canonical_names(pretrained.read_tensors(path), path)
        assert_same(loaded, tensors, SMALL_FC)
    else:
        with pytest.raises(Problem, match=r"lacks fc1_1/kernel and 5 others"):
            load_vggish(path, need=("conv", "fc"))


def test_our_own_npz_and_keras_own_file(tmp_path, tensors):
    own = {name: tensors[name] for name in CONV_SHAPES}
    np.savez(tmp_path / "vggish.npz", **own)
    assert_same(load_vggish(tmp_path / "vggish.npz"), tensors, CONV_SHAPES)

    model = build_conv()
    set_tensors(model, own)
    model.save_weights(tmp_path / "conv.weights.h5")
    assert_same(load_vggish(tmp_path / "conv.weights.h5"), tensors, CONV_SHAPES)


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        ("conv4_1/kernel", lambda t: t[:, :, :7], r"has the shape \(3, 3, 7, 512\)"),
        ("conv2/bias", lambda t: None, "lacks conv2/bias"),
        ("conv1/kernel", np.zeros_like, "same number throughout"),
        ("conv3_2/kernel", lambda t: t * np.nan, "NaN"),
    ],
)
def test_wrong_weights_are_told_apart(tmp_path, tensors, name, change, sentence):
    wrong = {**{n: tensors[n] for n in CONV_SHAPES}, name: change(tensors[name])}
    path = tmp_path / "wrong.npz"
    np.savez(path, **{n: t for n, t in wrong.items() if t is not None})
    with pytest.raises(Problem, match=rf"wrong.npz.*{sentence}|{sentence}.*wrong.npz"):
        verify(path, need=("conv",))


def test_another_networks_file_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", weight=np.ones((3, 3)), bias=np.ones(3))
    with pytest.raises(Problem, match="lacks conv1/kernel"):
        load_vggish(tmp_path / "other.npz")


def test_smoke_figures_are_the_networks(tensors):
    from vggish_features.log_mel import examples, log_mel

    sine = np.sin(2 * np.pi * 1000 * np.arange(0, 3, 1 / 16_000))
    x = examples(log_mel(sine), frames=96, hop=96)[..., None]
    model = build_conv((96, 64, 1), pooling=None)
    set_tensors(model, tensors)
    x = np.asarray(model(x)).reshape(3, -1)
    for layer in ("fc1_1", "fc1_2", "fc2"):
        x = x @ tensors[f"{layer}/kernel"] + tensors[f"{layer}/bias"]
        x = x if layer == "fc2" else np.maximum(x, 0)
    expected = x.mean(), x.std()
    np.testing.assert_allclose(smoke_figures(tensors), expected, rtol=1e-3)


def test_a_file_that_gives_the_official_figures_is_called_so(
    tmp_path, tensors, monkeypatch
):
    monkeypatch.setitem(pretrained.SHAPES, "fc", SMALL_FC)
    np.savez(tmp_path / "vggish.npz", **tensors)
    assert verify(tmp_path / "vggish.npz", need=("conv", "fc")) == "unverified"
    figures = smoke_figures(tensors)
    monkeypatch.setattr(pretrained, "SMOKE_MEAN", figures[0])
    monkeypatch.setattr(pretrained, "SMOKE_STD", figures[1])
    assert verify(tmp_path / "vggish.npz", need=("conv",)) == "smoke"


def test_the_dense_layers_have_the_official_shapes():
    assert set(FC_SHAPES) == set(SMALL_FC)
