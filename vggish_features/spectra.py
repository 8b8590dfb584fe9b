"""Spectra as backbones, without any weights: MFCC, mel in dB, log-mel statistics.

librosa computes MFCC and mel; the log-mel is VGGish's. The baseline of Beyene 2019
(003:1152) is "mfcc13.signal": 13 coefficients every 10 ms, side by side.
"""

import dataclasses
import functools
import math
from typing import Any

import numpy as np

from corpus.problem import Problem
from corpus.sound import Waveform
from embeddings.backbone import About, BackboneSpec, Examples
from embeddings.frozen import Frozen
from vggish_features import log_mel as front_end
from vggish_features.log_mel import waveform_for_vggish

__all__ = ["FORMS", "log_mel_statistics", "mel", "mfcc13", "mfcc30", "mfcc64"]

# What becomes of a spectrum, shape (frames, coefficients).
FORMS = {
    "statistics": "mean, standard deviation and maximum over time",
    "flat": "all frames side by side",
    "sequence": "one row a frame",
    "image": "one row, coefficients by frames",
}
SOURCE = "Davis & Mermelstein 1980, as librosa computes it"


def _mel(
    name: str,
    coefficients: int,
    /,
    *,
    form: str = "statistics",
    seconds: float | None = 5.0,
    skip_seconds: float = 0.0,
    rate: int = 16_000,
    window: int = 400,
    hop: int = 160,
    fft: int = 512,
    bands: int = 128,
    resampler: str = "resampy",
) -> Frozen:
    """Make a backbone of the mel spectrum in dB, or of its cepstral coefficients.

    Args:
        name: Its name.
        coefficients: How many, the 0th first; 0 for the spectrum itself.
        form: A key of `FORMS`.
        seconds: Length that the sound is padded or cut to; None takes it as it is.
        skip_seconds: What is left out at the start.
        rate: To resample to, in Hz.
        window: Length of a Hann window, in samples at `rate`.
        hop: From one frame to the next, in samples.
        fft: Points of the Fourier transform.
        bands: Mel bands.
        resampler: "resampy" or "soxr".

    Raises:
        Problem: If a setting is none of those.
    """
    if coefficients > bands:
        raise Problem(
            f"{name} has {coefficients} coefficients, so bands must be at least that, "
            f"not {bands}."
        )
    spectrum = Spectrum(
        kind="mfcc" if coefficients else "mel",
        seconds=seconds,
        skip_seconds=skip_seconds,
        rate=rate,
        window=window,
        hop=hop,
        fft=fft,
        bands=bands,
        resampler=resampler,
        coefficients=coefficients,
    )
    return _backbone(name, spectrum, form)


mfcc13 = functools.partial(_mel, "mfcc13.signal", 13, form="flat")
mfcc30 = functools.partial(_mel, "mfcc30.signal", 30)
mfcc64 = functools.partial(_mel, "mfcc64.signal", 64)
mel = functools.partial(_mel, "mel.signal", 0)


def log_mel_statistics(
    *,
    form: str = "statistics",
    seconds: float | None = 5.0,
    resampler: str = "resampy",
) -> Frozen:
    """Make a backbone of VGGish's own log-mel, without VGGish.

    It takes all 498 frames of 5 s; the thesis' one example is the first 496.
    """
    spectrum = Spectrum(
        kind="log_mel",
        seconds=seconds,
        rate=front_end.RATE,
        window=front_end.WINDOW,
        hop=front_end.HOP,
        fft=front_end.FFT,
        bands=front_end.BANDS,
        resampler=resampler,
    )
    return _backbone("log_mel.signal", spectrum, form)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spectrum:
    """How a spectrum is computed; fields as the arguments of `_mel`.

    Attributes:
        kind: "mel", "mfcc", or "log_mel" (VGGish's).
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
            Waveform(skipped, media.rate),
            seconds=self.seconds,
            rate=self.rate,
            resampler=self.resampler,
        )
        if self.kind == "log_mel":
            return self._enough(front_end.log_mel(samples))
        import librosa

        # Frames are centred, with zeros before the first and after the last.
        power = librosa.feature.melspectrogram(
            y=self._enough(samples),
            sr=self.rate,
            n_fft=self.fft,
            hop_length=self.hop,
            win_length=self.window,
            n_mels=self.bands,
        )
        decibel = librosa.power_to_db(power)
        if self.kind == "mfcc":
            decibel = librosa.feature.mfcc(S=decibel, n_mfcc=self.coefficients)
        return decibel.T.astype(np.float32)

    def _enough(self, values: np.ndarray) -> np.ndarray:
        if not len(values):
            raise Problem(
                "is too short for a single frame; leave the take out, or set `seconds` "
                "to pad it."
            )
        return values


@dataclasses.dataclass(frozen=True)
class Shaped:
    """Brings a spectrum into one of `FORMS`."""

    spectrum: Spectrum
    form: str

    def __call__(self, media: Waveform) -> Examples:
        """Compute a take's spectrum, and arrange it."""
        frames = self.spectrum(media)
        if self.form == "sequence":
            times = np.arange(len(frames)) * (self.spectrum.hop / self.spectrum.rate)
            return Examples(frames, times)
        if self.form == "statistics":
            row = np.concatenate([frames.mean(0), frames.std(0), frames.max(0)])
        elif self.form == "flat":
            row = frames.ravel()
        else:
            row = frames.T
        return Examples(np.ascontiguousarray(row)[None], np.zeros(1))

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one embedding."""
        width = self.spectrum.width
        if self.form == "sequence":
            return (width,)
        if self.form == "statistics":
            return (3 * width,)
        frames = self.spectrum.frames
        return (frames * width,) if self.form == "flat" else (width, frames)


def _backbone(name: str, spectrum: Spectrum, form: str) -> Frozen:
    if form not in FORMS:
        raise Problem(f"{name}'s form is {form!r}; use one of {', '.join(FORMS)}.")
    if form in ("flat", "image") and spectrum.seconds is None:
        raise Problem(
            f"{name} needs one length for all takes to be {form}; set its seconds."
        )
    if spectrum.resampler not in ("resampy", "soxr"):
        raise Problem(f"resampler is {spectrum.resampler!r}; use resampy or soxr.")
    shaped = Shaped(spectrum, form)
    settings: dict[str, Any] = dataclasses.asdict(spectrum)
    spec = BackboneSpec(
        name=name,
        modality="sound",
        layer=form,
        shape=shaped.shape,
        preprocessing={"form": form, **settings},
    )
    every = f"{1000 * spectrum.hop / spectrum.rate:.3g} ms"
    about = About(
        input=f"{spectrum.width} numbers every {every} at {spectrum.rate / 1000:g} "
        f"kHz: {FORMS[form]}",
        source=SOURCE if spectrum.kind != "log_mel" else "VGGish's front end",
    )
    return Frozen(spec, prepare=shaped, about=about)
