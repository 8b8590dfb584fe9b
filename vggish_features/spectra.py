"""Spectra as backbones, without any weights: MFCC, mel in dB, log-mel statistics.

librosa computes MFCC and mel; the log-mel is VGGish's. The baseline of Beyene 2019
(003:1152) is "mfcc13.signal": 13 coefficients every 10 ms, side by side.
"""

import dataclasses
import functools

import numpy as np

from corpus.problem import Problem
from corpus.sound import Waveform
from embeddings.backbone import About, BackboneSpec, Examples
from embeddings.frozen import Frozen
from vggish_features import log_mel as front_end
from vggish_features.spectrum import Spectrum

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
    low_hz: float = 0.0,
    high_hz: float | None = None,
    centred: bool = True,
    placed: str = "start",
    normalised: str = "none",
    resampler: str = "resampy",
) -> Frozen:
    """Make a backbone of the mel spectrum in dB, or of its cepstral coefficients.

    Args:
        name: Its name.
        coefficients: How many, the 0th first; 0 for the spectrum itself.
        form: A key of `FORMS`.
        seconds: This and all others are fields of `vggish_features.spectrum.Spectrum`.

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
        low_hz=low_hz,
        high_hz=high_hz,
        centred=centred,
        placed=placed,
        normalised=normalised,
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
    spec = BackboneSpec(
        name=name,
        modality="sound",
        layer=form,
        shape=shaped.shape,
        preprocessing={"form": form, **spectrum.settings},
    )
    every = f"{1000 * spectrum.hop / spectrum.rate:.3g} ms"
    about = About(
        input=f"{spectrum.width} numbers every {every} at {spectrum.rate / 1000:g} "
        f"kHz: {FORMS[form]}",
        source=SOURCE if spectrum.kind != "log_mel" else "VGGish's front end",
    )
    return Frozen(spec, prepare=shaped, about=about)
