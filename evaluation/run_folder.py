"""What a run folder holds, read for its report; what is missing is said, not fatal."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pandas as pd

from corpus.index import TAKE_COLUMNS, read_table
from corpus.problem import Problem
from evaluation.coverage import read_coverage
from evaluation.metrics import SCHEMA, score
from evaluation.predictions import read_predictions
from evaluation.systems import ordered_systems

__all__ = ["RunFolder", "Split", "read_run", "read_takes"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Split:
    """How large the parts of one seed's split are.

    Attributes:
        folds: How many there are.
        parts: By part the least and the most takes that it has in a fold.
    """

    folds: int
    parts: dict[str, tuple[int, int]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunFolder:
    """One run, as far as it is there.

    Attributes:
        path: The folder.
        manifest: Content of `manifest.json`; empty without one.
        predictions: As `read_predictions` returns them, or None.
        metrics: Content of `metrics.json`; empty without any score.
        takes: Rows of the index, or None.
        coverage: As `read_coverage` returns it, or None.
        histories: Of the heads, by system, and by seed (and fold).
        splits: By seed.
        root: Where the corpus was, or None.
    """

    path: Path
    manifest: dict[str, Any]
    predictions: pd.DataFrame | None
    metrics: dict[str, Any]
    takes: pd.DataFrame | None
    coverage: pd.DataFrame | None
    histories: dict[str, dict[str, pd.DataFrame]]
    splits: dict[int, Split]
    root: str | None

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.path.resolve().name

    @property
    def systems(self) -> list[str]:
        """All systems that were scored."""
        return ordered_systems(self.metrics)

    @property
    def tested(self) -> list[str]:
        """Those of them that were scored on a test part."""
        return [s for s in self.systems if "test" in self.metrics["systems"][s]]

    @property
    def missing(self) -> list[str]:
        """What the folder lacks, and what that would have shown."""
        lacks = []
        if not self.manifest:
            lacks.append("manifest.json: recipe, data, weights, cost and provenance.")
        if self.predictions is None:
            lacks.append("predictions.csv: the classification reports and mistakes.")
        if not self.metrics:
            lacks.append(
                "Any score: neither predictions.csv nor metrics.json is there."
            )
        elif not self.tested:
            lacks.append("The test part: no system was scored on it.")
        if self.takes is None and not self.metrics.get("groups"):
            lacks.append("index/takes.csv: results by speaker, sex and the like.")
        if self.coverage is None and self.manifest.get("faces"):
            lacks.append("faces.csv: accuracy by face coverage.")
        if not self.histories:
            lacks.append("heads/seed-*/*/history.csv: the training curves.")
        if not self.splits:
            lacks.append("splits/seed-*.csv: the sizes of the parts.")
        return lacks


def read_run(run: Path) -> RunFolder:
    """Read a run folder.

    Scores are made from the predictions if `metrics.json` is absent, older than they,
    or without what this version scores.

    Raises:
        Problem: If there is neither a manifest nor a result, or one cannot be read.
    """
    run = Path(run)
    manifest = _read_json(run / "manifest.json")
    predictions = None
    if (run / "predictions.csv").is_file():
        predictions = read_predictions(run / "predictions.csv")
    takes = read_takes(run)
    metrics = _metrics(run, predictions, takes)
    if manifest is None and metrics is None:
        raise Problem(
            f"{run} holds neither manifest.json nor predictions.csv; give the folder "
            f"that `emostack reproduce --out` wrote."
        )
    faces = run / "faces.csv"
    return RunFolder(
        path=run,
        manifest=manifest or {},
        predictions=predictions,
        metrics=metrics or {},
        takes=takes,
        coverage=read_coverage(faces) if faces.is_file() else None,
        histories=_histories(run),
        splits=_splits(run, predictions),
        root=(_read_json(run / "index" / "index.json") or {}).get("root"),
    )


def read_takes(run: Path) -> pd.DataFrame | None:
    """Return the rows of a run's index; None if it has none.

    Raises:
        Problem: If it is damaged.
    """
    table = Path(run) / "index" / "takes.csv"
    return read_table(table, TAKE_COLUMNS) if table.is_file() else None


def _read_json(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Problem(f"{path} is not JSON ({error}); run that stage again.") from error
    if not isinstance(value, dict):
        raise Problem(f"{path} holds no JSON object; run that stage again.")
    return value


def _metrics(
    run: Path, predictions: pd.DataFrame | None, takes: pd.DataFrame | None
) -> dict[str, Any] | None:
    written, source = run / "metrics.json", run / "predictions.csv"
    metrics = _read_json(written)
    if predictions is not None and (
        metrics is None
        or written.stat().st_mtime < source.stat().st_mtime
        or metrics.get("schema") != SCHEMA
        or (takes is not None and not metrics.get("groups"))
    ):
        return score(predictions, takes=takes)
    if metrics is not None and not {"labels", "chance", "systems"} <= set(metrics):
        raise Problem(f"{written} holds no scores; remove it and evaluate again.")
    return metrics


def _histories(run: Path) -> dict[str, dict[str, pd.DataFrame]]:
    """Read the history of each head below `heads/seed-<s>/`, by system and place."""
    found: dict[str, dict[str, pd.DataFrame]] = {}
    for file in sorted((run / "heads").rglob("history.csv")):
        *place, system = file.parent.relative_to(run / "heads").parts or ("",)
        try:
            history = pd.read_csv(file).apply(pd.to_numeric, errors="coerce")
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError):
            continue  # training was cut short: no curve
        if {"epoch", "loss"} <= set(history) and len(history) and place:
            found.setdefault(system, {})["/".join(place)] = history
    order = ordered_systems({"systems": found})
    return {system: found[system] for system in order}


def _splits(run: Path, predictions: pd.DataFrame | None) -> dict[int, Split]:
    """Count the takes of each part, by seed: from the splits, or the predictions."""
    tables = {}
    for file in run.glob("splits/seed-*.csv"):
        seed = file.stem.removeprefix("seed-")
        if not seed.isdigit():
            continue
        try:
            table = pd.read_csv(file, dtype=str, comment="#")
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError) as error:
            why = str(error).strip()
            raise Problem(
                f"{file} is no table ({why}); make the split again."
            ) from error
        if {"fold", "part"} <= set(table):
            tables[int(seed)] = table
    if not tables and predictions is not None:
        rows = predictions.drop_duplicates(["take", "fold", "part", "seed"])
        tables = {int(seed): rows[rows["seed"] == seed] for seed in rows["seed"]}
    return {seed: _sizes(tables[seed]) for seed in sorted(tables)}


def _sizes(table: pd.DataFrame) -> Split:
    counts = table.groupby(["fold", "part"]).size().unstack(fill_value=0)
    return Split(
        folds=len(counts),
        parts={part: (int(n.min()), int(n.max())) for part, n in counts.items()},
    )
