"""Recipes and the run folder: the whole chain as a few verbs.

Example:
    >>> recipe = load_recipe("thesis")
    >>> run = Run.create(Path("runs/thesis"), recipe)
    >>> scores = reproduce(run, Path("RAVDESS"), seeds=range(5))
"""

import importlib
from typing import Any

# Looked up when they are first used: `--help` must not wait for scipy.
_HOMES = {
    "Run": "experiments.run",
    "evaluate": "experiments.chain",
    "load_recipe": "experiments.recipe_file",
    "open_bundle": "experiments.prediction.system",
    "prepare": "experiments.chain",
    "report": "experiments.chain",
    "reproduce": "experiments.chain",
    "train": "experiments.chain",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
