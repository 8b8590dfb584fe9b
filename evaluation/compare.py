"""Is a paper's figure reproduced? One of three verdicts, with its reasons.

*Reproduced* means: the same data, classes, protocol and pretrained weights, and the
paper's figure inside the 95 % interval over seeds. Anything else is *not reproduced*
or *not comparable, because ...*.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from evaluation.systems import modalities_of

__all__ = [
    "NOT_COMPARABLE",
    "NOT_REPRODUCED",
    "REPRODUCED",
    "Verdict",
    "cautions",
    "headline",
    "verdict",
]

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
NOT_COMPARABLE = "not comparable"

CHECKED = ("hash", "smoke")
ORDER = ("stacked", "audio", "visual")


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What can be said of one system's figure.

    Attributes:
        word: `REPRODUCED`, `NOT_REPRODUCED` or `NOT_COMPARABLE`.
        reasons: Sentences; for "not comparable" each is one thing that differs.
        paper: The paper's test accuracy.
        measured: Ours, the mean over seeds; None if the system was not tested.
        interval: The 95 % interval of ours.
    """

    word: str
    reasons: tuple[str, ...]
    paper: float
    measured: float | None
    interval: tuple[float, float] | None


def verdict(
    manifest: Mapping[str, Any], metrics: Mapping[str, Any]
) -> dict[str, Verdict]:
    """Judge each system that the paper has a figure for.

    What the paper used stands in the manifest's `paper` (`corpora`, `takes`, `labels`,
    `protocol`, `backbones`), as in the recipe; what it does not say is not compared.

    Args:
        manifest: Content of `manifest.json`.
        metrics: Content of `metrics.json`.

    Returns:
        One verdict a system, in the order of the paper's figures.
    """
    known = manifest.get("paper") or {}
    name = known.get("name", "the paper")
    return {
        system: _judge(system, float(figure), name, known, manifest, metrics)
        for system, figure in (known.get("figures") or {}).items()
    }


def headline(verdicts: Mapping[str, Verdict]) -> tuple[str, Verdict] | None:
    """Pick the verdict that stands for the run: stacked, else a base net.

    A system that was tested goes before one that was not.
    """
    named = [name for name in ORDER if name in verdicts]
    named += [name for name in verdicts if name not in named]
    tested = [name for name in named if verdicts[name].measured is not None]
    for name in tested or named:
        return name, verdicts[name]
    return None


def cautions(manifest: Mapping[str, Any]) -> list[str]:
    """Say what a reader must know before any figure of this run, most grave first."""
    said = []
    random = [
        f"{modality} ({weights.get('source', 'random')})"
        for modality, weights in (manifest.get("weights") or {}).items()
        if (weights or {}).get("verified") == "random"
    ]
    if random:
        said.append(
            f"Random weights: nothing pretrained was used for {' and '.join(random)}; "
            f"these figures say nothing about the paper's system."
        )
    corpora = manifest.get("corpora") or []
    made_up = [corpus["name"] for corpus in corpora if corpus.get("synthetic")]
    if made_up:
        said.append(
            f"Synthetic corpus: the takes of {' and '.join(made_up)} were drawn by a "
            f"program; nobody spoke, and these figures say nothing about people."
        )
    unverified = [
        f"{modality} ({weights.get('source', 'unknown source')})"
        for modality, weights in (manifest.get("weights") or {}).items()
        if (weights or {}).get("verified") == "unverified"
    ]
    if unverified:
        said.append(
            f"Unverified weights: {' and '.join(unverified)} could not be checked "
            f"against a published hash or known outputs."
        )
    failed = {failure["take"] for failure in manifest.get("failed") or []}
    if failed:
        takes = "1 take" if len(failed) == 1 else f"{len(failed):,} takes"
        said.append(f"{takes} failed and {_is(failed)} in no figure below.")
    return said


def _is(things) -> str:
    return "is" if len(things) == 1 else "are"


def _judge(system, figure, name, known, manifest, metrics) -> Verdict:
    tested = metrics.get("systems", {}).get(system, {}).get("test")
    if tested is None:
        why = f"system {system} was not tested in this run"
        return Verdict(NOT_COMPARABLE, (_sentence(why),), figure, None, None)
    measured = tested["accuracy"]["mean"]
    low, high = tested["accuracy"]["interval"]
    reasons = _differences(system, known, manifest, metrics)
    if reasons:
        word = NOT_COMPARABLE
    else:
        inside = low <= figure <= high
        word = REPRODUCED if inside else NOT_REPRODUCED
        reasons = [
            f"{name}'s {100 * figure:.1f} % is {'inside' if inside else 'outside'} "
            f"the 95 % interval {100 * low:.1f} % to {100 * high:.1f} %"
        ]
    return Verdict(word, tuple(map(_sentence, reasons)), figure, measured, (low, high))


def _differences(system, known, manifest, metrics) -> list[str]:
    """Say, clause by clause, how the run is another experiment than the paper's."""
    reasons = []
    corpora = manifest.get("corpora") or []
    made_up = [corpus["name"] for corpus in corpora if corpus.get("synthetic")]
    if made_up:
        reasons.append(f"the corpus is synthetic ({', '.join(made_up)})")
    elif known.get("corpora"):
        names = sorted(corpus["name"] for corpus in corpora)
        if names != sorted(known["corpora"]):
            ours = ", ".join(names) or "not recorded"
            reasons.append(f"the corpus is {ours}, not {', '.join(known['corpora'])}")
    failed = len({failure["take"] for failure in manifest.get("failed") or []})
    takes = sum(corpus.get("takes", 0) for corpus in corpora) - failed
    if known.get("takes") and takes != known["takes"]:
        reasons.append(f"the run has {takes:,} takes, the paper {known['takes']:,}")
    labels = list(metrics.get("labels") or manifest.get("labels") or [])
    if known.get("labels") and sorted(labels) != sorted(known["labels"]):
        reasons.append(
            f"the run has {len(labels)} classes ({', '.join(labels)}), the paper "
            f"{len(known['labels'])} ({', '.join(known['labels'])})"
        )
    protocol = manifest.get("protocol")
    if known.get("protocol") and protocol != known["protocol"]:
        reasons.append(
            f"the protocol is {protocol or 'not recorded'}, not {known['protocol']}"
        )
    for modality in modalities_of(system):
        reasons += _backbone(modality, known, manifest)
    return reasons


def _backbone(modality, known, manifest) -> list[str]:
    reasons = []
    wanted = (known.get("backbones") or {}).get(modality)
    backbone = (manifest.get("backbones") or {}).get(modality) or {}
    if wanted and backbone.get("name", wanted) != wanted:
        reasons.append(f"the {modality} backbone is {backbone['name']}, not {wanted}")
    weights = (manifest.get("weights") or {}).get(modality) or {}
    verified, source = weights.get("verified", "none"), weights.get("source")
    none = verified == "none" and source == "none"  # it computes without any
    if verified not in CHECKED and not none:
        said = {
            "random": f"are random ({source}), not pretrained",
            "unverified": f"are unverified ({source})",
        }.get(verified, "are not recorded")
        reasons.append(f"the {modality} backbone's weights {said}")
    return reasons


def _sentence(clause: str) -> str:
    return f"{clause[0].upper()}{clause[1:]}."
