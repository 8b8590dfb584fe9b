"""What `--fast` asks of backbones: the one table of what trades digits for time.

Each is an ordinary setting with a name, is in the key of what it changes, and can be
given alone: `--set precision=mixed_bfloat16`. docs/performance.md says what each gains
and by how much it moves the numbers.
"""

import dataclasses
import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from embeddings import registry
from experiments.recipe import Branch

__all__ = ["FAST", "hastened"]

_ANYWHERE = {"precision": "mixed_bfloat16", "stored": "float16"}

FAST: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "audio": {"resampler": "soxr", **_ANYWHERE},
        # A fifth of the picture's shorter side: 144 of RAVDESS' 720 pixels.
        "visual": {"min_face": 0.2, "track": True, "luma": True, **_ANYWHERE},
    }
)

SEARCH = ("min_face", "track", "luma")


def hastened(branch: Branch, modality: str) -> Branch:
    """Return a branch with the switches of `--fast` that its backbone has.

    What its settings say already stays as it is.

    Args:
        branch: Its backbone may be of any kind; of a table nothing is changed.
        modality: "audio" or "visual".
    """
    name, settings = branch.backbone, branch.settings
    if registry.is_file(name):
        usual = {}  # its file says how faces are found, and its numbers are its own
    elif name in registry.names():
        parameters = inspect.signature(registry.factory(name)).parameters
        usual = {one.name: one.default for one in parameters.values()}
    else:
        return branch
    known = {*usual, *registry.OF_THE_STORE}
    if modality == "visual" and not _searches(usual | settings):
        known -= {*SEARCH}
    if (usual | settings).get("colour") != "gray":
        known -= {"luma"}
    switches = {key: value for key, value in FAST[modality].items() if key in known}
    return dataclasses.replace(branch, settings={**switches, **settings})


def _searches(settings: Mapping[str, Any]) -> bool:
    """Say whether faces are searched for, and not taken to be somewhere."""
    from visual_features.detectors import make_detector

    return "detector" in settings and hasattr(
        make_detector(settings["detector"]), "track"
    )
