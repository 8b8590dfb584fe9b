"""Sound, changed at random as augmented copies are: noise, pitch, shift, speed."""

import dataclasses

import numpy as np

from corpus.problem import Problem
from corpus.sound import Waveform

__all__ = ["ChangeSound"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ChangeSound:
    """What is done to a copy's sound; each draws evenly up to its limit, 0 is off.

    Attributes:
        noise: Loudest of white noise, its standard deviation as a share of the take's
            largest sample. Brambilla 2020 has 0.035.
        pitch: Largest step up or down, in semitones, the duration kept.
        shift: Largest shift, in seconds; what leaves at one end enters at the other.
            Brambilla 2020 has 1.02 s.
        speed: Largest change of speed, as a share; pitch is kept.

    Raises:
        Problem: If a limit is out of range, or all are off.
    """

    noise: float = 0.0
    pitch: float = 0.0
    shift: float = 0.0
    speed: float = 0.0

    def __post_init__(self) -> None:
        highest = {"noise": 1.0, "pitch": 12.0, "shift": 60.0, "speed": 0.5}
        for name, most in highest.items():
            if not 0 <= getattr(self, name) <= most:
                raise Problem(
                    f"the augmentation of sound has {name} from 0 to {most:g}, not "
                    f"{getattr(self, name)!r}."
                )
        if not any(getattr(self, name) for name in highest):
            raise Problem(
                f"the augmentation of sound changes nothing; set one of "
                f"{', '.join(highest)}."
            )

    def __call__(self, media: Waveform, rng: np.random.Generator) -> Waveform:
        """Return a changed waveform: the same rate and channels, within [-1, 1].

        Args:
            media: As recorded.
            rng: Draws by how much.
        """
        samples, rate = media.samples, media.rate
        # Drawn whether used or not: one switch more leaves the others' draws alone.
        pitch, speed, shift, noise = rng.uniform([-1, -1, -1, 0], 1)
        if self.speed:
            samples = _stretched(samples, 1 + speed * self.speed)
        if self.pitch:
            samples = _pitched(samples, rate, pitch * self.pitch)
        if self.shift:
            samples = np.roll(samples, round(shift * self.shift * rate), axis=0)
        if self.noise:
            loudest = float(np.abs(samples).max(initial=0.0))
            deviation = noise * self.noise * loudest
            samples = samples + deviation * rng.standard_normal(samples.shape)
        samples = np.clip(samples, -1.0, 1.0).astype(np.float32)
        return Waveform(samples=samples, rate=rate)


def _pitched(samples: np.ndarray, rate: int, steps: float) -> np.ndarray:
    import librosa

    return librosa.effects.pitch_shift(samples.T, sr=rate, n_steps=steps).T


def _stretched(samples: np.ndarray, factor: float) -> np.ndarray:
    import librosa

    return librosa.effects.time_stretch(samples.T, rate=factor).T
