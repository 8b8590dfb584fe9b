"""A page's drawing as a file of its own, which a browser or a word processor opens."""

import re

from evaluation.svg import COLOURS

__all__ = ["as_file"]

# A drawing takes its colours from its page; these are the page's light ones.
LIGHT = {"muted": "#5a6472", "rule": "#d8dde3", "paper": "#ffffff", **COLOURS}


def as_file(svg: str) -> str:
    """Return a drawing with its namespaces, its font and its colours in it.

    Args:
        svg: As `evaluation.svg.picture` gives it.
    """
    for name, colour in LIGHT.items():
        svg = svg.replace(f"var(--{name})", colour)
    svg = svg.replace("currentColor", "#1a1f26")
    opening = (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" font-family="sans-serif" '
    )
    svg = re.sub(r"<svg ", lambda _: opening, svg, count=1)
    paper = f'<rect width="100%" height="100%" fill="{LIGHT["paper"]}"/>'
    return re.sub(r"(<svg[^>]*>)", lambda found: found[1] + paper, svg, count=1) + "\n"
