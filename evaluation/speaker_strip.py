"""The picture of speakers: one mark a speaker and system, in a strip a system."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evaluation.svg import (
    COLOURS,
    FAINT,
    INK,
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

__all__ = ["speaker_strip"]

LANE = 0.5  # of a row's height, in which speakers of equal accuracy are put apart
CENTRED = {"ha": "center", "va": "center"}
NEAR = 0.025  # of accuracy: closer marks would hide one another


def speaker_strip(systems: Sequence[str], metrics: Mapping[str, Any]) -> str:
    """Draw every speaker's accuracy, and the interval for other speakers.

    Args:
        systems: Those to draw, from the top; each has results by speaker.
        metrics: Content of `metrics.json`.
    """
    width, height = 4.6, 0.8 + 0.62 * len(systems)
    title = "Test accuracy by speaker, a strip a system"
    with picture("speakers", width, height, title) as (figure, svg):
        axes = figure.add_axes(inches(figure, left=1.5, bottom=0.52, top=0.12))
        axes.grid(axis="x")
        for y, system in enumerate(systems):
            rows = [
                row
                for row in metrics["groups"]
                if row["system"] == system and row["column"] == "speaker"
            ]
            rows.sort(key=lambda row: row["accuracy"])
            shares = np.array([row["accuracy"] for row in rows])
            mark(axes, shares, y + _lanes(shares), system, ms=4, alpha=0.75)
            for row in (rows[0], rows[-1]):
                at = (row["accuracy"], y - 0.38)
                axes.text(*at, row["value"], size=6.5, color=FAINT, **CENTRED)
            test = metrics["systems"][system]["test"]
            axes.plot([test["accuracy"]["mean"]] * 2, [y - 0.3, y + 0.3], color=INK)
            if interval := test["speakers"]["interval"]:
                colour = COLOURS[colour_of(system)]
                axes.plot(interval, [y + 0.36] * 2, color=colour, lw=2.2)
            if y:
                axes.axhline(y - 0.5, color=RULE, lw=0.6)
        chance = chance_line(axes, metrics["chance"]["uniform"])
        mean = axes.plot([], [], "|", color=INK, ms=9, mew=1.5)[0]
        spread = axes.plot([], [], color=FAINT, lw=2.2)[0]
        legend(figure, [chance, mean, spread], ["chance", "all", "other speakers"])
        percent_axis(axes)
        name_rows(axes, [spoken(system) for system in systems])
    return svg[0]


def _lanes(shares: np.ndarray) -> np.ndarray:
    """Put marks that would hide one another side by side, about the row's middle."""
    at = np.zeros(len(shares))
    start = 0
    for end in range(1, len(shares) + 1):
        if end < len(shares) and shares[end] - shares[end - 1] < NEAR:
            continue
        many = end - start
        if many > 1:
            order = np.arange(many)
            lanes = np.linspace(-LANE / 2, LANE / 2, min(many, 4))
            at[start:end] = lanes[order % len(lanes)]
        start = end
    return at
