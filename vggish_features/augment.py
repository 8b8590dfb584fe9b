"""Sound, changed at random as augmented copies are: noise, pitch, shift, speed."""

import dataclasses
import warnings
from collections.abc import Callable, Mapping
from typing import ClassVar

import numpy as np

from corpus.sound import Waveform
from embeddings.amounts import Amount, Given
from embeddings.change import Change

__all__ = ["ChangeSound"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ChangeSound(Change):
    """What is done to a copy's sound, in this order; see `embeddings.change.Change`.

    Each is one number or [low, high], see `embeddings.amounts.Amount`. Brambilla 2020
    (section 3, and its public code) has copies of three ways: `pitch = [1, 1]`,
    `shift = 1.0204` and `noise = 0.035` of sound at 44.1 kHz.

    Attributes:
        speed: Factor of the speed by a phase vocoder, which keeps the pitch
            (`librosa.effects.time_stretch`). A copy at 2 has half the duration.
        pitch: Step in semitones, the duration kept (`librosa.effects.pitch_shift`).
        shift: In seconds; what leaves at one end enters at the other. Up to 45,000
            samples in Brambilla's code.
        noise: Standard deviation of white noise, as a share of the take's largest
            sample. 0.035 times an even draw in Brambilla's code.
        snr: White noise that loud that sound and noise have this ratio of their mean
            powers over the whole take, in decibels.
    """

    amounts: ClassVar[Mapping[str, Amount]] = {
        "speed": Amount("factor", 0.5, 2.0),
        "pitch": Amount("step", -12.0, 12.0, " semitones"),
        "shift": Amount("step", -60.0, 60.0, " seconds"),
        "noise": Amount("share", 0.0, 1.0),
        "snr": Amount("level", -20.0, 100.0, " dB"),
    }
    medium: ClassVar[str] = "sound"

    speed: Given = 0.0
    pitch: Given = 0.0
    shift: Given = 0.0
    noise: Given = 0.0
    snr: Given = 0.0

    def apply(
        self,
        media: Waveform,
        strengths: Mapping[str, float],
        rng: np.random.Generator,
    ) -> Waveform:
        """Return a changed waveform.

        Args:
            media: As recorded.
            strengths: Of each effect, as `draw` returns them.
            rng: Draws noise, in each channel its own.

        Returns:
            Of the same rate and channels, within [-1, 1]; but for `speed` of the same
            length.
        """
        samples, rate = media.samples, media.rate
        if "speed" in strengths:
            samples = _by_librosa("time_stretch", samples, rate=strengths["speed"])
        if "pitch" in strengths:
            steps = strengths["pitch"]
            samples = _by_librosa("pitch_shift", samples, sr=rate, n_steps=steps)
        if "shift" in strengths:
            samples = np.roll(samples, round(strengths["shift"] * rate), axis=0)
        deviation = 0.0
        if "noise" in strengths:
            deviation = strengths["noise"] * float(np.abs(samples).max(initial=0.0))
            samples = _with_noise(samples, deviation, rng)
        if "snr" in strengths:
            power = float(np.mean(np.square(samples, dtype=np.float64)))
            deviation = (power / 10 ** (strengths["snr"] / 10)) ** 0.5
            samples = _with_noise(samples, deviation, rng)
        samples = np.clip(samples, -1.0, 1.0).astype(np.float32)
        return Waveform(samples=samples, rate=rate)


def _with_noise(
    samples: np.ndarray, deviation: float, rng: np.random.Generator
) -> np.ndarray:
    return samples + deviation * rng.standard_normal(samples.shape)


def _by_librosa(effect: str, samples: np.ndarray, **options: float) -> np.ndarray:
    import librosa

    change: Callable = getattr(librosa.effects, effect)
    with warnings.catch_warnings():
        # Of sound shorter than a frame; librosa pads it, and so gets it right.
        warnings.filterwarnings("ignore", message="n_fft=.* is too large")
        return change(samples.T, **options).T
