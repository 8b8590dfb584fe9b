"""What the parts of a split share, counted before anything is trained."""

from collections.abc import Sequence

import pandas as pd

from corpus.splits import Split

__all__ = ["count_leaks"]

# The columns that together name what two takes may have in common.
KINDS: dict[str, tuple[str, ...]] = {
    "speakers": ("corpus", "speaker"),
    "repetition twins": (
        "corpus",
        "speaker",
        "vocal_channel",
        "emotion",
        "intensity",
        "statement",
    ),
    "identical sound": ("sound_sha256",),
    "statements": ("corpus", "statement"),
}


def count_leaks(
    takes: pd.DataFrame, split: Split, *, validation: str = "inner"
) -> list[dict]:
    """Count what each pair of parts shares.

    Args:
        takes: Rows of the index; those the split does not name are left out.
        split: The split.
        validation: "inner", or the part that watches the training, which is a leak
            of its own.

    Returns:
        One row a kind and pair of parts: `kind`, `parts`, `count` (takes of the
        second part that have a counterpart in the first), `of` (takes of the second
        part) and `promised_apart` (whether the protocol excludes it).
    """
    part_of = dict(zip(split.table["take"], split.table["part"], strict=True))
    takes = takes[takes["take"].isin(part_of)]
    parts = takes["take"].map(part_of)
    rows = []
    for kind, columns in KINDS.items():
        for first, second in (("base", "stack"), ("base", "test"), ("stack", "test")):
            rows.append(
                {
                    "kind": kind,
                    "parts": [first, second],
                    "count": _shared(
                        takes[parts == first], takes[parts == second], columns
                    ),
                    "of": int((parts == second).sum()),
                    "promised_apart": kind in split.promises,
                }
            )
    if validation != "inner":
        count = int((parts == validation).sum())
        rows.append(
            {
                "kind": "validation",
                "parts": ["base", validation],
                "count": count,
                "of": count,
                "promised_apart": False,
            }
        )
    return rows


def _shared(first: pd.DataFrame, second: pd.DataFrame, columns: Sequence[str]) -> int:
    """Return how many rows of `second` agree with some row of `first`."""
    known = {row for row in first[list(columns)].itertuples(index=False) if all(row)}
    return sum(row in known for row in second[list(columns)].itertuples(index=False))
