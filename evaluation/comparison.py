"""Several runs on one page: their systems side by side, and paired where they may be.

The first run is what the others are set beside.
"""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from corpus.files import whole, write_text
from corpus.problem import Problem
from evaluation.compare import cautions, headline, verdict
from evaluation.comparison_picture import side_by_side
from evaluation.page import render
from evaluation.paired import paired_difference
from evaluation.predictions import labels_of
from evaluation.run_folder import RunFolder, read_run
from evaluation.significance import holm
from evaluation.systems import kind_of, ordered_systems, trained_on

__all__ = ["paired_runs", "run_facts", "score_rows", "write_comparison"]

PAGE = "comparison.html"
LEVEL = 0.05  # of a corrected p


def write_comparison(runs: Sequence[Path], out: Path) -> Path:
    """Write a page on several runs, the same in Markdown, and a table of the scores.

    Args:
        runs: Run folders, two or more; the first one is what the others are set beside.
        out: The page (`.html`), or a folder for it; `.md` and `.csv` go beside it.

    Returns:
        The path of the page.

    Raises:
        Problem: If there are fewer than two runs, or one has no score of a test part.
    """
    if len(runs) < 2:
        raise Problem("a comparison needs two runs or more; name their folders.")
    found = [read_run(run) for run in runs]
    for run in found:
        if not run.tested:
            raise Problem(
                f"{run.path} has no score of a test part; finish that run, or leave "
                f"it out."
            )
    out = Path(out)
    page = out if out.suffix == ".html" else out / PAGE
    named = dict(zip(_names(found), found, strict=True))
    rows = score_rows(named)
    view = _view(named, rows)
    with whole(page.with_suffix(".csv")) as file:
        pd.DataFrame(rows).to_csv(
            file, index=False, lineterminator="\n", float_format="%.6g"
        )
    write_text(page.with_suffix(".md"), render("comparison.md.j2", view))
    write_text(page, render("comparison.html.j2", view))
    return page


def _names(runs: Sequence[RunFolder]) -> list[str]:
    """Name runs by their folders, and by as many of the folders above as it takes."""
    paths = [run.path.resolve().parts for run in runs]
    for depth in range(1, max(map(len, paths)) + 1):
        names = ["/".join(path[-depth:]) for path in paths]
        if len(set(names)) == len(names):
            return names
    raise Problem(f"{runs[0].path} is named twice; a run cannot differ from itself.")


def score_rows(named: Mapping[str, RunFolder]) -> list[dict[str, Any]]:
    """Return one row a system and run: what `comparison.csv` holds.

    Args:
        named: Runs with a score of a test part, by name.
    """
    every = {system: None for run in named.values() for system in run.tested}
    rows = []
    for system, (name, run) in itertools.product(
        ordered_systems({"systems": every}), named.items()
    ):
        if system not in run.tested:
            continue
        test, chance = run.metrics["systems"][system]["test"], run.metrics["chance"]
        spread = (test.get("speakers") or {}).get("interval")
        row = {"system": system, "run": name, "n": test["n"]}
        row["seeds"] = len(test["accuracy"]["per_seed"])
        for score in ("accuracy", "uar", "macro_f1"):
            row[score] = test[score]["mean"]
            row[f"{score}_low"], row[f"{score}_high"] = test[score]["interval"]
        row["speakers_low"], row["speakers_high"] = spread or (None, None)
        row["ece"] = (test.get("calibration") or {}).get("ece")
        row["chance"], row["majority"] = chance["uniform"], chance["majority"]
        rows.append(row)
    return rows


def _view(
    named: Mapping[str, RunFolder], rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    pairs, refusals = _pairs(named)
    return {
        "runs": {name: run_facts(run) for name, run in named.items()},
        "first": next(iter(named)),
        "rows": rows,
        "systems": list(dict.fromkeys(row["system"] for row in rows)),
        "pairs": pairs,
        "refusals": refusals,
        "level": LEVEL,
        "drawn": side_by_side(rows),
        "colour_of": kind_of,
        "trained_on": trained_on,
    }


def run_facts(run: RunFolder) -> dict[str, Any]:
    """Gather what must be known of a run to read its figures."""
    manifest = run.manifest
    judged = headline(verdict(manifest, run.metrics))
    return {
        "manifest": manifest,
        "labels": run.metrics["labels"],
        "seeds": run.metrics.get("seeds") or [],
        "cautions": cautions(manifest),
        "paper": (manifest.get("paper") or {}).get("name"),
        "headline": judged,
        "leaks": [
            leak
            for leak in manifest.get("leaks") or []
            if leak["count"] and list(leak.get("parts") or ()) == ["base", "test"]
        ],
        "counted": manifest.get("leaks") is not None,
    }


def _pairs(
    named: Mapping[str, RunFolder],
) -> tuple[list[dict[str, Any]], list[str]]:
    """Pair each run with the first one, system by system.

    Returns:
        What `paired_difference` returns, with `run`, `system` and `p_holm`, corrected
        for all of them; and a sentence on each run that cannot be paired.
    """
    (first, ours), *others = named.items()
    pairs, refusals = [], []
    for name, run in others:
        for system in (system for system in run.tested if system in ours.tested):
            try:
                found = paired_runs(run, ours, system=system, names=(name, first))
            except Problem as problem:
                refusals.append(str(problem))
                break  # what holds for one system holds for all
            pairs.append({"run": name, "system": system, **found})
        else:
            if not set(run.tested) & set(ours.tested):
                refusals.append(f"{name} and {first} have no system in common.")
    for pair, p in zip(pairs, holm([pair["p"] for pair in pairs]), strict=True):
        pair["p_holm"] = p
    return pairs, refusals


def paired_runs(
    run: RunFolder, other: RunFolder, *, system: str, names: tuple[str, str]
) -> dict[str, Any]:
    """Compare one system of two runs on the test takes of the seeds that both have.

    Args:
        run: Whose accuracy the other's is taken from.
        other: The other run.
        system: In both of them.
        names: What to call the runs.

    Returns:
        As `evaluation.paired.paired_difference`.

    Raises:
        Problem: If either has no predictions, or they did not test the same takes, or
            have other classes.
    """
    ours, theirs = (
        _tested(one, system, name)
        for one, name in zip((run, other), names, strict=True)
    )
    both = " and ".join(names)
    if set(labels_of(ours)) != set(labels_of(theirs)):
        raise Problem(
            f"{both} cannot be paired: they have other classes "
            f"({len(labels_of(ours))} and {len(labels_of(theirs))})."
        )
    seeds = sorted(set(ours["seed"]) & set(theirs["seed"]))
    if not seeds:
        raise Problem(f"{both} cannot be paired: they have no seed in common.")
    for seed in seeds:
        one = set(ours.loc[ours["seed"] == seed, "take"])
        two = set(theirs.loc[theirs["seed"] == seed, "take"])
        if one != two:
            cure = ", or give both the same --split" if one & two else ""
            raise Problem(
                f"{both} cannot be paired: in seed {seed} they tested other takes "
                f"({len(one):,} and {len(two):,}, {len(one & two):,} of them the "
                f"same); compare them by their intervals{cure}."
            )
    # Which fold tested a take is no matter here.
    key = ["take", "variant", "seed"]
    ours, theirs = (
        rows[rows["seed"].isin(seeds)].drop_duplicates(key).assign(fold=0)
        for rows in (ours, theirs)
    )
    return paired_difference(ours, theirs)


def _tested(run: RunFolder, system: str, name: str) -> pd.DataFrame:
    if run.predictions is None:
        raise Problem(
            f"{name} cannot be paired with another run: it has no predictions.csv."
        )
    rows = run.predictions
    return rows[(rows["part"] == "test") & (rows["system"] == system)]
