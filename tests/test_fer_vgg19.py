"""VGG19 for FER2013: its layers, its author's file, and what a face goes through."""

import dataclasses

import numpy as np
import pytest
from torch_files import checkpoint, write_row, write_zip

from corpus.labels import FER2013
from corpus.problem import Problem
from embeddings.weights.manifest import MANIFEST
from embeddings.weights.tensors import write_tensors
from visual_features.fer_network import EmotionNet, shapes, torch_names
from visual_features.fer_vgg19 import fer_vgg19

FACES = np.random.default_rng(0).integers(0, 256, (2, 48, 48), dtype=np.uint8)


# The same network with few filters, so that plain arithmetic keeps up.
SMALL = ((4, 2), (6, 2), (8, 4), (12, 4), (16, 4))


@pytest.fixture(scope="module")
def arrays():
    """Random weights of every shape that such a file has, under the author's names."""
    rng = np.random.default_rng(1)
    arrays = {}
    for ours, theirs in torch_names(SMALL).items():
        shape = shapes(SMALL)[ours]
        if len(shape) > 1:
            deviation = np.sqrt(2 / np.prod(shape[:-1]))
            order = (3, 2, 0, 1) if len(shape) == 4 else (1, 0)
            array = deviation * rng.standard_normal(shape).transpose(order)
        elif ours.endswith(("gamma", "variance")):
            array = rng.uniform(0.8, 1.5, shape)
        else:
            array = 0.1 * rng.standard_normal(shape)
        arrays[theirs] = np.ascontiguousarray(array, "<f4")
    return arrays


@pytest.fixture(scope="module")
def weights(arrays, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "fer.t7"
    return write_row(path, checkpoint(arrays), arrays.values())


def network_on(weights, **changed):
    """The network of a backbone with these settings, small, on a file."""
    network = fer_vgg19(weights="random:0", **changed)._open
    assert isinstance(network, EmotionNet)
    located = dataclasses.replace(network.located, path=weights)
    return dataclasses.replace(network, located=located, blocks=SMALL)


@pytest.fixture(scope="module")
def embedded(weights):
    """What it says of faces, by its settings."""
    known = {}

    def of(faces=FACES, **changed):
        key = tuple(sorted(changed.items()))
        if key not in known:
            known[key] = network_on(weights, **changed)()
        return known[key](faces)

    return of


def by_hand(arrays, pictures):
    """Convolve pictures, shape (n, 3, side, side), as PyTorch would."""
    place, maps = 0, pictures.astype(np.float64)
    for block in (2, 2, 4, 4, 4):
        for _ in range(block):
            kernel = arrays[f"features.{place}.weight"].astype(float)
            side = maps.shape[-1]
            padded = np.pad(maps, ((0, 0), (0, 0), (1, 1), (1, 1)))
            bias = arrays[f"features.{place}.bias"]
            total = bias[None, :, None, None].astype(float)
            for row, column in np.ndindex(3, 3):
                part = padded[..., row : row + side, column : column + side]
                total = total + np.einsum(
                    "oc,nchw->nohw", kernel[..., row, column], part, optimize=True
                )
            scale, shift, mean, variance = (
                arrays[f"features.{place + 1}.{name}"].astype(float)[:, None, None]
                for name in ("weight", "bias", "running_mean", "running_var")
            )
            normal = (total - mean) / np.sqrt(variance + 1e-5)
            maps = np.maximum(scale * normal + shift, 0)
            place += 3
        place += 1
        half = maps.shape[-1] // 2
        maps = maps[..., : 2 * half, : 2 * half]
        maps = maps.reshape(*maps.shape[:2], half, 2, half, 2).max((3, 5))
    return maps.reshape(len(maps), -1)


def test_its_numbers_are_those_of_the_author_s_file():
    backbone = fer_vgg19(weights="random:0")
    assert backbone.about.parameters == 20_049_991
    # As four bytes each, and some for names, they fill the published file.
    assert 0 < MANIFEST["fer_vgg19"].size - 4 * 20_049_991 < 20_000
    assert len(shapes()) == 16 * 6 + 2
    assert torch_names()["block5_conv4/kernel"] == "features.49.weight"
    assert backbone.spec.shape == (512,)
    probabilities = fer_vgg19(weights="random:0", layer="probabilities")
    assert probabilities.spec.shape == (len(FER2013),)


def test_a_whole_face_is_what_a_plain_computation_gives(arrays, embedded):
    pictures = np.repeat(FACES[:, None] / 255, 3, axis=1)
    want = by_hand(arrays, pictures)
    assert want.shape == (2, 16) and want.std() > 0.01
    got = embedded(ten_crops=False)
    np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-4 * want.max())


def test_ten_crops_are_corners_and_centre_and_their_mirror_images(arrays, embedded):
    crops = []
    for face in (FACES[0], FACES[0][:, ::-1]):
        for top, left in ((0, 0), (0, 4), (4, 0), (4, 4), (2, 2)):
            crops.append(face[top : top + 44, left : left + 44])
    pictures = np.repeat(np.stack(crops)[:, None] / 255, 3, axis=1)
    features = by_hand(arrays, pictures)
    got = embedded()
    want = features.mean(0)
    np.testing.assert_allclose(got[0], want, rtol=1e-3, atol=1e-4 * want.max())
    # A mirrored face is the same to it.
    mirrored = embedded(np.ascontiguousarray(FACES[:, :, ::-1]))
    np.testing.assert_allclose(mirrored, got, rtol=1e-3, atol=1e-4 * want.max())
    # Probabilities are of the mean over the crops.
    kernel, bias = arrays["classifier.weight"], arrays["classifier.bias"]
    logits = want @ kernel.T + bias
    shares = np.exp(logits - logits.max())
    probabilities = embedded(layer="probabilities")
    assert probabilities.shape == (2, len(FER2013))
    np.testing.assert_allclose(probabilities[0], shares / shares.sum(), rtol=1e-3)


def test_a_picture_s_own_statistics_leave_its_contrast_out(arrays, embedded):
    settings = {"ten_crops": False, "normalisation": "image", "layer": "penultimate"}
    own = embedded(**settings)
    assert not np.allclose(own, embedded(ten_crops=False), rtol=0.1)
    # Half the levels are half of what each convolution gives before its bias, which
    # goes with the mean.
    half = embedded((FACES // 2).astype(np.uint8), **settings)
    assert np.corrcoef(own[0], half[0])[0, 1] > 0.99
    # A face has the same numbers in whatever company.
    alone = embedded(FACES[:1], **settings)
    np.testing.assert_allclose(alone[0], own[0], rtol=1e-4, atol=1e-5)


def test_half_of_the_numbers_are_dropped_by_the_pixels(embedded):
    plain, dropped = embedded(ten_crops=False), embedded(ten_crops=False, dropout=True)
    alive = plain > 1e-3
    kept = dropped[alive] > 0
    assert 0.4 < kept.mean() < 0.6
    np.testing.assert_allclose(dropped[alive][kept], 2 * plain[alive][kept], rtol=1e-5)
    assert ((dropped[0] > 0) != (dropped[1] > 0)).any()
    swapped = embedded(FACES[::-1].copy(), ten_crops=False, dropout=True)
    np.testing.assert_allclose(swapped[::-1], dropped, rtol=1e-4, atol=1e-6)


def test_channels_enter_in_the_order_that_is_asked_for(arrays, embedded):
    faces = np.random.default_rng(2).integers(0, 256, (1, 48, 48, 3), dtype=np.uint8)
    settings = {"colour": "bgr", "ten_crops": False}
    for order, turned in (("rgb", faces[..., ::-1]), ("bgr", faces)):
        pictures = np.moveaxis(turned, -1, 1) / 255
        got = embedded(faces, order=order, **settings)
        want = by_hand(arrays, pictures)
        np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-4 * want.max())


@pytest.mark.parametrize("module", ["", "module."])
def test_both_layouts_give_the_same_tensors(arrays, weights, tmp_path, module):
    named = {module + name: array for name, array in arrays.items()}
    file = write_zip(tmp_path / "fer.pth", checkpoint(named), named.values())
    ours = tmp_path / "fer_vgg19.npz"
    one, two = (network_on(path).tensors() for path in (file, weights))
    write_tensors(ours, one)
    three = network_on(ours).tensors()
    assert list(one) == list(shapes(SMALL))
    for name, tensor in one.items():
        np.testing.assert_array_equal(two[name], tensor)
        np.testing.assert_array_equal(three[name], tensor)


def test_a_file_of_another_network_is_refused(arrays, weights, tmp_path):
    with pytest.raises(Problem, match=r"\(3, 3, 3, 4\) instead of \(3, 3, 3, 64\)"):
        fer_vgg19(weights=weights)
    few = {name: array for name, array in arrays.items() if "classifier" not in name}
    file = write_zip(tmp_path / "fer.t7", checkpoint(few), few.values())
    with pytest.raises(Problem, match=r"fer\.t7 lacks classifier/kernel"):
        network_on(file).tensors()


def test_random_weights_have_normalisations_that_change_nothing():
    assert fer_vgg19(weights="random:3").weights.random
    tensors = network_on(None).tensors()
    assert {name: one.shape for name, one in tensors.items()} == shapes(SMALL)
    assert (tensors["block3_norm2/moving_variance"] == 1).all()
    assert not tensors["block3_norm2/moving_mean"].any()


def test_every_setting_moves_the_key():
    changes = [{}, {"layer": "probabilities"}, {"ten_crops": False}, {"batch": 8}]
    changes += [{"scaling": "torch"}, {"order": "bgr"}, {"normalisation": "image"}]
    changes += [{"dropout": True}, {"precision": "mixed_bfloat16"}, {"colour": "bgr"}]
    keys = {fer_vgg19(weights="random:0", **change).spec.key for change in changes}
    assert len(keys) == len(changes)
    own, unit = (fer_vgg19(weights="random:0", scaling=s) for s in ("own", "unit"))
    assert own.spec.key == unit.spec.key


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"layer": "fc"}, "layer must be one of penultimate, probabilities, not 'fc'"),
        ({"scaling": "caffe"}, "scaling must be one of own, unit, torch"),
        ({"order": "gbr"}, "order must be"),
        ({"normalisation": "batch"}, "normalisation must be one of trained, image"),
        ({"precision": "half"}, "precision must be"),
        ({"size": 44}, "faces of 48 pixels a side"),
        ({"batch": 0}, "batches of at least 1"),
        ({"dropout": True, "layer": "probabilities"}, "penultimate numbers"),
    ],
)
def test_a_wrong_setting_is_a_sentence(changed, sentence):
    with pytest.raises(Problem, match=sentence):
        fer_vgg19(weights="random:0", **changed)


def test_without_weights_it_says_where_to_get_them(monkeypatch, tmp_path):
    for name in ("EMOSTACK_WEIGHTS", "EMOSTACK_ARTIFACTS", "KERAS_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("EMOSTACK_OFFLINE", "1")
    with pytest.raises(Problem, match=r"PrivateTest_model\.t7 is in none of"):
        fer_vgg19()


def test_precision_is_the_network_s_alone(weights):
    import keras

    before = keras.config.dtype_policy()
    half = network_on(weights, precision="mixed_bfloat16", ten_crops=False)
    exact = network_on(weights, ten_crops=False)()(FACES)
    assert np.corrcoef(np.float32(half()(FACES))[0], exact[0])[0, 1] > 0.99
    assert keras.config.dtype_policy() == before
