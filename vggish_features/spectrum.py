"""The spectrum of a take: mel in dB, MFCC, or VGGish's log-mel.

librosa computes mel and MFCC.
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from corpus.problem import Problem
from corpus.sound import Waveform
from vggish_features import log_mel as front_end
from vggish_features.log_mel import waveform_for_vggish

__all__ = ["Spectrum"]

PLACES = ("start", "middle")
NORMALISATIONS = ("none", "frames")

# Settings that have come since embeddings are stored, with the values that change
# nothing. Those are left out of keys, so that older embeddings are found again.
LATER: Mapping[str, Any] = {
    "low_hz": 0.0,
    "high_hz": None,
    "centred": True,
    "placed": "start",
    "normalised": "none",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spectrum:
    """How the spectrum of a take is computed.

    Attributes:
        kind: "mel" in dB, "mfcc", or "log_mel" (VGGish's).
        seconds: Length that the sound is padded or cut to; None takes it as it is.
        skip_seconds: What is left out at the start.
        rate: To resample to, in Hz.
        window: Length of a Hann window, in samples at `rate`.
        hop: From one frame to the next, in samples.
        fft: Points of the Fourier transform.
        bands: Mel bands.
        resampler: "resampy" or "soxr".
        coefficients: Of an MFCC, the 0th first; 0 of the others.
        low_hz: Where the lowest band begins.
        high_hz: Where the highest one ends; None for half the rate.
        centred: Whether frames are centred on multiples of the hop, with zeros before
            the sound and after it; otherwise the first frame begins with the sound,
            and the last one ends within it.
        placed: What of the sound `seconds` keeps: its "start", with zeros after it, or
            its "middle", cut or padded equally on both sides.
        normalised: "frames" divides each frame by its largest magnitude; or "none".
    """

    kind: str
    seconds: float | None
    skip_seconds: float = 0.0
    rate: int
    window: int
    hop: int
    fft: int
    bands: int
    resampler: str
    coefficients: int = 0
    low_hz: float = 0.0
    high_hz: float | None = None
    centred: bool = True
    placed: str = "start"
    normalised: str = "none"

    def __post_init__(self) -> None:
        for field in ("rate", "window", "hop", "fft", "bands"):
            if getattr(self, field) < 1:
                raise Problem(f"{field} is {getattr(self, field)}; use 1 or more.")
        if self.window > self.fft:
            raise Problem(
                f"window is {self.window} samples, more than the {self.fft} of fft; "
                f"make fft as long at least."
            )
        if not 0 <= self.skip_seconds < math.inf:
            raise Problem(f"skip_seconds is {self.skip_seconds}; use 0 or more.")
        if self.seconds is not None and not (
            self.fft <= self.seconds * self.rate < math.inf
        ):
            raise Problem(
                f"seconds is {self.seconds}; give a length of at least one window, "
                f"{self.fft / self.rate:g}, or none to take the sound as it is."
            )

        high = self.rate / 2 if self.high_hz is None else self.high_hz
        if not 0 <= self.low_hz < high <= self.rate / 2:
            raise Problem(
                f"mel bands from {self.low_hz} to {high} Hz are none at {self.rate} "
                f"Hz; make low_hz less than high_hz, and that at most half the rate."
            )
        for field, allowed in (("placed", PLACES), ("normalised", NORMALISATIONS)):
            if getattr(self, field) not in allowed:
                raise Problem(
                    f"{field} is {getattr(self, field)!r}; use {' or '.join(allowed)}."
                )

    @property
    def settings(self) -> dict[str, Any]:
        """What a spec's `preprocessing` says of it."""
        return {
            name: value
            for name, value in dataclasses.asdict(self).items()
            if LATER.get(name, ...) != value
        }

    @property
    def width(self) -> int:
        """Numbers in one frame."""
        return self.coefficients or self.bands

    @property
    def frames(self) -> int:
        """Frames of sound of the fixed length."""
        samples = round(self.seconds * self.rate)
        if self.kind == "log_mel":
            return 1 + (samples - self.window) // self.hop
        if not self.centred:
            samples -= self.fft
        return 1 + samples // self.hop

    def __call__(self, media: Waveform) -> np.ndarray:
        """Return a take's spectrum, shape (frames, width), float32."""
        skipped = media.samples[round(self.skip_seconds * media.rate) :]
        if not len(skipped):
            raise Problem(
                f"lasts {media.seconds:.3f} s, of which {self.skip_seconds} are "
                f"skipped; leave the take out, or lower skip_seconds."
            )
        samples = waveform_for_vggish(
            Waveform(self._placed(skipped, media.rate), media.rate),
            seconds=self.seconds,
            rate=self.rate,
            resampler=self.resampler,
        )
        if self.kind == "log_mel":
            return self._enough(front_end.log_mel(samples))
        import librosa

        power = librosa.feature.melspectrogram(
            y=self._enough(samples, 1 if self.centred else self.fft),
            sr=self.rate,
            n_fft=self.fft,
            hop_length=self.hop,
            win_length=self.window,
            center=self.centred,
            n_mels=self.bands,
            fmin=self.low_hz,
            fmax=self.high_hz,
        )
        spectrum = librosa.power_to_db(power)
        if self.kind == "mfcc":
            spectrum = librosa.feature.mfcc(S=spectrum, n_mfcc=self.coefficients)
        if self.normalised == "frames":
            spectrum = librosa.util.normalize(spectrum)
        return spectrum.T.astype(np.float32)

    def _placed(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """Bring the middle of a sound to where its start would be."""
        if self.placed == "start" or self.seconds is None:
            return samples
        missing = round(self.seconds * rate) - len(samples)
        if missing < 0:
            return samples[-missing // 2 :]
        return np.pad(samples, ((missing // 2, 0), (0, 0)))

    def _enough(self, values: np.ndarray, needed: int = 1) -> np.ndarray:
        if len(values) < needed:
            raise Problem(
                "is too short for a single frame; leave the take out, or set `seconds` "
                "to pad it."
            )
        return values
