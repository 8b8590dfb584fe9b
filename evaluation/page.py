"""Pages of one file: a template, its style sheet, and how numbers are said."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from evaluation.systems import spoken

__all__ = [
    "Numbering",
    "duration",
    "interval",
    "p_value",
    "percent",
    "plural",
    "points",
    "render",
    "size",
]

TEMPLATES = Path(__file__).parent / "templates"


class Numbering:
    """Counts the tables and figures of one page."""

    def __init__(self):
        self._counted = {"Table": 0, "Figure": 0}

    @property
    def table(self) -> Markup:
        """The next table's number, as captions begin with it."""
        return self._next("Table")

    @property
    def figure(self) -> Markup:
        """The next figure's number."""
        return self._next("Figure")

    def _next(self, kind: str) -> Markup:
        self._counted[kind] += 1
        return Markup(f"<b>{kind} {self._counted[kind]}.</b>")


def render(template: str, view: Mapping[str, Any]) -> str:
    """Return a page.

    Args:
        template: A file of `templates/`; values are escaped in those of HTML. It has
            this module's functions and `evaluation.systems.spoken` as filters, `cell`
            (a value as a cell of a Markdown table), `number` (a `Numbering`), and
            `css`, the style sheet that all pages share.
        view: What else it shows; what is missing shows as nothing.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=lambda name: not (name or "").endswith(".md.j2"),
        undefined=jinja2.ChainableUndefined,  # a manifest may lack any key
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    said = (percent, duration, size, plural, points, interval, p_value, spoken)
    environment.filters |= {one.__name__: one for one in said} | {"cell": _cell}
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    given = {"css": css, "number": Numbering(), **view}
    return environment.get_template(template).render(given)


def percent(share: float | None, digits: int = 1) -> str:
    """Say a share as a percentage without its sign, or a dash."""
    return "\u2013" if share is None or share != share else f"{100 * share:.{digits}f}"


def points(share: float) -> str:
    """Say a difference of shares in points, with its sign."""
    return f"{100 * share:+.1f}".replace("-", "\u2212")


def interval(ends: Sequence[float] | None) -> str:
    """Say the two ends of an interval as percentages, or a dash."""
    if ends is None:
        return "\u2013"
    return f"{percent(ends[0])}\u2013{percent(ends[1])}"


def p_value(p: float | None) -> str:
    """Say a p value to three digits, or a dash."""
    if p is None:
        return "\u2013"
    return "<\u00a00.001" if p < 0.001 else f"{p:.3f}"


def plural(count: int, noun: str) -> str:
    """Say how many: "1 take", "1,248 takes"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    """Say seconds as people do: "3.1 s", "10 min 11 s", "1 h 47 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def size(count: float) -> str:
    """Say bytes in decimal units: "2.3 GB"."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def _cell(value: Any) -> str:
    """Return a value as it may stand in a Markdown table: no bar, no tag, one line."""
    text = " ".join(str(value).split())
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
