"""Recipes as TOML: read by name or by path, changed by settings, written back."""

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
from experiments.recipe import Branch, Recipe

__all__ = ["RECIPES", "load_recipe", "recipe_names", "settings_kept", "to_toml"]

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
