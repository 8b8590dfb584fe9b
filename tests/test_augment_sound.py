"""Changed sound, listened to with numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from corpus.problem import Problem
from corpus.sound import Waveform
from vggish_features.augment import ChangeSound

RATE = 16_000
ALL = ChangeSound(speed=1.3, pitch=2, shift=0.5, noise=0.1, snr=[10, 30])


def tone(hertz=440.0, seconds=1.0, rate=RATE, channels=1):
    time = np.arange(round(seconds * rate)) / rate
    samples = 0.5 * np.sin(2 * np.pi * hertz * time)
    return Waveform(np.repeat(samples[:, None], channels, 1).astype("f4"), rate)


def changed(waveform, seed=0, **strengths):
    """Apply effects just so strong, past all drawing."""
    return ALL.apply(waveform, strengths, np.random.default_rng(seed))


def peak(waveform):
    """The loudest frequency, in Hz, to a fraction of a bin."""
    middle = waveform.samples[:, 0] * np.hanning(len(waveform.samples))
    spectrum = np.abs(np.fft.rfft(middle, 8 * len(middle)))
    return np.argmax(spectrum) * waveform.rate / (8 * len(middle))


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("steps", [-12, -1, 1, 3.5, 12])
def test_pitch_moves_the_peak_by_the_ratio_and_keeps_the_duration(steps, rate):
    sound = tone(rate=rate)
    moved = changed(sound, pitch=steps)
    assert moved.samples.shape == sound.samples.shape
    assert np.isclose(peak(moved), 440 * 2 ** (steps / 12), rtol=0.01)


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.25, 2.0])
def test_speed_changes_the_duration_and_keeps_the_pitch(factor):
    moved = changed(tone(seconds=2), speed=factor)
    assert len(moved.samples) == round(2 * RATE / factor)
    assert np.isclose(peak(moved), 440, rtol=0.01)


@pytest.mark.parametrize("seconds", [-0.25, 0.1, 60.0])
def test_a_shift_turns_the_take_round(seconds):
    sound = tone(433)
    moved = changed(sound, shift=seconds)
    by = round(seconds * RATE)
    assert (moved.samples == np.roll(sound.samples, by, axis=0)).all()


def test_a_shift_is_brambillas_of_samples():
    strength = ChangeSound(shift=[45_000 / 44_100] * 2).draw(
        np.random.default_rng(0), number=1
    )["shift"]
    assert round(strength * 44_100) == 45_000


@pytest.mark.parametrize("decibels", [0, 10, 30])
def test_noise_has_the_ratio_that_was_asked_for(decibels):
    quiet = tone(seconds=2).samples / 5  # so that nothing is clipped
    sound = Waveform(quiet, RATE)
    added = changed(sound, snr=decibels).samples - sound.samples
    ratio = 10 * np.log10(np.mean(sound.samples**2) / np.mean(added**2))
    assert np.isclose(ratio, decibels, atol=0.3)


def test_noise_is_a_share_of_the_largest_sample():
    sound = tone(seconds=2)
    added = changed(sound, noise=0.035).samples - sound.samples
    assert np.isclose(added.std(), 0.035 * 0.5, rtol=0.02)
    assert abs(added.mean()) < 0.001


def test_each_channel_has_noise_of_its_own_and_no_other_pitch():
    sound = tone(channels=2)
    noisy = changed(sound, noise=0.1).samples
    assert (noisy[:, 0] != noisy[:, 1]).any()
    moved = changed(sound, pitch=2, speed=1.1).samples
    assert (moved[:, 0] == moved[:, 1]).all()


@settings(deadline=None, max_examples=25)
@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 3000), st.integers(1, 2)),
        elements=st.floats(-1, 1, width=32),
        fill=st.floats(-1, 1, width=32),
    ),
    st.sampled_from([8_000, 16_000, 48_000]),
    st.integers(0, 2**32),
)
def test_any_sound_stays_sound(samples, rate, seed):
    before, rng = samples.copy(), np.random.default_rng(seed)
    change = ChangeSound(pitch=2, shift=0.5, noise=0.1, snr=[10, 30])
    moved = change.apply(Waveform(samples, rate), change.draw(rng, number=1), rng)
    assert moved.samples.shape == samples.shape and moved.rate == rate
    assert moved.samples.dtype == np.float32
    assert np.abs(moved.samples).max() <= 1.0
    assert (samples == before).all()


def test_silence_gets_no_noise():
    silence = Waveform(np.zeros((4000, 1), np.float32), RATE)
    moved = changed(silence, pitch=1.0, speed=1.1, noise=0.5, snr=10)
    assert not moved.samples.any()


def test_all_effects_at_once_are_neither_loud_nor_lost():
    rng = np.random.default_rng(0)
    strengths = ALL.draw(rng, number=1)
    assert set(strengths) == {"speed", "pitch", "shift", "noise", "snr"}
    moved = ALL.apply(tone(seconds=2), strengths, rng)
    assert np.isclose(len(moved.samples), 2 * RATE / strengths["speed"], atol=1)
    wanted = 440 * 2 ** (strengths["pitch"] / 12)
    assert np.isclose(peak(moved), wanted, rtol=0.01)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"pitch": 13.0}, "pitch from 0 to 12 semitones"),
        ({"speed": 0.9}, "speed from 1 to 2 "),
        ({"snr": -30}, "snr from -20 to 100 dB"),
        ({"noise": [0.1]}, r"\[low, high\] within 0 and 1, not \[0.1\]"),
    ],
)
def test_what_is_out_of_range_is_one_sentence(given, said):
    with pytest.raises(Problem, match=said):
        ChangeSound(**given)
