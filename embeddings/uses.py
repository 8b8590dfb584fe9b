"""Which runs use which embeddings, as their manifests say."""

import dataclasses
import json
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["RunUse", "runs_below"]

MANIFEST = "manifest.json"
# What a manifest says that the run itself did not use: what a paper has.
OTHERS = {"paper"}
BETWEEN_WORDS = re.compile(r"[\s,;=:/'\"\[\]()]+")
KEYED = re.compile(r"(?P<name>[^\s/]+)-(?P<key>[0-9a-f]{8})")


@dataclasses.dataclass(frozen=True)
class RunUse:
    """What one run names.

    Attributes:
        folder: The run folder.
        words: All words of its manifest and recipe, and "name-key" of each backbone.
        weights: (source, verified) by sha256, as it recorded them.
        problem: Why nobody knows what it uses, or "".
    """

    folder: Path
    words: frozenset[str] = frozenset()
    weights: Mapping[str, tuple[str, str]] = dataclasses.field(default_factory=dict)
    problem: str = ""

    def uses(self, name: str, key: str) -> bool:
        """Say whether a run uses a backbone's embeddings.

        One that names the backbone and no key of it has not come to note the key yet:
        it may be extracting just now, and counts as using all of that name.

        Args:
            name: The backbone's.
            key: Its key.
        """
        found = (KEYED.fullmatch(word) for word in self.words)
        keys = {match["key"] for match in found if match and match["name"] == name}
        return key in keys if keys else name in self.words


def runs_below(roots: Iterable[Path]) -> list[RunUse]:
    """Read the manifests of all runs below some folders.

    Args:
        roots: Searched with everything below them; there need be none of them.
    """
    found = {}
    for root in roots:
        for folder, _, files in os.walk(root):
            if MANIFEST in files:
                path = Path(folder)
                found.setdefault(path.resolve(), path)
    return [_read(folder) for _, folder in sorted(found.items())]


def _read(folder: Path) -> RunUse:
    told: list[Any] = []
    for name, parse in ((MANIFEST, json.loads), ("recipe.toml", tomllib.loads)):
        path = folder / name
        if path.is_file():
            try:
                told.append(parse(path.read_text(encoding="utf-8")))
            except (OSError, ValueError, RecursionError) as error:
                return RunUse(
                    folder,
                    problem=f"{path} cannot be read ({error}), so nobody knows what "
                    f"that run uses; mend it, or remove the run's folder.",
                )
    words: set[str] = set()
    weights: dict[str, tuple[str, str]] = {}
    for value in _walk(told):
        if isinstance(value, str):
            words.update(BETWEEN_WORDS.split(value))
        elif isinstance(value.get("name"), str) and isinstance(value.get("key"), str):
            words.add(f"{value['name']}-{value['key']}")
        elif {"sha256", "source", "verified"} <= value.keys():
            weights[str(value["sha256"])] = str(value["source"]), str(value["verified"])
    return RunUse(folder, frozenset(words), weights)


def _walk(value: Any) -> Iterator[str | dict]:
    """Yield all text and all objects in a JSON or TOML value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield value
        for key, inner in value.items():
            if key not in OTHERS:
                yield key
                yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)
