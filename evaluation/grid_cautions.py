"""What a reader must know before any figure of an ablation."""

from collections.abc import Mapping
from typing import Any

__all__ = ["cautions"]


def cautions(found: Mapping[str, Any]) -> list[str]:
    """Say it in sentences, most grave first.

    Args:
        found: Content of `ablation.json`.
    """
    said = []

    def with_weights(verified: str) -> str:
        names = [
            name
            for name, one in found["backbones"].items()
            if one["weights"]["verified"] == verified
            and "elsewhere" not in one["weights"]["how"]
        ]
        return _together(names)

    if names := with_weights("random"):
        said.append(
            f"Random weights: nothing pretrained was used for {names}; figures with "
            f"them say nothing about those networks."
        )
    made_up = [one["name"] for one in found["corpora"] if one["synthetic"]]
    if made_up:
        said.append(
            f"Synthetic corpus: the takes of {_together(made_up)} were drawn by a "
            f"program; nobody spoke, and these figures say nothing about people."
        )
    watched = [part for part in found["watched"] if part == "test"]
    if watched:
        said.append(
            "Watched by the test part: early stopping looked at the takes that are "
            "scored, as the paper's probably did; these figures are too high."
        )
    if names := with_weights("unverified"):
        said.append(
            f"Unverified weights: those of {names} could not be checked against a "
            f"published hash or known outputs."
        )
    elsewhere = [
        name
        for name, one in found["backbones"].items()
        if "elsewhere" in one["weights"]["how"]
    ]
    if elsewhere:
        said.append(
            f"Made elsewhere, unverified: {_together(elsewhere)} {_are(elsewhere)} "
            f"imported; from what, and at what cost, is not known here."
        )
    lost = {row["take"] for row in found["lost"]}
    if lost:
        takes = "1 take" if len(lost) == 1 else f"{len(lost):,} takes"
        said.append(
            f"{takes} failed with one backbone or another and {_are(lost)} in no "
            f"figure, so that all systems are tested on the same takes."
        )
    return said


def _together(names: list[str]) -> str:
    *most, last = names or [""]
    return f"{', '.join(most)} and {last}" if most else last


def _are(things) -> str:
    return "is" if len(things) == 1 else "are"
