"""One recipe in full: parts, figures, what it needs, its paper's oddities."""

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from classifiers.heads import KINDS
from classifiers.shallow import ShallowHead
from corpus.readers import reader
from evaluation.page import plural
from evaluation.systems import spoken
from experiments.needs import (
    Place,
    Recordings,
    Weights,
    corpora_of,
    media_of,
    weights_of,
)
from experiments.recipe import Branch, Fusion, Recipe
from experiments.switched import Switched
from scripts.weights import styled

__all__ = ["details", "figures", "oddities", "state"]

BRANCHES = {"audio": "sound", "visual": "faces"}


def figures(recipe: Recipe) -> list[str]:
    """Say the paper's test accuracies in %, system by system."""
    known = recipe.paper.figures.items()
    return [f"{spoken(system)} {100 * share:.3g}" for system, share in known]


def state(one: Weights) -> Text:
    """Say whether weights are here, in the colour of how far they can be trusted."""
    if one.state == "none needed":
        return Text(one.state, "dim")
    return styled(one.state)


def details(
    recipe: Recipe, name: str, *, root: Path | None = None, profile: str | None = None
) -> Table:
    """Return what there is to say of a recipe, a row a subject.

    Args:
        recipe: The recipe.
        name: What it was asked for by, a path perhaps.
        root: Where to look for its recordings.
        profile: As asked for, if it was.

    Raises:
        Problem: If there is no such folder.
    """
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for subject, value in _rows(recipe, root):
        table.add_row(subject, value if isinstance(value, Text) else Text(value))
    table.add_row("run it", _command(recipe, name, root, profile))
    return table


def _rows(recipe: Recipe, root: Path | None) -> Iterable[tuple[str, str | Text]]:
    paper, corpus = recipe.paper, recipe.corpus
    yield "recipe", f"{recipe.name}, profile {recipe.profile}"
    yield "paper", ": ".join(filter(None, (paper.name, recipe.title)))
    said = ", ".join(figures(recipe))
    yield "its figures", f"{said} (test accuracy, %)" if said else "none given"
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
        trained = _training(fusion)
        also = f"\nalso {' and '.join(fusion.also)}" if fusion.also else ""
        yield "both", f"{fusion.says} into {_net(fusion)}{folds}\n{trained}{also}"
    if recipe.copies.wanted:
        balance = ", more of rare classes" if recipe.copies.balance else ""
        yield (
            "copies",
            f"{recipe.copies.per_take} augmented ones of each take{balance}, in "
            f"{', '.join(recipe.copies.parts)}",
        )
    data = Place(root).data_of(recipe) if root else ()
    found = {one.corpus: one for one in data}
    for name in corpora_of(recipe):
        yield "recordings", _how_to_get(name, recipe, found)
    for one in weights_of(recipe):
        yield "weights", _weights(one)


def _protocol(recipe: Recipe) -> str:
    name = recipe.protocol.name
    if ":" in name or name not in ("stratified", "speakers"):
        return name
    return f"{name}, {'/'.join(f'{100 * r:.3g}' for r in recipe.protocol.ratios)}"


def _branches(recipe: Recipe) -> dict[str, Branch]:
    return {modality: getattr(recipe, modality) for modality in recipe.modalities}


def _branch(branch: Branch) -> str:
    lines = [f"{branch.backbone} into {_net(branch)}", _training(branch)]
    if branch.settings:
        lines.insert(1, _pairs(branch.settings))
    if branch.augment:
        lines.append(f"copies: {_pairs(branch.augment)}")
    return "\n".join(lines)


def _net(part: Branch | Fusion) -> str:
    """Say a head in a line: kind, hidden layers, dropout, settings of its own."""
    said = [part.head]
    if _is_network(part):
        layers = "-".join(map(str, part.units))
        dropout = "-".join(f"{share:g}" for share in part.dropout)
        said = [part.head + f" {layers}" * bool(layers)]
        said += [f"dropout {dropout}"] * bool(dropout)
    said += [_pairs(part.head_settings)] * bool(part.head_settings)
    return ", ".join(said)


def _training(part: Branch | Fusion) -> str:
    training = part.training
    watched = f"watched by {training.validation}"
    if not _is_network(part):
        return watched
    return (
        f"{training.optimizer} {training.learning_rate:g}, batch {training.batch}, "
        f"{training.epochs} epochs, patience {training.patience}, {watched}"
    )


def _is_network(part: Branch | Fusion) -> bool:
    """Say whether a head has layers and epochs; others do not look at theirs."""
    return not issubclass(KINDS[part.head], ShallowHead)


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
        held = one.lacks or f"{plural(one.takes, 'take')} here, by their names"
        said.append(f": {held}", "yellow" if one.lacks else "green")
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
    said = Text.assemble(f"of {one.backbone}: ", state(one))
    if one.problem:
        said.append(f"\n{one.problem}", "yellow")
    for found in one.found:
        if found.path:
            said.append(f"\n{found.entry}: {found.path}", "dim")
        else:
            said.append(f"\nemostack weights fetch {found.entry}")
    if one.random and not one.here:
        said.append(f"\nor without: --weights {one.modality}=random:0", "dim")
    return said


def _command(recipe: Recipe, name: str, root: Path | None, profile: str | None) -> Text:
    words = ["emostack", "reproduce", "--recipe", name]
    words += ["--profile", profile] if profile else []
    words += ["--data", str(root or "ROOT")]
    return Text(shlex.join([*words, "--out", f"artifacts/runs/{recipe.name}"]))


def oddities(found: Iterable[Switched]) -> Table:
    """Return the oddities of a recipe's paper, and what each profile makes of them."""
    table = Table(
        title="oddities of the paper: what each profile makes of them",
        title_justify="left",
        title_style="bold",
        box=None,
        show_header=False,
        pad_edge=False,
    )
    table.add_column(overflow="fold")
    for one in found:
        said = Text(one.why)
        for key, value in one.paper.items():
            corrected = one.corrected[key]
            values = f"paper {_value(value)}, corrected {_value(corrected)}"
            if one.fixed:
                values = f"{_value(value)}, as the recipe's own file decides"
            said.append(f"\n  {key}: {values}", "cyan")
        table.add_row(said)
    return table
