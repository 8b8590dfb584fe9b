"""Recipes: a TOML file, by name or by path, read once into frozen dataclasses."""

import dataclasses
import difflib
import inspect
import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from corpus import labels
from corpus.problem import Problem
from embeddings import registry
from experiments import profiles
from experiments.limits import check_limits

__all__ = [
    "Branch",
    "Copies",
    "Corpus",
    "Fusion",
    "Paper",
    "Protocol",
    "Recipe",
    "Training",
    "load_recipe",
    "recipe_names",
    "settings_kept",
    "to_toml",
]

WORDS = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    tuple: "a list",
}

# Settings that mean something for the network that they were written for only.
OF_ONE_NETWORK = {
    *("layer", "pooling", "precision", "batch", "form"),
    *("scaling", "size", "colour"),
}

RECIPES = Path(__file__).resolve().parents[1] / "scripts" / "recipes"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Corpus:
    """Which takes.

    Attributes:
        reader: One of `corpus.readers`, or several, "ravdess+rml".
        emotions: The classes, in the order of the labels.
        vocal_channels: "speech", "song" or both.
    """

    reader: str = "ravdess"
    emotions: tuple[str, ...] = labels.THESIS
    vocal_channels: tuple[str, ...] = ("speech",)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Protocol:
    """How takes are parted; see `corpus.splits.make_split`."""

    name: str = "stratified"
    ratios: tuple[float, ...] = (0.5, 0.25, 0.25)
    separate_identical_sound: bool = True


@dataclasses.dataclass(frozen=True, kw_only=True)
class Copies:
    """Augmented copies of takes; see `corpus.copies.draw_copies`.

    Attributes:
        per_take: How many.
        balance: Whether rare classes get more.
        parts: Whose takes have copies; where the test part is among them, as one paper
            has it, the leak report says so.
        seed: Draws by how much each copy differs.
    """

    per_take: int = 0
    balance: bool = False
    parts: tuple[str, ...] = ("base", "stack")
    seed: int = 0

    @property
    def wanted(self) -> bool:
        """Whether there are any."""
        return bool(self.per_take or self.balance)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Training:
    """How one net is trained.

    Attributes:
        optimizer: "adam", "adamax" or "sgd".
        learning_rate: Step size.
        batch: Takes in a step.
        epochs: At most so many.
        patience: Epochs without a better validation loss before stopping.
        normalise: Whether features become standard scores of the part fitted on.
        loss: "cross_entropy" or "mse".
        weight_decay: Added to the gradient, times the weight, as PyTorch's Adam does.
        reduce_on_plateau: Factor, patience and least rate; none for a constant rate.
        double_softmax: Whether the loss takes probabilities for logits (a quirk).
        dropout_in_first_epoch_only: Whether there is none later (a quirk).
        bucketed: Whether sequences of like length stand together in a batch: faster.
        validation: "inner" (a share of the part being trained), or the name of the
            part that watches ("test": what the paper probably did). The "stack" part
            may watch base nets; those that learn from it too have an inner share.
        validation_fraction: The share, for "inner".
    """

    optimizer: str = "adam"
    learning_rate: float = 0.001
    batch: int = 32
    epochs: int = 200
    patience: int = 10
    normalise: bool = True
    loss: str = "cross_entropy"
    weight_decay: float = 0.0
    reduce_on_plateau: tuple[float, ...] = ()
    double_softmax: bool = False
    dropout_in_first_epoch_only: bool = False
    bucketed: bool = False
    validation: str = "inner"
    validation_fraction: float = 0.1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Branch:
    """A base classifier and the frozen backbone it stands on.

    Attributes:
        backbone: A registered name, the path of a description (TOML), or the name of
            an imported table; "" leaves the branch out.
        weights: A path, "random:SEED", or "" for the official ones.
        settings: Passed to the backbone.
        fps: Frames a second of a sequence, by repeating or leaving out frames; 0
            takes each native frame once. Sequences only.
        head: A kind of `classifiers.heads`: "dense", "lstm", "cnn", "forest", ...
        head_settings: What else that kind can be told, such as filters = [16, 32].
        pooling: What a head of single vectors is given of several embeddings a take,
            side by side: any of "mean", "std", "max" and "last"; or "flat", all of
            them one after another, where every take has as many.
        units: Of the hidden layers, of an LSTM the recurrent ones, of a CNN the dense
            ones; of a dense head the last is the penultimate one. Heads that are no
            networks have none.
        dropout: After each of those.
        augment: How augmented copies differ from recordings, as
            `vggish_features.augment.ChangeSound` or `visual_features.augment.
            ChangeFaces` have it; where it is empty, a copy has the recording's own.
        training: How the head is trained.
    """

    backbone: str = ""
    weights: str = ""
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    fps: float = 0.0
    head: str = "dense"
    head_settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    pooling: tuple[str, ...] = ("mean",)
    units: tuple[int, ...] = (512, 256)
    dropout: tuple[float, ...] = (0.5, 0.5)
    augment: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    training: Training = Training()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fusion:
    """The meta-classifier on what both base nets say.

    Attributes:
        head: A kind of `classifiers.heads` that is fed single vectors.
        head_settings: What else that kind can be told.
        units: Of its hidden layers.
        dropout: After each.
        training: How it is trained.
        also: Other ways to join both branches, on base and stack part: "early", one
            such head on the features side by side; "joint", both branches' networks
            without their softmax trained as one, as the sound's is.
        pair_by: What stands together in those while they learn: sound and face of one
            "take", or of any two takes of one "class".
        out_of_fold: In how many folds it is also trained out of fold, on base and stack
            part together, beside the thesis' hold-out; 0 leaves that out.
        says: What the base nets say to it: "penultimate", as in the thesis, which
            heads without such a layer cannot, or "probabilities".
        asks: Which nets are asked of a take outside the training part: those of the
            "folds", the meta-classifier judging each and the mean deciding, or one
            "refit" on base and stack, whose penultimate units it never met.
    """

    head: str = "dense"
    head_settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    units: tuple[int, ...] = (256,)
    dropout: tuple[float, ...] = (0.5,)
    training: Training = Training()
    also: tuple[str, ...] = ()
    pair_by: str = "take"
    out_of_fold: int = 0
    says: str = "penultimate"
    asks: str = "folds"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Paper:
    """What the publication reports.

    Attributes:
        name: Author and year.
        corpora: Names of the corpora it used.
        takes: How many takes; 0 where nobody knows.
        labels: Its classes.
        protocol: The nearest of ours.
        backbones: By branch.
        figures: Test accuracy in [0, 1] by system.
    """

    name: str = ""
    corpora: tuple[str, ...] = ()
    takes: int = 0
    labels: tuple[str, ...] = ()
    protocol: str = ""
    backbones: Mapping[str, str] = dataclasses.field(default_factory=dict)
    figures: Mapping[str, float] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that decides a result but the data and the seed.

    Attributes:
        name: The file's own name.
        title: Of the paper.
        profile: "paper" or "corrected".
        switches: Whose oddities the profile turns on or off, a key of
            `experiments.profiles.FAMILIES`.
        corpus: This and all others are tables of their own.
    """

    name: str
    title: str = ""
    profile: str = "corrected"
    switches: str = "thesis"
    corpus: Corpus = Corpus()
    protocol: Protocol = Protocol()
    copies: Copies = Copies()
    audio: Branch = Branch()
    visual: Branch = Branch()
    fusion: Fusion = Fusion()
    paper: Paper = Paper()

    @property
    def modalities(self) -> tuple[str, ...]:
        """The branches that are there, "audio" before "visual"."""
        both = (("audio", self.audio), ("visual", self.visual))
        return tuple(name for name, branch in both if branch.backbone)

    @property
    def stack_watches(self) -> bool:
        """Whether a base net is watched by what the meta-classifier learns from."""
        branches = (getattr(self, name) for name in self.modalities)
        return any(branch.training.validation == "stack" for branch in branches)


def recipe_names() -> tuple[str, ...]:
    """Return the names of our recipes, sorted."""
    return tuple(sorted(path.stem for path in RECIPES.glob("*.toml")))


def load_recipe(
    name: str,
    *,
    profile: str | None = None,
    settings: Iterable[str] = (),
) -> Recipe:
    """Read a recipe: the profile's values, then the file's, then `settings`.

    Args:
        name: One of ours ("thesis", "demo"), or a path to a TOML file.
        profile: "paper" or "corrected"; the recipe's own by default.
        settings: Changes of the form "audio.training.epochs=50"; the value is TOML,
            or else plain text.

    Raises:
        Problem: If there is no such recipe, it cannot be read, or a key or value
            is not one that recipes have.
    """
    path = _find(name)
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Problem(f"{path} is not TOML ({error}); mend it there.") from error
    changes: dict = {}
    for setting in settings:
        _set(changes, setting)
    chosen = profile or changes.get("profile") or written.get("profile", "corrected")
    table: dict = {"name": path.stem}
    for layer in (_profile(chosen, written), written, {"profile": chosen}):
        _merge(table, layer)
    recipe = _checked(table, where=str(path))
    if changes:
        for branch in ("audio", "visual"):
            _exchange(table, branch, getattr(recipe, branch), changes.get(branch))
        _merge(table, {**changes, "profile": chosen})
        recipe = _checked(table, where="the settings given")
    emotions = tuple(map(labels.canonical, recipe.corpus.emotions))
    return dataclasses.replace(
        recipe, corpus=dataclasses.replace(recipe.corpus, emotions=emotions)
    )


def settings_kept(branch: Branch, backbone: str) -> dict[str, Any]:
    """Return which of a branch's settings go on to another backbone.

    How faces are cut, a resampler and the like are the same idea in any that has
    them; a layer of one network is no layer of another.

    Args:
        branch: As it was written.
        backbone: Its new one.
    """
    if backbone == branch.backbone:
        return dict(branch.settings)
    return {
        name: value
        for name, value in _known(backbone, branch.settings).items()
        if name not in OF_ONE_NETWORK
    }


def _known(backbone: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that a backbone has."""
    if registry.is_file(backbone) or backbone not in registry.names():
        return {}  # a description has its own, a table none
    known = {*inspect.signature(registry.factory(backbone)).parameters}
    known.update(registry.OF_THE_STORE)
    return {name: value for name, value in settings.items() if name in known}


def _profile(name: str, written: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a profile sets, without settings that a written backbone lacks."""
    family = written.get("switches", Recipe.switches)
    table = profiles.defaults(name, family)
    for branch in ("audio", "visual"):
        backbone = written.get(branch)
        backbone = backbone.get("backbone") if isinstance(backbone, Mapping) else None
        if isinstance(backbone, str) and "settings" in table.get(branch, {}):
            table[branch]["settings"] = _known(backbone, table[branch]["settings"])
    return table


def _exchange(table: dict, name: str, branch: Branch, changes: Any) -> None:
    """Leave out the settings of a backbone that is not used after all."""
    chosen = changes.get("backbone") if isinstance(changes, dict) else None
    if branch.backbone and isinstance(chosen, str) and chosen:
        table[name]["settings"] = settings_kept(branch, chosen)


def _checked(table: Mapping[str, Any], *, where: str) -> Recipe:
    recipe = _build(Recipe, table, where=where)
    try:
        check_limits(recipe)
    except Problem as problem:
        raise Problem(f"{where}: {problem}") from problem
    return recipe


def to_toml(recipe: Recipe) -> str:
    """Return a recipe as TOML; reading it gives the same recipe."""
    lines: list[str] = []

    def write(table: Mapping[str, Any], prefix: str) -> None:
        plain = {k: v for k, v in table.items() if not isinstance(v, Mapping)}
        if prefix and plain:
            lines.extend(["", f"[{prefix}]"])
        for key, value in plain.items():
            lines.append(f"{key} = {_toml_value(value)}")
        for key, value in table.items():
            if isinstance(value, Mapping):
                write(value, f"{prefix}.{key}" if prefix else key)

    write(dataclasses.asdict(recipe), "")
    return "\n".join(lines) + "\n"


def _toml_value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml_value, value))}]"
    # Text, numbers, true and false are alike in both, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _find(name: str) -> Path:
    if name.endswith(".toml") or "/" in name:
        if not Path(name).is_file():
            raise Problem(f"the recipe {name} does not exist.")
        return Path(name)
    known = recipe_names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise Problem(
            f"no recipe is called {name!r}.{hint} Known: {', '.join(known)}; "
            f"or give the path of a TOML file."
        )
    return RECIPES / f"{name}.toml"


def _set(table: dict, setting: str) -> None:
    path, equals, text = setting.partition("=")
    if not equals or not path:
        raise Problem(f"{setting!r} is not of the form a.b=c.")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *parents, last = path.strip().split(".")
    for parent in parents:
        table = table.setdefault(parent, {})
        if not isinstance(table, dict):
            raise Problem(f"{setting!r} goes into {parent}, which is set as well.")
    table[last] = value


def _merge(into: dict, layer: Mapping[str, Any]) -> None:
    for key, value in layer.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        elif isinstance(value, Mapping):
            into[key] = {}
            _merge(into[key], value)
        else:
            into[key] = value


def _build(
    kind: type, table: Mapping[str, Any], *, where: str, prefix: str = ""
) -> Any:
    """Make a dataclass of a table, refusing keys and types it does not have."""
    fields = {field.name: field for field in dataclasses.fields(kind)}
    values = {}
    for key, value in table.items():
        path = f"{prefix}{key}"
        if key not in fields:
            near = difflib.get_close_matches(key, fields, n=1)
            hint = f" Did you mean {prefix}{near[0]}?" if near else ""
            raise Problem(f"{where}: recipes have no {path}.{hint}")
        values[key] = _value(fields[key].type, value, where=where, path=path)
    return kind(**values)


def _value(kind: Any, value: Any, *, where: str, path: str) -> Any:
    if dataclasses.is_dataclass(kind):
        if isinstance(value, Mapping):
            return _build(kind, value, where=where, prefix=f"{path}.")
    elif kind is float:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
    elif kind in (str, int, bool):
        if type(value) is kind:
            return value
    elif getattr(kind, "__origin__", None) is tuple:
        if isinstance(value, list):
            item = kind.__args__[0]
            return tuple(
                _value(item, one, where=where, path=f"{path}[{number}]")
                for number, one in enumerate(value)
            )
    elif isinstance(value, Mapping):  # whose values may be anything, or of one type
        item = kind.__args__[1]
        return {
            name: one
            if item is Any
            else _value(item, one, where=where, path=f"{path}.{name}")
            for name, one in value.items()
        }
    kind = getattr(kind, "__origin__", kind)
    raise Problem(
        f"{where}: {path} must be {WORDS.get(kind, 'a table')}, not {value!r}."
    )
