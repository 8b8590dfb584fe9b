"""Which frames of a take: a sequence at a rate, evenly spread ones, the middle one.

Each function returns positions among a take's distinct frames. A frame that a
sequence shows twice is thus decoded, cropped and embedded once.
"""

import math

import numpy as np

__all__ = ["at_rate", "linspace", "middle"]

# Ties between two ticks are exact in FFmpeg's integers (30 to 45 fps has one every
# other frame) and must survive times in float64; no real time base comes this close.
TIE = 1e-9


def at_rate(
    time: np.ndarray, *, fps: float = 45.0, end: float | None = None
) -> np.ndarray:
    """Return the frame shown at each tick of a constant rate.

    The same frames as `ffmpeg -vf fps=...` with its default rounding
    (libavfilter/vf_fps.c, round=near): a frame's time goes to the nearest tick, half
    a tick upwards, and a tick shows the last frame that has come. Put differently,
    tick n shows what is on the screen in its middle, (n + 1/2) / fps.

    Args:
        time: Shape (frames,), seconds, rising; only differences count.
        fps: Ticks a second; 45 in Beyene 2019.
        end: When the last frame ends, in seconds. By default it lasts as long as
            frames do here (the median interval; one tick if it is alone).

    Returns:
        Shape (ticks,), intp, never falling; at least one tick.

    Raises:
        ValueError: If there is no time, times fall, or fps is not above 0.
    """
    time = np.asarray(time, dtype=np.float64)
    if time.ndim != 1 or not len(time) or (np.diff(time) < 0).any():
        raise ValueError("time must be one rising, non-empty row of seconds")
    if not fps > 0 or not math.isfinite(fps):
        raise ValueError(f"fps must be above 0, not {fps}")
    if end is None:
        step = float(np.median(np.diff(time))) if len(time) > 1 else 1.0 / fps
        end = float(time[-1]) + step
    arrivals = np.floor((time - time[0]) * fps + 0.5 + TIE)
    ticks = max(1, math.floor((end - float(time[0])) * fps + 0.5 + TIE))
    return np.searchsorted(arrivals, np.arange(ticks), side="right") - 1


def linspace(n: int, count: int) -> np.ndarray:
    """Return `count` of n frames, evenly spread, first and last among them.

    Where count exceeds n, frames repeat; a single one is the middle one.

    Raises:
        ValueError: If n or count is below 1.
    """
    if n < 1 or count < 1:
        raise ValueError(f"n and count must be at least 1, not {n} and {count}")
    if count == 1:
        return np.array([middle(n)])
    # In integers, half upwards: no rounding of floats decides a frame.
    return (2 * np.arange(count) * (n - 1) + (count - 1)) // (2 * (count - 1))


def middle(n: int) -> int:
    """Return the middle one of n frames, the later of two.

    Raises:
        ValueError: If n is below 1.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    return n // 2
