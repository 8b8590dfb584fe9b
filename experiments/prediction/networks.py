"""The frozen networks that a bundle stands on: found, made, and held to its record."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

from corpus.problem import Problem
from embeddings import registry
from embeddings.backbone import LATER, Backbone
from experiments.bundle.contents import Bundle
from experiments.extraction import backbone_of

__all__ = ["frozen_networks"]


def frozen_networks(
    bundle: Bundle, weights: Mapping[str, str], artifacts: Path | None = None
) -> dict[str, Backbone]:
    """Return the frozen network of each branch that can be asked of clips.

    Args:
        bundle: Says which they are.
        weights: By modality, a file of weights.
        artifacts: Where weights are kept.

    Raises:
        Problem: If weights are not to be had; or what is had would not give the
            numbers that the heads were trained on. It names both hashes.
    """
    strange = [name for name in weights if name not in bundle.modalities]
    if strange:
        raise Problem(
            f"--weights are of {' and '.join(bundle.modalities)}, not {strange[0]!r}."
        )
    found = {}
    for name, facts in bundle.facts["branches"].items():
        if not facts["embeds"]:
            continue
        branch = getattr(bundle.recipe, name)
        if registry.is_file(branch.backbone):
            branch = dataclasses.replace(
                branch, backbone=str(bundle.folder / branch.backbone)
            )
        if name in weights:
            branch = dataclasses.replace(branch, weights=weights[name])
        backbone = backbone_of(branch, name, artifacts)
        _check(backbone, facts, bundle, name)
        found[name] = backbone
    return found


def _check(backbone: Backbone, facts: Mapping, bundle: Bundle, name: str) -> None:
    ours = json.loads(json.dumps(backbone.spec.told))
    spec = facts["spec"].items()
    theirs = {name: value for name, value in spec if LATER.get(name, ...) != value}
    if ours == theirs:
        return
    if ours["weights_sha256"] != theirs["weights_sha256"]:
        raise Problem(
            f"{bundle.folder} was trained on {theirs['name']} with weights of SHA-256 "
            f"{theirs['weights_sha256'] or 'none'} ({facts['weights']['source']}), and "
            f"those at {backbone.weights.source} have {ours['weights_sha256']}; give "
            f"the right ones by --weights {name}=PATH."
        )
    other = sorted(key for key in {*ours, *theirs} if ours.get(key) != theirs.get(key))
    raise Problem(
        f"{bundle.folder} was trained on {theirs['name']} with other settings "
        f"({', '.join(other)}) than this version of emostack makes of its recipe; use "
        f"emostack {bundle.facts['emostack']}, or train it again."
    )
