"""List the backbones: what goes in, what comes out, and whether their weights are here.

Examples:
  emostack backbones
  emostack backbones vgg16.imagenet
"""

import argparse
import inspect
from collections.abc import Iterable

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from embeddings import registry
from embeddings.catalogue import Found, Listed, describe, look
from embeddings.weights.manifest import MANIFEST
from embeddings.weights.places import candidates
from scripts.command import run_command
from scripts.console import of
from scripts.options import add_artifacts
from scripts.weights import short, styled

__all__ = ["add_arguments", "run"]

# From the most to the least trusted; a backbone is as good as its worst weights.
ORDER = ("hash", "smoke", "unverified", "unusable", "absent")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("name", nargs="?", help="tell all of this one")
    add_artifacts(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    show = of(args)
    if args.name is None:
        show.console.print(_table([describe(name) for name in registry.names()]))
        show.say("`emostack backbones NAME` tells the settings and places of one.")
        return 0
    if args.name not in registry.names():
        raise registry.unknown(args.name)
    one = describe(args.name)
    show.console.print(_details(one))
    return 4 if one.problem else 0


def _table(described: Iterable[Listed]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("backbone, and what it sees", overflow="fold", ratio=1)
    table.add_column("output", justify="right", no_wrap=True)
    table.add_column("numbers", justify="right", no_wrap=True)
    table.add_column("weights", no_wrap=True)
    table.add_column("licence", max_width=18, overflow="fold")
    groups: dict[str, list[Listed]] = {"sound": [], "picture": []}
    for one in described:
        groups.setdefault(one.modality, []).append(one)
    for modality, members in groups.items():
        if not members:
            continue
        table.add_row(Text(modality or "could not be loaded", style="bold"))
        for one in members:
            table.add_row(*_row(one))
        table.add_section()
    return table


def _row(one: Listed) -> tuple[RenderableType, ...]:
    below = Text(one.problem, "red") if one.problem else Text(one.input, "dim")
    name = Group(Text(f"  {one.name}"), Padding(below, (0, 0, 0, 4)))
    if one.problem:
        return (name,)
    numbers = Text(_count(one))
    return name, Text(_shape(one)), numbers, _weights(one), Text(short(one.licence))


def _shape(one: Listed) -> str:
    return "x".join(map(str, one.shape))


def _count(one: Listed) -> str:
    """The number of parameters in three digits, "14.7M"."""
    for unit, size in (("M", 10**6), ("k", 10**3)):
        if one.parameters >= size:
            count = one.parameters / size
            return f"{count:.1f}{unit}" if count < 100 else f"{count:.0f}{unit}"
    return str(one.parameters or "-")


def _weights(one: Listed) -> Text:
    if not one.needs_weights:
        return Text("none needed", style="dim")
    found = [look(entry).verified for entry in one.entries]
    return styled(max(found, key=ORDER.index)) if found else Text("?")


def _details(one: Listed) -> Group:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("backbone", one.name)
    if one.problem:
        table.add_row("problem", Text(one.problem, style="red"))
        return Group(table)
    table.add_row("modality", one.modality)
    table.add_row("input", one.input)
    table.add_row("output", f"{_shape(one)}, of {one.layer}")
    table.add_row("parameters", f"{one.parameters:,}" if one.parameters else "none")
    table.add_row("source", one.source)
    table.add_row("licence", one.licence)
    settings = Text("\n").join(
        Text(f"{name} = {_default(value)}") for name, value in one.settings.items()
    )
    table.add_row("settings", settings)
    for entry in one.entries:
        table.add_row("weights", _told(look(entry)))
    return Group(table)


def _default(value: object) -> str:
    return "(must be given)" if value is inspect.Parameter.empty else repr(value)


def _told(found: Found) -> Text:
    """All about an entry: its state, citation, addresses, and where it may be."""
    entry = MANIFEST[found.entry]
    text = Text.assemble(f"{found.entry}: ", styled(found.verified))
    lines = [entry.title, entry.citation, f"licence: {entry.licence}"]
    if found.path:
        lines += [str(found.path), found.how, f"sha256 {found.sha256}"]
    else:
        lines += [f"from {url}" for url in entry.urls]
        places = dict.fromkeys(str(p.parent) for p in candidates(found.entry, entry))
        lines += [f"not in {place}" for place in places]
    for line in filter(None, lines):
        text.append(f"\n  {line}")
    return text


if __name__ == "__main__":
    raise SystemExit(run_command("backbones"))
