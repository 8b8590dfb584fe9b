"""YAMNet: its front end, its layouts of weights, and what it hears in real speech."""

import csv
import io

import h5py
import numpy as np
import pytest

from corpus.problem import Problem
from corpus.sound import Waveform, read_waveform
from embeddings import registry
from embeddings.adaptors.litert import open_litert, read_constants
from vggish_features import yamnet_network
from vggish_features.windows import windows
from vggish_features.yamnet import yamnet

INNER = "yamnet_frames/global_average_pooling2d/Mean"


def tone(seconds, rate=16_000):
    time = np.arange(round(seconds * rate)) / rate
    return Waveform(np.sin(2 * np.pi * 440 * time).astype(np.float32)[:, None], rate)


@pytest.mark.parametrize(
    ("seconds", "patches"), [(0.2, 1), (0.975, 1), (0.976, 2), (1.455, 2), (3.0, 6)]
)
def test_zeros_fill_the_last_patch(seconds, patches):
    # waveform_padding of the official features.py: at least 0.975 s, then whole hops.
    examples = yamnet(weights="random:0").prepare(tone(seconds))
    assert examples.array.shape == (patches, 96, 64)
    np.testing.assert_allclose(examples.time, np.arange(patches) * 0.48)


@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.7])
def test_patches_are_those_of_tensorflow_s_signal_library(seconds):
    # What features.py is made of: its Fourier transform, and its mel matrix.
    import tensorflow as tf

    rng = np.random.default_rng(0)
    samples = rng.normal(scale=0.1, size=round(seconds * 16_000)).astype(np.float32)
    hops = max(0, -(-(len(samples) - 15_600) // 7_680))
    padded = np.pad(samples, (0, 15_600 + hops * 7_680 - len(samples)))
    spectrum = tf.abs(tf.signal.stft(padded, 400, 160, 512))
    matrix = tf.signal.linear_to_mel_weight_matrix(64, 257, 16_000, 125.0, 7500.0)
    log_mel = tf.math.log(spectrum @ matrix + 0.001)
    expected = tf.signal.frame(log_mel, 96, 48, axis=0).numpy()
    examples = yamnet(weights="random:0").prepare(Waveform(samples[:, None], 16_000))
    np.testing.assert_allclose(examples.array, expected, rtol=1e-3, atol=1e-3)


def test_neighbouring_patches_share_half_their_frames():
    array = yamnet(weights="random:0").prepare(tone(2.0)).array
    np.testing.assert_allclose(array[0, 48:], array[1, :48], atol=1e-5)


def test_parameters():
    total = sum(int(np.prod(shape)) for shape in yamnet_network.SHAPES.values())
    assert total == yamnet_network.PARAMETERS
    model = yamnet_network.build(
        yamnet_network.random(0), scores=True, precision="float32"
    )
    assert model.count_params() == total


def written(tensors, path, *, last="logits"):
    """Write YAMNet's weights as Keras 2 wrote the official h5."""
    tensors = {name.replace("logits", last): tensor for name, tensor in tensors.items()}
    with h5py.File(path, "w") as file:
        layers = dict.fromkeys(name.rpartition("/")[0] for name in tensors)
        file.attrs["layer_names"] = [layer.encode() for layer in layers]
        for layer in layers:
            group = file.create_group(layer)
            names = []
            for name, tensor in tensors.items():
                if name.rpartition("/")[0] != layer:
                    continue
                kind = name.rpartition("/")[2]
                if kind == "kernel" and layer.endswith("depthwise_conv"):
                    kind = "depthwise_kernel"
                names.append(f"{layer}/{kind}:0".encode())
                group.create_dataset(names[-1].decode(), data=tensor)
            group.attrs["weight_names"] = names
    return path


def trained(seed):
    """Weights that all differ, so that none can stand in for another."""
    rng = np.random.default_rng(seed)
    return {
        name: rng.uniform(0.5, 1.5, shape).astype(np.float32)
        for name, shape in yamnet_network.SHAPES.items()
    }


def assert_read(path, tensors):
    for name, tensor in yamnet_network.load(path).items():
        np.testing.assert_array_equal(tensor, tensors[name], err_msg=name)


@pytest.mark.parametrize("last", ["logits", "dense", "dense_1"])
def test_the_official_layout_is_read(tmp_path, last):
    # "logits" in the published file, "dense" where today's official code saves one.
    tensors = trained(3)
    path = written(tensors, tmp_path / "mine.h5", last=last)
    assert_read(path, tensors)
    assert yamnet(weights=path).weights.verified == "unverified"


def test_a_saved_model_s_variables_are_read(tmp_path):
    """As the official export.py saves them: layers are numbered from 0 to 54."""
    import tensorflow as tf

    tensors, network = trained(4), tf.Module()
    layers = dict.fromkeys(name.rpartition("/")[0] for name in tensors)
    for number, layer in enumerate(layers):
        scope = tf.Module()
        for name, tensor in tensors.items():
            if name.rpartition("/")[0] == layer:
                depthwise = "depthwise_" * name.endswith("depthwise_conv/kernel")
                kind = depthwise + name.rpartition("/")[2]
                setattr(scope, kind, tf.Variable(tensor))
        setattr(network, f"layer_with_weights-{number}", scope)
    module = tf.Module()
    module._yamnet = network
    tf.saved_model.save(module, str(tmp_path / "yamnet"))
    assert_read(tmp_path / "yamnet", tensors)


def test_a_saved_model_of_another_network_is_refused(tmp_path):
    import tensorflow as tf

    module = tf.Module()
    module.kernel = tf.Variable(np.eye(3, dtype=np.float32))
    tf.saved_model.save(module, str(tmp_path / "other"))
    with pytest.raises(Problem, match="lacks layer1/conv/kernel and 109 others"):
        yamnet(weights=tmp_path / "other")


def test_other_weights_are_refused_at_once(tmp_path):
    tensors = yamnet_network.random(3)
    tensors["logits/kernel"] = np.ones((1024, 10), np.float32)
    with pytest.raises(Problem, match=r"logits/kernel .* shape \(1024, 10\)"):
        yamnet(weights=written(tensors, tmp_path / "other.h5"))


def test_every_setting_moves_the_key():
    keys = {
        yamnet(weights="random:0", **settings).spec.key
        for settings in (
            {},
            {"output": "scores"},
            {"hop_seconds": 0.24},
            {"resampler": "soxr"},
            {"precision": "mixed_bfloat16"},
        )
    }
    assert len(keys) == 5
    with pytest.raises(Problem, match="output is 'class'; use embedding or scores"):
        yamnet(weights="random:0", output="class")
    with pytest.raises(Problem, match="a hop of some seconds, not 32 and inf"):
        yamnet(weights="random:0", hop_seconds=float("inf"))


@pytest.fixture(scope="module")
def tflite(real_data):
    return real_data / "pretrained" / "yamnet.tflite"


@pytest.fixture(scope="module")
def speech(real_data):
    files = sorted((real_data / "ravdess_speech").glob("Actor_0[1-4]/*-05-02-*.flac"))
    return [read_waveform(file) for file in files[:6]]


def test_it_hears_speech_in_real_speech(tflite, speech, real_data):
    classes = (real_data / "pretrained" / "yamnet_class_map.csv").read_text()
    names = [row["display_name"] for row in csv.DictReader(io.StringIO(classes))]
    backbone = registry.create("yamnet.audioset", weights=tflite, output="scores")
    for waveform in speech:
        scores = backbone.embed(backbone.prepare(waveform).array)
        assert names[scores.mean(axis=0).argmax()] == "Speech"


def test_the_network_is_the_one_in_the_file(tflite, speech):
    # From the file's own log-mel on, so that its rounded Fourier transform is out.
    spectra = open_litert(tflite, tensor="Identity_1")
    theirs = open_litert(tflite, tensor=INNER)
    backbone = yamnet(weights=tflite)
    waves = speech[0].samples[:, 0][:: speech[0].rate // 16_000][:15600][None]
    patch = spectra.call(waves).reshape(1, 96, 64)
    # LiteRT rounds activations to 8 bits as well, where it keeps all tensors.
    ours, expected = backbone.embed(patch), theirs(waves)
    assert np.abs(ours - expected).mean() < 0.005
    np.testing.assert_allclose(ours, expected, atol=0.1)


def test_the_whole_backbone_agrees_with_the_file(tflite, speech):
    # The file's Fourier transform is a matrix rounded to 8 bits; ours is not.
    theirs, backbone = open_litert(tflite, tensor=INNER), yamnet(weights=tflite)
    cosines = []
    for waveform in speech[:3]:
        cut = windows(waveform, rate=16_000, window_seconds=0.975, hop_seconds=0.48)
        ours = backbone.embed(backbone.prepare(waveform).array)
        for one, other in zip(ours, theirs(cut.array), strict=True):
            cosines.append(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
    assert np.mean(cosines) > 0.98
    assert min(cosines) > 0.95


def test_a_tflite_file_gives_its_numbers_not_its_levels(tflite):
    constants = read_constants(tflite)
    kernel = constants["yamnet_frames/layer4/pointwise_conv/Conv2D"]
    assert kernel.dtype == np.float32
    assert 0.1 < np.abs(kernel).max() < 1
