"""What a protocol costs: one system's accuracy under it, less that under another.

Two protocols test other takes, so that nothing pairs take by take. But the takes are of
the same speakers, and a claim about protocols is one about people: speakers are
resampled, each with all that was tested of it under both protocols.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["price"]

DRAWS = 9999
SEED = 0  # the same predictions always give the same interval


def price(
    under: pd.DataFrame,
    reference: pd.DataFrame,
    *,
    speakers: Mapping[str, str] | None = None,
    confidence: float = 0.95,
) -> dict[str, Any]:
    """Compare one system's test accuracy under two protocols.

    Speakers and, for either protocol by itself, seeds are drawn with replacement (the
    pigeonhole bootstrap, Owen 2007), as in `intervals.difference_interval`.

    Args:
        under: The system's predictions on the test parts of one protocol, all seeds
            and folds.
        reference: The same under the other.
        speakers: By take who performs it; without them takes are drawn.
        confidence: Share of the draws inside the interval.

    Returns:
        `mean`, accuracy under the one less that under the other, each the mean over
        its seeds; `interval` (percentiles); `p`, two-sided: twice the share of draws
        on the other side of 0, at least 2 / 10,000.
    """
    speakers = speakers or {}
    tables = [_by_unit(rows, speakers) for rows in (under, reference)]
    units = sorted(set().union(*(right.index for right, _ in tables)))
    rng = np.random.default_rng(SEED)
    drawn = rng.multinomial(len(units), [1 / len(units)] * len(units), size=DRAWS)
    sides = []
    for right, tested in tables:
        right, tested = (
            table.reindex(units, fill_value=0).to_numpy(float)
            for table in (right, tested)
        )
        seeds = right.shape[1]
        by_seed = rng.multinomial(seeds, [1 / seeds] * seeds, size=DRAWS)
        below = ((drawn @ tested) * by_seed).sum(axis=1)
        above = ((drawn @ right) * by_seed).sum(axis=1)
        with np.errstate(invalid="ignore"):  # a draw without a single speaker tested
            sides.append((np.mean(right.sum(0) / tested.sum(0)), above / below))
    (mean, draws), (other, others) = sides
    differences = draws - others
    differences = differences[np.isfinite(differences)]
    tail = (1 - confidence) / 2
    low, high = np.quantile(differences, [tail, 1 - tail])
    sides_of_zero = ((differences <= 0).sum(), (differences >= 0).sum())
    p = 2 * (1 + min(sides_of_zero)) / (1 + len(differences))
    return {
        "mean": float(mean - other),
        "interval": [float(low), float(high)],
        "p": min(1.0, float(p)),
    }


def _by_unit(
    rows: pd.DataFrame, speakers: Mapping[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count by unit and seed what was right, and what was tested."""
    table = pd.DataFrame(
        {
            "unit": [speakers.get(take, take) for take in rows["take"]],
            "seed": rows["seed"].to_numpy(),
            "right": (rows["true"] == rows["predicted"]).to_numpy(int),
        }
    )
    found = table.groupby(["unit", "seed"])["right"]
    return found.sum().unstack(fill_value=0), found.count().unstack(fill_value=0)
