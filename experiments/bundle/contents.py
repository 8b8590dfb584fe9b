"""What a bundle holds: a folder that stands for a trained system, without its run.

    bundle.json            what it is, a hash of every file, and a digest over all
    README.md              what a person must know before using it
    recipe.toml            the resolved recipe
    takes.csv              which recordings were in which part, by the files' hashes
    specimens.npz          what heads said of a few tested takes, and were fed of them
    heads/<system>/        head.keras or head.skops, card.json with the scaler, a card
    backbones/             descriptions of networks' files, where a branch stands on one
    figures/               confusion and reliability, SVG

Weights of frozen networks are not in it: they are large, and others' to give. It names
them by hash, and works with no others.
"""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corpus.files import digest, read_json, sha256
from corpus.problem import Problem
from experiments.recipe import Recipe
from experiments.recipe_file import load_recipe

__all__ = ["FILE", "SCHEMA", "Bundle", "digest_of", "hashes_below"]

FILE = "bundle.json"
SCHEMA = 1
KEYS = (
    *("emostack", "name", "seed", "fold", "labels", "systems", "answers"),
    *("branches", "trust", "limits", "files", "digest"),
)


@dataclasses.dataclass(frozen=True)
class Bundle:
    """A bundle that was read and found whole.

    Attributes:
        folder: Where it is.
        facts: Content of `bundle.json`. `systems[name]` says which `modalities` it
            takes and the folder of its `head`; `answers["audio+visual"]`, which system
            answers for a clip of which that is there; `branches[modality]` describes
            the frozen `backbone` (`spec`, `key`, `weights`, and whether it gives one
            embedding a take, `alone`); `trust[name]` has the system's `temperature`;
            and `unsure_below` is the confidence that an answer needs.
        recipe: The resolved recipe.
    """

    folder: Path
    facts: Mapping[str, Any]
    recipe: Recipe

    @classmethod
    def read(cls, folder: Path) -> "Bundle":
        """Read a bundle, every file compared with its hash.

        Args:
            folder: A bundle, or a run folder that has one.

        Raises:
            Problem: If there is none, or a file is missing, changed or too many.
        """
        folder = Path(folder)
        if not (folder / FILE).is_file() and (folder / "bundle" / FILE).is_file():
            folder = folder / "bundle"
        if not (folder / FILE).is_file():
            raise Problem(
                f"{folder} holds no bundle ({FILE}); a run leaves one in its folder, "
                f"or make one by `emostack bundle make --run RUN`."
            )
        facts = read_json(folder / FILE)
        if facts.get("schema") != SCHEMA or any(key not in facts for key in KEYS):
            raise Problem(
                f"{folder / FILE} was not written by this version of emostack; make "
                f"the bundle again by `emostack bundle make --run RUN`."
            )
        _check(folder, facts)
        return cls(folder, facts, load_recipe(str(folder / "recipe.toml")))

    @property
    def labels(self) -> tuple[str, ...]:
        """The emotions, in the order of all probabilities."""
        return tuple(self.facts["labels"])

    @property
    def modalities(self) -> tuple[str, ...]:
        """Its branches, "audio" before "visual"."""
        return tuple(self.facts["branches"])

    @property
    def digest(self) -> str:
        """Stands for all of its content: 64 hexadecimal characters."""
        return self.facts["digest"]

    @property
    def limits(self) -> list[str]:
        """What its answers must be read with."""
        return list(self.facts["limits"])

    def head_folder(self, system: str) -> Path:
        """Return where a system's head is."""
        return self.folder / self.facts["systems"][system]["head"]


def digest_of(facts: Mapping[str, Any]) -> str:
    """Return the digest over a bundle: all that `bundle.json` says, hashes included."""
    told = {name: value for name, value in facts.items() if name != "digest"}
    return digest(json.loads(json.dumps(told)))


def hashes_below(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder but `bundle.json`, by path."""
    return {
        path.relative_to(folder).as_posix(): sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / FILE
    }


def _check(folder: Path, facts: Mapping[str, Any]) -> None:
    """See that a bundle is what its `bundle.json` says, and nothing else.

    Raises:
        Problem: If it is not; names the first file.
    """
    cure = "copy the bundle again, or make it anew by `emostack bundle make`"
    if digest_of(facts) != facts["digest"]:
        raise Problem(f"{folder / FILE} was changed (its digest differs); {cure}.")
    found, told = hashes_below(folder), facts["files"]
    for name in sorted({*found, *told}):
        if name not in found:
            raise Problem(f"{folder / name} is missing; {cure}.")
        if name not in told:
            raise Problem(f"{folder / name} does not belong to the bundle; remove it.")
        if found[name] != told[name]:
            raise Problem(f"{folder / name} was changed (its hash differs); {cure}.")
