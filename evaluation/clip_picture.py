"""A clip's answer in one picture: emotions over time, faces beneath, what moved it."""

import io
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from evaluation.svg import COLOURS, STYLE
from evaluation.systems import ordered_systems, spoken
from evaluation.timeline import Timeline

__all__ = ["clip_picture"]

WIDTH = 8.0  # in inches, as all below
LEFT, RIGHT = 0.75, 1.25
TITLE, CURVE, GAP, RIBBON = 0.26, 0.85, 0.05, 0.2  # of each system, from the top
HEAD, AXIS, FACE_TITLE, BARS, FOOT = 0.34, 0.42, 0.24, 0.5, 0.3
GREY, RULE, INK = "#5a6472", "#d8dde3", "#1a1f26"
SHOWN = 3  # emotions with a colour of their own, the likeliest ones
TONES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")  # Okabe and Ito 2008
BRANCHES = {"sound": "audio", "faces": "visual"}
LETTER = 0.075  # width of one in the ribbon


def clip_picture(
    title: str,
    *,
    timeline: Timeline | None,
    end: float,
    faces: bytes = b"",
    face_times: Sequence[float] = (),
    moments: Sequence[Any] = (),
    axis: str = "seconds",
    note: str = "",
) -> bytes:
    """Draw one clip's answer.

    Args:
        title: Clip and answer.
        timeline: The probabilities over time, by system; None without any.
        end: Length of the clip, in seconds.
        faces: A PNG of faces side by side, of equal squares; empty without any.
        face_times: When each of them was, in seconds.
        moments: What moved the answer: each with `start`, `end`, and `sound` and
            `faces`, by how much (or None).
        axis: What time stands for.
        note: What must be read with it, at the foot.

    Returns:
        A PNG.
    """
    import matplotlib
    from matplotlib.figure import Figure

    wide = WIDTH - LEFT - RIGHT
    systems = ordered_systems({"systems": timeline.answers}) if timeline else []
    lanes = [
        lane for lane in BRANCHES if any(getattr(m, lane) is not None for m in moments)
    ]
    side = min(wide / max(len(face_times), 1), 0.62)
    part = TITLE + CURVE + GAP + RIBBON
    notes = _lines(note, 110)
    height = (
        HEAD
        + part * len(systems)
        + (FACE_TITLE + side if faces else 0)
        + (TITLE + BARS) * len(lanes)
        + AXIS
        + FOOT * 0.55 * len(notes)
        + 0.1
    )
    look = {**STYLE, "text.color": INK, "axes.labelcolor": GREY, "axes.edgecolor": RULE}
    look |= {"xtick.labelcolor": GREY, "ytick.labelcolor": GREY, "grid.color": RULE}
    with matplotlib.rc_context(look):
        figure = Figure(figsize=(WIDTH, height), facecolor="white")

        def room(top: float, tall: float) -> Any:
            place = [
                LEFT / WIDTH,
                1 - (top + tall) / height,
                wide / WIDTH,
                tall / height,
            ]
            axes = figure.add_axes(place)
            axes.set_xlim(0, end or 1)
            axes.locator_params(axis="x", nbins=8)
            axes.tick_params(labelbottom=False, labelsize=8, pad=2)
            return axes

        figure.text(0.1 / WIDTH, 1 - 0.22 / height, title, size=10, weight="bold")
        top, last = HEAD, None
        tones = _tones(timeline) if timeline else {}
        for system in systems:
            _curves(room(top + TITLE, CURVE), timeline, system, tones)
            last = room(top + TITLE + CURVE + GAP, RIBBON)
            _ribbon(last, timeline, system, tones, wide / (end or 1))
            top += part
        if faces:
            last = room(top + FACE_TITLE, side)
            _faces(last, faces, face_times, end or 1, side / wide)
            top += FACE_TITLE + side
        moved = [abs(getattr(m, lane) or 0) for m in moments for lane in lanes]
        most = max([0.05, *moved])
        for lane in lanes:
            last = room(top + TITLE, BARS)
            _bars(last, moments, lane, most)
            top += TITLE + BARS
        if last is not None:
            last.tick_params(labelbottom=True)
            last.set_xlabel(axis, size=8, labelpad=1)
        for number, line in enumerate(reversed(notes)):
            figure.text(
                0.1 / WIDTH, (0.08 + 0.16 * number) / height, line, size=7, color=GREY
            )
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=150, metadata={"Software": None})
    return file.getvalue()


def _tones(timeline: Timeline) -> dict[str, str]:
    """Give the emotions that were likeliest over all a colour each."""
    total = np.sum([p.mean(axis=0) for p in timeline.answers.values()], axis=0)
    final = timeline.answers[timeline.systems[-1]]
    first = [timeline.labels[int(final.mean(axis=0).argmax())]]
    order = [timeline.labels[place] for place in np.argsort(-total)]
    chosen = list(dict.fromkeys([*first, *order]))[: SHOWN + 1]
    return dict(zip(chosen, TONES, strict=False))


def _curves(axes: Any, timeline: Timeline, system: str, tones: dict[str, str]) -> None:
    time, answers = timeline.time[system], timeline.answers[system]
    ends = []
    for label, shares in zip(timeline.labels, answers.T, strict=True):
        tone = tones.get(label)
        look = {"color": tone, "lw": 1.6} if tone else {"color": RULE, "lw": 0.9}
        alone = {"marker": ".", "ms": 5} if len(time) == 1 else {}
        axes.plot(time, shares, clip_on=False, zorder=3 if tone else 2, **look, **alone)
        if tone:
            ends.append((float(shares[-1]), label, tone))
    for place, (_y, label, tone) in zip(
        _apart([y for y, *_ in ends]), ends, strict=True
    ):
        axes.text(1.01, place, label, color=tone, size=8, va="center",
                  transform=axes.get_yaxis_transform())  # fmt: skip
    axes.set_title(spoken(system), size=9, pad=3)
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.5, 1], ["0", "", "100 %"])
    axes.grid(axis="y")


def _apart(places: Sequence[float]) -> list[float]:
    """Move words at these heights so far apart that they can be read."""
    least, order = 0.15, np.argsort(places, kind="stable")
    moved = np.array(places, float)
    for lower, upper in itertools.pairwise(order):
        moved[upper] = max(moved[upper], moved[lower] + least)
    moved[order[-1]] = min(moved[order[-1]], 1.0)
    for upper, lower in itertools.pairwise(order[::-1]):
        moved[lower] = min(moved[lower], moved[upper] - least)
    return moved.tolist()


def _ribbon(
    axes: Any, timeline: Timeline, system: str, tones: dict[str, str], inch: float
) -> None:
    for start, stop, label in timeline.ahead(system):
        tone = tones.get(label, RULE)
        axes.barh(
            0, stop - start, 1, left=start, align="edge", color=tone, alpha=0.35, lw=0
        )
        if (stop - start) * inch > LETTER * (len(label) + 1):
            axes.text(
                (start + stop) / 2, 0.46, label, size=7.5, ha="center", va="center"
            )
    _bare(axes)


def _faces(
    axes: Any, png: bytes, times: Sequence[float], end: float, share: float
) -> None:
    """Put each face where it was, as far as they do not cover one another."""
    from matplotlib.image import imread

    picture = imread(io.BytesIO(png))
    side = picture.shape[0]
    width = share * end
    free = -np.inf
    for place, time in enumerate(times):
        latest = end - width * (len(times) - place)
        left = max(min(time - width / 2, latest), free, 0)
        face = picture[:, place * side : (place + 1) * side]
        axes.imshow(face, extent=(left, left + width, 0, 1), aspect="auto", cmap="gray")
        free = left + width
    axes.set_title("faces that were found", size=9, pad=3)
    axes.set_xlim(0, end)
    _bare(axes)


def _bars(axes: Any, moments: Sequence[Any], lane: str, most: float) -> None:
    colour = COLOURS[BRANCHES[lane]]
    for moment in moments:
        moved = getattr(moment, lane)
        if moved is not None:
            wide = (moment.end - moment.start) * 0.94
            shade = 1.0 if moved >= 0 else 0.35
            axes.bar(moment.start, moved, wide, align="edge", color=colour, alpha=shade)
    axes.axhline(0, color=GREY, lw=0.7)
    axes.set_ylim(-1.05 * most, 1.05 * most)
    ticks = [0, most]
    axes.set_yticks(ticks, [f"{100 * tick:+.0f}" if tick else "0" for tick in ticks])
    title = f"how much each moment of {lane} spoke for the answer (points)"
    axes.set_title(title, size=9, pad=3)
    axes.spines["bottom"].set_visible(False)


def _bare(axes: Any) -> None:
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def _lines(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, width) if text else []
