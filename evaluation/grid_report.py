"""The page of an ablation: one HTML file that needs nothing else.

`grid.html.j2` holds the words and their order, `report.css` and `grid.css` the looks;
here the numbers are fetched.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.files import read_json, write_text
from corpus.problem import Problem
from evaluation.grid_cautions import cautions
from evaluation.grid_pictures import accuracy_by_cost, family
from evaluation.grid_table import spoken
from evaluation.page import render

__all__ = ["write_grid_report"]

LEVEL = 0.05  # of a corrected p


def write_grid_report(run: Path) -> Path:
    """Write `ablation.html` into the folder of an ablation.

    Args:
        run: The folder; its `ablation.json` says everything.

    Returns:
        The path of the page.

    Raises:
        Problem: If there is no such file, or it holds no ablation.
    """
    found = read_json(run / "ablation.json")
    missing = {"systems", "axes", "backbones", "reference"} - set(found)
    if missing:
        raise Problem(
            f"{run / 'ablation.json'} lacks {', '.join(sorted(missing))}; run "
            f"`emostack ablate` again."
        )
    write_text(run / "ablation.html", render("grid.html.j2", _view(run, found)))
    return run / "ablation.html"


def _view(run: Path, found: Mapping[str, Any]) -> dict[str, Any]:
    protocols = []
    for place, name in enumerate(found["axes"]["protocols"], start=1):
        rows = [row for row in found["systems"] if row["protocol"] == name]
        tested = [row for row in rows if row["accuracy"] is not None]
        leading, others = _leading(tested, found["reference"])
        protocols.append(
            {
                "name": name,
                "place": place,
                "apart": _speakers_apart(found, name),
                "rows": tested,
                "leading": leading,
                "others": others,
                "span": _span(tested),
                "answer": _answer(tested, found["reference"]),
                "chance": found["chance"].get(name),
                "leaks": [
                    leak
                    for leak in found.get("leaks", {}).get(name, [])
                    if leak["count"] and "test" in (leak.get("parts") or ["test"])
                ],
                "drawn": tested
                and accuracy_by_cost(
                    name, tested, chance=found["chance"][name]["uniform"]
                ),
            }
        )
    return {
        **found,
        "run_name": run.resolve().name,
        "seconds_by_stage": found.get("seconds"),
        "cautions": cautions(found),
        "protocols": protocols,
        "level": LEVEL,
        "heads": _heads(found),
        "failures": _failures(found["systems"]),
        "chosen": [row for row in found["systems"] if row.get("chosen")],
        "family": family,
        "spoken": spoken,
        "parts": _parts,
        "short": _short,
    }


def _leading(rows: Sequence[Mapping[str, Any]], reference: str) -> tuple[list, list]:
    """Part rows: best heads of each backbone or pair, with the reference; others."""
    seen: set[tuple] = set()
    leading, others = [], []
    for row in rows:
        like = (row["kind"], row["audio"], row["visual"])
        new = like not in seen or row["system"] == reference
        (leading if new else others).append(row)
        seen.add(like)
    return leading, others


def _speakers_apart(found: Mapping[str, Any], protocol: str) -> bool:
    """Say whether no test take has a speaker of the base part."""
    leaks = found.get("leaks", {}).get(protocol, [])
    return not any(
        leak["count"]
        for leak in leaks
        if leak["kind"] == "speakers" and leak.get("parts") == ["base", "test"]
    )


def _span(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """Return the range that all differences' intervals lie in, 0 among it."""
    lows = [row["difference_low"] for row in rows if row["difference"] is not None]
    highs = [row["difference_high"] for row in rows if row["difference"] is not None]
    low, high = min([*lows, -0.01]), max([*highs, 0.01])
    return low, high


def _answer(rows: Sequence[Mapping[str, Any]], reference: str) -> dict[str, Any] | None:
    """Gather what the first paragraph says of a protocol."""
    if not rows:
        return None
    compared = [row for row in rows if row["p_holm"] is not None]
    return {
        "best": rows[0],
        "single": next((row for row in rows if row["kind"] == "single"), None),
        "reference": next((row for row in rows if row["system"] == reference), None),
        "better": sum(r["p_holm"] < LEVEL and r["difference"] > 0 for r in compared),
        "worse": sum(r["p_holm"] < LEVEL and r["difference"] < 0 for r in compared),
        "compared": len(compared),
    }


def _heads(found: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return how classifiers were built and trained, with those that were so."""
    said: dict[str, list[str]] = {}
    for name, one in found["training"].items():
        of, how = found["backbones"].get(name.rpartition("/")[0], {}), one["training"]
        many = of.get("cost", {}).get("rows", 1) != 1
        pooled = f"{' and '.join(one['pooling'])} over a take's rows; " * many
        rate = f" at {one['fps']:g} frames a second; " * bool(one["fps"])
        said.setdefault(
            f"{pooled if one['head'] == 'dense' else rate}units "
            f"{_dashed(one['units'])}, dropout {_dashed(one['dropout'])}; "
            f"{how['optimizer']} {how['learning_rate']:g}, batch {how['batch']}, at "
            f"most {how['epochs']} epochs, patience {how['patience']}",
            [],
        ).append(name)
    return said


def _dashed(values: Sequence[float]) -> str:
    return "-".join(f"{value:g}" for value in values)


def _failures(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """Return each reason once, with the systems it holds for."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row["failed"]:
            name = f"{spoken(row['system'])} ({row['protocol']})"
            found.setdefault(row["failed"], []).append(name)
    return list(found.items())


def _parts(row: Mapping[str, Any]) -> list[str]:
    """Return a system's base classifiers as they are said, one a line."""
    return [
        f"{row[name]}, {row[f'{name}_head']}"
        for name in ("audio", "visual")
        if row[name]
    ]


def _short(value: float | None) -> str:
    """Say a large number shortly: "693 k", "14.7 M"; or a dash."""
    if value is None:
        return "\u2013"
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g}\u00a0{unit}"
    return f"{value:,.0f}"
