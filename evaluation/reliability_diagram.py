"""Reliability diagrams: how often a system is right against how sure it is."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from evaluation.intervals import wilson
from evaluation.svg import COLOURS, FAINT, RULE, colour_of, mark, picture
from evaluation.systems import spoken

__all__ = ["reliability_diagram"]

WIDTH, HEIGHT = 2.6, 3.0
ENOUGH = 5  # predictions, for a bin to be drawn in full


def reliability_diagram(system: str, calibration: Mapping[str, Any]) -> str:
    """Draw the share that is right by confidence, and how many takes are so sure.

    Marks below the diagonal are overconfident (Guo et al. 2017, figure 1). Each bin
    has its Wilson interval over its takes; below stands how many of all are in it.

    Args:
        system: Its name.
        calibration: As `evaluation.calibration.calibration` returns it.
    """
    bins, colour = calibration["bins"], COLOURS[colour_of(system)]
    counts = np.array(bins["count"])
    title = f"Share of takes that {spoken(system)} has right, by its confidence"
    with picture(f"reliability-{system}", WIDTH, HEIGHT, title) as (figure, svg):
        axes = figure.add_axes([0.19, 0.39, 0.76, 0.575])
        axes.plot([0, 1], [0, 1], color=FAINT, lw=1, ls=(0, (3, 2)))
        for confidence, share, count in zip(
            bins["confidence"], bins["accuracy"], counts, strict=True
        ):
            if not count:
                continue
            low, high = wilson(share * count, count)
            sure = 1.0 if count >= ENOUGH else 0.3
            ends = axes.plot([confidence] * 2, [low, high], color=colour, lw=1.2)
            ends[0].set_alpha(0.6 * sure)
            mark(axes, confidence, share, system, ms=5, alpha=sure, clip_on=False)
        axes.grid(color=RULE, lw=0.6)
        _scale(axes)
        axes.set_xticklabels([])
        axes.set_ylabel("right", size=8, labelpad=2)
        below = figure.add_axes([0.19, 0.16, 0.76, 0.18])
        edges, share = np.array(bins["edges"]), counts / counts.sum()
        middles, width = (edges[:-1] + edges[1:]) / 2, np.diff(edges) * 0.9
        below.bar(middles, share, width, color=colour, alpha=0.38)
        _scale(below)
        top = max(0.1, np.ceil(share.max() * 10) / 10)
        below.set_ylim(0, top)
        below.set_yticks([top], [f"{100 * top:.0f} %"])
        below.set_ylabel("takes", size=8, labelpad=2)
        below.set_xlabel("confidence", size=8, labelpad=2)
    return svg[0]


def _scale(axes) -> None:
    """Let both axes go from 0 to 100 %."""
    ticks, names = [0, 0.25, 0.5, 0.75, 1], ["0", "", "50", "", "100 %"]
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xticks(ticks, names)
    axes.set_yticks(ticks, names)
    axes.tick_params(labelsize=7.5, labelcolor=FAINT, pad=2)
