"""Backbones by name or by file: looked up in entry points, loaded when asked for."""

import dataclasses
import difflib
import inspect
from collections.abc import Callable, Iterable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from corpus.problem import Problem
from embeddings.backbone import Backbone
from embeddings.settings import check_settings

__all__ = [
    "GROUP",
    "OF_THE_STORE",
    "create",
    "factory",
    "is_file",
    "names",
    "needs_weights",
    "unknown",
]

GROUP = "emostack.backbones"

# Settings that every backbone takes, as they are the store's and not the network's.
OF_THE_STORE = ("stored",)

# What makes a backbone of a file's description, by modality.
DESCRIBED = "emostack.described"


def names() -> tuple[str, ...]:
    """Return the names of all registered backbones, ours and other packages'.

    Raises:
        Problem: If two packages register one name for different things.
    """
    seen: dict[str, str] = {}
    for entry in entry_points(group=GROUP):
        if seen.setdefault(entry.name, entry.value) != entry.value:
            raise Problem(
                f"two packages register a backbone called {entry.name!r} "
                f"({seen[entry.name]} and {entry.value}); uninstall one of them."
            )
    return tuple(sorted(seen))


def is_file(name: str) -> bool:
    """Say whether a backbone is named by its description's path."""
    return name.endswith(".toml") or "/" in name


def factory(name: str) -> Callable[..., Backbone]:
    """Return what makes the backbone of that name.

    Raises:
        Problem: If there is no such name, or its package is broken.
    """
    if name not in names():
        raise unknown(name)
    entry = entry_points(group=GROUP, name=name)[name]
    try:
        return entry.load()
    except Exception as error:  # a stranger's package can raise anything
        raise Problem(
            f"the backbone {name} cannot be loaded from {entry.value} "
            f"({type(error).__name__}: {error}); reinstall its package, or leave it "
            f"out."
        ) from error


def needs_weights(name: str) -> bool:
    """Say whether a backbone has weights that can be given to `create`.

    Raises:
        Problem: If there is no such name.
    """
    return is_file(name) or "weights" in inspect.signature(factory(name)).parameters


def create(
    name: str, *, weights: str | Path | None = None, **settings: Any
) -> Backbone:
    """Make a backbone.

    Args:
        name: `family.data`, such as "vggish.audioset"; or the path of a TOML file
            that describes a network's file, see `embeddings.described`.
        weights: A path, or "random:SEED" (of which those that compute without any take
            no notice); None for the official ones.
        settings: Passed to the backbone's factory, and `stored`, of any, see
            `embeddings.backbone.BackboneSpec`.

    Raises:
        Problem: If there is no such name, the factory does not know a setting or
            its type, or weights are given where none are needed.
    """
    if is_file(name):
        from embeddings.described import read_description

        described = read_description(Path(name))
        make = entry_points(group=DESCRIBED)[described.modality].load()
        settings = {"described": described, **settings}
    else:
        make = factory(name)
    if weights is not None and needs_weights(name):
        settings["weights"] = weights
    elif weights is not None and not str(weights).startswith("random:"):
        raise Problem(f"{name} computes without weights; leave {weights} out.")
    stored = settings.pop("stored", None)
    check_settings(name, make, settings)
    backbone = make(**settings)
    if stored is not None:
        backbone.spec = dataclasses.replace(backbone.spec, stored=stored)
    return backbone


def unknown(name: str, also: Iterable[str] = ()) -> Problem:
    """Return what to say of a name that nobody knows.

    Args:
        name: The name.
        also: Names that are known besides the registered ones.
    """
    known = sorted({*names(), *also})
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return Problem(
        f"no backbone is called {name!r}.{hint} `emostack backbones` lists them: "
        f"{', '.join(known)}."
    )
