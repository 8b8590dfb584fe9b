"""The systems of an ablation: backbones by heads, each alone and in pairs."""

import collections
import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from classifiers.heads import make_head
from corpus.problem import Problem
from corpus.protocols import read_protocol
from embeddings import registry
from embeddings.backbone import Backbone
from embeddings.tables import imported, imported_names
from experiments.extraction import backbone_of
from experiments.heads import read_head
from experiments.limits import check_limits
from experiments.recipe import Branch, Recipe
from experiments.recipe_file import settings_kept
from experiments.run import artifacts_folder

__all__ = [
    "MODALITIES",
    "PAIRS",
    "Axes",
    "Entry",
    "System",
    "branch_of",
    "make_backbones",
    "make_entries",
    "make_systems",
]

MODALITIES = ("audio", "visual")
PAIRS = ("all", "same", "none")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Axes:
    """What an ablation goes through.

    Attributes:
        audio: Backbones of the sound: names, paths of descriptions, imported tables.
        visual: Backbones of the faces.
        heads: As `experiments.heads.read_head` reads them.
        protocols: As `corpus.protocols.read_protocol` reads them.
        seeds: Each draws its own split and initialisation.
        pairs: Which stand together: "all" sound branches with all face branches,
            "same" only those of one kind of head, or "none".
        pooling: What a dense head is given of several embeddings a take.
        weights: A path or "random:SEED" by backbone; under "" what all others get
            that have weights, "random:SEED" only.
        tune: Whether each base head's settings are searched, see
            `experiments.ablation.tuning`.
    """

    audio: tuple[str, ...] = ()
    visual: tuple[str, ...] = ()
    heads: tuple[str, ...] = ("dense",)
    protocols: tuple[str, ...] = ("stratified",)
    seeds: tuple[int, ...] = (0,)
    pairs: str = "all"
    pooling: tuple[str, ...] = ("mean",)
    weights: Mapping[str, str] = dataclasses.field(default_factory=dict)
    tune: bool = False

    def __post_init__(self) -> None:
        for head in self.heads:
            read_head(head)
        if self.pairs not in PAIRS:
            raise Problem(
                f"--pairs knows {', '.join(PAIRS)}, not {self.pairs!r}; name one of "
                f"those."
            )
        for protocol in self.protocols:
            read_protocol(protocol)
        named = (*self.audio, *self.visual)
        if not named:
            raise Problem("an ablation needs backbones; give --audio or --visual.")
        if strange := set(self.weights) - {"", *named}:
            raise Problem(
                f"--weights names {min(strange)}, which is no backbone of this grid; "
                f"it has {', '.join(named)}."
            )
        every = self.weights.get("", "random:")
        if not every.startswith("random:"):
            raise Problem(
                f"the weights {every} are those of one backbone; say which, as "
                f"--weights NAME={every}."
            )


@dataclasses.dataclass(frozen=True)
class Entry:
    """A base classifier of the grid.

    Attributes:
        name: "yamnet.audioset/dense".
        modality: "audio" or "visual".
        branch: Backbone and head, as in a recipe.
        backbone: The backbone.
    """

    name: str
    modality: str
    branch: Branch
    backbone: Backbone


@dataclasses.dataclass(frozen=True)
class System:
    """What is scored: one base classifier, or two of them together.

    Attributes:
        name: That of the entry, or "stacked:" or "mean:" and both, with "+" between.
        kind: "single", "stacked" or "mean".
        members: Names of entries, sound before faces.
    """

    name: str
    kind: str
    members: tuple[str, ...]


def make_backbones(
    recipe: Recipe, axes: Axes, artifacts: Path | None = None
) -> tuple[dict[str, dict[str, Backbone]], dict[str, str]]:
    """Make all backbones of a grid, with their weights found and checked.

    Args:
        recipe: Says how faces are found and cut.
        axes: Names them.
        artifacts: The folder of `embeddings/`.

    Returns:
        Backbones by modality and name, and by name why one is not to be had.

    Raises:
        Problem: If a name is unknown, is of the other modality or stands twice, or
            not one is to be had.
    """
    made: dict[str, dict[str, Backbone]] = {name: {} for name in MODALITIES}
    lacking: dict[str, str] = {}
    store = artifacts_folder(artifacts) / "embeddings"
    keys: dict[str, str] = {}
    for modality in MODALITIES:
        for name in getattr(axes, modality):
            _check_known(name, store)
            branch = branch_of(recipe, axes, modality, name, axes.heads[0])
            try:
                backbone = backbone_of(branch, modality, artifacts)
            except Problem as problem:
                if "cannot be the" in str(problem):  # it is the other modality's
                    raise
                lacking[name] = str(problem)
                continue
            twin = keys.setdefault(backbone.spec.folder, name)
            if twin != name or name in made[modality]:
                raise Problem(
                    f"{name} and {twin} are one backbone with the same settings; name "
                    f"it once."
                )
            made[modality][name] = backbone
    if not any(made.values()):
        raise Problem("; ".join(lacking.values()))
    return made, lacking


def _check_known(name: str, store: Path) -> None:
    if registry.is_file(name):
        if not Path(name).is_file():
            raise Problem(f"{name} is no file; give the path of a description (TOML).")
    elif name not in registry.names() and imported(store, name) is None:
        raise registry.unknown(name, imported_names(store))


def branch_of(
    recipe: Recipe, axes: Axes, modality: str, name: str, head: str
) -> Branch:
    """Return the branch of one backbone and one head.

    Units, dropout, settings and training are those of the recipe's branch that has
    this kind of head, the modality's own before the other; else the head's defaults.

    Args:
        recipe: What does not vary.
        axes: Pooling and weights.
        modality: "audio" or "visual".
        name: The backbone's.
        head: As `experiments.heads.read_head` reads it.

    Raises:
        Problem: If a value is not one that heads can work with.
    """
    own: Branch = getattr(recipe, modality)
    kind, settings = read_head(head)
    like = (b for b in (own, recipe.audio, recipe.visual) if b.head == kind)
    plain = make_head(kind, **settings)
    found = next(like, None) or dataclasses.replace(
        own,
        units=getattr(plain, "units", ()),
        dropout=getattr(plain, "dropout", ()),
        head_settings={},
    )
    branch = dataclasses.replace(
        found,
        backbone=name,
        weights=_weights_of(axes, name),
        settings=settings_kept(own, name),
        fps=own.fps,
        head=kind,
        head_settings={**found.head_settings, **settings},
        pooling=axes.pooling,
        augment={},
    )
    if axes.pairs == "none":  # then nothing asks for a penultimate layer
        alone = dataclasses.replace(recipe.fusion, says="probabilities")
        recipe = dataclasses.replace(recipe, fusion=alone)
    check_limits(dataclasses.replace(recipe, **{modality: branch}))
    return branch


def _weights_of(axes: Axes, name: str) -> str:
    if name in axes.weights:
        return axes.weights[name]
    registered = not registry.is_file(name) and name in registry.names()
    if registered and registry.needs_weights(name):
        return axes.weights.get("", "")
    return ""  # it has none, or its own in a file


def make_entries(
    recipe: Recipe, axes: Axes, backbones: Mapping[str, Mapping[str, Backbone]]
) -> tuple[Entry, ...]:
    """Return the base classifiers: every backbone with every kind of head.

    They are called by the backbone's name, "yamnet.audioset/dense"; where two share
    that (two descriptions, or one network with two weights), by its folder's.
    """
    every = [one.spec for of in backbones.values() for one in of.values()]
    count = collections.Counter(spec.name for spec in every)
    entries = []
    for modality in MODALITIES:
        for name, backbone in backbones.get(modality, {}).items():
            spec = backbone.spec
            called = spec.name if count[spec.name] == 1 else spec.folder
            entries += [
                Entry(
                    f"{called}/{head}",
                    modality,
                    branch_of(recipe, axes, modality, name, head),
                    backbone,
                )
                for head in axes.heads
            ]
    return tuple(entries)


def make_systems(entries: Sequence[Entry], pairs: str) -> tuple[System, ...]:
    """Return what is scored: each entry alone, and pairs stacked and averaged.

    Args:
        entries: The base classifiers.
        pairs: As in `Axes`.
    """
    singles = [System(entry.name, "single", (entry.name,)) for entry in entries]
    audio, visual = (
        [entry for entry in entries if entry.modality == name] for name in MODALITIES
    )
    couples = [
        (one.name, two.name)
        for one, two in itertools.product(audio, visual)
        if pairs == "all" or (pairs == "same" and one.branch.head == two.branch.head)
    ]
    return (
        *singles,
        *(
            System(f"{kind}:{'+'.join(couple)}", kind, couple)
            for kind in ("stacked", "mean")
            for couple in couples
        ),
    )
