"""The model card of a trained system: what it is for, what not, and how well it does.

A model card (Mitchell et al. 2019, Model Cards for Model Reporting) is a Markdown file
with a YAML head, as model hubs read it. `model_card.md.j2` holds the words.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.files import write_text
from corpus.leaks import sentence
from evaluation.compare import cautions
from evaluation.page import render
from evaluation.systems import modalities_of

__all__ = ["CORPORA", "CorpusFacts", "write_model_card"]

FILE = "model_card.md"
SEES = {"audio": "the sound", "visual": "the face"}
UNKNOWN = "other"


@dataclasses.dataclass(frozen=True, kw_only=True)
class CorpusFacts:
    """What a card says of a corpus; its data statement says more, and where from.

    Attributes:
        title: Its full name, and its source.
        says: Who speaks, and how the emotions came about.
        licence: An identifier of the SPDX list in small letters, or "other".
        terms: The licence in words.
        statement: Its data statement, a page of `docs/data/`.
    """

    title: str
    says: str
    licence: str
    terms: str
    statement: str


CORPORA = {
    "ravdess": CorpusFacts(
        title="RAVDESS (Livingstone and Russo 2018, doi 10.5281/zenodo.1188976)",
        says="24 professional actors, 12 of each sex, say two sentences in North "
        "American English; the emotions were asked for and acted, at two intensities.",
        licence="cc-by-nc-sa-4.0",
        terms="CC BY-NC-SA 4.0",
        statement="ravdess.md",
    ),
    "savee": CorpusFacts(
        title="SAVEE (Haq and Jackson 2009)",
        says="Four men of 27 to 31 years, students and researchers of one university, "
        "say sentences in British English; the emotions were acted.",
        licence=UNKNOWN,
        terms="given on registration with the University of Surrey, on its terms",
        statement="savee.md",
    ),
    "rml": CorpusFacts(
        title="RML (Wang and Guan 2008)",
        says="Eight people speak six languages; asked for an emotion, they recalled "
        "one of their own.",
        licence=UNKNOWN,
        terms="research and non-commercial use, after a signed agreement",
        statement="rml.md",
    ),
}
MADE_UP = CorpusFacts(
    title="emostack's made-up takes",
    says="Drawn by a program: no person is in them, and nothing learned from them "
    "carries over to people.",
    licence="apache-2.0",
    terms="Apache-2.0",
    statement="made_up.md",
)
ELSEWHERE = CorpusFacts(
    title="a corpus of one's own",
    says="Not described here.",
    licence=UNKNOWN,
    terms="the owner's",
    statement="README.md",  # what a statement of one's own should tell
)


def write_model_card(
    folder: Path,
    card: Mapping[str, Any],
    manifest: Mapping[str, Any],
    metrics: Mapping[str, Any] | None,
) -> Path:
    """Write `model_card.md` beside a trained head.

    Args:
        folder: Holds `head.keras` and `card.json`.
        card: Content of `card.json`; what it lacks is left out.
        manifest: Content of the run's `manifest.json`.
        metrics: Content of its `metrics.json`; None before it was tested.

    Returns:
        The path of the model card.
    """
    system = card.get("system") or Path(folder).name
    metrics = metrics or {}
    test = ((metrics.get("systems") or {}).get(system) or {}).get("test")
    corpora = [_described(one) for one in _corpora(card, manifest)]
    view = {
        "card": card,
        "manifest": manifest,
        "system": system,
        "head": _head(system, card, manifest, corpora, test),
        "modalities": list(card.get("backbones") or modalities_of(system)),
        "sees": SEES,
        "corpora": corpora,
        "cautions": cautions({**manifest, "failed": []}),
        "shared": _shared(manifest.get("leaks") or []),
        "metrics": metrics,
        "test": test,
        "own": _own_accuracy(card, metrics, test),
        "groups": _groups(metrics.get("groups") or [], system),
        "takes": _count(card.get("takes")),
        "watched": _count(card.get("validation_takes")),
    }
    path = Path(folder) / FILE
    write_text(path, render("model_card.md.j2", view))
    return path


def _corpora(
    card: Mapping[str, Any], manifest: Mapping[str, Any]
) -> Sequence[Mapping[str, Any]]:
    return card.get("corpora") or manifest.get("corpora") or []


def _described(corpus: Mapping[str, Any]) -> dict[str, Any]:
    known = MADE_UP if corpus.get("synthetic") else CORPORA.get(corpus["name"])
    return {**corpus, "facts": known or ELSEWHERE}


def _head(
    system: str,
    card: Mapping[str, Any],
    manifest: Mapping[str, Any],
    corpora: Sequence[Mapping[str, Any]],
    test: Mapping[str, Any] | None,
) -> str:
    """Return the YAML head; JSON values are YAML values."""
    backbones = (card.get("backbones") or manifest.get("backbones") or {}).values()
    names = [backbone["name"] for backbone in backbones]
    recipe = card.get("recipe") or manifest.get("recipe") or "run"
    facts: dict[str, Any] = {
        # Heads that are no networks say on their card whether they normalise.
        "library_name": "sklearn" if "normalise" in card else "keras",
        "license": _licence(corpora),
        "datasets": [corpus["name"] for corpus in corpora],
        "metrics": ["accuracy", "recall", "f1"],
        "base_model": names,
        "tags": ["emotion-recognition", *modalities_of(system)],
    }
    if facts["license"] == UNKNOWN:
        facts["license_name"] = "as-the-training-data"
    lines = [f"{name}: {json.dumps(value)}" for name, value in facts.items()]
    if test:
        scores = [
            {"type": kind, "name": said, "value": round(test[key]["mean"], 4)}
            for kind, said, key in (
                ("accuracy", "test accuracy, mean over seeds", "accuracy"),
                ("recall", "UAR", "uar"),
                ("f1", "macro-F1", "macro_f1"),
            )
        ]
        result = {
            "task": {"type": "other", "name": "emotion recognition"},
            "dataset": {
                "type": ", ".join(facts["datasets"]) or "unknown",
                "name": f"protocol {manifest.get('protocol') or 'not recorded'}",
            },
            "metrics": scores,
        }
        index = [{"name": f"emostack-{recipe}-{system}", "results": [result]}]
        lines.append(f"model-index: {json.dumps(index)}")
    return "\n".join(lines)


def _licence(corpora: Sequence[Mapping[str, Any]]) -> str:
    """Return the licence of what was learned: that of the data, if it is one."""
    licences = {corpus["facts"].licence for corpus in corpora}
    return licences.pop() if len(licences) == 1 else UNKNOWN


def _own_accuracy(
    card: Mapping[str, Any],
    metrics: Mapping[str, Any],
    test: Mapping[str, Any] | None,
) -> float | None:
    """Return the test accuracy of this very head's seed."""
    if not test or card.get("seed") not in metrics.get("seeds", []):
        return None
    each = test["accuracy"]["per_seed"]
    place = metrics["seeds"].index(card["seed"])
    return each[place] if len(each) == len(metrics["seeds"]) else None


def _shared(leaks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say what the test part shares with others."""
    return [
        sentence(leak)
        + (", **against the protocol**" if leak["promised_apart"] else "")
        for leak in leaks
        if leak["count"] and "test" in (leak.get("parts") or ())[1:]
    ]


def _groups(
    rows: Sequence[Mapping[str, Any]], system: str
) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Return a system's groups by column; speakers are summed up elsewhere."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["system"] == system and row["column"] != "speaker":
            found.setdefault(row["column"].replace("_", " "), []).append(row)
    return list(found.items())


def _count(takes: Sequence[str] | int | None) -> int | None:
    return takes if takes is None or isinstance(takes, int) else len(takes)
