"""A trained system in one portable folder, and what can be asked of it.

Example:
    >>> from experiments.bundle import open_bundle
    >>> system = open_bundle("artifacts/runs/mine/bundle")
    >>> answers = system.predict(["clip.mp4", "recordings/"])
"""

import importlib
from typing import Any

# Looked up when they are first used: `--help` must not wait for pandas.
_HOMES = {
    "Bundle": "experiments.bundle.contents",
    "make_bundle": "experiments.bundle.make",
    "open_bundle": "experiments.prediction.system",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
