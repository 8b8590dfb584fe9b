"""All pictures of a run's report, by the section they stand in."""

from typing import Any

import numpy as np

from evaluation import pictures
from evaluation.matrices import trained_matrix
from evaluation.reliability_diagram import reliability_diagram
from evaluation.run_folder import RunFolder
from evaluation.speaker_strip import speaker_strip

__all__ = ["report_pictures"]

# Beyene 2019, chapter 6: which of its figures show the same thing.
THESIS_BARS = {
    "audio": "Figures 31 and 32",
    "visual": "Figures 33 and 34",
    "stacked": "Figures 37 and 38",
}
THESIS_CURVES = {"stacked": "Figures 35 and 36"}
COMPARED = ("audio", "visual", "stacked")  # Figure 39


def report_pictures(run: RunFolder) -> dict[str, Any]:
    """Draw what can be drawn; a key without a picture is absent or empty.

    Returns:
        `overview`, `by_class` and `speakers` (SVG); `bars` (system, parts trained on,
        figures of the thesis, SVG), `curves` (system, figures of the thesis, SVG) and
        `reliability` (system, SVG).
    """
    manifest, metrics, tested = run.manifest, run.metrics, run.tested
    paper = manifest.get("paper") or {}
    drawn: dict[str, Any] = {"bars": [], "curves": [], "reliability": []}
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
        test = metrics["systems"][system]["test"]
        matrix, part = trained_matrix(metrics, system)
        trained = _recall_by_label(matrix, metrics["labels"])
        svg = pictures.bars_by_class(system, metrics, trained=trained)
        drawn["bars"].append((system, part, THESIS_BARS.get(system), svg))
        if test.get("calibration"):
            svg = reliability_diagram(system, test["calibration"])
            drawn["reliability"].append((system, svg))
    for system, histories in run.histories.items():
        if system in run.systems or not run.systems:
            svg = pictures.curves(system, histories)
            drawn["curves"].append((system, THESIS_CURVES.get(system), svg))
    scores = metrics.get("systems") or {}
    by_speaker = [name for name in tested if scores[name]["test"].get("speakers")]
    if by_speaker:
        drawn["speakers"] = speaker_strip(by_speaker, metrics)
    return drawn


def _recall_by_label(matrix: np.ndarray | None, labels) -> dict[str, float | None]:
    if matrix is None:
        return {}
    totals = matrix.sum(axis=1)
    return {
        label: float(matrix[at, at] / totals[at]) if totals[at] else None
        for at, label in enumerate(labels)
    }
