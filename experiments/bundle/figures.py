"""A bundle's figures: recall by class, and reliability as trained and tempered."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from corpus.files import write_text
from evaluation.calibration import calibration
from evaluation.pictures import systems_by_class
from evaluation.predictions import P, labels_of
from evaluation.reliability_diagram import reliability_diagram
from evaluation.svg_file import as_file
from experiments.bundle.trust import tempered

__all__ = ["write_figures"]


def write_figures(
    folder: Path,
    predictions: pd.DataFrame,
    metrics: Mapping[str, Any],
    trust: Mapping[str, Mapping[str, Any]],
) -> None:
    """Write the figures of a bundle, SVG.

    Args:
        folder: Where they go.
        predictions: Of the bundle's seed and fold.
        metrics: Content of the run's `metrics.json`.
        trust: By system of the bundle, see `experiments.bundle.trust.trust_of`.
    """
    columns = [f"{P}{label}" for label in labels_of(predictions)]
    tested = [s for s in trust if "test" in metrics["systems"].get(s, {})]
    if tested:
        write_text(folder / "by_class.svg", as_file(systems_by_class(tested, metrics)))
    for system in tested:
        rows = predictions[
            (predictions["system"] == system)
            & (predictions["part"] == "test")
            & predictions["variant"].eq("")
        ].copy()
        for name in ("as_trained", "tempered"):
            if name == "tempered":
                p = rows[columns].to_numpy()
                rows[columns] = tempered(p, trust[system]["temperature"])
            found = calibration(rows)
            if found is not None:
                svg = as_file(reliability_diagram(system, found))
                write_text(folder / f"reliability-{system}-{name}.svg", svg)
