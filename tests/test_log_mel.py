import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.problem import Problem
from corpus.sound import Waveform, read_waveform
from vggish_features.log_mel import (
    BANDS,
    HOP,
    examples,
    log_mel,
    waveform_for_vggish,
)

TOLERANCE = {"rtol": 1e-4, "atol": 2e-5}
REAL = ("03-01-05-02-01-01-01", "03-01-06-02-01-01-01", "03-01-02-01-01-02-01")


@pytest.fixture(scope="module")
def golden():
    """The official front end's own arrays, of the smoke test's sine."""
    with np.load(Path(__file__).parent / "golden" / "log_mel_sine.npz") as arrays:
        return dict(arrays)


def sine(seconds=3.0, rate=16_000, hertz=1000):
    return np.sin(2 * np.pi * hertz * np.arange(0, seconds, 1 / rate))


def test_the_sine_is_as_the_official_front_end_has_it(golden):
    spectrogram = log_mel(sine())
    assert spectrogram.shape == (298, 64) and spectrogram.dtype == np.float32
    np.testing.assert_allclose(
        examples(spectrogram, frames=96, hop=96),
        golden["sine_1khz_3s_16k"],
        **TOLERANCE,
    )


def test_the_sine_padded_to_five_seconds(golden):
    samples = waveform_for_vggish(Waveform(sine()[:, None], 16_000))
    assert samples.shape == (80_000,)
    spectrogram = log_mel(samples)
    np.testing.assert_allclose(
        examples(spectrogram, frames=496, hop=496),
        golden["sine_padded_5s"],
        **TOLERANCE,
    )
    np.testing.assert_allclose(spectrogram[300:], np.log(0.01), rtol=1e-6)


@pytest.mark.data
@pytest.mark.parametrize("take", REAL)
@pytest.mark.parametrize(
    ("way", "seconds", "frames"),
    [("thesis_496x64", 5.0, 496), ("official_96x64", None, 96)],
)
def test_real_takes_are_as_the_official_front_end_has_them(
    real_data, take, way, seconds, frames
):
    waveform = read_waveform(real_data / "ravdess_originals" / f"{take}.wav")
    spectrogram = log_mel(waveform_for_vggish(waveform, seconds=seconds))
    got = examples(spectrogram, frames=frames, hop=frames)
    with np.load(real_data / "golden" / "log_mel.npz") as arrays:
        expected = arrays[f"{way}_{take}"]
    np.testing.assert_allclose(got, expected.reshape(got.shape), **TOLERANCE)


@pytest.mark.data
@pytest.mark.parametrize(
    ("take", "channels", "seconds"),
    [
        ("03-01-02-01-01-02-01", 2, 3.604),
        ("03-01-02-01-02-02-05", 2, 4.238),
        ("03-01-06-02-01-01-01", 1, 5.005),
    ],
)
def test_odd_real_takes_give_one_example(real_data, take, channels, seconds):
    waveform = read_waveform(real_data / "ravdess_originals" / f"{take}.wav")
    assert (waveform.channels, round(waveform.seconds, 3)) == (channels, seconds)
    spectrogram = log_mel(waveform_for_vggish(waveform))
    assert examples(spectrogram, frames=496, hop=496).shape == (1, 496, 64)


@pytest.mark.parametrize(
    ("samples", "count"), [(79_360, 0), (79_599, 0), (79_600, 1), (80_000, 1)]
)
def test_how_long_one_example_of_the_thesis_is(samples, count):
    spectrogram = log_mel(np.zeros(samples))
    assert examples(spectrogram, frames=496, hop=496).shape == (count, 496, 64)


@given(samples=st.integers(0, 4000))
def test_frames_are_those_that_fit(samples):
    frames = 0 if samples < 400 else 1 + (samples - 400) // HOP
    assert log_mel(np.zeros(samples)).shape == (frames, BANDS)


@given(total=st.integers(0, 60), frames=st.integers(1, 20), hop=st.integers(1, 20))
def test_examples_are_consecutive_cuts(total, frames, hop):
    spectrogram = np.arange(total * 3, dtype=np.float32).reshape(total, 3)
    cut = examples(spectrogram, frames=frames, hop=hop)
    assert len(cut) == max(0, (total - frames) // hop + 1)
    for i, example in enumerate(cut):
        np.testing.assert_array_equal(example, spectrogram[i * hop :][:frames])


def test_silence_is_the_logarithm_of_the_offset():
    np.testing.assert_allclose(log_mel(np.zeros(1000)), np.log(0.01), rtol=1e-6)


def test_a_take_is_padded_at_its_own_rate_and_then_made_mono():
    stereo = np.stack([np.ones(480), np.zeros(480)], axis=1)
    samples = waveform_for_vggish(Waveform(stereo, 480), seconds=2, rate=480)
    np.testing.assert_array_equal(samples, [*[0.5] * 480, *[0.0] * 480])
    # Padding after resampling would leave the edge's ringing out.
    samples = waveform_for_vggish(Waveform(np.ones((24_000, 1)), 48_000), seconds=1)
    assert samples.shape == (16_000,)
    assert np.abs(samples[8000:8020]).max() > 1e-3


@given(native=st.integers(4000, 48_000), hundredths=st.integers(10, 60))
@settings(max_examples=25, deadline=None)
def test_a_length_that_is_asked_for_is_had_at_any_rate(native, hundredths):
    take = Waveform(np.ones((native // 4, 1)), native)
    seconds = hundredths / 100
    samples = waveform_for_vggish(take, seconds=seconds)
    assert len(samples) == round(seconds * 16_000)


def test_a_take_that_is_too_long_loses_its_end():
    ramp = np.arange(960.0)[:, None]
    samples = waveform_for_vggish(Waveform(ramp, 480), seconds=1, rate=480)
    np.testing.assert_array_equal(samples, ramp[:480, 0])
    whole = waveform_for_vggish(Waveform(ramp, 480), seconds=None, rate=480)
    assert len(whole) == 960


def test_resamplers_that_are_not_there_are_told(monkeypatch):
    waveform = Waveform(np.zeros((4800, 1)), 48_000)
    with pytest.raises(Problem, match="use resampy or soxr"):
        waveform_for_vggish(waveform, resampler="sox")
    monkeypatch.setitem(sys.modules, "soxr", None)
    with pytest.raises(Problem, match="pip install soxr"):
        waveform_for_vggish(waveform, resampler="soxr")


def test_one_sample_cannot_be_resampled():
    with pytest.raises(Problem, match="too short"):
        waveform_for_vggish(Waveform(np.zeros((2, 1)), 48_000), seconds=None)
