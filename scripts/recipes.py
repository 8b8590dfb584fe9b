"""List the recipes: whose system, under which protocol, and what each one needs.

Examples:
  emostack recipes list
  emostack recipes list --data /data/RAVDESS
  emostack recipes show brambilla
  emostack recipes show thesis --profile paper --toml > mine.toml
"""

import argparse
import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from corpus.readers import reader
from evaluation.systems import spoken
from experiments.needs import (
    Recordings,
    Weights,
    corpora_of,
    data_of,
    media_of,
    weights_of,
)
from experiments.recipe import (
    Branch,
    Recipe,
    load_recipe,
    recipe_names,
    to_toml,
)
from experiments.switched import Switched, switched
from scripts.command import add_artifacts, add_messages, run_command
from scripts.console import Terminal, of
from scripts.weights import styled

__all__ = ["add_arguments", "run", "table_of"]

BRANCHES = {"audio": "sound", "visual": "faces"}


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
    show.table(_details(recipe, args))
    oddities = switched(args.name)
    if oddities:
        show.table(_switches(oddities))
    return 0


def _list(args: argparse.Namespace, show: Terminal) -> int:
    recipes = [load_recipe(name) for name in recipe_names()]
    show.table(table_of(recipes, args.data))
    more = "." if args.data else "; `--data ROOT` looks for their recordings."
    show.say(f"`emostack recipes show NAME` tells all of one{more}")
    return 0


def table_of(recipes: Iterable[Recipe], root: Path | None) -> Table:
    """Return recipes as a table, with what is in a folder of recordings, if given."""
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0)
    )
    table.add_column("recipe, paper, takes, protocol", overflow="fold")
    table.add_column("backbone, head", no_wrap=True)
    table.add_column("weights", no_wrap=True)
    table.add_column("paper, %", overflow="fold", ratio=1)
    for recipe in recipes:
        table.add_row(
            Text("\n").join(_asked(recipe, root)),
            Text("\n").join(_parts(recipe)),
            Text("\n").join(map(_state, weights_of(recipe))),
            Text("\n".join(_figures(recipe)) or "-"),
        )
        table.add_section()
    return table


def _asked(recipe: Recipe, root: Path | None) -> Iterable[Text]:
    """Say whose recipe it is, which takes it needs, and how they are parted."""
    corpus, channels = recipe.corpus, "+".join(recipe.corpus.vocal_channels)
    yield Text(recipe.name, "bold")
    yield Text(recipe.paper.name or "no paper's", "dim")
    yield Text(f"{len(corpus.emotions)} of {corpus.reader} {channels}")
    for one in data_of(recipe, root) if root else ():
        yield _found(one)
    yield Text(recipe.protocol.name, "dim")


def _found(one: Recordings) -> Text:
    if one.lacks:
        return Text(f"{one.corpus}: no {one.missing}", "yellow")
    return Text(f"{one.corpus}: {one.takes:,} here", "green")


def _parts(recipe: Recipe) -> Iterable[Text]:
    for branch in _branches(recipe).values():
        yield Text(f"{branch.backbone}, {branch.head}")
    if len(recipe.modalities) > 1:
        fusion = recipe.fusion
        yield Text(f"{fusion.says}, {fusion.head}", "dim")
        if fusion.also:
            yield Text(", ".join(fusion.also), "dim")


def _figures(recipe: Recipe) -> list[str]:
    figures = recipe.paper.figures.items()
    return [f"{spoken(system)} {100 * share:.3g}" for system, share in figures]


def _state(one: Weights) -> Text:
    if one.state == "none needed":
        return Text(one.state, "dim")
    return styled(one.state)


def _details(recipe: Recipe, args: argparse.Namespace) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _rows(recipe, args):
        table.add_row(name, value if isinstance(value, Text) else Text(value))
    return table


def _rows(recipe: Recipe, args: argparse.Namespace) -> Iterable[tuple[str, str | Text]]:
    paper, corpus = recipe.paper, recipe.corpus
    yield "recipe", f"{recipe.name}, profile {recipe.profile}"
    yield "paper", ": ".join(filter(None, (paper.name, recipe.title)))
    figures = ", ".join(_figures(recipe))
    yield "its figures", f"{figures} (test accuracy, %)" if figures else "none given"
    takes = f"; the paper has {paper.takes:,} takes" if paper.takes else ""
    channels = " and ".join(corpus.vocal_channels)
    yield "corpus", f"{' and '.join(corpora_of(recipe))}, {channels}{takes}"
    yield "classes", f"{len(corpus.emotions)}: {', '.join(corpus.emotions)}"
    apart = recipe.protocol.separate_identical_sound
    kept = ", takes of the same sound kept together" if apart else ""
    yield "protocol", f"{_protocol(recipe)}{kept}"
    for modality, branch in _branches(recipe).items():
        yield BRANCHES[modality], _branch(branch)
    if len(recipe.modalities) > 1:
        fusion = recipe.fusion
        folds = (
            f"; also out of fold, {fusion.out_of_fold}" if fusion.out_of_fold else ""
        )
        trained = _training(fusion.training)
        also = f"\nalso {' and '.join(fusion.also)}" if fusion.also else ""
        yield "both", f"{fusion.says} into {_net(fusion)}{folds}\n{trained}{also}"
    if recipe.copies.wanted:
        balance = ", more of rare classes" if recipe.copies.balance else ""
        yield (
            "copies",
            f"{recipe.copies.per_take} augmented ones of each take{balance}, in "
            f"{', '.join(recipe.copies.parts)}",
        )
    found = {one.corpus: one for one in data_of(recipe, args.data)} if args.data else {}
    for name in corpora_of(recipe):
        yield "recordings", _how_to_get(name, recipe, found)
    for one in weights_of(recipe):
        yield "weights", _weights(one)
    yield "run it", _command(recipe, args)


def _protocol(recipe: Recipe) -> str:
    name = recipe.protocol.name
    if ":" in name or name not in ("stratified", "speakers"):
        return name
    return f"{name}, {'/'.join(f'{100 * r:.3g}' for r in recipe.protocol.ratios)}"


def _branches(recipe: Recipe) -> dict[str, Branch]:
    return {modality: getattr(recipe, modality) for modality in recipe.modalities}


def _branch(branch: Branch) -> str:
    lines = [f"{branch.backbone} into {_net(branch)}", _training(branch.training)]
    if branch.settings:
        lines.insert(1, _pairs(branch.settings))
    if branch.augment:
        lines.append(f"copies: {_pairs(branch.augment)}")
    return "\n".join(lines)


def _net(part: Any) -> str:
    """Say a head in a line: kind, hidden layers, dropout, settings of its own."""
    layers = "-".join(map(str, part.units))
    dropout = "-".join(f"{share:g}" for share in part.dropout)
    said = [part.head + f" {layers}" * bool(layers)]
    said += [f"dropout {dropout}"] * bool(dropout)
    said += [_pairs(part.head_settings)] * bool(part.head_settings)
    return ", ".join(said)


def _training(training: Any) -> str:
    return (
        f"{training.optimizer} {training.learning_rate:g}, batch {training.batch}, "
        f"{training.epochs} epochs, patience {training.patience}, watched by "
        f"{training.validation}"
    )


def _pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in values.items())


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "/".join(map(_value, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _how_to_get(name: str, recipe: Recipe, found: Mapping[str, Recordings]) -> Text:
    module, media = reader(name), media_of(recipe)
    said = Text(f"{name}, {' and '.join(media)}")
    if name in found:
        one = found[name]
        state = one.lacks or f"{one.takes:,} takes are here, by their names"
        said.append(f": {state}", "yellow" if one.lacks else "green")
    said.append(f"\nlicence: {module.LICENCE}", "dim")
    said.append(f"\n{module.CITATION}" * bool(module.CITATION), "dim")
    if name == "ravdess":
        kinds = {"sound": "audio", "picture": "video"}
        parts = ",".join(
            f"{kinds[medium]}-{channel}"
            for medium in media
            for channel in recipe.corpus.vocal_channels
        )
        said.append(f"\nemostack fetch ravdess --data ROOT --parts {parts}")
    elif module.CITATION:
        said.append("\nask its makers for it; put it into a folder below ROOT")
    return said


def _weights(one: Weights) -> Text:
    said = Text.assemble(f"of {one.backbone}: ", _state(one))
    if one.problem:
        said.append(f"\n{one.problem}", "yellow")
    for found in one.found:
        if found.path:
            said.append(f"\n{found.entry}: {found.path}", "dim")
        else:
            said.append(f"\nemostack weights fetch {found.entry}")
    if not one.here:
        said.append(f"\nor without: --weights {one.modality}=random:0", "dim")
    return said


def _command(recipe: Recipe, args: argparse.Namespace) -> str:
    words = ["emostack", "reproduce", "--recipe", args.name]
    words += ["--profile", args.profile] if args.profile else []
    words += ["--data", str(args.data or "ROOT")]
    return shlex.join([*words, "--out", f"artifacts/runs/{recipe.name}"])


def _switches(oddities: Iterable[Switched]) -> Table:
    table = Table(
        title="oddities of the paper: what each profile makes of them",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column("setting", overflow="fold", ratio=4)
    table.add_column("paper", overflow="fold", ratio=2)
    table.add_column("corrected", overflow="fold", ratio=2)
    table.add_column("why", overflow="fold", ratio=5)
    for one in oddities:
        why = Text(one.why)
        if one.fixed:
            why.append(" (here the recipe's own file decides)", "dim")
        table.add_row(
            "\n".join(one.paper),
            *(
                "\n".join(map(_value, values.values()))
                for values in (one.paper, one.corrected)
            ),
            why,
        )
        table.add_section()
    return table


if __name__ == "__main__":
    raise SystemExit(run_command("recipes"))
