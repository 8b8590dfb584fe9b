"""An answer over time as places on a page, in percent, so that any width will do."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from evaluation.timeline import Timeline
from experiments.prediction.answers import Moment

__all__ = ["Bar", "Curve", "Lane", "Stretch", "bars", "lanes", "most_moved", "ticks"]

NAMED = 3  # emotions with a colour and a name beside their curve
APART = 16.0  # percent of a lane's height between two names
STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)
MOST_TICKS = 7


@dataclasses.dataclass(frozen=True, kw_only=True)
class Curve:
    """One emotion's probability over time.

    Attributes:
        label: The emotion.
        points: Of an SVG polyline in a box of 100 x 100, y downwards.
        named: Whether it stands out.
        top: Where its name stands, beside the lane.
        dot: The only point, where there is but one; else None.
    """

    label: str
    points: str
    named: bool
    top: float
    dot: tuple[float, float] | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Stretch:
    """A stretch of time in which one emotion was ahead."""

    label: str
    left: float
    width: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Lane:
    """One system's answers over time.

    Attributes:
        system: Whose.
        curves: By emotion, those that stand out last: they are drawn over the others.
        ahead: Which emotion was ahead, and when.
        said: The same in words.
    """

    system: str
    curves: list[Curve]
    ahead: list[Stretch]
    said: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bar:
    """How much one moment spoke for the answer.

    Attributes:
        left: Where it begins.
        width: How long it is.
        height: Of half a lane.
        against: Whether it spoke against it.
        said: The same in words.
    """

    left: float
    width: float
    height: float
    against: bool
    said: str


def lanes(timeline: Timeline, end: float, *, answer: str) -> list[Lane]:
    """Return each system's answers over time.

    Args:
        timeline: The answers.
        end: Length of the clip, in seconds.
        answer: The emotion that was answered, always among those that stand out.
    """
    named = _leading(timeline, answer)
    return [_lane(timeline, system, end or 1.0, named) for system in timeline.systems]


def bars(moments: Sequence[Moment], of: str, end: float) -> list[Bar]:
    """Return how much each moment of sound or of faces spoke for the answer.

    Args:
        moments: What moved the answer.
        of: "sound" or "faces".
        end: Length of the clip, in seconds.

    Returns:
        All to one scale, that of both; empty if it had no part in the answer.
    """
    most = most_moved(moments)
    return [
        Bar(
            left=_share(moment.start, end),
            width=_share(moment.end - moment.start, end),
            height=round(100 * abs(moved) / most, 2),
            against=moved < 0,
            said=f"{moment.start:.1f} to {moment.end:.1f} s: {100 * moved:+.1f} points",
        )
        for moment in moments
        if (moved := getattr(moment, of)) is not None
    ]


def most_moved(moments: Sequence[Moment]) -> float:
    """Return the most that sound or faces of a moment moved the answer, or 0.01.

    Bars are drawn to this scale: noise is not to look like news.
    """
    every = [getattr(m, of) or 0.0 for m in moments for of in ("sound", "faces")]
    return max([0.01, *map(abs, every)])


def ticks(end: float) -> list[tuple[float, str]]:
    """Return where times stand below an axis, and what they say."""
    step = next((s for s in STEPS if end / s <= MOST_TICKS), STEPS[-1])
    times = np.arange(0, end * (1 + 1e-9), step).tolist()
    return [(_share(time, end), _clock(time, end)) for time in times]


def _leading(timeline: Timeline, answer: str) -> tuple[str, ...]:
    """Return the few emotions that were likeliest over all, and the answer."""
    total = np.sum([p.mean(axis=0) for p in timeline.answers.values()], axis=0)
    order = [timeline.labels[place] for place in np.argsort(-total, kind="stable")]
    return tuple(dict.fromkeys([answer, *order]))[:NAMED]


def _lane(timeline: Timeline, system: str, end: float, named: Sequence[str]) -> Lane:
    time, answers = timeline.time[system], timeline.answers[system]
    last = dict(zip(timeline.labels, answers[-1].tolist(), strict=True))
    tops = _apart({label: 100 - 100 * last[label] for label in named})
    curves = [
        Curve(
            label=label,
            points=" ".join(
                f"{_share(t, end):g},{100 - 100 * p:.2f}"
                for t, p in zip(time, shares, strict=True)
            ),
            named=label in named,
            top=tops.get(label, 0.0),
            dot=(_share(time[0], end), 100 - 100 * float(shares[0]))
            if len(time) == 1
            else None,
        )
        for label, shares in zip(timeline.labels, answers.T, strict=True)
    ]
    told = timeline.ahead(system)
    ahead = [
        Stretch(
            label=label,
            left=_share(start, end),
            width=_share(stop - start, end),
        )
        for start, stop, label in told
    ]
    said = [f"{label} until {stop:.1f} s" for _, stop, label in told]
    more = [f"and {len(said) - 6} more changes"] if len(said) > 6 else []
    return Lane(
        system=system,
        curves=sorted(curves, key=lambda curve: curve.named),
        ahead=ahead,
        said=", ".join([*said[:6], *more]),
    )


def _apart(places: dict[str, float]) -> dict[str, float]:
    """Move names so far apart that each can be read, none of them out of the lane."""
    moved, floor = {}, 0.0
    for label in sorted(places, key=places.__getitem__):
        moved[label] = floor = max(places[label], floor)
        floor += APART
    ceiling = 100.0
    for label in reversed(moved):
        moved[label] = ceiling = min(moved[label], ceiling)
        ceiling -= APART
    return {label: round(top, 2) for label, top in moved.items()}


def _share(seconds: float, end: float) -> float:
    return round(100 * float(seconds) / (end or 1.0), 3)


def _clock(time: float, end: float) -> str:
    if end < 60:
        return f"{time:g} s"
    minutes, seconds = divmod(round(time), 60)
    if end < 3600:
        return f"{minutes}:{seconds:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
