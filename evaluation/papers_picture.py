"""The picture of several papers: each figure of theirs, and ours on the same line."""

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

__all__ = ["figures_and_ours"]


def figures_and_ours(rows: Sequence[Mapping[str, Any]]) -> str:
    """Draw accuracies with their intervals beside the papers' figures.

    Args:
        rows: Of `papers.csv`: paper, recipe, system, figure, accuracy, low, high and
            chance; those of a recipe one after another.
    """
    names = [spoken(row["system"]) for row in rows]
    heads = [_head(row) for row in rows]
    longest = max(map(len, (*names, *heads)))
    left = min(2.9, max(1.4, 0.3 + 0.068 * longest))
    height = 0.8 + 0.24 * len(rows) + 0.27 * len(set(heads))
    title = "The papers' figures and ours, by recipe and system"
    with picture("papers", 2.9 + left, height, title) as (figure, svg):
        axes = figure.add_axes(inches(figure, left=left, bottom=0.52, top=0.05))
        axes.grid(axis="x")
        y, ticks = 0.0, []
        for at, row in enumerate(rows):
            if not at or heads[at] != heads[at - 1]:
                if at:
                    axes.axhline(y - 0.5, color=RULE, lw=0.6)
                axes.annotate(
                    heads[at],
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
            _draw(axes, row, y)
            ticks.append(y)
            y += 1
        axes.set_yticks(ticks, names)
        axes.tick_params(axis="y", labelcolor=FAINT)
        axes.set_ylim(y - 0.4, -0.4)
        axes.spines["left"].set_visible(False)
        keys = [
            axes.plot([], [], "o", color=FAINT, ms=5.5)[0],
            axes.plot([], [], "v", color=INK, ms=5, mew=0)[0],
            axes.plot([], [], "|", color=FAINT, ms=9, mew=1.2)[0],
        ]
        legend(figure, keys, ["ours", "the paper", "chance"])
        percent_axis(axes)
    return svg[0]


def _head(row: Mapping[str, Any]) -> str:
    return f"{row['paper']}, {row['recipe']}"


def _draw(axes: Any, row: Mapping[str, Any], y: float) -> None:
    system = row["system"]
    if row["accuracy"] is not None:
        ends = [row["low"], row["high"]]
        axes.plot(ends, [y, y], color=COLOURS[colour_of(system)], lw=1.6)
        mark(axes, row["accuracy"], y, system, ms=5.5)
        axes.plot(row["chance"], y, "|", color=FAINT, ms=9, mew=1.2)
    if row["figure"] is not None:
        axes.plot(row["figure"], y - 0.3, "v", color=INK, ms=5, mew=0)
