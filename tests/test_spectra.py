"""MFCC, mel and log-mel statistics: their forms, and what must be true of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.problem import Problem
from corpus.sound import Waveform
from embeddings import registry
from vggish_features.log_mel import log_mel, waveform_for_vggish
from vggish_features.spectrum import Spectrum

NAMES = ("mfcc13.signal", "mfcc30.signal", "mfcc64.signal", "mel.signal")


@pytest.fixture(scope="module")
def voice():
    """Two seconds of a buzz, as loud as speech."""
    rng = np.random.default_rng(0)
    time = np.arange(2 * 16_000) / 16_000
    tones = sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 30))
    samples = 0.1 * tones + 0.001 * rng.normal(size=len(time))
    return Waveform(samples.astype(np.float32)[:, None], 16_000)


def rows(name, voice, **settings):
    backbone = registry.create(name, **settings)
    examples = backbone.prepare(voice)
    assert examples.array.shape[1:] == backbone.spec.shape
    assert examples.array.dtype == np.float32
    return examples.array


def test_the_thesis_baseline_is_13_coefficients_every_10_ms_side_by_side(voice):
    assert rows("mfcc13.signal", voice).shape == (1, 13 * 501)


@pytest.mark.parametrize("name", [*NAMES, "log_mel.signal"])
def test_forms_are_one_spectrum_arranged(name, voice):
    sequence = rows(name, voice, form="sequence")
    image = rows(name, voice, form="image")
    np.testing.assert_array_equal(image[0].T, sequence)
    np.testing.assert_array_equal(rows(name, voice, form="flat")[0], sequence.ravel())
    statistics = rows(name, voice, form="statistics")[0]
    expected = np.concatenate([sequence.mean(0), sequence.std(0), sequence.max(0)])
    np.testing.assert_allclose(statistics, expected, rtol=1e-5)


def test_a_gain_moves_only_the_first_coefficient(voice):
    louder = Waveform(voice.samples * 2, voice.rate)
    quiet, loud = (
        rows("mfcc13.signal", one, form="sequence", seconds=1.0)
        for one in (voice, louder)
    )
    # The middle: the zeros at either end have a floor of their own.
    difference = (loud - quiet)[10:-10]
    assert (difference[:, 0] > 1).all()
    np.testing.assert_allclose(difference[:, 1:], 0, atol=1e-3)


def test_log_mel_statistics_are_those_of_vggish_s_front_end(voice):
    spectrogram = log_mel(waveform_for_vggish(voice))
    assert spectrogram.shape == (498, 64)
    row = rows("log_mel.signal", voice)[0]
    np.testing.assert_allclose(row[:64], spectrogram.mean(0), rtol=1e-5)
    np.testing.assert_allclose(row[128:], spectrogram.max(0), rtol=1e-6)


LIBROSA_S_OWN = {"window": 2048, "fft": 2048, "hop": 512}


def noise(rate, seconds):
    rng = np.random.default_rng(1)
    samples = rng.normal(size=(round(rate * seconds), 1)) / 9
    return Waveform(samples.astype(np.float32), rate)


@pytest.mark.parametrize(("seconds", "frames"), [(2.5, 216), (5.0, 431)])
def test_brambilla_s_inputs_are_librosa_s(seconds, frames):
    import librosa

    voice = noise(44_100, 3.2)  # shorter than asked for: zeros follow
    settings = {
        "rate": 44_100,
        "seconds": seconds,
        "skip_seconds": 1.0,
        "form": "image",
    }
    settings |= LIBROSA_S_OWN
    samples = voice.samples[44_100:, 0].astype(float)
    samples = librosa.util.fix_length(samples, size=round(44_100 * seconds))
    mfcc = librosa.feature.mfcc(y=samples, sr=44_100, n_mfcc=30)
    assert mfcc.shape == (30, frames)
    ours = rows("mfcc30.signal", voice, **settings)
    np.testing.assert_allclose(ours[0], mfcc, rtol=1e-4, atol=1e-3)
    mel = librosa.power_to_db(librosa.feature.melspectrogram(y=samples, sr=44_100))
    mel = librosa.util.normalize(mel)
    assert mel.shape == (128, frames)
    ours = rows("mel.signal", voice, normalised="frames", **settings)
    np.testing.assert_allclose(ours[0], mel, rtol=1e-4, atol=1e-5)


def test_coppola_s_input_is_librosa_s():
    import librosa

    voice = noise(22_050, 3.0)  # 1.2 s of it are left
    samples = voice.samples[round(1.8 * 22_050) :, 0].astype(float)
    samples = librosa.util.fix_length(samples, size=2 * 22_050)
    expected = librosa.feature.mfcc(y=samples, sr=22_050, n_mfcc=64)
    assert expected.shape == (64, 87)
    settings = {"rate": 22_050, "seconds": 2.0, "skip_seconds": 1.8, **LIBROSA_S_OWN}
    ours = rows("mfcc64.signal", voice, form="image", **settings)
    np.testing.assert_allclose(ours[0], expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("seconds", [3.0, 5.0])
def test_coban_s_input_is_librosa_s(seconds):
    import librosa

    voice = noise(16_000, seconds)
    # Windows of 48 ms every 24 ms, of the middle 65,120 samples: speechpy leaves the
    # last whole window of 65,474 out.
    settings = {"seconds": 4.07, "placed": "middle", "centred": False, "bands": 30}
    settings |= {"window": 768, "fft": 768, "hop": 384}
    settings |= {"low_hz": 60.0, "high_hz": 7600.0}
    over = voice.samples.shape[0] - 65_120
    samples = voice.samples[:, 0].astype(float)
    if over > 0:
        samples = samples[over // 2 : over // 2 + 65_120]
    else:
        samples = np.pad(samples, (-over // 2, -over - -over // 2))
    expected = librosa.feature.mfcc(
        **{"y": samples, "sr": 16_000, "n_mfcc": 30, "n_fft": 768, "hop_length": 384},
        **{"n_mels": 30, "fmin": 60, "fmax": 7600, "center": False},
    )
    assert expected.shape == (30, 168)
    ours = rows("mfcc30.signal", voice, form="sequence", **settings)
    assert ours.shape == (168, 30)
    np.testing.assert_allclose(ours, expected.T, rtol=1e-4, atol=1e-3)


@given(st.integers(768, 9000), st.integers(768, 9000))
@settings(max_examples=15, deadline=None)
def test_the_middle_of_a_take_of_any_length_is_kept(length, wanted):
    # A click in the middle stays there, to a sample.
    samples = np.zeros((length, 1), np.float32)
    samples[length // 2] = 1
    spectrum = Spectrum(
        **{"kind": "mel", "seconds": wanted / 16_000, "rate": 16_000},
        **{"window": 64, "hop": 1, "fft": 64, "bands": 8, "resampler": "resampy"},
        placed="middle",
    )
    loudest = spectrum(Waveform(samples, 16_000)).sum(1)
    (middle,) = np.nonzero(loudest == loudest.max())
    assert abs(middle.mean() - wanted // 2) <= 1.5


def test_settings_that_change_nothing_are_not_in_the_key():
    named = {"low_hz": 0.0, "high_hz": None, "centred": True}
    named |= {"placed": "start", "normalised": "none"}
    spec = registry.create("mfcc30.signal", **named).spec
    assert spec.key == registry.create("mfcc30.signal").spec.key
    assert not named.keys() & spec.preprocessing.keys()


def test_sound_too_short_for_a_frame_that_is_not_centred_is_a_sentence():
    with pytest.raises(Problem, match="too short for a single frame"):
        rows("mel.signal", noise(16_000, 0.02), seconds=None, centred=False)


def test_every_setting_moves_the_key():
    changes = [{}, {"form": "sequence"}, {"seconds": 4.0}, {"rate": 22_050}]
    changes += [{"window": 320}, {"hop": 80}, {"fft": 1024}, {"bands": 40}]
    changes += [{"resampler": "soxr"}, {"skip_seconds": 0.5}]
    changes += [{"low_hz": 60.0}, {"high_hz": 7600.0}, {"centred": False}]
    changes += [{"placed": "middle"}, {"normalised": "frames"}]
    keys = {registry.create("mfcc13.signal", **change).spec.key for change in changes}
    assert len(keys) == len(changes)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"form": "vector"}, "form is 'vector'; use one of statistics, flat"),
        ({"seconds": 0.01}, r"seconds is 0\.01; give a length of at least one window"),
        ({"seconds": float("inf")}, "seconds is inf; give a length"),
        ({"skip_seconds": float("inf")}, "skip_seconds is inf"),
        ({"bands": 12}, "bands must be at least that"),
        ({"window": 600}, "more than the 512 of fft"),
        ({"hop": 0}, "hop is 0; use 1 or more"),
        ({"resampler": "sox"}, "resampler is 'sox'"),
        ({"skip_seconds": -1.0}, "use 0 or more"),
        ({"low_hz": -1.0}, r"from -1\.0 to 8000\.0 Hz are none at 16000 Hz"),
        ({"high_hz": 9000.0}, "at most half the rate"),
        ({"high_hz": 0.0}, r"to 0\.0 Hz are none"),
        ({"low_hz": 900.0, "high_hz": 100.0}, "make low_hz less than high_hz"),
        ({"high_hz": float("nan")}, "to nan Hz are none"),
        ({"placed": "end"}, "placed is 'end'; use start or middle"),
        ({"normalised": "yes"}, "normalised is 'yes'; use none or frames"),
    ],
)
def test_a_wrong_setting_is_a_sentence(settings, sentence):
    with pytest.raises(Problem, match=sentence):
        registry.create("mfcc13.signal", **settings)


def test_sound_of_any_length_has_no_flat_form(voice):
    with pytest.raises(Problem, match="needs one length for all takes to be flat"):
        registry.create("mfcc13.signal", seconds=None)
    assert len(rows("mfcc13.signal", voice, seconds=None, form="sequence")) == 201


@pytest.mark.parametrize("resampler", ["resampy", "soxr"])
@pytest.mark.parametrize(
    ("native", "seconds"), [(11_025, 2.5), (22_050, 4.01), (12_345, 1.23)]
)
def test_takes_of_any_rate_have_one_shape(native, seconds, resampler):
    # None of these lengths is a whole number of samples.
    noise = np.random.default_rng(0).normal(size=(3 * native, 1)).astype(np.float32)
    settings = {"form": "image", "seconds": seconds, "resampler": resampler}
    rows("mfcc13.signal", Waveform(noise, native), **settings)


def test_a_take_that_ends_before_it_begins_is_a_sentence(voice):
    backbone = registry.create("mel.signal", skip_seconds=3.0)
    with pytest.raises(Problem, match=r"lasts 2\.000 s, of which 3\.0 are skipped"):
        backbone.prepare(voice)
