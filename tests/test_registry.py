"""The contract battery: every registered backbone, built with random weights."""

import inspect
import pickle
import subprocess
import sys

import numpy as np
import pytest

from corpus.problem import Problem
from corpus.sound import Waveform
from embeddings import registry
from embeddings.backbone import Examples
from embeddings.weights.manifest import MANIFEST

NAMES = registry.names()
LARGE = {"vgg19.imagenet", "vgg19.fer2013", "mobilenetv3large.imagenet"}


def media_for(backbone):
    rng = np.random.default_rng(0)
    if backbone.spec.modality == "sound":
        return Waveform(rng.normal(size=(48_000, 1)).astype(np.float32) / 9, 48_000)
    from visual_features.faces import FaceTrack

    shape = (3, *backbone.view.shape)
    crops = rng.integers(0, 256, shape, dtype=np.uint8)
    return FaceTrack(crops, np.arange(3) / 30, np.ones(3, bool))


def created(name, weights="random:0"):
    """Make a backbone with random weights, or skip one that cannot have any."""
    try:
        settings = inspect.signature(registry.factory(name)).parameters
        batch = {"batch": 3} if "batch" in settings else {}  # large ones take long
        return registry.create(name, weights=weights, **batch)
    except Problem as problem:
        pytest.skip(str(problem))


def cases():
    """Every name; the large ones of a family are slow to build."""
    for name in NAMES:
        marks = [pytest.mark.slow] if name in LARGE else []
        yield pytest.param(name, marks=marks)


def test_ours_are_registered():
    assert {"vggish.audioset", "yamnet.audioset", "vgg16.imagenet"} <= set(NAMES)


@pytest.mark.parametrize("name", cases())
def test_a_backbone_keeps_its_contract(name):
    backbone = created(name)
    spec = backbone.spec
    assert spec.name == name
    assert name.count(".") == 1
    assert spec.modality in ("sound", "picture")
    assert backbone.weights.random == registry.needs_weights(name)
    assert (created(name, "random:1").spec.key != spec.key) == backbone.weights.random
    assert created(name).spec.key == spec.key
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
    np.testing.assert_allclose(
        backbone.embed(other)[1:], embedded[:-1], rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_list_can_say_what_it_is(name):
    backbone = created(name)
    assert backbone.about.input
    assert backbone.about.source
    assert bool(backbone.about.entries) == registry.needs_weights(name)
    assert set(backbone.about.entries) <= set(MANIFEST)
    assert backbone.about.parameters > 0 or not registry.needs_weights(name)


def test_preparing_needs_no_keras():
    code = (
        "import sys; sys.path[:0] = ['tests']\n"
        "import test_registry as t\n"
        "for name in t.NAMES:\n"
        "    try: backbone = t.registry.create(name, weights='random:0')\n"
        "    except t.Problem: continue\n"
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


def test_a_wrong_name_also_gets_the_tables_that_were_imported():
    problem = registry.unknown("openface.aus", also=["openface.au"])
    assert "Did you mean 'openface.au'?" in str(problem)


def test_weights_for_what_has_none_are_refused_but_random_ones_are_no_matter():
    with pytest.raises(Problem, match=r"mfcc13\.signal computes without weights"):
        registry.create("mfcc13.signal", weights="net.h5")
    assert registry.create("mfcc13.signal", weights="random:0").weights.source == "none"
