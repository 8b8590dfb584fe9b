import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.problem import Problem
from corpus.sound import Waveform, read_waveform
from embeddings import registry
from embeddings.adaptors.litert import open_litert
from vggish_features.described import Sound, log_mel_windows

YAMNET = """
name = "yamnet_lite.audioset"
file = "{file}"

[sound]
rate = 16000
window_seconds = 0.975
hop_seconds = 0.48

[output]
tensor = "yamnet_frames/global_average_pooling2d/Mean"
"""


def sound(seconds, rate=16000):
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, (round(seconds * rate), 1))
    return Waveform(samples.astype(np.float32), rate)


@given(st.integers(400, 40_000), st.integers(1, 120), st.integers(1, 120))
def test_padded_log_mel_leaves_nothing_out_and_adds_no_example(samples, window, hop):
    waveform = sound(samples / 16000)
    settings = {"window_seconds": window / 100, "hop_seconds": hop / 100}
    padded = log_mel_windows(waveform, tail="pad", **settings)
    frames = 1 + (samples - 400) // 160
    count = len(padded.array)
    assert padded.array.shape[1:] == (window, 64)
    assert (count - 1) * hop + window >= frames  # all frames are in one
    assert count == 1 or (count - 2) * hop + window < frames  # and none is for nothing
    if frames < window:
        with pytest.raises(Problem, match="not a single example"):
            log_mel_windows(waveform, tail="drop", **settings)
        return
    dropped = log_mel_windows(waveform, tail="drop", **settings)
    assert len(dropped.array) == 1 + (frames - window) // hop
    same = np.array_equal(dropped.array, padded.array[: len(dropped.array)])
    assert same and np.allclose(dropped.time, padded.time[: len(dropped.time)])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"tail": "cut"}, "tail must be one of pad, drop"),
        ({"input": "mel"}, "input must be one of"),
        ({"resampler": "sox"}, "resampler must be one of"),
        ({"rate": 0}, "at least 1 Hz"),
        ({"window_seconds": 0.0}, "window_seconds must be at least"),
        ({"hop_seconds": -1.0}, "hop_seconds must be at least"),
        ({"hop_seconds": float("nan")}, "hop_seconds must be at least"),
        ({"hop_seconds": float("inf")}, "hop_seconds must be at least"),
        ({"input": "log_mel", "rate": 8000}, "log_mel is made of sound at 16000"),
        ({"input": "log_mel", "hop_seconds": 0.001}, "hop_seconds must be at least"),
    ],
)
def test_settings_that_cannot_be(settings, told):
    with pytest.raises(Problem, match=told):
        Sound(**{"rate": 16000, "window_seconds": 1.0, **settings})


@pytest.fixture
def described(tmp_path):
    """A SavedModel that takes any waveform, and a function that describes it."""
    import tensorflow as tf

    class Network(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def __call__(self, waveform):
            return tf.reshape(waveform[: 4 * (tf.size(waveform) // 4)], (-1, 4))

    tf.saved_model.save(Network(), str(tmp_path / "net"))

    def describe(more="", **settings):
        settings = {"rate": 16000, "window_seconds": 0.5, **settings}
        lines = [f"{key} = {value!r}" for key, value in settings.items()]
        text = "\n".join(['name = "tiny.test"\nfile = "net"\n[sound]', *lines, more])
        path = tmp_path / "net.toml"
        path.write_text(text)
        return str(path)

    return describe


def test_a_folder_is_a_backbone_like_any_other(described):
    backbone = registry.create(described())
    assert backbone.spec.modality == "sound" and backbone.spec.shape == (4,)
    waveform = sound(1.2)
    examples = pickle.loads(pickle.dumps(backbone)).prepare(waveform)
    assert examples.array.shape == (3, 8000)
    assert np.allclose(examples.time, [0, 0.5, 1.0])
    result = backbone.embed(np.resize(examples.array, (32, 8000)))
    first = waveform.samples[:8000, 0].reshape(-1, 4)
    assert np.allclose(result[0], first.mean(0), atol=1e-6)
    kept = registry.create(described("[output]\npooling = 'none'"))
    assert kept.spec.shape == (2000, 4)


def test_whatever_changes_numbers_changes_the_key(described):
    changes = (
        {},
        {"window_seconds": 0.25},
        {"hop_seconds": 0.25},
        {"tail": "drop"},
        {"rate": 8000},
        {"resampler": "soxr"},
        {"more": "[output]\npooling = 'max'"},
    )
    keys = {registry.create(described(**change)).spec.key for change in changes}
    assert len(keys) == len(changes)
    same = registry.create(described(hop_seconds=0.5)).spec.key
    assert same == registry.create(described()).spec.key


def test_a_section_that_does_not_fit_is_told(described):
    with pytest.raises(Problem, match=r"\[sound\] in .*no setting 'window'; it has"):
        registry.create(described(window=1))


def test_random_numbers_make_no_file(described):
    with pytest.raises(Problem, match="random:0 would put no numbers into it"):
        registry.create(described(), weights="random:0")


def embedded(backbone, waveform, rows):
    array = backbone.prepare(waveform).array
    return backbone.embed(np.resize(array, (32, *array.shape[1:])))[:rows]


def test_yamnet_by_description_is_yamnet_by_name(real_data, tmp_path):
    file = real_data / "pretrained" / "yamnet.tflite"
    path = tmp_path / "yamnet.toml"
    path.write_text(YAMNET.format(file=file))
    by_file = registry.create(str(path))
    by_name = registry.create("yamnet.audioset", weights=file)
    assert by_file.spec.shape == by_name.spec.shape == (1024,)
    take = real_data / "ravdess_originals" / "03-01-05-02-01-01-01.wav"
    waveform = read_waveform(take)
    ours, named = (
        embedded(backbone, waveform, rows=7) for backbone in (by_file, by_name)
    )
    # The file's own spectrum is made by a matrix of eight bits, and is far off where
    # it is quiet; from that spectrum on, the two are the same network.
    assert np.corrcoef(ours.ravel(), named.ravel())[0, 1] > 0.99
    spectra = open_litert(file, tensor="Identity_1")(by_file.prepare(waveform).array)
    same = by_name.embed(np.resize(spectra, (32, 96, 64)))[:7]
    assert np.sqrt(np.mean((ours - same) ** 2) / np.mean(same**2)) < 0.03
    times = [each.prepare(waveform).time for each in (by_file, by_name)]
    assert np.allclose(*times)


def test_yamnet_hears_speech(real_data, tmp_path):
    file = real_data / "pretrained" / "yamnet.tflite"
    path = tmp_path / "yamnet.toml"
    text = YAMNET.format(file=file)
    path.write_text(text.partition("tensor")[0] + 'tensor = "Identity"\n')
    take = real_data / "ravdess_originals" / "03-01-05-02-01-01-01.wav"
    scores = embedded(registry.create(str(path)), read_waveform(take), rows=7)
    classes = (real_data / "pretrained" / "yamnet_class_map.csv").read_text()
    top = classes.splitlines()[1 + scores.mean(0).argmax()]
    assert top.endswith(",Speech")
