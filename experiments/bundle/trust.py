"""How far a system's probabilities can be trusted, and when it should say "unsure".

One temperature a system is fitted on takes that it did not learn from and that are not
tested: for a base net the stack part, which it never met; for all others the inner
part, which only decided when training stopped (classifiers/temperature.py says how).
What that is worth is measured on the test part, before and after.

Takes of one or two speakers tell how hard these are to read, and not how sure a system
should be: on RAVDESS' sound, tested on speakers that nobody was trained on, an inner
part of a single one gave a temperature of 2.3, and calibration got worse by 7 points;
four speakers gave one that made it better by 17. So nothing is fitted on fewer.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from classifiers.temperature import LEAST, chances, temperature_of
from evaluation.calibration import calibration, confidences
from evaluation.predictions import P, labels_of
from evaluation.systems import BASE_NETS

__all__ = ["UNSURE_BELOW", "tempered", "trust_of"]

# An answer that is more likely wrong than right, by the system's own reckoning.
UNSURE_BELOW = 0.5

# Fewer takes, or fewer speakers, carry not even one number.
FEWEST, SPEAKERS = 20, 3


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return probabilities as sure as they should be; the order of labels stays.

    Args:
        probabilities: Shape (n, labels), as a system gives them.
        temperature: 1 changes nothing, not even a last digit.
    """
    if temperature == 1:
        return probabilities
    scores = np.log(np.maximum(np.asarray(probabilities, np.float64), LEAST))
    return chances(scores, temperature)


def trust_of(
    predictions: pd.DataFrame,
    card: Mapping[str, Any],
    *,
    system: str,
    speakers: Mapping[str, str],
) -> dict[str, Any]:
    """Fit a system's temperature, and say what it is worth.

    Args:
        predictions: Of one seed and fold, every system's on every part.
        card: Of the system's head: the takes that it learned from and that watched.
        system: Its name.
        speakers: By take, who speaks; "" where nobody knows.

    Returns:
        `temperature` (1 where it could not be fitted); `fitted_on`, which says on what
        or why not, and `takes`, how many. Of the test part `accuracy`, and `before` and
        `after`: `ece` (expected calibration error), `ece_if_calibrated`, `brier`,
        `log_loss`, `unsure` (share of answers below `UNSURE_BELOW`) and
        `accuracy_of_sure` (of all others; None without any).
    """
    rows = predictions[
        (predictions["system"] == system) & predictions["variant"].eq("")
    ]
    tested = rows[rows["part"] == "test"]
    unseen, told = _unseen(rows, card, system)
    heard = {speakers[take] for take in unseen["take"]}
    if len(unseen) < FEWEST or ("" not in heard and len(heard) < SPEAKERS):
        temperature = 1.0
        told = (
            f"{told}, has only {len(unseen)} takes of {len(heard)} speakers, and "
            f"{FEWEST} of {SPEAKERS} are needed"
        )
    else:
        truth = pd.Index(labels_of(rows)).get_indexer(unseen["true"])
        temperature = temperature_of(np.log(np.maximum(_p(unseen), LEAST)), truth)
    after = tested.copy()
    after[_columns(rows)] = tempered(_p(tested), temperature)
    before = _worth(tested)
    return {
        "temperature": temperature,
        "fitted_on": told,
        "takes": len(unseen),
        "accuracy": float(confidences(tested)[1].mean()) if len(tested) else None,
        "before": before,
        "after": _worth(after),
    }


def _unseen(
    rows: pd.DataFrame, card: Mapping[str, Any], system: str
) -> tuple[pd.DataFrame, str]:
    """Return the takes to fit on, and what they are called."""
    learnt, rows = set(card["takes"]), rows[rows["part"] != "test"]
    if system in BASE_NETS and (rows["part"] == "stack").any():
        chosen = rows["part"] == "stack"
        told = "the stack part, which it did not learn from"
    else:
        chosen = rows["take"].isin(card["validation_takes"])
        told = "the inner part, which decided when training stopped"
    return rows[chosen & ~rows["take"].isin(learnt)].drop_duplicates("take"), told


def _worth(rows: pd.DataFrame) -> dict[str, Any] | None:
    if not len(rows):
        return None
    confidence, right = confidences(rows)
    truth = pd.Index(labels_of(rows)).get_indexer(rows["true"])
    said = np.maximum(_p(rows)[np.arange(len(rows)), truth], LEAST)
    found = calibration(rows) or {}
    sure = confidence >= UNSURE_BELOW
    return {
        "ece": found.get("ece"),
        "ece_if_calibrated": found.get("ece_if_calibrated"),
        "brier": found.get("brier"),
        "log_loss": float(-np.log(said).mean()),
        "unsure": float(1 - sure.mean()),
        "accuracy_of_sure": float(right[sure].mean()) if sure.any() else None,
    }


def _columns(rows: pd.DataFrame) -> list[str]:
    return [f"{P}{label}" for label in labels_of(rows)]


def _p(rows: pd.DataFrame) -> np.ndarray:
    return rows[_columns(rows)].to_numpy(np.float64)
