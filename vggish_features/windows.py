"""A take's sound cut into windows of samples, for networks that hear waveforms."""

import math

import numpy as np

from corpus.problem import Problem
from corpus.sound import Waveform
from embeddings.backbone import Examples
from vggish_features.log_mel import waveform_for_vggish

__all__ = ["windows"]

TAILS = ("pad", "drop")


def windows(
    waveform: Waveform,
    *,
    rate: int,
    window_seconds: float,
    hop_seconds: float,
    tail: str = "pad",
    resampler: str = "resampy",
) -> Examples:
    """Cut mono sound into windows of one length.

    Args:
        waveform: As recorded; its channels are averaged.
        rate: To resample to, in Hz.
        window_seconds: Length of a window, to the nearest sample.
        hop_seconds: From one window's start to the next's, likewise.
        tail: "pad": zeros fill the last window, so that every sample is heard;
            "drop": what is too short for a window is left out.
        resampler: "resampy" or "soxr".

    Returns:
        Rows of samples, shape (n, round(rate * window_seconds)), float32, and when
        each begins.

    Raises:
        Problem: If nothing is to be padded and the sound is shorter than a window, or
            a window or hop is shorter than a sample.
    """
    if tail not in TAILS:
        raise Problem(f"tail is {tail!r}; use {' or '.join(TAILS)}.")
    for setting, seconds in (
        ("window_seconds", window_seconds),
        ("hop_seconds", hop_seconds),
    ):
        if not (math.isfinite(seconds) and round(rate * seconds) >= 1):
            raise Problem(
                f"{setting} is {seconds}; give a length of {1 / rate:g} or more."
            )
    length, hop = round(rate * window_seconds), round(rate * hop_seconds)
    samples = waveform_for_vggish(
        waveform, seconds=None, rate=rate, resampler=resampler
    ).astype(np.float32)
    if tail == "pad":
        after_first = -(-max(0, len(samples) - length) // hop)
        samples = np.pad(
            samples, (0, max(0, length + after_first * hop - len(samples)))
        )
    elif len(samples) < length:
        raise Problem(
            f"lasts {len(samples) / rate:.3f} s, and one window needs "
            f"{window_seconds:g} s; leave the take out, or set tail = 'pad'."
        )
    rows = np.lib.stride_tricks.sliding_window_view(samples, length)[::hop]
    return Examples(np.ascontiguousarray(rows), np.arange(len(rows)) * (hop / rate))
