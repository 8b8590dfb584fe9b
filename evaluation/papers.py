"""Several papers on one page: their figures, ours, and what the two have in common.

A recipe that was not run has its row as well: what a page leaves out, nobody misses.
"""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from corpus.files import read_json, whole, write_json, write_text
from corpus.problem import Problem
from evaluation.compare import (
    NOT_COMPARABLE,
    NOT_REPRODUCED,
    REPRODUCED,
    Verdict,
    cautions,
    verdict,
)
from evaluation.page import render
from evaluation.papers_picture import figures_and_ours
from evaluation.run_folder import RunFolder, read_run
from evaluation.systems import OTHER, kind_of, trained_on

__all__ = ["NOT_RUN", "PAGE", "read_papers", "write_papers"]

PAGE, DATA = "papers.html", "papers.json"
NOT_RUN = "not run"
WORDS = (REPRODUCED, NOT_REPRODUCED, NOT_COMPARABLE, NOT_RUN)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Row:
    """One system of one recipe, beside the paper's figure: a line of `papers.csv`.

    Shares are in [0, 1], differences too; None where there is none.
    """

    paper: str
    recipe: str
    system: str
    protocol: str
    figure: float | None
    accuracy: float | None = None
    low: float | None = None
    high: float | None = None
    difference: float | None = None
    uar: float | None = None
    n: int | None = None
    seeds: int | None = None
    chance: float | None = None
    majority: float | None = None
    verdict: str = ""
    reasons: tuple[str, ...] = ()


def write_papers(
    folder: Path,
    runs: Mapping[str, Path],
    *,
    papers: Mapping[str, Mapping[str, Any]],
    lacking: Mapping[str, str] | None = None,
    command: str | None = None,
) -> dict[str, Any]:
    """Write `papers.html`, the same as `.md`, its table as `.csv`, all as `.json`.

    Args:
        folder: Where they go; links to the runs' own reports are relative to it.
        runs: Run folders by recipe.
        papers: What each recipe's paper reports, as a manifest's `paper` has it, with
            the paper's `title`; by recipe, those without a run as well.
        lacking: Why there is no run, by recipe.
        command: What makes it again.

    Returns:
        What `papers.json` holds: `rows`, `recipes` (facts of each), `papers` (the
        recipes of each paper), `counts` (figures by verdict), `lacking`, `command`.

    Raises:
        Problem: If there is no run, or one has no score of a test part.
    """
    if not runs:
        raise Problem("there is not one run to set beside the papers' figures.")
    named = {name: read_run(path) for name, path in runs.items()}
    for name, run in named.items():
        if not run.tested:
            raise Problem(f"{run.path} ({name}) has no score of a test part.")
    by_paper: dict[str, list[str]] = {}
    for name, paper in papers.items():
        by_paper.setdefault(paper.get("name") or name, []).append(name)
    ordered = {name: papers[name] for names in by_paper.values() for name in names}
    rows = [
        row for name in ordered for row in _rows(name, papers[name], named.get(name))
    ]
    lacks = {name: lacking[name] for name in ordered if name in (lacking or {})}
    found = {
        "papers": by_paper,
        "recipes": {
            name: _facts(paper, named.get(name), folder)
            for name, paper in ordered.items()
        },
        "rows": [dataclasses.asdict(row) for row in rows],
        "counts": _counts(rows),
        "lacking": lacks,
        "command": command,
    }
    write_json(folder / DATA, found)
    flat = [{**row, "reasons": " ".join(row["reasons"])} for row in found["rows"]]
    with whole((folder / PAGE).with_suffix(".csv")) as file:
        pd.DataFrame(flat).to_csv(
            file, index=False, lineterminator="\n", float_format="%.6g"
        )
    view = {
        **found,
        "cautions": _cautions(named),
        "manifest": next(iter(named.values())).manifest,
        "reasons": {name: _reasons(rows, name) for name in ordered},
        "drawn": figures_and_ours(found["rows"]),
        "colour_of": kind_of,
        "trained_on": trained_on,
    }
    write_text((folder / PAGE).with_suffix(".md"), render("papers.md.j2", view))
    write_text(folder / PAGE, render("papers.html.j2", view))
    return found


def read_papers(folder: Path) -> dict[str, Any]:
    """Return what `write_papers` found.

    Raises:
        Problem: If it is not there, or damaged.
    """
    return read_json(folder / DATA)


def _rows(name: str, paper: Mapping[str, Any], run: RunFolder | None) -> Iterable[_Row]:
    """Yield a row for each system that the paper has a figure for, or that is ours."""
    figures = paper.get("figures") or {}
    same = {"paper": paper.get("name") or name, "recipe": name}
    if run is None:
        for system, figure in figures.items():
            protocol = paper.get("protocol") or ""
            yield _Row(
                **same,
                system=system,
                protocol=protocol,
                figure=figure,
                verdict=NOT_RUN,
            )
        return
    judged = verdict({**run.manifest, "paper": paper}, run.metrics)
    own = [system for system in run.tested if system not in figures and _own(system)]
    for system in (*figures, *own):
        yield _Row(
            **same,
            system=system,
            protocol=run.manifest.get("protocol") or "",
            figure=figures.get(system),
            **_scores(system, run, figures.get(system)),
            **_judged(judged.get(system)),
        )


def _own(system: str) -> bool:
    """Say whether a system is a part of the recipe, not a comparison we add to it."""
    return system != "mean" and kind_of(system) in (system, OTHER)


def _scores(system: str, run: RunFolder, figure: float | None) -> dict[str, Any]:
    if system not in run.tested:
        return {}
    test, chance = run.metrics["systems"][system]["test"], run.metrics["chance"]
    accuracy = test["accuracy"]["mean"]
    low, high = test["accuracy"]["interval"]
    return {
        "accuracy": accuracy,
        "low": low,
        "high": high,
        "difference": None if figure is None else accuracy - figure,
        "uar": test["uar"]["mean"],
        "n": test["n"],
        "seeds": len(test["accuracy"]["per_seed"]),
        "chance": chance["uniform"],
        "majority": chance["majority"],
    }


def _judged(one: Verdict | None) -> dict[str, Any]:
    if one is None:
        return {}
    word = NOT_RUN if one.measured is None else one.word
    return {"verdict": word, "reasons": one.reasons}


def _facts(
    paper: Mapping[str, Any], run: RunFolder | None, folder: Path
) -> dict[str, Any]:
    """Gather what must be known of a recipe to read its figures."""
    facts = {
        "title": paper.get("title") or "",
        "paper_protocol": paper.get("protocol") or "",
        "paper_corpora": list(paper.get("corpora") or ()),
        "paper_classes": len(paper.get("labels") or ()),
        "run": run is not None,
    }
    if run is None:
        return facts
    manifest, report = run.manifest, run.path / "report.html"
    inside = report.is_file() and report.is_relative_to(folder)
    return facts | {
        "report": report.relative_to(folder).as_posix() if inside else None,
        "profile": manifest.get("profile") or "",
        "protocol": manifest.get("protocol") or "",
        "classes": len(run.metrics["labels"]),
        "chance": run.metrics["chance"]["uniform"],
        "corpora": manifest.get("corpora") or [],
        "seeds": len(run.metrics.get("seeds") or []),
        "folds": manifest.get("folds", 1),
        "backbones": {
            modality: backbone.get("name", "")
            for modality, backbone in (manifest.get("backbones") or {}).items()
        },
        "weights": {
            modality: (weights or {}).get("verified") or "none"
            for modality, weights in (manifest.get("weights") or {}).items()
        },
        "seconds": sum((manifest.get("seconds") or {}).values()),
        "failed": len({row["take"] for row in manifest.get("failed") or []}),
    }


def _counts(rows: Iterable[_Row]) -> dict[str, int]:
    counted = Counter(row.verdict for row in rows if row.figure is not None)
    return {word: counted[word] for word in WORDS}


def _cautions(named: Mapping[str, RunFolder]) -> dict[str, list[str]]:
    """Return what must be known first, and the recipes that it holds for."""
    said: dict[str, list[str]] = {}
    for name, run in named.items():
        for caution in cautions(run.manifest):
            said.setdefault(caution, []).append(name)
    return said


def _reasons(rows: Iterable[_Row], recipe: str) -> dict[str, list[str]]:
    """Return the reasons of a recipe's verdicts, and the systems that each is of."""
    said: dict[str, list[str]] = {}
    for row in rows:
        if row.recipe == recipe:
            for reason in row.reasons:
                said.setdefault(reason, []).append(row.system)
    return said
