"""Resample sound as resampy does, as one matrix product.

resampy (after Smith's "Digital audio resampling home page") makes each output sample a
sum of input samples, weighted by a windowed sinc that is read from a table. Between two
rates that are whole numbers of Hz the same weights come again and again, from 48 to 16
kHz with every sample. So they are computed once, as a matrix, and a take is one product
with it: the same terms, summed in another order, in a tenth of the time; and nothing is
compiled first.
"""

import functools
import importlib.util
import math
from pathlib import Path

import numpy as np

__all__ = ["resample"]

FILTER = "kaiser_best"  # resampy's own default
LARGEST = 2**22  # numbers in a matrix; where two rates need more, resampy itself works
TOGETHER = 64  # output samples of a row of the product, at least


def resample(samples: np.ndarray, source: int, target: int) -> np.ndarray:
    """Return sound at another rate, as `resampy.resample` with its defaults.

    Args:
        samples: Shape (samples,).
        source: Their rate, in Hz.
        target: The wanted rate, in Hz.

    Returns:
        Shape (samples * target / source, rounded down,), float64; within 1e-12 of
        resampy's for sound in [-1, 1].
    """
    samples = np.ascontiguousarray(samples, np.float64)
    shared = math.gcd(source, target)
    step, period = source // shared, target // shared
    repeats = -(-TOGETHER // period)
    count = int(len(samples) * float(target) / float(source))
    # Where resampy's times, which are rounded, fall short of a whole input sample that
    # they should meet, it takes other weights there.
    times = np.arange(count) * (1.0 / (float(target) / source))
    regular = (times.astype(np.int64) == np.arange(count) * step // period).all()
    size = (repeats * step + 2 * _reach(source, target)) * repeats * period
    if not regular or size > LARGEST:
        import resampy

        return resampy.resample(samples, source, target)
    weights = _weights(source, target, repeats)
    length, columns = weights.shape
    rows = -(-count // columns)
    before = _reach(source, target) - 1
    padded = np.zeros(max((rows - 1) * repeats * step + length, before + len(samples)))
    padded[before : before + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, length)
    return (windows[:: repeats * step][:rows] @ weights).reshape(-1)[:count]


@functools.cache
def _weights(source: int, target: int, repeats: int) -> np.ndarray:
    """Return what each input sample adds to each output sample of so many periods.

    Returns:
        Shape (input samples, output samples); the inputs begin `_reach - 1` before the
        first output.
    """
    half, precision = _filter()
    ratio = float(target) / source
    scale = min(1.0, ratio)  # to a lower rate, a lower cut-off
    half = half * ratio if ratio < 1 else half
    slope = np.diff(half, append=half[-1])
    stride = int(scale * precision)
    shared = math.gcd(source, target)
    step, period = source // shared, target // shared
    reach = _reach(source, target)
    weights = np.zeros((repeats * step + 2 * reach, repeats * period))
    inputs = np.arange(len(weights)) - (reach - 1)
    for column in range(weights.shape[1]):
        nearest = column * step // period
        fraction = scale * ((column * step % period) / period)
        for share, steps in (
            (fraction, nearest - inputs),
            (scale - fraction, inputs - nearest - 1),
        ):
            place = share * precision
            offset = int(place)
            wing = (steps >= 0) & (steps < (len(half) - offset) // stride)
            index = offset + steps[wing] * stride
            weights[wing, column] += half[index] + (place - offset) * slope[index]
    return weights


def _reach(source: int, target: int) -> int:
    """Return how many input samples each half of the filter takes."""
    half, precision = _filter()
    return len(half) // int(min(1.0, float(target) / source) * precision)


@functools.cache
def _filter() -> tuple[np.ndarray, int]:
    """Return half of resampy's filter, and how many of its numbers make one lobe."""
    # Found without importing resampy, which takes a second for its compiler.
    package = importlib.util.find_spec("resampy").submodule_search_locations[0]
    with np.load(Path(package, "data", f"{FILTER}.npz"), allow_pickle=False) as stored:
        return stored["half_window"], int(stored["precision"])
