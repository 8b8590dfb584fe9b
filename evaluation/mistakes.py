"""The most certain mistakes of a system, take by take, and what its branches said."""

from collections.abc import Sequence

import pandas as pd

from evaluation.predictions import P, labels_of

__all__ = ["mistakes"]

TAKE = ["take", "variant", "fold", "seed"]


def mistakes(
    predictions: pd.DataFrame, system: str, *, others: Sequence[str] = ()
) -> pd.DataFrame:
    """List the test takes that a system has wrong, the most certain mistake first.

    Args:
        predictions: As `read_predictions` returns it.
        system: Whose mistakes.
        others: Systems that are asked what they said of the same take.

    Returns:
        One row a take: take, seed (of the most certain mistake), true, said,
        confidence, truth (the probability it gave to the true label), wrong and tested
        (in how many predictions of the take), and `<other>_said` and
        `<other>_confidence` of each other one ("" and NaN where it did not say).
    """
    tested = predictions[predictions["part"] == "test"]
    said = {name: _said(tested[tested["system"] == name]) for name in (system, *others)}
    ours = said[system].reset_index()
    ours["wrong"] = ours["said"] != ours["true"]
    times = ours.groupby("take")["wrong"].agg(["sum", "size"])
    wrong = ours[ours["wrong"]].sort_values(
        ["confidence", "take"], ascending=[False, True]
    )
    wrong = wrong.drop_duplicates("take").reset_index(drop=True)
    table = wrong[["take", "seed", "true", "said", "confidence", "truth"]].copy()
    table["wrong"] = table["take"].map(times["sum"]).astype(int)
    table["tested"] = table["take"].map(times["size"]).astype(int)
    for name in others:
        also = said[name].reindex(pd.MultiIndex.from_frame(wrong[TAKE]))
        table[f"{name}_said"] = also["said"].fillna("").to_numpy()
        table[f"{name}_confidence"] = also["confidence"].to_numpy()
    return table


def _said(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what one system said of each test take."""
    labels = labels_of(rows)
    p = rows[[f"{P}{label}" for label in labels]].to_numpy()
    place = pd.Index(labels).get_indexer(rows["true"])
    table = rows[TAKE].assign(
        true=rows["true"],
        said=rows["predicted"],
        confidence=p.max(axis=1),
        truth=p[range(len(p)), place],
    )
    return table.set_index(TAKE)
