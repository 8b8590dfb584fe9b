"""What systems said as a take went on: read, summed up and drawn."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evaluation.contact_sheet import EXHIBITS, read_numbers
from evaluation.prediction_rules import P
from evaluation.svg import COLOURS, FAINT, INK, RULE, colour_of, picture
from evaluation.systems import ordered_systems, spoken

__all__ = ["LEFT", "RIGHT", "Timeline", "read_timelines"]

WIDTH = 4.4  # of a picture, in inches, as all below
LEFT, RIGHT = 0.4, 0.08  # beside the time axis
TITLE, CURVE, GAP, RIBBON = 0.21, 0.6, 0.05, 0.17  # of each system, from the top
AXIS = 0.34
LETTER = 0.062  # width of one in the ribbon


@dataclasses.dataclass(frozen=True)
class Timeline:
    """The answers of systems to ever longer beginnings of one take.

    Attributes:
        take: Its id.
        labels: The emotions, in the order of the columns.
        time: By system, shape (n,): when each beginning ends, in seconds.
        answers: By system, shape (n, labels): probabilities; the last row is of the
            whole take.
    """

    take: str
    labels: tuple[str, ...]
    time: dict[str, np.ndarray]
    answers: dict[str, np.ndarray]

    @property
    def systems(self) -> list[str]:
        """The systems, in the order that they are shown in."""
        return list(self.answers)

    @property
    def end(self) -> float:
        """Length of the take, in seconds."""
        return float(max(time[-1] for time in self.time.values()))

    def ahead(self, system: str) -> list[tuple[float, float, str]]:
        """Return which emotion was the most probable from when to when.

        A change is half way between two beginnings.
        """
        time, leads = self.time[system], self.answers[system].argmax(axis=1)
        changes = np.flatnonzero(np.diff(leads)) + 1
        at = [float(time[0]), *((time[changes - 1] + time[changes]) / 2)]
        ends = [*at[1:], float(time[-1])]
        named = [self.labels[lead] for lead in leads[[0, *changes]]]
        return [
            (float(start), float(stop), label)
            for start, stop, label in zip(at, ends, named, strict=True)
        ]

    def settled(self, system: str, emotion: str) -> float | None:
        """Return from when on an emotion was ahead for good, in seconds; or None."""
        start, _stop, label = self.ahead(system)[-1]
        return start if label == emotion else None

    def draw(self, true: str) -> str:
        """Draw each system's probabilities by time, and below them who was ahead.

        Args:
            true: The take's emotion; its curve and times are in the system's colour.
        """
        part = TITLE + CURVE + GAP + RIBBON
        height = part * len(self.systems) + AXIS
        with picture(f"take-{self.take}", WIDTH, height, self.said(true)) as drawn:
            figure, svg = drawn
            for place, system in enumerate(self.systems):
                top = place * part + TITLE
                axes = figure.add_axes(_spot(height, top, CURVE))
                self._curves(axes, system, true)
                ribbon = figure.add_axes(_spot(height, top + CURVE + GAP, RIBBON))
                self._ribbon(ribbon, system, true)
                last = place == len(self.systems) - 1
                for one in (axes, ribbon):
                    one.set_xlim(0, self.end)
                    one.locator_params(axis="x", nbins=6)
                    labelled = last and one is ribbon
                    one.tick_params(labelbottom=labelled, labelsize=7.5, pad=2)
                if last:
                    ribbon.tick_params(axis="x", labelcolor=FAINT)
                    ribbon.set_xlabel("seconds heard or seen", size=7.5, labelpad=1)
        return svg[0]

    def said(self, true: str) -> str:
        """Say the picture in words."""
        told = [f"Answers over time for take {self.take}, which is {true}."]
        for system in self.systems:
            stretches = [
                f"{label} until {stop:.1f} s" for _, stop, label in self.ahead(system)
            ]
            shown = stretches[:6] + ["and so on"] * (len(stretches) > 6)
            told.append(f"{spoken(system).capitalize()}: {', '.join(shown)}.")
        return " ".join(told)

    def _curves(self, axes: Any, system: str, true: str) -> None:
        answers, colour = self.answers[system], COLOURS[colour_of(system)]
        finally_ = self.labels[int(answers[-1].argmax())]
        for label, shares in zip(self.labels, answers.T, strict=True):
            if label == true:
                look = {"color": colour, "lw": 2, "zorder": 3}
            elif label == finally_:
                look = {"color": INK, "lw": 1.3, "ls": (0, (3, 1.5)), "zorder": 2.5}
            else:
                look = {"color": FAINT, "lw": 0.8, "alpha": 0.5}
            alone = {"marker": ".", "ms": 4} if len(shares) == 1 else {}
            axes.plot(self.time[system], shares, clip_on=False, **look, **alone)
        axes.set_title(spoken(system), size=8.5, pad=3)
        axes.set_ylim(0, 1)
        axes.set_yticks([0, 0.5, 1], ["0", "", "100 %"])
        axes.tick_params(axis="y", labelsize=7.5, labelcolor=FAINT, pad=2)
        axes.grid(axis="y")

    def _ribbon(self, axes: Any, system: str, true: str) -> None:
        colour = COLOURS[colour_of(system)]
        inch = (WIDTH - LEFT - RIGHT) / self.end if self.end else 0
        for start, stop, label in self.ahead(system):
            right = label == true
            axes.barh(
                0,
                stop - start,
                1,
                left=start,
                align="edge",
                color=colour if right else RULE,
                alpha=0.38 if right else 1,
                lw=0,
            )
            if (stop - start) * inch > LETTER * (len(label) + 1):
                middle = (start + stop) / 2
                axes.text(middle, 0.46, label, size=7, ha="center", va="center")
        axes.set_ylim(0, 1)
        axes.set_yticks([])
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)


def read_timelines(run: Path, labels: Sequence[str]) -> dict[str, Timeline]:
    """Read the answers over time of a run's chosen takes, by take.

    Args:
        run: The run folder, `exhibits/timeline.csv` in it; without it there are none.
        labels: The emotions.

    Raises:
        Problem: If the table is damaged.
    """
    path = run / EXHIBITS / "timeline.csv"
    if not path.is_file():
        return {}
    columns = [f"{P}{label}" for label in labels]
    table = read_numbers(path, ("take", "system"), ("time", *columns))
    return {
        take: _timeline(take, rows, columns)
        for take, rows in table.groupby("take", sort=False)
    }


def _timeline(take: str, rows: pd.DataFrame, columns: Sequence[str]) -> Timeline:
    systems = ordered_systems({"systems": dict.fromkeys(rows["system"])})
    by_system = {
        system: rows[rows["system"] == system].sort_values("time") for system in systems
    }
    return Timeline(
        take,
        tuple(column.removeprefix(P) for column in columns),
        {name: some["time"].to_numpy() for name, some in by_system.items()},
        {name: some[list(columns)].to_numpy() for name, some in by_system.items()},
    )


def _spot(height: float, top: float, tall: float) -> list[float]:
    """Return a place as the fractions that `add_axes` takes."""
    wide = WIDTH - LEFT - RIGHT
    return [LEFT / WIDTH, 1 - (top + tall) / height, wide / WIDTH, tall / height]
