"""Drawings that are a part of a page: SVG in the page's own colours and font.

matplotlib draws in the light theme's colours; each colour is then replaced by the
page's CSS variable of the same meaning, so that one file serves light, dark and paper.
No drawing holds an address, a script or a raster.
"""

import html
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from evaluation.systems import kind_of, trained_on

__all__ = [
    "COLOURS",
    "FAINT",
    "INK",
    "MARKERS",
    "PAPER",
    "RULE",
    "chance_line",
    "colour_of",
    "inches",
    "legend",
    "mark",
    "name_rows",
    "percent_axis",
    "picture",
]

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
MARKERS = {"audio": "o", "visual": "s", "stacked": "D", "mean": "^", "other": "X"}

STYLE = {
    "svg.fonttype": "none",  # text stays text: selectable, small, in the page's font
    "font.size": 9,
    "text.parse_math": False,  # a dollar in a name is a dollar
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
    return kind_of(system)


def mark(axes, x: float, y: float, system: str, **changes) -> Any:
    """Draw a system's mark; hollow if it learned from base and stack part alike."""
    colour = COLOURS[colour_of(system)]
    hollow = len(trained_on(system)) > 1
    look = {
        "color": colour,
        "markerfacecolor": PAPER if hollow else colour,
        "ms": 6.5,
        "ls": "",
    }
    return axes.plot(x, y, MARKERS[colour_of(system)], **(look | changes))[0]


def chance_line(axes, share: float) -> Any:
    """Draw what guessing gives across the axes."""
    return axes.axvline(share, color=FAINT, lw=1, ls=(0, (3, 2)))


def name_rows(axes, names: Sequence[str]) -> None:
    """Give each row a name, the first on top."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)


def percent_axis(axes, *, room: float = 0.0) -> None:
    """Let x go from 0 to 100 %, with room for words beyond."""
    axes.set_xlim(-0.005, 1.015 + room)
    axes.spines["bottom"].set_bounds(0, 1)
    axes.set_xticks(np.linspace(0, 1, 6), ["0", "20", "40", "60", "80", "100 %"])


def legend(figure, keys, names) -> None:
    """Put the legend below the axes, in one line."""
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


def inches(figure, *, left: float, bottom: float, top: float) -> list[float]:
    """Return margins in inches as the fractions that `add_axes` takes."""
    width, height = figure.get_size_inches()
    right = 0.2
    return [
        left / width,
        bottom / height,
        (width - left - right) / width,
        (height - bottom - top) / height,
    ]


@contextmanager
def picture(
    name: str, width: float, height: float, title: str
) -> Iterator[tuple[Any, list[str]]]:
    """Give a figure to draw on; its SVG is in the list afterwards.

    Args:
        name: Unlike that of any other picture on the page.
        width: In inches, as the height.
        height: Of the picture.
        title: What one who cannot see it is told.
    """
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
