"""Two systems on the same takes: by how much they differ, and if that is chance."""

from typing import Any

import numpy as np
import pandas as pd

from corpus.problem import Problem
from evaluation.intervals import difference_interval, exact_mcnemar
from evaluation.significance import holm, permutation_p
from evaluation.systems import reference_of

__all__ = ["differences", "paired_difference"]

KEY = ["take", "variant", "fold", "seed"]


def differences(predictions: pd.DataFrame) -> dict[str, dict[str, dict[str, Any]]]:
    """Set every system beside the stacked one, on the test takes of both.

    Args:
        predictions: As `read_predictions` returns it.

    Returns:
        By the name of the stacked system and that of the other: what
        `paired_difference` returns, with `p_holm` and `mcnemar_p_holm` (one a seed),
        corrected for how many are set beside it. Empty where none is stacked.

    Raises:
        Problem: If a system did not predict the takes that the stacked one did.
    """
    tested = predictions[predictions["part"] == "test"]
    of = dict(iter(tested.groupby("system", sort=False)))
    reference = reference_of(of)
    if reference is None:
        return {}
    found = {
        name: paired_difference(of[reference], rows)
        for name, rows in of.items()
        if name != reference
    }
    corrected = holm([one["p"] for one in found.values()])
    by_seed = zip(*(one["mcnemar_p"] for one in found.values()), strict=True)
    corrected_by_seed = zip(*map(holm, by_seed), strict=True)
    for one, p, each in zip(found.values(), corrected, corrected_by_seed, strict=True):
        one |= {"p_holm": p, "mcnemar_p_holm": list(each)}
    return {reference: found}


def paired_difference(ours: pd.DataFrame, other: pd.DataFrame) -> dict[str, Any]:
    """Compare two systems on the takes that both predicted.

    Args:
        ours: Predictions of one system on one part.
        other: Predictions of the other on the same part.

    Returns:
        `mean` of accuracy of `ours` minus `other`, `per_seed`, `interval` (95 %, see
        `difference_interval`), `p` (of a paired permutation test over takes, all seeds
        of a take together), `mcnemar_p` (exact, one a seed), and `n`, the takes in one
        seed.

    Raises:
        Problem: If they share no take, or one predicted takes the other did not.
    """
    pair = _matched(ours, other)
    right = (pair["predicted"] == pair["true"]).astype(int)
    right_other = (pair["predicted_other"] == pair["true"]).astype(int)
    pair = pair.assign(
        difference=right - right_other,
        gained=right > right_other,
        lost=right < right_other,
    )
    by_seed = pair.groupby("seed")
    per_seed = by_seed["difference"].mean()
    sums = pair.pivot_table(
        index="take", columns="seed", values="difference", aggfunc=["sum", "count"]
    ).fillna(0)
    return {
        "mean": float(per_seed.mean()),
        "per_seed": [float(value) for value in per_seed],
        "interval": list(
            difference_interval(sums["sum"].to_numpy(), sums["count"].to_numpy())
        ),
        "p": permutation_p(sums["sum"].sum(axis=1).astype(int)),
        "mcnemar_p": [
            exact_mcnemar(int(one["gained"].sum()), int(one["lost"].sum()))
            for _, one in by_seed
        ],
        "n": round(float(by_seed["take"].nunique().mean())),
    }


def _matched(ours: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Join two systems' rows on the take; columns of the second end in `_other`."""
    columns = [*KEY, "system", "true", "predicted"]
    pair = ours[columns].merge(
        other[columns], on=KEY, how="outer", suffixes=("", "_other")
    )
    lone = pair["system"].isna() | pair["system_other"].isna()
    if lone.any():
        row = pair[lone].iloc[0]
        name, without = ours["system"].iloc[0], other["system"].iloc[0]
        if pd.isna(row["system"]):
            name, without = without, name
        raise Problem(
            f"take {row['take']!r} (seed {row['seed']}) was predicted by {name} and "
            f"not by {without}; a paired comparison needs the same takes of both."
        )
    differ = np.flatnonzero(pair["true"] != pair["true_other"])
    if len(differ):
        row = pair.iloc[differ[0]]
        raise Problem(
            f"take {row['take']!r} is {row['true']} in one table and "
            f"{row['true_other']} in the other; a paired comparison needs the same "
            f"truth."
        )
    return pair
