"""The contract battery: every registered backbone, built with random weights."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

from corpus.problem import Problem
from corpus.sound import Waveform
from embeddings import registry
from embeddings.backbone import Examples

NAMES = registry.names()


def media_for(backbone):
    rng = np.random.default_rng(0)
    if backbone.spec.modality == "sound":
        return Waveform(rng.normal(size=(48_000, 1)).astype(np.float32) / 9, 48_000)
    from visual_features.faces import FaceTrack

    shape = (3, *backbone.view.shape)
    crops = rng.integers(0, 256, shape, dtype=np.uint8)
    return FaceTrack(crops, np.arange(3) / 30, np.ones(3, bool))


def test_ours_are_registered():
    assert {"vggish.audioset", "vggish128.audioset", "vgg16.imagenet"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_backbone_keeps_its_contract(name):
    backbone = registry.create(name, weights="random:0")
    spec = backbone.spec
    assert spec.name == name
    assert name.count(".") == 1
    assert spec.modality in ("sound", "picture")
    assert backbone.weights.random
    assert backbone.weights.source == "random:0"
    assert registry.create(name, weights="random:0").spec.key == spec.key
    assert registry.create(name, weights="random:1").spec.key != spec.key
    examples = backbone.prepare(media_for(backbone))
    assert isinstance(examples, Examples)
    rows = np.resize(examples.array, (spec.batch, *examples.array.shape[1:]))
    embedded = backbone.embed(rows)
    assert embedded.shape == (spec.batch, *spec.shape)
    assert embedded.dtype == np.float32
    assert np.isfinite(embedded).all()
    # Worker processes get it without its network, and it embeds the same after.
    copy = pickle.loads(pickle.dumps(backbone))
    assert len(pickle.dumps(backbone)) < 100_000
    np.testing.assert_array_equal(copy.embed(rows), embedded)
    # A row's embedding depends neither on its place nor on its neighbours.
    other = np.roll(rows, 1, axis=0)
    other[0] = 0
    np.testing.assert_array_equal(backbone.embed(other)[1:], embedded[:-1])


def test_preparing_needs_no_keras():
    code = (
        "import sys; sys.path[:0] = ['tests']\n"
        "import test_registry as t\n"
        "for name in t.NAMES:\n"
        "    backbone = t.registry.create(name, weights='random:0')\n"
        "    backbone.prepare(t.media_for(backbone))\n"
        "assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_wrong_name_gets_the_nearest_right_one():
    with pytest.raises(Problem, match=r"Did you mean 'vgg16\.imagenet'"):
        registry.create("vgg16.imagnet")


def test_an_unknown_setting_is_a_sentence():
    with pytest.raises(Problem, match=r"vgg16\.imagenet has no setting 'colour_space'"):
        registry.create("vgg16.imagenet", weights="random:0", colour_space="x")
