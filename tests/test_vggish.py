import pickle
import subprocess
import sys

import numpy as np
import pytest

from corpus.problem import Problem
from corpus.sound import Waveform, read_waveform
from embeddings.registry import create
from vggish_features.network import CONV_SHAPES
from vggish_features.vggish import vggish_128, vggish_512


@pytest.fixture(scope="module")
def thesis():
    return vggish_512(weights="random:0", batch=4)


@pytest.fixture(scope="module")
def official():
    return vggish_128(weights="random:0", batch=8)


def voice(seconds, rate=48_000, channels=1):
    rng = np.random.default_rng(5)
    return Waveform(rng.normal(0, 0.1, (round(seconds * rate), channels)), rate)


def noise(shape, seed=0):
    return np.random.default_rng(seed).normal(-3, 2, shape).astype(np.float32)


@pytest.mark.parametrize(("seconds", "channels"), [(3.6, 1), (4.2, 2), (5.005, 1)])
def test_a_take_is_one_example_of_the_thesis(thesis, seconds, channels):
    examples = thesis.prepare(voice(seconds, channels=channels))
    assert examples.array.shape == (1, 496, 64)
    assert examples.array.dtype == np.float32
    assert examples.time.tolist() == [0.0]


def test_a_take_is_as_many_official_examples_as_it_holds(official):
    examples = official.prepare(voice(3.0, rate=16_000))
    assert examples.array.shape == (3, 96, 64)
    np.testing.assert_allclose(examples.time, [0, 0.96, 1.92])


def test_too_short_a_take_is_told_in_seconds(official):
    with pytest.raises(Problem, match=r"lasts 0.900 s, and one example needs 0.975 s"):
        official.prepare(voice(0.9, rate=16_000))
    padded = vggish_128(weights="random:0", seconds=2.0)
    assert padded.prepare(voice(0.9, rate=16_000)).array.shape == (2, 96, 64)


def test_takes_of_any_length_where_padding_is_off():
    backbone = vggish_512(weights="random:0", seconds=None)
    assert backbone.prepare(voice(10, rate=16_000)).time.tolist() == [0.0, 4.96]
    with pytest.raises(Problem, match=r"needs 4.975 s"):
        backbone.prepare(voice(4.9, rate=16_000))


def test_embeddings_of_the_thesis(thesis):
    x = noise((4, 496, 64))
    got = thesis.embed(x)
    assert got.shape == (4, 512) and got.dtype == np.float32
    assert (got >= 0).all() and got.std() > 0
    assert thesis.weights.random
    again = vggish_512(weights="random:0", batch=4)
    np.testing.assert_array_equal(again.embed(x), got)


@pytest.mark.parametrize("name", ["thesis", "official"])
def test_a_row_is_the_same_wherever_it_stands_and_beside_whatever(name, request):
    backbone = request.getfixturevalue(name)
    frames = backbone.spec.preprocessing["frames"]
    shape = (backbone.spec.batch, frames, 64)
    one = noise(shape)[0]
    rows = []
    for place in range(shape[0]):
        batch = noise(shape, seed=place + 1) if place % 2 else np.zeros(shape, "f4")
        batch[place] = one
        rows.append(backbone.embed(batch)[place])
    for row in rows[1:]:
        np.testing.assert_array_equal(row, rows[0])


def test_embed_compiles_once(thesis):
    for seed in range(3):
        thesis.embed(noise((4, 496, 64), seed))
    (network,) = thesis._network.args
    for part in (network.before, network.after):
        function = part.__self__.predict_function
        if hasattr(function, "experimental_get_tracing_count"):  # TensorFlow
            assert function.experimental_get_tracing_count() == 1


def test_it_travels_without_its_network(thesis):
    thesis.embed(noise((4, 496, 64)))
    sent = pickle.dumps(thesis)
    assert len(sent) < 10_000
    received = pickle.loads(sent)
    assert received.spec == thesis.spec and received._network is None
    np.testing.assert_array_equal(
        received.embed(noise((4, 496, 64))), thesis.embed(noise((4, 496, 64)))
    )


def test_preparing_needs_no_keras():
    code = (
        "import sys, numpy as np\n"
        "from corpus.sound import Waveform\n"
        "from embeddings.registry import create\n"
        "for name in ('vggish.audioset', 'vggish128.audioset'):\n"
        "    backbone = create(name, weights='random:0')\n"
        "    backbone.prepare(Waveform(np.zeros((80000, 1)), 16000))\n"
        "assert not {'keras', 'tensorflow'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_changes_numbers_is_in_the_key(thesis):
    keys = {
        vggish_512(weights="random:0").spec.key,
        thesis.spec.key,  # another batch
        vggish_512(weights="random:1").spec.key,
        vggish_512(weights="random:0", pooling="avg").spec.key,
        vggish_512(weights="random:0", seconds=6.0).spec.key,
        vggish_512(weights="random:0", resampler="soxr").spec.key,
        vggish_512(weights="random:0", precision="mixed_bfloat16").spec.key,
        vggish_128(weights="random:0").spec.key,
        vggish_128(weights="random:0", output="relu").spec.key,
        vggish_128(weights="random:0", output="pca", pca="random:0").spec.key,
        vggish_128(weights="random:0", output="pca", pca="random:1").spec.key,
        vggish_128(
            weights="random:0", output="pca", pca="random:0", quantise=True
        ).spec.key,
    }
    assert len(keys) == 12
    assert vggish_128(weights="random:1", output="pca").spec.key not in keys
    same = vggish_128(weights="random:1", output="pca", pca="random:1").spec.key
    assert vggish_128(weights="random:1", output="pca").spec.key == same
    assert (
        vggish_512(weights="random:0").spec.key
        == create("vggish.audioset", weights="random:0").spec.key
    )


@pytest.mark.parametrize(
    ("factory", "settings", "sentence"),
    [
        (vggish_512, {"pooling": "sum"}, "pooling is 'sum'; use max or avg"),
        (vggish_512, {"seconds": 3.0}, "one example of 496 frames needs"),
        (vggish_512, {"seconds": float("nan")}, "seconds is nan"),
        (vggish_128, {"seconds": float("inf")}, "seconds is inf"),
        (vggish_512, {"resampler": "sox"}, "use resampy or soxr"),
        (vggish_512, {"precision": "int4"}, "precision is 'int4'"),
        (vggish_128, {"output": "softmax"}, "use raw or relu or pca"),
    ],
)
def test_settings_that_make_no_sense_are_told(factory, settings, sentence):
    with pytest.raises(Problem, match=sentence):
        factory(weights="random:0", **settings)


def test_weights_from_a_file_are_what_it_embeds_with(tmp_path, thesis):
    from embeddings.weights.location import random_tensors

    np.savez(tmp_path / "own.npz", **random_tensors(CONV_SHAPES, 0))
    backbone = vggish_512(weights=tmp_path / "own.npz", batch=4)
    assert backbone.weights.verified == "unverified"
    assert backbone.spec.key != thesis.spec.key
    x = noise((4, 496, 64))
    np.testing.assert_array_equal(backbone.embed(x), thesis.embed(x))


def test_a_wrong_file_is_refused_before_anything_is_decoded(tmp_path):
    (tmp_path / "vggish.h5").write_text("<!doctype html><title>Sign in</title>")
    with pytest.raises(Problem, match="web page"):
        vggish_512(weights=tmp_path / "vggish.h5")
    np.savez(tmp_path / "own.npz", **{"conv1/kernel": np.ones((5, 5, 1, 64))})
    with pytest.raises(Problem, match="lacks"):
        vggish_512(weights=tmp_path / "own.npz")


def test_the_official_embeddings_and_their_older_relu(official):
    x = noise((8, 96, 64))
    raw = official.embed(x)
    assert raw.shape == (8, 128) and raw.dtype == np.float32
    assert (raw < 0).any()
    older = vggish_128(weights="random:0", output="relu", batch=8)
    np.testing.assert_array_equal(older.embed(x), np.maximum(raw, 0))
    assert official.about.parameters == 72_141_184


@pytest.mark.data
@pytest.mark.parametrize("quantise", [False, True])
def test_the_official_postprocessing(official, real_data, quantise):
    file = real_data / "pretrained" / "vggish_pca_params.npz"
    backbone = vggish_128(
        weights="random:0", output="pca", pca=file, quantise=quantise, batch=8
    )
    x = noise((8, 96, 64))
    got = backbone.embed(x)
    with np.load(file) as pca:
        means, vectors = pca["pca_means"].reshape(-1, 1), pca["pca_eigen_vectors"]
    expected = np.clip((vectors @ (official.embed(x).T - means)).T, -2, 2)
    if quantise:
        assert set(np.unique(got)) <= set(range(256))
        expected = (expected + 2) * (255 / 4)
        assert np.abs(got - expected).max() < 1.01
    else:
        np.testing.assert_allclose(got, expected, atol=1e-3)


def test_half_precision_is_near_and_not_equal(thesis):
    half = vggish_512(weights="random:0", precision="mixed_bfloat16", batch=4)
    x = noise((4, 496, 64))
    exact, got = thesis.embed(x), half.embed(x)
    assert got.dtype == np.float32 and not np.array_equal(got, exact)
    cosine = (got * exact).sum(1) / np.linalg.norm(got, axis=1)
    assert (cosine / np.linalg.norm(exact, axis=1) > 0.999).all()


@pytest.mark.data
def test_a_real_take_from_file_to_embedding(thesis, real_data):
    take = real_data / "ravdess_originals" / "03-01-02-01-01-02-01.wav"
    array = thesis.prepare(read_waveform(take)).array
    assert array.shape == (1, 496, 64)
    got = thesis.embed(np.repeat(array, 4, axis=0))
    np.testing.assert_array_equal(got[0], got[3])
    assert np.isfinite(got).all() and got.std() > 0
