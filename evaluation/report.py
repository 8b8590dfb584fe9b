"""The report of a run: a page that needs nothing else, the same in Markdown, tables.

It shows what the run folder holds and says what is missing. `report.html.j2` and
`report.md.j2` hold the words and their order, `report.css` the looks; here the numbers
are gathered.
"""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from corpus.files import whole, write_text
from evaluation.chosen_takes import chosen_takes
from evaluation.compare import Verdict, cautions, headline, verdict
from evaluation.coverage import COVERAGE, by_coverage
from evaluation.groups import COLUMNS
from evaluation.leak_table import leak_table
from evaluation.matrices import matrices
from evaluation.metrics import text_report
from evaluation.mistakes import mistakes
from evaluation.page import render
from evaluation.predictions import labels_of
from evaluation.report_pictures import report_pictures
from evaluation.run_folder import RunFolder, read_run
from evaluation.systems import (
    BASE_NETS,
    kind_of,
    modalities_of,
    reference_of,
    trained_on,
)

__all__ = ["LEVEL", "write_report"]

LEVEL = 0.05  # of a corrected p
FEW = 6  # groups that stand side by side; of more, each has a row
SHOWN = 12  # mistakes on the page; all are in the CSV


def write_report(run: Path) -> Path:
    """Write a run's report into its folder.

    Reads `manifest.json`, `metrics.json` (made from the predictions if it is absent or
    older than they), `predictions.csv`, `index/takes.csv`, `faces.csv`, `splits/`,
    `exhibits/` and the heads' histories. Writes `report.html`, `report.md`, and as far
    as there is something to put into them `groups.csv`, `calibration.csv` and
    `mistakes.csv`.

    Args:
        run: The run folder.

    Returns:
        The path of `report.html`.

    Raises:
        Problem: If there is neither a manifest nor a result, or one cannot be read.
    """
    found = read_run(run)
    tables = _tables(found)
    for name, table in tables.items():
        if len(table):
            with whole(found.path / f"{name}.csv") as file:
                table.to_csv(
                    file, index=False, lineterminator="\n", float_format="%.6g"
                )
    view = _view(found, tables)
    write_text(found.path / "report.md", render("report.md.j2", view))
    write_text(found.path / "report.html", render("report.html.j2", view))
    return found.path / "report.html"


def _tables(run: RunFolder) -> dict[str, pd.DataFrame]:
    """Make the tables that are also written as CSV, by name; empty ones too."""
    groups = [pd.DataFrame(run.metrics.get("groups") or [], columns=list(COLUMNS))]
    wrong = pd.DataFrame()
    if run.predictions is not None and run.tested:
        if run.coverage is not None:
            groups.append(by_coverage(run.predictions, run.coverage))
        ours = _spokesman(run.tested)
        branches = [name for name in run.tested if name in BASE_NETS and name != ours]
        wrong = mistakes(run.predictions, ours, others=branches)
        wrong.insert(0, "system", ours)
    groups = [table for table in groups if len(table)]
    return {
        "groups": pd.concat(groups, ignore_index=True) if groups else pd.DataFrame(),
        "calibration": _reliability(run),
        "mistakes": wrong,
    }


def _spokesman(tested: Sequence[str]) -> str:
    """Return the system whose mistakes are shown: the stacked one, else the first."""
    return reference_of(tested) or tested[0]


def _reliability(run: RunFolder) -> pd.DataFrame:
    rows = []
    for system in run.tested:
        known = run.metrics["systems"][system]["test"].get("calibration")
        if not known:
            continue
        bins = known["bins"]
        rows += [
            {
                "system": system,
                "low": bins["edges"][at],
                "high": bins["edges"][at + 1],
                "predictions": bins["count"][at],
                "confidence": bins["confidence"][at],
                "accuracy": bins["accuracy"][at],
            }
            for at in range(len(bins["count"]))
        ]
    return pd.DataFrame(rows)


def _view(run: RunFolder, tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Gather all that the templates show."""
    manifest, metrics = run.manifest, run.metrics
    paper = manifest.get("paper") or {}
    verdicts = verdict(manifest, metrics)
    reference = reference_of(run.tested)
    wrong = tables["mistakes"]
    return {
        "run_name": run.name,
        "manifest": manifest,
        "metrics": metrics,
        "labels": metrics.get("labels") or manifest.get("labels") or [],
        "paper": paper,
        "paper_name": paper.get("name", "the paper"),
        "ceilings": manifest.get("ceilings") or {},
        "systems": run.systems,
        "tested": run.tested,
        "channels": _channels(run.systems),
        "seeds": metrics.get("seeds") or manifest.get("seeds") or [],
        "level": LEVEL,
        "few": FEW,
        "colour_of": kind_of,
        "trained_on": trained_on,
        "cautions": cautions(manifest),
        "verdicts": verdicts,
        "headline": headline(verdicts),
        "reasons": _shared_reasons(verdicts),
        "leaks": leak_table(manifest.get("leaks")),
        "speakers_shared": _speakers_shared(manifest.get("leaks") or []),
        "reference": reference,
        "differences": (metrics.get("differences") or {}).get(reference) or {},
        "matrices": matrices(metrics, run.systems),
        "drawn": report_pictures(run),
        "texts": _texts(run.predictions),
        "groups": _by_column(tables["groups"], run.tested, without=(COVERAGE,)),
        "coverage": _by_column(tables["groups"], run.tested, only=(COVERAGE,)),
        "faceless": _faceless(run.coverage),
        "mistaken": wrong["system"].iloc[0] if len(wrong) else None,
        "mistakes": wrong.head(SHOWN).to_dict("records"),
        "all_mistakes": len(wrong),
        "branches": [
            name.removesuffix("_said")
            for name in wrong.columns
            if name.endswith("_said")
        ],
        "takes": chosen_takes(run),
        "splits": run.splits,
        "again": _again(run),
        "recipe": _recipe(run),
        "machine": _machine(manifest.get("machine") or {}),
        "written": [f"{name}.csv" for name, table in tables.items() if len(table)],
        "missing": run.missing,
    }


def _channels(systems: Sequence[str]) -> list[str]:
    """Say what the systems saw: "sound", "faces" or both."""
    used = {modality for system in systems for modality in modalities_of(system)}
    said = {"audio": "sound", "visual": "faces"}
    return [said[modality] for modality in said if modality in used]


def _shared_reasons(verdicts: Mapping[str, Verdict]) -> list[tuple[str, list[str]]]:
    """Give each reason once, with the systems it holds for (none named: for all)."""
    reasons: dict[str, list[str]] = {}
    for system, judged in verdicts.items():
        for reason in judged.reasons:
            reasons.setdefault(reason, []).append(system)
    return [
        (reason, [] if len(systems) == len(verdicts) else systems)
        for reason, systems in reasons.items()
    ]


def _speakers_shared(leaks: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether the speakers tested were in training too."""
    return any(
        leak["count"] and leak["kind"] == "speakers" and "test" in leak.get("parts", ())
        for leak in leaks
    )


def _texts(predictions: pd.DataFrame | None) -> dict[str, str]:
    """Give scikit-learn's classification report of each system's test part."""
    if predictions is None:
        return {}
    labels = labels_of(predictions)
    tested = predictions[predictions["part"] == "test"]
    return {
        system: text_report(rows["true"], rows["predicted"], labels=labels)
        for system, rows in tested.groupby("system", sort=False)
    }


def _by_column(
    groups: pd.DataFrame,
    systems: Sequence[str],
    *,
    only: Sequence[str] = (),
    without: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Arrange groups for reading: by column, a row a value, with every system's score.

    Returns:
        By column `column` and `rows`; each row `value`, `takes`, `majority` and, by
        system, `scores` (rows of `evaluation.groups.by_group`).
    """
    found = []
    for column in dict.fromkeys(groups["column"]) if len(groups) else ():
        if column in without or (only and column not in only):
            continue
        some = groups[groups["column"] == column]
        rows = []
        for value in dict.fromkeys(some["value"]):
            here = some[some["value"] == value].set_index("system")
            scores = here.to_dict("index")
            first = here.iloc[0]
            rows.append(
                {
                    "value": value,
                    "takes": int(first["takes"]),
                    "majority": float(first["majority"]),
                    "scores": {name: scores.get(name) for name in systems},
                }
            )
        found.append({"column": column.replace("_", " "), "rows": rows})
    return found


def _faceless(coverage: pd.DataFrame | None) -> dict[str, Any] | None:
    """Count frames without a face, and name the takes that have most of them."""
    if coverage is None or not coverage["frames"].sum():
        return None
    lost = coverage[coverage["found"] < coverage["frames"]]
    worst = lost.sort_values(["share", "take"]).head(SHOWN)
    return {
        "takes": len(coverage),
        "frames": int(coverage["frames"].sum()),
        "found": int(coverage["found"].sum()),
        "lacking": len(lost),
        "worst": worst.to_dict("records"),
    }


def _machine(machine: Mapping[str, Any]) -> str:
    """Say what a run ran on, as far as it is known."""
    cores = machine.get("cores")
    words = [f"{cores} cores" if cores else None, *(machine.get("gpu") or [])]
    words += [machine.get("processor"), machine.get("system")]
    return ", ".join(word for word in words if word)


def _recipe(run: RunFolder) -> str:
    """Return the resolved recipe, or nothing."""
    path = run.path / "recipe.toml"
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _again(run: RunFolder) -> str | None:
    """Return the one command that makes this run again, as far as it is known."""
    if run.manifest.get("command"):
        return run.manifest["command"]
    seeds = run.manifest.get("seeds") or []
    if not (run.path / "recipe.toml").is_file():
        return None
    words = ["emostack", "reproduce", "--recipe", f"{run.name}/recipe.toml"]
    words += ["--data", run.root or "ROOT", "--out", f"{run.name}-again"]
    words += ["--seeds", str(max(seeds) + 1)] if seeds else []
    return shlex.join(words)
