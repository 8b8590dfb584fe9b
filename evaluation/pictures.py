"""The report's pictures, as SVG that takes its colours and its font from the page.

matplotlib draws them in the light theme's colours; each colour is then replaced by
the page's CSS variable of the same meaning, so that one file serves light, dark and
paper. No picture holds an address, a script or a raster.
"""

import html
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["bars_by_class", "colour_of", "curves", "overview", "systems_by_class"]

# Okabe & Ito 2008 (safe for the colour blind), the purple darkened for white paper.
# The template's style sheet names each of them, with a lighter one for dark pages.
COLOURS = {
    "audio": "#0072b2",
    "visual": "#d55e00",
    "stacked": "#009e73",
    "mean": "#aa4499",
    "other": "#6b7280",
}
INK, FAINT, RULE, PAPER = "#010101", "#020202", "#030303", "#040404"
VARIABLES = {
    INK: "currentColor",
    FAINT: "var(--muted)",
    RULE: "var(--rule)",
    PAPER: "var(--paper)",
    **{colour: f"var(--{name})" for name, colour in COLOURS.items()},
}
MARKERS = {"audio": "o", "visual": "s", "stacked": "D", "mean": "^", "other": "v"}

STYLE = {
    "svg.fonttype": "none",  # text stays text: selectable, small, in the page's font
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": FAINT,
    "axes.edgecolor": RULE,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": FAINT,
    "ytick.labelcolor": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "legend.handlelength": 1.2,
}


def colour_of(system: str) -> str:
    """Return which of `COLOURS` a system has (a key); kin share one."""
    kin = system.removesuffix("_base_stack")
    return kin if kin in COLOURS else "other"


def overview(
    systems: Sequence[str],
    metrics: Mapping[str, Any],
    *,
    paper: Mapping[str, float],
    paper_name: str,
    ceilings: Mapping[str, float],
) -> str:
    """Draw every system's test accuracy with its interval, and what to hold it to."""
    height = 0.95 + 0.32 * len(systems)
    with _picture("overview", 4.1, height, "Test accuracy by system") as (figure, svg):
        axes = figure.add_axes(_inches(figure, left=1.5, bottom=0.52, top=0.08))
        axes.grid(axis="x")
        for y, system in enumerate(systems):
            figures = metrics["systems"][system]["test"]["accuracy"]
            colour = COLOURS[colour_of(system)]
            hollow = system.endswith("_base_stack")
            axes.plot(figures["interval"], [y, y], color=colour, lw=1.6)
            axes.plot(
                figures["mean"],
                y,
                MARKERS[colour_of(system)],
                color=colour,
                markerfacecolor=PAPER if hollow else colour,
                ms=6.5,
            )
            if system in ceilings:
                axes.plot(ceilings[system], y, "|", color=FAINT, ms=12, mew=1.8)
            if system in paper:
                axes.plot(paper[system], y - 0.3, "v", color=INK, ms=5, mew=0)
        chance = metrics["chance"]["uniform"]
        axes.axvline(chance, color=FAINT, lw=1, ls=(0, (3, 2)))
        keys = [axes.plot([], [], color=FAINT, lw=1, ls=(0, (3, 2)))[0]]
        names = ["chance"]
        if set(paper) & set(systems):
            keys += axes.plot([], [], "v", color=INK, ms=5, mew=0)
            names.append(paper_name)
        if set(ceilings) & set(systems):
            keys += axes.plot([], [], "|", color=FAINT, ms=10, mew=1.8)
            names.append("oracle ceiling")
        _legend(figure, keys, names)
        _percent_axis(axes)
        _rows(axes, [_spoken(system) for system in systems])
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
    title = f"Recall of {_spoken(system)} by class"
    with _picture(f"bars-{system}", 3.7, 2.9, title) as (figure, svg):
        axes = figure.add_axes(_inches(figure, left=0.8, bottom=0.5, top=0.04))
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
        _legend(figure, keys, names)
        _percent_axis(axes, room=0.07)
        _rows(axes, labels)
    return svg[0]


def systems_by_class(systems: Sequence[str], metrics: Mapping[str, Any]) -> str:
    """Draw the systems' test recall side by side for each class."""
    labels = metrics["labels"]
    title = "Test recall of the systems by class"
    height = 0.75 + 0.34 * len(labels)
    with _picture("by-class", 4.1, height, title) as (figure, svg):
        axes = figure.add_axes(_inches(figure, left=0.85, bottom=0.52, top=0.08))
        axes.grid(axis="x")
        lanes = np.linspace(-0.2, 0.2, len(systems)) if len(systems) > 1 else [0.0]
        keys = []
        for lane, system in zip(lanes, systems, strict=True):
            recall = metrics["systems"][system]["test"]["per_class_recall"]
            keys += axes.plot(
                [np.nan if recall[x] is None else recall[x] for x in labels],
                np.arange(len(labels)) + lane,
                MARKERS[colour_of(system)],
                color=COLOURS[colour_of(system)],
                ms=6,
            )
        for y in range(len(labels) - 1):
            axes.axhline(y + 0.5, color=RULE, lw=0.6)
        _legend(figure, keys, [_spoken(system) for system in systems])
        _percent_axis(axes)
        _rows(axes, labels)
    return svg[0]


def curves(system: str, histories: Mapping[int, pd.DataFrame]) -> str:
    """Draw accuracy and loss by epoch, one thin line a seed.

    Args:
        system: Its name.
        histories: Columns epoch, loss, accuracy and, where there was a validation
            part, val_loss and val_accuracy; by seed.
    """
    colour = COLOURS[colour_of(system)]
    title = f"Training of {_spoken(system)}: accuracy and loss by epoch"
    with _picture(f"curves-{system}", 3.7, 2.0, title) as (figure, svg):
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
        _legend(figure, keys, ["training", "validation"])
    return svg[0]


def _mark_best(axes, history: pd.DataFrame, column: str, colour: str) -> None:
    """Mark the epoch whose weights were kept: the least validation loss."""
    if column not in history or history.get("val_loss", pd.Series()).isna().all():
        return
    best = history.loc[history["val_loss"].idxmin()]
    axes.plot(best["epoch"], best[column], "o", color=colour, ms=3.5)


def _rows(axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)


def _percent_axis(axes, *, room: float = 0.0) -> None:
    axes.set_xlim(-0.005, 1.015 + room)
    axes.spines["bottom"].set_bounds(0, 1)
    axes.set_xticks(np.linspace(0, 1, 6), ["0", "20", "40", "60", "80", "100 %"])


def _legend(figure, keys, names) -> None:
    figure.legend(
        keys,
        names,
        loc="lower center",
        ncols=len(names),
        borderaxespad=0.15,
        columnspacing=1.4,
        handletextpad=0.5,
        labelcolor=FAINT,
    )


def _inches(figure, *, left: float, bottom: float, top: float) -> list[float]:
    """Margins in inches as the fractions that `add_axes` takes."""
    width, height = figure.get_size_inches()
    right = 0.2
    return [
        left / width,
        bottom / height,
        (width - left - right) / width,
        (height - bottom - top) / height,
    ]


def _spoken(system: str) -> str:
    return system.replace("_base_stack", ", base + stack")


@contextmanager
def _picture(
    name: str, width: float, height: float, title: str
) -> Iterator[tuple[Any, list[str]]]:
    """Give a figure to draw on (inches); its SVG is in the list afterwards."""
    import matplotlib
    from matplotlib.figure import Figure

    # The salt keeps ids apart between pictures of one page, and the same in reruns.
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": name}):
        figure, svg = Figure(figsize=(width, height)), []
        yield figure, svg
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    svg.append(_themed(file.getvalue(), title, width))


def _themed(text: str, title: str, width: float) -> str:
    """Make matplotlib's SVG file a part of the page."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"font: ([\d.]+)px[^;\"]*", r"font-size: \1px", text)
    text = re.sub(r"font-family: [^;\"]*;? ?", "", text)
    text = re.sub(r'<g id="[^"]*"', "<g", text)  # the same in every picture
    for colour, variable in VARIABLES.items():
        text = re.sub(colour, variable, text, flags=re.IGNORECASE)
    box = re.search(r'viewBox="[^"]*"', text).group()
    said = html.escape(title, quote=True)
    # 1 inch is 96 CSS pixels; a picture may grow a little, and shrinks to its column.
    opening = (
        f'<svg class="picture" {box} role="img" aria-label="{said}" '
        f'style="max-width: {width * 96 * 1.3:.0f}px">'
    )
    return re.sub(r"<svg[^>]*>", lambda _: opening, text, count=1)
