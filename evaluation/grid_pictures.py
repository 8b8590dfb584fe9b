"""The picture of an ablation: what a system's accuracy costs."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.svg import COLOURS, FAINT, INK, MARKERS, PAPER, inches, legend, picture

__all__ = ["accuracy_by_cost", "family"]

WIDTH, HEIGHT = 5.0, 4.0
KINDS = ("audio", "visual", "stacked", "mean")

# Shares of the picture's width, and of accuracy.
KIND_APART, MARK_APART, NUMBER_WIDTH, NUMBER_HEIGHT = 0.022, 0.016, 0.055, 0.032
LEAST_DECADES = 0.8  # systems of nearly the same cost must not seem far apart


def family(row: Mapping[str, Any]) -> str:
    """Return what a system is: "audio", "visual", "stacked" or "mean"."""
    if row["kind"] != "single":
        return row["kind"]
    return "audio" if row["audio"] else "visual"


def accuracy_by_cost(
    protocol: str, rows: Sequence[Mapping[str, Any]], *, chance: float
) -> str:
    """Draw test accuracy against seconds a take, a mark a system.

    Of systems that differ in their heads alone, and so cost the same, the best has its
    interval; the others are small. Ranks stand where there is room. A hollow mark
    costs at least this: part of it was made elsewhere. What is all made elsewhere
    stands at the left edge. Marks of one cost stand side by side.

    Args:
        protocol: Under which they were tested.
        rows: Of `evaluation.grid.rank_systems`, those of that protocol, best first.
        chance: Accuracy of guessing.
    """
    rows = [row for row in rows if row["accuracy"] is not None]
    places, span, unknown = _places(rows)
    title = f"Test accuracy against seconds a take, protocol {protocol}"
    with picture(f"cost-{protocol}", WIDTH, HEIGHT, title) as (figure, svg):
        axes = figure.add_axes(inches(figure, left=0.55, bottom=0.76, top=0.1))
        axes.grid(axis="y")
        leading: dict[tuple, tuple[float, float, str]] = {}
        for row, x in zip(rows, places, strict=True):
            kind, y = family(row), row["accuracy"]
            colour, marker = COLOURS[kind], MARKERS[kind]
            like = (kind, row["audio"], row["visual"])
            if like in leading:
                x = leading[like][0]
                axes.plot(x, y, marker, color=colour, ms=3, alpha=0.45, mew=0)
                continue
            leading[like] = (x, y, str(row["rank"] or ""))
            ends = [row["accuracy_low"], row["accuracy_high"]]
            axes.plot([x, x], ends, color=colour, lw=1, alpha=0.55)
            fill = PAPER if row["seconds_a_take"] is None else colour
            axes.plot(x, y, marker, color=colour, markerfacecolor=fill, ms=6)
        _write_ranks(axes, list(leading.values()), span[1] - span[0])
        axes.axhline(chance, color=FAINT, lw=1, ls=(0, (3, 2)))
        _set_axes(axes, rows, span, unknown, chance)
        there = [kind for kind in KINDS if any(family(row) == kind for row in rows)]
        keys = [
            axes.plot([], [], MARKERS[kind], color=COLOURS[kind], ms=6)[0]
            for kind in there
        ]
        keys.append(axes.plot([], [], color=FAINT, lw=1, ls=(0, (3, 2)))[0])
        legend(figure, keys, [*there, "chance"])
    return svg[0]


def _places(
    rows: Sequence[Mapping[str, Any]],
) -> tuple[list[float], tuple[float, float], float | None]:
    """Return where marks stand, in decades; the axis' ends; where unknown costs are."""
    known = [math.log10(s) for row in rows if (s := row["seconds_at_least"])]
    first, last = min(known, default=0.0), max(known, default=0.0)
    more = max(0.0, LEAST_DECADES - (last - first)) / 2
    first, last = first - more, last + more
    wide, unknown = last - first, None
    if len(known) < len(rows):
        unknown = first - 0.22 * wide
        first = unknown
    places: list[float] = []
    taken: dict[str, list[float]] = {}
    seen: set[tuple] = set()
    for row in rows:
        seconds, kind = row["seconds_at_least"], family(row)
        x = math.log10(seconds) if seconds else unknown
        x += wide * KIND_APART * (KINDS.index(kind) - 1.5)
        like = (kind, row["audio"], row["visual"])
        if like not in seen:
            seen.add(like)
            others = taken.setdefault(kind, [])
            while any(abs(x - other) < wide * MARK_APART * 0.99 for other in others):
                x += wide * MARK_APART
            others.append(x)
        places.append(x)
    edge = 0.1 * wide
    return places, (min([first, *places]) - edge, max([last, *places]) + edge), unknown


def _write_ranks(axes, marks: Sequence[tuple[float, float, str]], width: float) -> None:
    """Write ranks beside their marks, none over a mark or a rank, the best first."""
    written: list[tuple[float, float]] = []
    wide, high = NUMBER_WIDTH * width, NUMBER_HEIGHT
    for x, y, rank in marks:
        # Where its middle would be, to the right or above; and by how many points.
        for right, up, offset, ha in (
            (0.6 * wide, 0.0, (5.5, 0), "left"),
            (0.0, high, (0, 8), "center"),
        ):
            at, on = x + right, y + up
            near = [(a, b) for a, b, _ in marks if (a, b) != (x, y)]
            if any(abs(a - at) < 0.5 * wide and abs(b - on) < high for a, b in near):
                continue
            if any(abs(a - at) < wide and abs(b - on) < high for a, b in written):
                continue
            written.append((at, on))
            axes.annotate(
                rank,
                (x, y),
                offset,
                textcoords="offset points",
                ha=ha,
                va="center",
                size=7.5,
                color=INK,
            )
            break


def _set_axes(axes, rows, span, unknown: float | None, chance: float) -> None:
    low = min(row["accuracy_low"] for row in rows)
    high = max(row["accuracy_high"] for row in rows)
    ticks = [tick / 10 for tick in range(11)]
    axes.set_yticks(ticks, [f"{round(100 * tick)} %" for tick in ticks])
    axes.set_ylim(max(0.0, min(low, chance) - 0.05), min(1.01, high + 0.05))
    axes.tick_params(axis="y", labelcolor=FAINT)
    axes.set_xlim(*span)
    start = span[0] if unknown is None else unknown + 0.08 * (span[1] - span[0])
    room = 0.0 if unknown is None else 0.04 * (span[1] - span[0])
    marks = [
        (mantissa * 10.0**exponent, mantissa)
        for exponent in range(-6, 6)
        for mantissa in (1, 2, 5)
    ]
    inside = [(s, m) for s, m in marks if start + room <= math.log10(s) <= span[1]]
    if len(inside) > 9:
        inside = [(s, m) for s, m in inside if m == 1]
    at = [math.log10(seconds) for seconds, _ in inside]
    names = [f"{seconds:g}" for seconds, _ in inside]
    if unknown is not None:
        at, names = [unknown, *at], ["not known", *names]
        axes.axvline(start, color=FAINT, lw=0.6)
    axes.set_xticks(at, names)
    axes.set_xlabel("seconds a take, log scale", size=8.5, labelpad=3)
