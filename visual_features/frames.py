"""Which frames of a take: a sequence at a rate, evenly spread ones, the middle one.

Each function returns positions among a take's distinct frames. A frame that a
sequence shows twice is thus decoded, cropped and embedded once. A backbone's setting
`frames` names those that it sees, see `pick`.
"""

import math
import re
from collections.abc import Callable, Mapping

import numpy as np

from corpus.problem import Problem

__all__ = ["PICKS", "at_rate", "linspace", "middle", "pick", "skipping", "spread"]

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


def spread(n: int, count: int) -> np.ndarray:
    """Return `count` of n frames as Brambilla's (2020) code spreads them.

    Of one more, evenly from the second frame to the last and rounded down, all but
    the last. Where there are too few, frames repeat.

    Raises:
        ValueError: If n or count is below 1.
    """
    if n < 1 or count < 1:
        raise ValueError(f"n and count must be at least 1, not {n} and {count}")
    # That code's own expression: integers would give its neighbour of some frames.
    return np.clip(np.linspace(1, n - 1, count + 1).astype(int)[:count], 0, n - 1)


def skipping(n: int, count: int) -> np.ndarray:
    """Return `count` of n frames as Coppola et al.'s (2024) code skips the others.

    Every so many, a whole number, from the first on; what is left at the end is not
    seen. Where there are fewer than `count`, all of them.

    Raises:
        ValueError: If n or count is below 1.
    """
    if n < 1 or count < 1:
        raise ValueError(f"n and count must be at least 1, not {n} and {count}")
    return np.arange(min(n, count)) * max(n // count, 1)


# Which of a take's n frames, by name; those with a count take one.
PICKS: Mapping[str, Callable[..., np.ndarray]] = {
    "all": np.arange,
    "middle": lambda n: np.array([middle(n)]),
    "before_middle": lambda n: np.array([max(middle(n) - 1, 0)]),
    "linspace": linspace,
    "spread": spread,
    "skipping": skipping,
}
COUNTED = ("linspace", "spread", "skipping")


def pick(n: int, frames: str) -> np.ndarray:
    """Return the frames that a setting names.

    "all"; the "middle" one; "before_middle", the one before it (Çoban et al. 2020);
    or so many, such as "linspace32", "spread32" and "skipping50".

    Args:
        n: How many frames there are.
        frames: A key of `PICKS`, and a count for some.

    Returns:
        Shape (frames picked,), intp, never falling.

    Raises:
        Problem: If nothing is called so.

    Example:
        >>> pick(9, "linspace3").tolist()
        [0, 4, 8]
    """
    match = re.fullmatch(r"([a-z_]+?)([1-9][0-9]{0,3})?", frames)
    name, count = match.groups() if match else ("", None)
    if name not in PICKS or (name in COUNTED) != (count is not None):
        raise Problem(
            f"frames is {frames!r}; use all, middle, before_middle, or a count from 1 "
            f"to 9999 after {', '.join(COUNTED)}, such as linspace32."
        )
    return PICKS[name](n) if count is None else PICKS[name](n, int(count))
