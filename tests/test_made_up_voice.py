"""The source-filter voice: pitch, level and timbre are what the style says."""

import numpy as np
import pytest

from corpus.made_up.cast import speaker
from corpus.made_up.draws import stream
from corpus.made_up.styles import VOICE_STYLES
from corpus.made_up.voice import RATE, speak

STYLES = sorted(VOICE_STYLES)


def sound(style: str, number: int = 1, *, sung: bool = False, **changes) -> np.ndarray:
    usual = {"seconds": 1.2, "strength": 1.0, "statement": "01"}
    return speak(
        speaker(number, seed=0),
        VOICE_STYLES[style],
        sung=sung,
        draw=stream(0, "test", style, number),
        **usual | changes,
    )


def pitch(samples: np.ndarray) -> float:
    """The strongest period of the loudest 60 ms, in Hz, by autocorrelation."""
    blocks = samples[: len(samples) // 2880 * 2880].reshape(-1, 2880).astype(float)
    block = blocks[np.argmax((blocks**2).sum(1))]
    spectrum = np.abs(np.fft.rfft(block * np.hanning(len(block)), 2 * len(block))) ** 2
    likeness = np.fft.irfft(spectrum)
    low, high = RATE // 600, RATE // 55
    return RATE / (low + np.argmax(likeness[low:high]))


@pytest.mark.parametrize("style", STYLES)
def test_length_level_and_no_clipping(style):
    samples = sound(style, seconds=1.234)
    assert samples.dtype == np.int16
    assert len(samples) == round(1.234 * RATE)
    assert np.abs(samples.astype(int)).max() < 32000
    # Silence at both ends takes a little off the level of the spoken part.
    level = 20 * np.log10(np.sqrt(np.mean((samples / 32768) ** 2)))
    assert -5 < level - VOICE_STYLES[style].level < 2.5


def test_women_speak_higher_and_raised_is_above_low():
    assert pitch(sound("low", 2)) > 1.3 * pitch(sound("low", 1))
    assert pitch(sound("raised", 1)) > 1.5 * pitch(sound("low", 1))


def test_pitch_is_the_speakers_own_shifted():
    person, style = speaker(1, seed=0), VOICE_STYLES["soft"]
    meant = person.pitch * 2 ** (style.pitch / 12)
    assert abs(12 * np.log2(pitch(sound("soft", 1)) / meant)) < 3


def test_a_song_holds_its_notes():
    def pauses(samples: np.ndarray) -> int:
        loud = np.abs(samples[: len(samples) // 960 * 960].reshape(-1, 960)).max(1)
        quiet = loud < 0.3 * loud.max()
        return int(np.diff(quiet.astype(int)).clip(0).sum())

    spoken, sung = sound("soft", seconds=3.0), sound("soft", sung=True, seconds=3.0)
    assert pauses(sung) < pauses(spoken)


def test_statements_differ():
    assert not np.array_equal(
        sound("raised", statement="01"), sound("raised", statement="02")
    )
