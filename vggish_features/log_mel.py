"""The official VGGish front end: from a waveform to log-mel examples.

Hershey et al. 2017; the parameters are those of `vggish_params.py` in
tensorflow/models (research/audioset/vggish).
"""

import dataclasses
import functools

import numpy as np

from corpus.problem import Problem
from corpus.sound import Waveform
from embeddings.backbone import Examples
from vggish_features.resampling import resample

__all__ = [
    "BANDS",
    "HOP",
    "RATE",
    "LogMelExamples",
    "examples",
    "log_mel",
    "waveform_for_vggish",
]

RATE = 16_000  # Hz
WINDOW = 400  # samples, 25 ms
HOP = 160  # samples, 10 ms
FFT = 512  # the next power of two
BANDS = 64
MEL_MIN_HZ, MEL_MAX_HZ = 125.0, 7500.0
LOG_OFFSET = 0.01


def waveform_for_vggish(
    waveform: Waveform,
    *,
    seconds: float | None = 5.0,
    rate: int = RATE,
    resampler: str = "resampy",
) -> np.ndarray:
    """Make a take's sound what VGGish hears: mono, at one rate, of one length.

    The order is the thesis' (Beyene 2019, printed code): zeros are appended, or the
    end is cut off, at the native rate; then the mean of the channels; then resampling.

    Args:
        waveform: As recorded.
        seconds: Length to pad or cut to; None leaves it (the official way).
        rate: To resample to, in Hz.
        resampler: "resampy" (the official code's and the thesis'), or "soxr", which
            is faster and gives other numbers in the transition band.

    Returns:
        Shape (samples,), float64.

    Raises:
        Problem: If soxr is asked for and not installed, or the sound is too short to
            be resampled.
    """
    samples = waveform.samples
    if seconds is not None:
        length = round(seconds * waveform.rate)
        samples = samples[:length]
        samples = np.pad(samples, ((0, length - len(samples)), (0, 0)))
    mono = samples.mean(axis=1, dtype=np.float64)
    if waveform.rate == rate:
        return mono
    resampled = _resample(mono, waveform.rate, rate, resampler)
    if seconds is None:
        return resampled
    # Where the length is no whole number of samples at the native rate (2.5 s at
    # 11,025 Hz), the resampler's last sample is one too many or too few.
    length = round(seconds * rate)
    return np.pad(resampled[:length], (0, max(0, length - len(resampled))))


def _resample(mono: np.ndarray, source: int, target: int, name: str) -> np.ndarray:
    if len(mono) * target < source:
        raise Problem("is too short to be resampled: not one sample would remain.")
    if name == "resampy":
        return resample(mono, source, target)
    if name == "soxr":
        try:
            import soxr
        except ImportError as error:
            raise Problem(
                "the resampler soxr is not installed; run `pip install soxr`, or use "
                "resampy."
            ) from error
        return soxr.resample(mono, source, target)
    raise Problem(f"no resampler is called {name!r}; use resampy or soxr.")


def log_mel(samples: np.ndarray, *, offset: float = LOG_OFFSET) -> np.ndarray:
    """Return the log-mel spectrogram of mono sound at 16 kHz.

    Magnitudes of a 512-point FFT over periodic Hann windows of 25 ms every 10 ms,
    without padding; 64 mel bands from 125 to 7,500 Hz; natural log of band + offset.

    Args:
        samples: Shape (samples,), in [-1, 1].
        offset: Added before the log: 0.01 for VGGish, 0.001 for YAMNet.

    Returns:
        Shape (frames, 64), float32, frames = 1 + (samples - 400) // 160, or none.
    """
    if len(samples) < WINDOW:
        return np.zeros((0, BANDS), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    magnitude = np.abs(np.fft.rfft(windows * _hann(), FFT))
    return np.log(magnitude @ _mel_weights() + offset).astype(np.float32)


def examples(spectrogram: np.ndarray, *, frames: int, hop: int) -> np.ndarray:
    """Cut a spectrogram into examples; a remainder too short for one is dropped.

    Args:
        spectrogram: Shape (frames in all, bands).
        frames: Of one example: 96 (0.96 s) officially, 496 (4.96 s) in the thesis.
        hop: Frames from one example's start to the next's.

    Returns:
        Shape (n, frames, bands), n = 1 + (frames in all - frames) // hop, or none.
    """
    if len(spectrogram) < frames:
        return np.zeros((0, frames, spectrogram.shape[1]), spectrogram.dtype)
    spans = np.lib.stride_tricks.sliding_window_view(spectrogram, frames, axis=0)
    return np.ascontiguousarray(spans[::hop].swapaxes(1, 2))


@dataclasses.dataclass(frozen=True)
class LogMelExamples:
    """Turns a take's sound into log-mel examples, shape (n, frames, 64), float32.

    Attributes:
        seconds: Length that the sound is padded or cut to; None leaves it.
        frames: Of one example.
        resampler: See `waveform_for_vggish`.
    """

    seconds: float | None
    frames: int
    resampler: str

    def __call__(self, media: Waveform) -> Examples:
        """Compute the log-mel, and cut it.

        Raises:
            Problem: If it is too short for a single example.
        """
        samples = waveform_for_vggish(
            media, seconds=self.seconds, resampler=self.resampler
        )
        array = examples(log_mel(samples), frames=self.frames, hop=self.frames)
        if not len(array):
            needed = (WINDOW + (self.frames - 1) * HOP) / RATE
            raise Problem(
                f"lasts {len(samples) / RATE:.3f} s, and one example needs "
                f"{needed:.3f} s; leave the take out, or set `seconds` to pad it."
            )
        return Examples(array, np.arange(len(array)) * (self.frames * HOP / RATE))


@functools.cache
def _hann() -> np.ndarray:
    """A periodic Hann window: the zero at its end is the next period's first."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)


@functools.cache
def _mel_weights() -> np.ndarray:
    """Triangles, linear in mel, that sum FFT bins into bands; shape (257, 64)."""
    bins = _hertz_to_mel(np.linspace(0, RATE / 2, FFT // 2 + 1))[:, None]
    edges = np.linspace(_hertz_to_mel(MEL_MIN_HZ), _hertz_to_mel(MEL_MAX_HZ), BANDS + 2)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (bins - low) / (centre - low)
    falling = (high - bins) / (high - centre)
    weights = np.maximum(0.0, np.minimum(rising, falling))
    weights[0] = 0.0  # HTK leaves the DC bin out
    return weights


def _hertz_to_mel(hertz):
    return 1127.0 * np.log1p(np.asarray(hertz) / 700.0)  # HTK's formula
