"""The pictures of a run: systems side by side, recall by class, training curves."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evaluation.svg import (
    COLOURS,
    FAINT,
    INK,
    MARKERS,
    PAPER,
    RULE,
    chance_line,
    colour_of,
    inches,
    legend,
    mark,
    name_rows,
    percent_axis,
    picture,
)
from evaluation.systems import spoken

__all__ = [
    "COLOURS",
    "FAINT",
    "INK",
    "MARKERS",
    "PAPER",
    "RULE",
    "bars_by_class",
    "colour_of",
    "curves",
    "inches",
    "legend",
    "overview",
    "picture",
    "systems_by_class",
]


def overview(
    systems: Sequence[str],
    metrics: Mapping[str, Any],
    *,
    paper: Mapping[str, float],
    paper_name: str,
    ceilings: Mapping[str, float],
) -> str:
    """Draw every system's test accuracy with its interval, and what to hold it to."""
    names = [spoken(system) for system in systems]
    left = min(2.4, max(1.5, 0.3 + 0.062 * max(map(len, names))))
    width, height = 2.6 + left, 0.95 + 0.32 * len(systems)
    with picture("overview", width, height, "Test accuracy by system") as (figure, svg):
        axes = figure.add_axes(inches(figure, left=left, bottom=0.52, top=0.08))
        axes.grid(axis="x")
        for y, system in enumerate(systems):
            figures = metrics["systems"][system]["test"]["accuracy"]
            colour = COLOURS[colour_of(system)]
            axes.plot(figures["interval"], [y, y], color=colour, lw=1.6)
            mark(axes, figures["mean"], y, system)
            if system in ceilings:
                axes.plot(ceilings[system], y, "|", color=FAINT, ms=12, mew=1.8)
            if system in paper:
                axes.plot(paper[system], y - 0.3, "v", color=INK, ms=5, mew=0)
        keys = [chance_line(axes, metrics["chance"]["uniform"])]
        said = ["chance"]
        if set(paper) & set(systems):
            keys += axes.plot([], [], "v", color=INK, ms=5, mew=0)
            said.append(paper_name)
        if set(ceilings) & set(systems):
            keys += axes.plot([], [], "|", color=FAINT, ms=10, mew=1.8)
            said.append("oracle ceiling")
        legend(figure, keys, said)
        percent_axis(axes)
        name_rows(axes, names)
    return svg[0]


def bars_by_class(
    system: str, metrics: Mapping[str, Any], *, trained: Mapping[str, float | None]
) -> str:
    """Draw recall by class on the part a system learned from and on the test part.

    Args:
        system: Its name.
        metrics: Content of `metrics.json`.
        trained: Recall by label on the takes it learned from; may be empty.
    """
    labels = metrics["labels"]
    tested = metrics["systems"][system].get("test", {}).get("per_class_recall", {})
    colour = COLOURS[colour_of(system)]
    title = f"Recall of {spoken(system)} by class"
    with picture(f"bars-{system}", 3.7, 2.9, title) as (figure, svg):
        axes = figure.add_axes(inches(figure, left=0.8, bottom=0.5, top=0.04))
        kinds = [("trained on", trained, 0.38), ("test", tested, 1.0)]
        kinds = [kind for kind in kinds if kind[1]]
        keys, names = [], []
        for i, (name, recall, strength) in enumerate(kinds):
            y = np.arange(len(labels)) + 0.36 * (i - (len(kinds) - 1) / 2)
            values = [recall.get(label) for label in labels]
            widths = [0.0 if value is None else value for value in values]
            keys.append(axes.barh(y, widths, 0.34, color=colour, alpha=strength))
            names.append(name)
            for at, value in zip(y, values, strict=True):
                said = "none" if value is None else f"{100 * value:.0f}"
                axes.text(
                    (value or 0) + 0.012, at, said, va="center", size=7, color=FAINT
                )
        legend(figure, keys, names)
        percent_axis(axes, room=0.07)
        name_rows(axes, labels)
    return svg[0]


def systems_by_class(systems: Sequence[str], metrics: Mapping[str, Any]) -> str:
    """Draw the systems' test recall side by side for each class."""
    labels = metrics["labels"]
    title = "Test recall of the systems by class"
    height = 0.75 + 0.34 * len(labels)
    with picture("by-class", 4.1, height, title) as (figure, svg):
        axes = figure.add_axes(inches(figure, left=0.85, bottom=0.52, top=0.08))
        axes.grid(axis="x")
        lanes = np.linspace(-0.2, 0.2, len(systems)) if len(systems) > 1 else [0.0]
        keys = []
        for lane, system in zip(lanes, systems, strict=True):
            recall = metrics["systems"][system]["test"]["per_class_recall"]
            shares = [np.nan if recall[x] is None else recall[x] for x in labels]
            keys.append(mark(axes, shares, np.arange(len(labels)) + lane, system, ms=6))
        for y in range(len(labels) - 1):
            axes.axhline(y + 0.5, color=RULE, lw=0.6)
        legend(figure, keys, [spoken(system) for system in systems])
        percent_axis(axes)
        name_rows(axes, labels)
    return svg[0]


def curves(system: str, histories: Mapping[int, pd.DataFrame]) -> str:
    """Draw accuracy and loss by epoch, one thin line a seed.

    Args:
        system: Its name.
        histories: Columns epoch, loss, accuracy and, where there was a validation
            part, val_loss and val_accuracy; by seed.
    """
    colour = COLOURS[colour_of(system)]
    title = f"Training of {spoken(system)}: accuracy and loss by epoch"
    with picture(f"curves-{system}", 3.7, 2.0, title) as (figure, svg):
        spots = ([0.12, 0.3, 0.37, 0.58], [0.605, 0.3, 0.37, 0.58])
        for spot, name in zip(spots, ("accuracy", "loss"), strict=True):
            axes = figure.add_axes(spot)
            axes.grid(axis="y")
            for history in histories.values():
                for column, line in (
                    (name, {"color": FAINT, "lw": 0.9, "ls": (0, (2, 1.5))}),
                    (f"val_{name}", {"color": colour, "lw": 1.2}),
                ):
                    if column in history:
                        axes.plot(history["epoch"], history[column], **line)
                _mark_best(axes, history, f"val_{name}", colour)
            axes.set_title(name)
            axes.set_xlabel("epoch", size=8, labelpad=1)
            axes.tick_params(labelsize=8, labelcolor=FAINT, pad=2)
            axes.locator_params(axis="x", integer=True, nbins=4)
            if name == "accuracy":
                axes.set_ylim(0, 1.03)
                axes.set_yticks([0, 0.5, 1], ["0", "50", "100 %"])
            else:
                axes.set_ylim(bottom=0)
                axes.locator_params(axis="y", nbins=4)
        keys = [
            axes.plot([], [], color=FAINT, lw=0.9, ls=(0, (2, 1.5)))[0],
            axes.plot([], [], color=colour, lw=1.2)[0],
        ]
        legend(figure, keys, ["training", "validation"])
    return svg[0]


def _mark_best(axes, history: pd.DataFrame, column: str, colour: str) -> None:
    """Mark the epoch whose weights were kept: the least validation loss."""
    if column not in history or history.get("val_loss", pd.Series()).isna().all():
        return
    best = history.loc[history["val_loss"].idxmin()]
    axes.plot(best["epoch"], best[column], "o", color=colour, ms=3.5)
