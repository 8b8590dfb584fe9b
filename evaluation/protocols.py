"""One system under several protocols, on one page: what each protocol does to it.

The first protocol is what the others are set beside; a difference to it is the price of
asking for more: for other speakers, other statements, takes nobody heard twice.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from corpus.files import read_json, whole, write_json, write_text
from corpus.problem import Problem
from evaluation.comparison import run_facts, score_rows
from evaluation.comparison_picture import side_by_side
from evaluation.page import render
from evaluation.paired import paired_difference
from evaluation.price import price
from evaluation.run_folder import RunFolder, read_run
from evaluation.significance import holm
from evaluation.systems import OUT_OF_FOLD, STACKED, kind_of, reference_of, trained_on

__all__ = ["PAGE", "read_protocols", "write_protocols"]

PAGE, DATA = "protocols.html", "protocols.json"
LEVEL = 0.05  # of a corrected p
# What is drawn; the table has them all.
DRAWN = ("audio", "visual", STACKED, OUT_OF_FOLD, "mean", "mean_out_of_fold")
# Stacked or not, and how: ours, the other, and what the difference tells.
RIVALS = (
    (OUT_OF_FOLD, STACKED, "out-of-fold stacking less stacking on the hold-out"),
    (STACKED, "mean", "stacking on the hold-out less the mean of the same base nets"),
    (
        OUT_OF_FOLD,
        "mean_out_of_fold",
        "out-of-fold stacking less the mean of the same base nets",
    ),
)


def write_protocols(
    folder: Path,
    runs: Mapping[str, Path],
    *,
    lacking: Mapping[str, str] | None = None,
    command: str | None = None,
) -> dict[str, Any]:
    """Write `protocols.html`, the same as `.md`, its table as `.csv`, all as `.json`.

    Args:
        folder: Where they go; links to the runs' own reports are relative to it.
        runs: Run folders of one recipe, by protocol; the first one is what the others
            are set beside.
        lacking: Why there is no run, by protocol.
        command: What makes it again.

    Returns:
        What `protocols.json` holds: `protocols` (facts by protocol), `rows` (a score
        each, with its `price`), `rivals` (paired differences), `reference`, `lacking`.

    Raises:
        Problem: If a run has no score of a test part.
    """
    named = {text: read_run(path) for text, path in runs.items()}
    for text, run in named.items():
        if not run.tested:
            raise Problem(f"{run.path} ({text}) has no score of a test part.")
    rows = _priced(named)
    found = {
        "reference": next(iter(named)),
        "lead": reference_of(next(iter(named.values())).tested)
        or next(iter(named.values())).tested[0],
        "protocols": {text: _facts(run, folder) for text, run in named.items()},
        "rows": rows,
        "rivals": _rivals(named),
        "lacking": dict(lacking or {}),
        "command": command,
    }
    write_json(folder / DATA, found)
    with whole((folder / PAGE).with_suffix(".csv")) as file:
        pd.DataFrame(rows).to_csv(
            file, index=False, lineterminator="\n", float_format="%.6g"
        )
    first = next(iter(named.values()))
    view = {
        **found,
        "cautions": run_facts(first)["cautions"],
        "paper": first.manifest.get("paper") or {},
        "manifest": first.manifest,
        "kinds": list(
            dict.fromkeys(
                kind for one in found["protocols"].values() for kind in one["shared"]
            )
        ),
        "level": LEVEL,
        "drawn": side_by_side([row for row in rows if row["system"] in DRAWN]),
        "colour_of": kind_of,
        "trained_on": trained_on,
    }
    write_text((folder / PAGE).with_suffix(".md"), render("protocols.md.j2", view))
    write_text(folder / PAGE, render("protocols.html.j2", view))
    return found


def read_protocols(folder: Path) -> dict[str, Any]:
    """Return what `write_protocols` found.

    Raises:
        Problem: If it is not there, or damaged.
    """
    return read_json(folder / DATA)


def _priced(named: Mapping[str, RunFolder]) -> list[dict[str, Any]]:
    """Return one row a system and protocol, with what the protocol costs it."""
    (first, ours), *_ = named.items()
    speakers = _speakers(named.values())
    rows = score_rows(named)
    priced = []
    for row in rows:
        system, text = row["system"], row["run"]
        row |= dict.fromkeys(("price", "price_low", "price_high", "p"))
        row["p_holm"] = None
        if text == first or system not in ours.tested:
            continue
        under, reference = (_tested(run, system) for run in (named[text], ours))
        if under is None or reference is None:
            continue
        found = price(under, reference, speakers=speakers)
        row["price"], row["p"] = found["mean"], found["p"]
        row["price_low"], row["price_high"] = found["interval"]
        priced.append(row)
    for row, p in zip(priced, holm([row["p"] for row in priced]), strict=True):
        row["p_holm"] = p
    return rows


def _rivals(named: Mapping[str, RunFolder]) -> list[dict[str, Any]]:
    """Compare ways to join the base nets, on the same takes, under each protocol."""
    found = []
    for (ours, other, said), (text, run) in (
        (rivals, item) for rivals in RIVALS for item in named.items()
    ):
        if ours not in run.tested or other not in run.tested:
            continue
        pair = _tested(run, ours), _tested(run, other)
        if pair[0] is None:
            continue
        difference = paired_difference(*pair)
        found.append(
            {
                "ours": ours,
                "other": other,
                "said": said,
                "protocol": text,
                **{name: difference[name] for name in ("mean", "interval", "p", "n")},
            }
        )
    for one, p in zip(found, holm([one["p"] for one in found]), strict=True):
        one["p_holm"] = p
    return found


def _facts(run: RunFolder, folder: Path) -> dict[str, Any]:
    """Gather what must be known of a run to read its figures."""
    manifest = run.manifest
    leaks = manifest.get("leaks") or []
    report = run.path / "report.html"
    return {
        "report": report.relative_to(folder).as_posix()
        if report.is_relative_to(folder)
        else None,
        "takes": sum(one["takes"] for one in manifest.get("corpora") or []),
        "folds": manifest.get("folds", 1),
        "seeds": len(run.metrics.get("seeds") or []),
        "parts": _parts(run),
        "shared": {
            leak["kind"]: leak for leak in leaks if _parts_of(leak) == ("base", "test")
        },
        "verdict": _verdict(run),
    }


def _parts_of(leak: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(leak.get("parts") or ())


def _parts(run: RunFolder) -> dict[str, list[int]]:
    """Return by part the fewest and the most takes of it in any fold of any seed."""
    sizes: dict[str, list[int]] = {}
    for split in run.splits.values():
        for part, (low, high) in split.parts.items():
            least, most = sizes.get(part, (low, high))
            sizes[part] = [min(low, least), max(high, most)]
    return sizes


def _verdict(run: RunFolder) -> dict[str, Any] | None:
    judged = run_facts(run)["headline"]
    if judged is None:
        return None
    system, one = judged
    return {"system": system, "word": one.word, "reasons": list(one.reasons)}


def _speakers(runs: Sequence[RunFolder]) -> dict[str, str]:
    """Return by take who performs it, as far as the indexes tell."""
    found: dict[str, str] = {}
    for run in runs:
        if run.takes is not None:
            known = run.takes[run.takes["speaker"] != ""]
            people = known["corpus"] + "/" + known["speaker"]
            found |= dict(zip(known["take"], people, strict=True))
    return found


def _tested(run: RunFolder, system: str) -> pd.DataFrame | None:
    if run.predictions is None:
        return None
    rows = run.predictions
    return rows[(rows["part"] == "test") & (rows["system"] == system)]
