"""MFCC, mel and log-mel statistics: their forms, and what must be true of them."""

import numpy as np
import pytest

from corpus.problem import Problem
from corpus.sound import Waveform
from embeddings import registry
from vggish_features.log_mel import log_mel, waveform_for_vggish

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


@pytest.mark.parametrize(
    ("name", "settings", "shape"),
    [
        # Brambilla 2020: 2.5 s after the first, at 44.1 kHz, windows of 2,048.
        (
            "mel.signal",
            {"rate": 44_100, "seconds": 2.5, "skip_seconds": 1.0}
            | {"window": 2048, "fft": 2048, "hop": 512},
            (128, 216),
        ),
        (
            "mfcc30.signal",
            {"rate": 44_100, "seconds": 2.5, "window": 2048, "fft": 2048, "hop": 512},
            (30, 216),
        ),
        # Coppola et al. 2024: 2 s at 22.05 kHz.
        (
            "mfcc64.signal",
            {"rate": 22_050, "seconds": 2.0, "window": 2048, "fft": 2048, "hop": 512},
            (64, 87),
        ),
        # Çoban et al. 2020: windows of 48 ms every 24 ms.
        (
            "mfcc30.signal",
            {"seconds": 4.02, "window": 768, "fft": 768, "hop": 384, "bands": 30},
            (30, 168),
        ),
    ],
)
def test_the_sister_papers_inputs_can_be_had(name, settings, shape, voice):
    assert registry.create(name, form="image", **settings).spec.shape == shape
    assert rows(name, voice, form="image", **settings).shape == (1, *shape)


def test_every_setting_moves_the_key():
    changes = [{}, {"form": "sequence"}, {"seconds": 4.0}, {"rate": 22_050}]
    changes += [{"window": 320}, {"hop": 80}, {"fft": 1024}, {"bands": 40}]
    changes += [{"resampler": "soxr"}, {"skip_seconds": 0.5}]
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
