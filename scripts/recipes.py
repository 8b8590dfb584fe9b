"""List the recipes: whose system, under which protocol, and what each one needs.

Examples:
  emostack recipes list
  emostack recipes list --data /data/RAVDESS
  emostack recipes show brambilla
  emostack recipes show thesis --profile paper --toml > mine.toml
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from experiments.needs import Place, Recordings, weights_of
from experiments.recipe import Recipe
from experiments.recipe_file import load_recipe, recipe_names, to_toml
from experiments.switched import switched
from scripts.command import add_messages, run_command
from scripts.console import Terminal, of
from scripts.options import add_artifacts
from scripts.recipe_sheet import details, figures, oddities, state

__all__ = ["add_arguments", "run", "table_of"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, summary in (
        ("list", "all of them, and whether what they need is here"),
        ("show", "all about one: parts, figures, oddities, needs, how to run it"),
    ):
        action = actions.add_parser(name, help=summary, description=summary)
        if name == "show":
            action.add_argument("name", metavar="NAME", help="or the path of a file")
            action.add_argument("--profile", choices=("paper", "corrected"))
            action.add_argument(
                "--toml", action="store_true", help="print the resolved recipe, no more"
            )
        action.add_argument(
            "--data",
            type=Path,
            metavar="ROOT",
            help="look here for the recordings, by the names of files",
        )
        add_artifacts(action)
        add_messages(action, suppressed=True)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    show = of(args)
    if args.action == "list":
        return _list(args, show)
    recipe = load_recipe(args.name, profile=args.profile)
    if args.toml:
        sys.stdout.write(to_toml(recipe))
        return 0
    show.table(details(recipe, args.name, root=args.data, profile=args.profile))
    if found := switched(args.name):
        show.say("")
        show.table(oddities(found))
    return 0


def _list(args: argparse.Namespace, show: Terminal) -> int:
    recipes = [load_recipe(name) for name in recipe_names()]
    show.table(table_of(recipes, Place(args.data) if args.data else None))
    more = "." if args.data else "; `--data ROOT` looks for their recordings."
    show.say(f"`emostack recipes show NAME` tells all of one{more}")
    return 0


def table_of(recipes: Iterable[Recipe], place: Place | None) -> Table:
    """Return recipes as a table, with what is in a folder of recordings, if given."""
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0)
    )
    table.add_column("recipe, paper, data", no_wrap=True)
    table.add_column("backbone, head", no_wrap=True)
    table.add_column("weights", no_wrap=True)
    table.add_column("paper, %", overflow="fold")
    for recipe in recipes:
        table.add_row(
            Text("\n").join(_asked(recipe, place)),
            Text("\n").join(_parts(recipe)),
            Text("\n").join(map(state, weights_of(recipe))),
            Text("\n".join(figures(recipe)) or "-"),
        )
        table.add_section()
    return table


def _asked(recipe: Recipe, place: Place | None) -> Iterable[Text]:
    """Say whose recipe it is, which takes it needs, and how they are parted."""
    corpus, channels = recipe.corpus, "+".join(recipe.corpus.vocal_channels)
    yield Text(recipe.name, "bold")
    yield Text(recipe.paper.name or "no paper's", "dim")
    yield Text(recipe.protocol.name)
    yield Text(f"{len(corpus.emotions)} classes, {channels}")
    if place is None:
        yield Text(corpus.reader)
    else:
        yield from map(_found, place.data_of(recipe))


def _found(one: Recordings) -> Text:
    if one.lacks:
        return Text(f"{one.corpus}: no {one.missing}", "yellow")
    return Text(f"{one.corpus}: {one.takes:,} here", "green")


def _parts(recipe: Recipe) -> Iterable[Text]:
    for modality in recipe.modalities:
        branch = getattr(recipe, modality)
        yield Text(f"{branch.backbone}, {branch.head}")
    if len(recipe.modalities) > 1:
        fusion = recipe.fusion
        yield Text(f"{fusion.says}, {fusion.head}", "dim")
        if fusion.also:
            yield Text(", ".join(fusion.also), "dim")


if __name__ == "__main__":
    raise SystemExit(run_command("recipes"))
