"""A source-filter voice: harmonics and breath, shaped by a vocal tract."""

import dataclasses
import itertools

import numpy as np

from corpus.made_up.cast import Speaker
from corpus.made_up.styles import VoiceStyle

__all__ = ["RATE", "speak"]

RATE = 48_000
HOP = 480  # the voice's parameters are set every 10 ms
HIGHEST = 8_000.0  # Hz; harmonics above are left out, breath is not

# First three formants of an adult man's vowels, in Hz (Peterson & Barney 1952,
# table II, rounded), and a fourth that hardly moves.
VOWELS = {
    "i": (270, 2290, 3010, 3600),
    "e": (530, 1840, 2480, 3500),
    "a": (730, 1090, 2440, 3400),
    "o": (570, 840, 2410, 3400),
    "u": (300, 870, 2240, 3300),
}
BANDWIDTHS = (70, 100, 140, 220)
# "Kids are talking by the door", "Dogs are sitting by the door".
STATEMENTS = {"01": "iaoiaeo", "02": "oaiiaeo"}
# Sung: steps of a major scale, in semitones, one a note.
MELODY = (0, 4, 5, 2, 0, 2, 4, 0)


@dataclasses.dataclass(frozen=True)
class _Score:
    """What is to be sounded, every 10 ms: shape (steps,) or (steps, formants)."""

    pitch: np.ndarray
    loud: np.ndarray
    hiss: np.ndarray
    formants: np.ndarray


def speak(
    person: Speaker,
    style: VoiceStyle,
    *,
    seconds: float,
    strength: float,
    statement: str,
    sung: bool,
    draw: np.random.Generator,
) -> np.ndarray:
    """Return the sound of one take.

    Harmonics of a gliding fundamental, their amplitudes read off the tract's
    response (Fant 1960, source and filter), with noise shaped by the same tract.

    Args:
        person: Whose voice.
        style: How it departs from that person's own.
        seconds: Duration, silence at both ends included.
        strength: Size of the style's pitch movements: 1 is normal.
        statement: "01" or "02": decides the vowels.
        sung: Sustained notes with vibrato in place of speech.
        draw: Random numbers of this take.

    Returns:
        Shape (samples,), int16, at 48 kHz.
    """
    steps = round(seconds * RATE) // HOP + 2
    score = _compose(person, style, steps, strength, statement, sung, draw)
    tilt = style.tilt + person.tilt
    sound = _harmonics(score, tilt) * np.sqrt(1 - style.breath)
    breath = _breath(score, draw)
    level = person.level + style.level + 2.0 * (strength - 1) + draw.uniform(-0.5, 0.5)
    spoken = score.loud > 0.3
    mixed = _at_level(sound, spoken, 1.0 - style.breath)
    mixed += _at_level(breath, spoken, style.breath)
    mixed = _at_level(mixed, spoken, 1.0) * 10 ** (level / 20)
    mixed += (draw.random(len(mixed)) - 0.5) * 4e-4  # the room
    mixed = mixed[: round(seconds * RATE)]
    return np.round(np.clip(mixed, -0.999, 0.999) * 32767).astype(np.int16)


def _compose(person, style, steps, strength, statement, sung, draw) -> _Score:
    """Set syllables or notes into the time there is."""
    time = np.arange(steps) * HOP / RATE
    total = time[-1]
    begin, end = draw.uniform(0.06, 0.12) * total, draw.uniform(0.88, 0.95) * total
    rate = 2.2 if sung else style.rate * draw.uniform(0.93, 1.07)
    count = max(2, round((end - begin) * rate))
    lengths = draw.uniform(0.85, 1.15, count)
    edges = begin + (end - begin) * np.concatenate([[0], np.cumsum(lengths)]) / (
        lengths.sum()
    )
    semitones = np.zeros(steps)
    loud, hiss = np.full(steps, 1e-4), np.zeros(steps)
    formants = np.empty((steps, len(BANDWIDTHS)))
    tract = person.tract * style.tract
    vowels = STATEMENTS[statement]
    formants[:] = np.array(VOWELS["e"]) * tract
    for note, (start, stop) in enumerate(itertools.pairwise(edges)):
        inside = (time >= start) & (time < stop)
        place = (time[inside] - start) / (stop - start)
        way = note / max(1, count - 1)
        accent = style.accent * strength * draw.uniform(0.8, 1.2)
        semitones[inside] = style.fall * strength * (0.5 - way)
        if sung:
            semitones[inside] += MELODY[note % len(MELODY)]
            loud[inside] = np.minimum(1, 12 * np.minimum(place + 0.02, 1 - place))
        else:
            semitones[inside] += accent * np.sin(np.pi * place)
            loud[inside] = np.sin(np.pi * np.clip(place, 0.02, 1)) ** 0.7
            hiss[inside] = (place < 0.18) * draw.uniform(0.05, 0.25)
        formants[inside] = np.array(VOWELS[vowels[note % len(vowels)]])
        formants[inside] *= tract
    wobble = 0.4 * np.sin(2 * np.pi * 5.5 * time) if sung else 0.0
    semitones += style.pitch + draw.uniform(-0.5, 0.5) + wobble
    semitones += style.shake * _smooth(draw.uniform(-2, 2, steps), 3)
    pitch = person.pitch * 2 ** (_smooth(semitones, 5) / 12)
    columns = [_smooth(column, 5) for column in formants.T]
    return _Score(pitch, _smooth(loud, 3), _smooth(hiss, 3), np.stack(columns, 1))


def _smooth(values: np.ndarray, width: int) -> np.ndarray:
    """Average over a few neighbours, the ends repeated."""
    padded = np.pad(values, width // 2, mode="edge")
    return np.convolve(padded, np.full(width, 1 / width), mode="valid")


def _tract(frequencies: np.ndarray, formants: np.ndarray) -> np.ndarray:
    """Return the gain of resonators in cascade, 1 at 0 Hz.

    Args:
        frequencies: Hz, shape (steps, n) or (n,).
        formants: Hz, shape (steps, resonators).
    """
    gain = 1.0
    for place, width in enumerate(BANDWIDTHS):
        centre = formants[:, place, None]
        ratio = (frequencies / centre) ** 2
        loss = frequencies * (width / centre**2)
        gain = gain / np.sqrt((1 - ratio) ** 2 + loss**2)
    return gain


def _harmonics(score: _Score, tilt: float) -> np.ndarray:
    pitch = _ramps(score.pitch)
    turn = np.exp(2j * np.pi * np.cumsum(pitch) / RATE)
    count = max(1, int(HIGHEST / score.pitch.min()))
    orders = np.arange(1, count + 1)
    heard = score.pitch[:, None] * orders
    slope = orders ** (tilt / (20 * np.log10(2)))
    gains = _tract(heard, score.formants) * slope * score.loud[:, None]
    gains *= np.clip((HIGHEST - heard) / 500, 0, 1)  # none comes or goes at once
    sound, phasor = np.zeros(len(turn)), np.ones(len(turn), complex)
    for gain in gains.T:
        phasor *= turn
        sound += _ramps(gain) * phasor.imag
    return sound


def _ramps(values: np.ndarray) -> np.ndarray:
    """Draw straight lines through values 10 ms apart; shape ((steps - 1) * HOP,)."""
    way = np.arange(HOP) / HOP
    return (values[:-1, None] * (1 - way) + values[1:, None] * way).ravel()


def _breath(score: _Score, draw: np.random.Generator) -> np.ndarray:
    """Noise through the same tract, in windows of 20 ms that overlap by half."""
    steps = len(score.loud)
    window = np.sin(np.pi * (np.arange(2 * HOP) + 0.5) / (2 * HOP)) ** 2
    noise = draw.random((steps, 2 * HOP)) - 0.5
    frequencies = np.fft.rfftfreq(2 * HOP, 1 / RATE)
    # Radiation lifts what turbulence makes: against the cascade's fall of 48 dB an
    # octave above the last formant, the noise is given a floor.
    gain = _tract(frequencies, score.formants) + 0.05
    gain *= np.minimum(frequencies / 500, 1.0) * (frequencies < 16_000)
    gain *= (score.loud + score.hiss)[:, None]
    blocks = np.fft.irfft(np.fft.rfft(noise, axis=1) * gain, axis=1) * window
    sound = np.zeros((steps + 1) * HOP)
    for step, block in enumerate(blocks):
        sound[step * HOP : (step + 2) * HOP] += block
    return sound[HOP : HOP + (steps - 1) * HOP]


def _at_level(sound: np.ndarray, spoken: np.ndarray, level: float) -> np.ndarray:
    """Scale so that the root mean square of the spoken part is `level`."""
    where = np.repeat(spoken[:-1], HOP)
    return sound * (level / np.sqrt(np.mean(sound[where] ** 2) + 1e-12))
