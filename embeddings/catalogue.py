"""What is registered, told without opening a network: one description a backbone."""

import contextlib
import dataclasses
import inspect
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from corpus.problem import Problem
from embeddings import registry
from embeddings.backbone import About, Backbone
from embeddings.weights import location as weights
from embeddings.weights.manifest import MANIFEST

__all__ = ["Found", "Listed", "describe", "look", "owners"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Found:
    """Whether the weights of an entry are here.

    Attributes:
        entry: Key in the manifest.
        path: Where they are, or None.
        verified: "hash", "smoke", "unverified", "absent" or "unusable".
        how: The same in words, or what is wrong.
        sha256: Of what is there; "" for nothing.
    """

    entry: str
    path: Path | None
    verified: str
    how: str = ""
    sha256: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Listed:
    """What a list says of one backbone.

    A factory that has no random weights may carry one of these as its attribute
    `listed`, for as long as its weights are not here.

    Attributes:
        name: `family.data`.
        modality: "sound" or "picture"; "" where that is not known.
        input: What its network sees.
        shape: Of one embedding.
        parameters: How many numbers are frozen in it.
        needs_weights: Whether it can be given weights.
        entries: Keys of the manifest that it needs.
        licence: Terms of use.
        source: Paper and section, or address.
        layer: What is taken of the network.
        settings: By name, with their defaults.
        problem: Why nothing is known of it, or "".
    """

    name: str
    modality: str = ""
    input: str = ""
    shape: tuple[int, ...] = ()
    parameters: int = 0
    needs_weights: bool = False
    entries: tuple[str, ...] = ()
    licence: str = ""
    source: str = ""
    layer: str = ""
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    problem: str = ""


def look(entry: str) -> Found:
    """Look for the weights of an entry on this machine; nothing is fetched."""
    path = weights.find(entry)
    if path is None:
        return Found(entry=entry, path=None, verified="absent")
    try:
        record = weights.record_of(entry, path)
    except (Problem, OSError) as problem:
        return Found(entry=entry, path=path, verified="unusable", how=str(problem))
    return Found(
        entry=entry,
        path=path,
        verified=record.verified,
        how=record.how,
        sha256=record.sha256,
    )


def describe(name: str) -> Listed:
    """Describe a registered backbone; one that cannot be made is told, not raised.

    Args:
        name: One of `embeddings.registry.names()`.
    """
    try:
        return _listed(name)
    except Problem as problem:
        return Listed(name=name, problem=str(problem))
    except Exception as error:  # a stranger's package can raise anything
        why = f"cannot be loaded: {type(error).__name__}: {error}"
        return Listed(name=name, problem=why)


def _listed(name: str) -> Listed:
    make = registry.factory(name)
    parameters = inspect.signature(make).parameters.values()
    settings = {one.name: one.default for one in parameters}
    try:
        backbone = _made(make, random="weights" in settings)
    except Problem:
        if ready := getattr(make, "listed", None):
            return dataclasses.replace(ready, settings=settings)
        raise
    about, spec = getattr(backbone, "about", About()), backbone.spec
    licences = dict.fromkeys(
        MANIFEST[entry].licence for entry in about.entries if entry in MANIFEST
    )
    return Listed(
        name=name,
        modality=spec.modality,
        input=about.input,
        shape=tuple(spec.shape),
        parameters=about.parameters,
        needs_weights="weights" in settings,
        entries=tuple(about.entries),
        licence=about.licence or "; ".join(licences),
        source=about.source,
        layer=spec.layer,
        settings=settings,
    )


def _made(make: Callable[..., Backbone], *, random: bool) -> Backbone:
    if random:
        with contextlib.suppress(Problem):  # some have no random weights
            return make(weights="random:0")
    with _offline():
        return make()


@contextlib.contextmanager
def _offline() -> Iterator[None]:
    """Forbid downloads for a while: a list must not fetch anything."""
    before = os.environ.get("EMOSTACK_OFFLINE")
    os.environ["EMOSTACK_OFFLINE"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["EMOSTACK_OFFLINE"]
        else:
            os.environ["EMOSTACK_OFFLINE"] = before


def owners(entry: str) -> list[str]:
    """Return the backbones whose own weights an entry is (not only a part of them)."""
    described = map(describe, registry.names())
    return [one.name for one in described if one.entries[:1] == (entry,)]
