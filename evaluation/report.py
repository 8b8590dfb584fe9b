"""The report of a run: one HTML file that needs nothing else.

It shows what the run folder holds and says what is missing. `report.html.j2` holds
the words and their order, `report.css` the looks; here the numbers are fetched.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd

from corpus.files import write_text
from corpus.problem import Problem
from evaluation import pictures
from evaluation.compare import cautions, headline, modalities_of, verdict
from evaluation.metrics import recalls, score, text_report, trained_on
from evaluation.predictions import read_predictions
from evaluation.table import ordered_systems

__all__ = ["write_report"]

TEMPLATES = Path(__file__).parent / "templates"

# Beyene 2019, chapter 6: which of its tables and figures show the same thing.
THESIS_TABLES = {("stacked", "stack"): "Table 2", ("stacked", "test"): "Table 3"}
THESIS_BARS = {
    "audio": "Figures 31 and 32",
    "visual": "Figures 33 and 34",
    "stacked": "Figures 37 and 38",
}
THESIS_CURVES = {"stacked": "Figures 35 and 36"}
COMPARED = ("audio", "visual", "stacked")  # Figure 39


def write_report(run: Path) -> Path:
    """Write `report.html` into a run folder.

    Reads `manifest.json`, `metrics.json` (made from the predictions if it is absent
    or older than they), `predictions.csv`, `splits/` and `heads/*/*/history.csv`.

    Args:
        run: The run folder.

    Returns:
        The path of the report.

    Raises:
        Problem: If there is neither a manifest nor a result, or one cannot be read.
    """
    run = Path(run)
    manifest = _read_json(run / "manifest.json")
    predictions = None
    if (run / "predictions.csv").is_file():
        predictions = read_predictions(run / "predictions.csv")
    metrics = _metrics(run, predictions)
    if manifest is None and metrics is None:
        raise Problem(
            f"{run} holds neither manifest.json nor predictions.csv; give the folder "
            f"that `emostack reproduce --out` wrote."
        )
    view = _view(run, manifest or {}, metrics, predictions)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.ChainableUndefined,  # a manifest may lack any key
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": _percent, "duration": _duration, "size": _size}
    page = environment.get_template("report.html.j2").render(view)
    write_text(run / "report.html", page)
    return run / "report.html"


def _read_json(path: Path) -> dict | None:
    if not path.is_file():
        return None
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Problem(f"{path} is not JSON ({error}); run that stage again.") from error
    if not isinstance(value, dict):
        raise Problem(f"{path} holds no JSON object; run that stage again.")
    return value


def _metrics(run: Path, predictions: pd.DataFrame | None) -> dict | None:
    written, source = run / "metrics.json", run / "predictions.csv"
    if predictions is not None and (
        not written.is_file() or written.stat().st_mtime < source.stat().st_mtime
    ):
        return score(predictions)
    metrics = _read_json(written)
    if metrics is not None and not {"labels", "chance", "systems"} <= set(metrics):
        raise Problem(f"{written} holds no scores; remove it and evaluate again.")
    return metrics


def _view(
    run: Path,
    manifest: Mapping[str, Any],
    metrics: Mapping[str, Any] | None,
    predictions: pd.DataFrame | None,
) -> dict[str, Any]:
    """Gather all the template shows."""
    metrics = metrics or {}
    systems = ordered_systems(metrics)
    tested = [name for name in systems if "test" in metrics["systems"][name]]
    paper = manifest.get("paper") or {}
    verdicts = verdict(manifest, metrics)
    histories = _histories(run)
    splits = _splits(run, predictions)
    missing = []
    if not manifest:
        missing.append("manifest.json: recipe, data, weights, cost and provenance.")
    if predictions is None:
        missing.append("predictions.csv: the classification reports.")
    if not metrics:
        missing.append("Any score: neither predictions.csv nor metrics.json is there.")
    elif not tested:
        missing.append("The test part: no system was scored on it.")
    if not histories:
        missing.append("heads/seed-*/*/history.csv: the training curves.")
    if not splits:
        missing.append("splits/seed-*.csv: the sizes of the parts.")
    return {
        "css": (TEMPLATES / "report.css").read_text(encoding="utf-8"),
        "run_name": run.resolve().name,
        "manifest": manifest,
        "metrics": metrics,
        "labels": metrics.get("labels") or manifest.get("labels") or [],
        "paper": paper,
        "paper_name": paper.get("name", "the paper"),
        "ceilings": manifest.get("ceilings") or {},
        "systems": systems,
        "tested": tested,
        "channels": _channels(systems),
        "seeds": metrics.get("seeds") or manifest.get("seeds") or [],
        "colour_of": pictures.colour_of,
        "cautions": cautions(manifest),
        "verdicts": verdicts,
        "headline": headline(verdicts),
        "reasons": _shared_reasons(verdicts),
        "differences": (metrics.get("differences") or {}).get("stacked", {}),
        "matrices": _matrices(metrics, systems),
        "drawn": _pictures(manifest, metrics, tested, histories),
        "texts": _texts(predictions),
        "splits": splits,
        "missing": missing,
    }


def _channels(systems) -> list[str]:
    """Say what the systems saw: "sound", "faces" or both."""
    used = {modality for system in systems for modality in modalities_of(system)}
    said = {"audio": "sound", "visual": "faces"}
    return [said[modality] for modality in said if modality in used]


def _shared_reasons(verdicts) -> list[tuple[str, list[str]]]:
    """Give each reason once, with the systems it holds for (none named: for all)."""
    reasons: dict[str, list[str]] = {}
    for system, judged in verdicts.items():
        for reason in judged.reasons:
            reasons.setdefault(reason, []).append(system)
    return [
        (reason, [] if len(systems) == len(verdicts) else systems)
        for reason, systems in reasons.items()
    ]


def _trained_confusion(metrics, system: str) -> tuple[np.ndarray | None, str]:
    """Sum the confusion matrices of the parts a system learned from."""
    scores = metrics["systems"][system]
    parts = [part for part in trained_on(system) if part in scores]
    if not parts:
        return None, ""
    matrix = np.sum([scores[part]["confusion"] for part in parts], axis=0)
    return matrix, " + ".join(parts)


def _matrices(metrics, systems) -> dict[str, list[dict]]:
    """Give each system's confusion matrices: trained on (Table 2), test (Table 3)."""
    result: dict[str, list[dict]] = {}
    for system in systems:
        trained, part = _trained_confusion(metrics, system)
        kinds = [(part, "a part it was trained on", trained)]
        tested = metrics["systems"][system].get("test")
        if tested:
            kinds.append(("test", "takes it never saw", np.array(tested["confusion"])))
        result[system] = [
            {
                "part": part,
                "says": says,
                "rows": [
                    {"counts": row.tolist(), "recall": recall, "n": int(row.sum())}
                    for row, recall in zip(matrix, recalls(matrix), strict=True)
                ],
                "n": int(matrix.sum()),
                "thesis": THESIS_TABLES.get((system, part)),
            }
            for part, says, matrix in kinds
            if matrix is not None
        ]
    return result


def _pictures(manifest, metrics, tested, histories) -> dict[str, Any]:
    """Draw what can be drawn; a key without a picture is absent or empty."""
    paper = manifest.get("paper") or {}
    drawn: dict[str, Any] = {"bars": [], "curves": []}
    if tested:
        drawn["overview"] = pictures.overview(
            tested,
            metrics,
            paper=paper.get("figures") or {},
            paper_name=paper.get("name", "the paper"),
            ceilings=manifest.get("ceilings") or {},
        )
    compared = [system for system in COMPARED if system in tested]
    if len(compared) > 1:
        drawn["by_class"] = pictures.systems_by_class(compared, metrics)
    for system in tested:
        matrix, part = _trained_confusion(metrics, system)
        trained = {}
        if matrix is not None:
            values = recalls(matrix).tolist()
            trained = {
                label: None if np.isnan(value) else value
                for label, value in zip(metrics["labels"], values, strict=True)
            }
        svg = pictures.bars_by_class(system, metrics, trained=trained)
        drawn["bars"].append((system, part, THESIS_BARS.get(system), svg))
    for system, by_seed in histories.items():
        svg = pictures.curves(system, by_seed)
        drawn["curves"].append((system, THESIS_CURVES.get(system), svg))
    return drawn


def _histories(run: Path) -> dict[str, dict[int, pd.DataFrame]]:
    """Read heads/seed-<s>/<system>/history.csv, by system and seed."""
    found: dict[str, dict[int, pd.DataFrame]] = {}
    for file in sorted(run.glob("heads/seed-*/*/history.csv")):
        seed = file.parts[-3].removeprefix("seed-")
        try:
            history = pd.read_csv(file).apply(pd.to_numeric, errors="coerce")
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError):
            continue  # training was cut short: no curve
        if {"epoch", "loss"} <= set(history) and len(history) and seed.isdigit():
            found.setdefault(file.parent.name, {})[int(seed)] = history
    order = ordered_systems({"systems": found})
    return {system: found[system] for system in order}


def _splits(run: Path, predictions: pd.DataFrame | None) -> dict[int, dict[str, int]]:
    """Count the takes of each part, by seed: from the splits, or the predictions."""
    tables = {}
    for file in run.glob("splits/seed-*.csv"):
        seed = file.stem.removeprefix("seed-")
        if seed.isdigit():
            tables[int(seed)] = pd.read_csv(file, dtype=str, comment="#")
    if not tables and predictions is not None:
        rows = predictions.drop_duplicates(["take", "part", "seed"])
        tables = {int(seed): rows[rows["seed"] == seed] for seed in rows["seed"]}
    return {
        seed: {part: int(n) for part, n in tables[seed]["part"].value_counts().items()}
        for seed in sorted(tables)
    }


def _texts(predictions: pd.DataFrame | None) -> dict[str, str]:
    """Give scikit-learn's classification report of each system's test part."""
    if predictions is None:
        return {}
    labels = [name[2:] for name in predictions.columns if name.startswith("p_")]
    tested = predictions[predictions["part"] == "test"]
    return {
        system: text_report(rows["true"], rows["predicted"], labels=labels)
        for system, rows in tested.groupby("system", sort=False)
    }


def _percent(share: float | None, digits: int = 1) -> str:
    """Say a share as a percentage without its sign, or a dash."""
    return "\u2013" if share is None or share != share else f"{100 * share:.{digits}f}"


def _duration(seconds: float) -> str:
    """Say seconds as people do: "3.1 s", "10 min 11 s", "1 h 47 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _size(count: float) -> str:
    """Say bytes in decimal units: "2.3 GB"."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
