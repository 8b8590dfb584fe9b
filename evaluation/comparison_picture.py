"""The picture of a comparison: each system's accuracy in each run, in one column."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.svg import (
    COLOURS,
    FAINT,
    INK,
    RULE,
    colour_of,
    inches,
    legend,
    mark,
    percent_axis,
    picture,
)
from evaluation.systems import spoken

__all__ = ["side_by_side"]

LONGEST = 34  # letters of a run's name


def side_by_side(rows: Sequence[Mapping[str, Any]]) -> str:
    """Draw accuracies with their intervals, the runs of one system together.

    Args:
        rows: Of `comparison.csv`: system, run, accuracy, accuracy_low, accuracy_high
            and chance; those of a system one after another.
    """
    names = [_shortened(row["run"]) for row in rows]
    systems = list(dict.fromkeys(row["system"] for row in rows))
    longest = max(len(name) for name in (*names, *map(spoken, systems)))
    left = min(2.8, max(1.3, 0.35 + 0.07 * longest))
    height = 0.8 + 0.24 * len(rows) + 0.25 * len(systems)
    title = "Test accuracy of each system in each run"
    with picture("comparison", 2.9 + left, height, title) as (figure, svg):
        axes = figure.add_axes(inches(figure, left=left, bottom=0.52, top=0.05))
        axes.grid(axis="x")
        y, ticks = 0.0, []
        for at, row in enumerate(rows):
            system = row["system"]
            if not at or system != rows[at - 1]["system"]:
                if at:
                    axes.axhline(y - 0.5, color=RULE, lw=0.6)
                axes.annotate(
                    spoken(system),
                    (0, y + 0.05),
                    (-6, 0),
                    xycoords=("axes fraction", "data"),
                    textcoords="offset points",
                    ha="right",
                    va="center",
                    weight="bold",
                    color=INK,
                )
                y += 1.05
            ends = [row["accuracy_low"], row["accuracy_high"]]
            axes.plot(ends, [y, y], color=COLOURS[colour_of(system)], lw=1.6)
            mark(axes, row["accuracy"], y, system, ms=5.5)
            axes.plot(row["chance"], y, "|", color=FAINT, ms=9, mew=1.2)
            ticks.append(y)
            y += 1
        axes.set_yticks(ticks, names)
        axes.tick_params(axis="y", labelcolor=FAINT)
        axes.set_ylim(y - 0.4, -0.4)
        axes.spines["left"].set_visible(False)
        chance = axes.plot([], [], "|", color=FAINT, ms=9, mew=1.2)[0]
        legend(figure, [chance], ["chance"])
        percent_axis(axes)
    return svg[0]


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST else f"\u2026{name[1 - LONGEST :]}"
