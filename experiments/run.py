"""The run folder: everything about one experiment, and what was done already."""

import contextlib
import copy
import dataclasses
import datetime
import logging
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import corpus
from corpus.files import digest, read_json, sweep, write_json, write_text
from corpus.problem import Problem
from corpus.workers import cores
from experiments.recipe import Recipe
from experiments.recipe_file import load_recipe, to_toml

__all__ = ["Run", "artifacts_folder"]

PACKAGES = (
    "keras",
    "tensorflow",
    "numpy",
    "pandas",
    "scikit-learn",
    "resampy",
    "soundfile",
    "av",
    "opencv-python-headless",
)


log = logging.getLogger(__name__)

# What stages fill in, before any did.
_NOTHING: dict[str, Any] = {
    "seeds": [],
    "weights": {},
    "backbones": {},
    "split": {},
    "seconds": {},
    "failed": [],
}


def artifacts_folder(named: Path | None = None) -> Path:
    """Return where outputs go: the named folder, $EMOSTACK_ARTIFACTS, or artifacts/."""
    return Path(named or os.environ.get("EMOSTACK_ARTIFACTS") or "artifacts")


class Run:
    """One recipe on one corpus, with all its seeds.

    Attributes:
        folder: The run folder.
        recipe: The resolved recipe.
        artifacts: Where embeddings, faces and weights are.
        manifest: What `manifest.json` holds.
    """

    def __init__(self, folder: Path, recipe: Recipe, artifacts: Path | None = None):
        self.folder, self.recipe = folder, recipe
        self.artifacts = artifacts_folder(artifacts)
        self.manifest: dict[str, Any] = {}

    @classmethod
    def create(
        cls, folder: Path, recipe: Recipe, artifacts: Path | None = None
    ) -> "Run":
        """Begin a run, or go on with one of the very same recipe.

        Raises:
            Problem: If the folder holds another recipe's run, or something else.
        """
        if folder.is_dir():
            sweep(folder, now=time.time())
        if (folder / "recipe.toml").is_file():
            run = cls.open(folder, artifacts)
            if run.recipe == recipe:
                return run
            if run.manifest["split"]:
                differ = ", ".join(_differences(run.recipe, recipe))
                raise Problem(
                    f"{folder} holds a run of another recipe (different: {differ}); "
                    f"name another folder, or remove that one."
                )
            # It never got as far as a split: nothing in it depends on its recipe.
        elif folder.is_dir() and any(folder.iterdir()):
            raise Problem(
                f"{folder} is not empty and holds no run; name another folder."
            )
        run = cls(folder, recipe, artifacts)
        run.manifest = {
            "emostack": corpus.__version__,
            "recipe": recipe.name,
            "title": recipe.title,
            "profile": recipe.profile,
            "protocol": recipe.protocol.name,
            "started": _now(),
            "labels": list(recipe.corpus.emotions),
            "paper": dataclasses.asdict(recipe.paper),
            **copy.deepcopy(_NOTHING),
            "versions": _versions(),
            "machine": {
                "cores": cores(),
                "system": platform.platform(),
                "processor": platform.processor() or platform.machine(),
            },
            "git": _git(),
        }
        write_text(folder / "recipe.toml", to_toml(recipe))
        run.save()
        return run

    @classmethod
    def open(cls, folder: Path, artifacts: Path | None = None) -> "Run":
        """Open an existing run.

        Raises:
            Problem: If the folder holds none.
        """
        if not (folder / "recipe.toml").is_file():
            raise Problem(
                f"{folder} holds no run (recipe.toml); begin one with `emostack "
                f"reproduce --recipe thesis --data ROOT --out {folder}`."
            )
        run = cls(folder, load_recipe(str(folder / "recipe.toml")), artifacts)
        try:
            run.manifest = read_json(folder / "manifest.json")
            missing = [name for name in _NOTHING if name not in run.manifest]
            if missing:
                raise Problem(f"{folder / 'manifest.json'} lacks {', '.join(missing)}.")
        except Problem as problem:
            raise Problem(
                f"{str(problem).removesuffix('.')}; or remove the run folder and run "
                f"again: embeddings are kept elsewhere."
            ) from problem
        return run

    def save(self) -> None:
        """Write the manifest."""
        # Of the largest process: this one, or a worker that has ended.
        whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        largest = max(resource.getrusage(one).ru_maxrss for one in whose)
        unit = 1 if sys.platform == "darwin" else 1024
        peak = max(largest * unit, self.manifest.get("peak_memory_bytes", 0))
        self.manifest["peak_memory_bytes"] = peak
        write_json(self.folder / "manifest.json", self.manifest)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage that does work, and save the manifest at its end."""
        started = time.monotonic()
        yield
        self.add_seconds(name, time.monotonic() - started)
        self.save()

    def add_seconds(self, stage: str, took: float) -> None:
        """Count a stage's time; that of work done side by side adds up."""
        log.info("%s: %s took %.1f s", self.folder, stage, took)
        seconds = self.manifest["seconds"]
        seconds[stage] = round(seconds.get(stage, 0) + took, 2)

    @property
    def index_folder(self) -> Path:
        """Where the index is."""
        return self.folder / "index"

    def split_file(self, seed: int) -> Path:
        """Where a seed's split is."""
        return self.folder / "splits" / f"seed-{seed}.csv"

    def head_folder(self, seed: int, system: str, fold: int | None = None) -> Path:
        """Where a trained head is; `fold` only where the split has several."""
        place = self.folder / "heads" / f"seed-{seed}"
        return (place if fold is None else place / f"fold-{fold}") / system

    @property
    def predictions_file(self) -> Path:
        """Where all predictions are."""
        return self.folder / "predictions.csv"


def _differences(old: Recipe, new: Recipe) -> list[str]:
    def flat(value: Any, prefix: str = "") -> dict[str, str]:
        if not isinstance(value, dict):
            return {prefix: digest(value)}
        items = {}
        for key, part in value.items():
            items |= flat(part, f"{prefix}.{key}" if prefix else key)
        return items

    one, two = flat(dataclasses.asdict(old)), flat(dataclasses.asdict(new))
    return sorted(key for key in {*one, *two} if one.get(key) != two.get(key))


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return versions


def _git() -> dict[str, Any] | None:
    """Return the toolkit's own commit, where it runs from a checkout."""
    root = Path(__file__).resolve().parents[1]
    if not (root / ".git").exists():
        return None

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        dirty = bool(git("status", "--porcelain"))
        return {"commit": git("rev-parse", "HEAD"), "dirty": dirty}
    except (OSError, subprocess.CalledProcessError):
        return None
