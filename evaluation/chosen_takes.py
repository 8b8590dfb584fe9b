"""What a report shows of single takes: their faces, and what was said over time."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.contact_sheet import contact_sheet
from evaluation.model_card import CORPORA
from evaluation.run_folder import RunFolder
from evaluation.systems import STACKED
from evaluation.timeline import read_timelines

__all__ = ["chosen_takes"]


def chosen_takes(run: RunFolder) -> dict[str, Any]:
    """Gather the chosen takes of which there is something to be shown.

    Returns:
        `shown` (of `contact_sheet`, those with faces or a timeline), `lines` (of
        `read_timelines`), `systems` (of the lines), `at_once` (branches that have no
        line, but whose stack has one), `strips` (whether there are faces), `credits`
        (whose they are, as far as that is known) and `named` (whether somebody asked
        for these takes).

    Raises:
        Problem: If a table or a picture is damaged.
    """
    manifest = run.manifest
    labels = run.metrics.get("labels") or manifest.get("labels") or []
    lines, sheet = read_timelines(run.path, labels), contact_sheet(run.path)
    systems = dict.fromkeys(name for line in lines.values() for name in line.systems)
    branches = manifest.get("backbones") or {}
    return {
        "shown": [one for one in sheet if one.strip or one.take in lines],
        "lines": lines,
        "systems": list(systems),
        "at_once": [x for x in branches if STACKED in systems and x not in systems],
        "strips": any(one.strip for one in sheet),
        "credits": _credits(manifest.get("corpora") or []),
        "named": bool((manifest.get("exhibits") or ["", []])[1]),
    }


def _credits(corpora: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name the corpora of which it is known on which terms faces may be shown."""
    said = []
    for corpus in corpora:
        facts = CORPORA.get(corpus.get("name"))
        if corpus.get("licence"):
            said.append(f"{corpus['name']}, {corpus['licence']}")
        elif facts:
            said.append(f"{facts.title}, {facts.terms}")
    return said
