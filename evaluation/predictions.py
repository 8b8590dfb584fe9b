"""Predictions as a table: one row a take, system and seed, with its probabilities.

Scores need nothing else, so that anybody's predictions can be scored.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from corpus.files import whole
from corpus.problem import Problem
from evaluation.csv_lines import read_lines
from evaluation.prediction_rules import (
    WHOLE_NUMBERS,
    P,
    check_rows,
    labels_of,
    numbers,
)

__all__ = [
    "COLUMNS",
    "P",
    "labels_of",
    "make_rows",
    "numbered_predictions",
    "read_predictions",
    "write_predictions",
]

# Followed by one column `p_<label>` a label, in label order.
COLUMNS = (
    "take",
    "variant",
    "system",
    "protocol",
    "split_digest",
    "fold",
    "part",
    "seed",
    "true",
    "predicted",
)


def make_rows(
    takes: Sequence[str],
    *,
    system: str,
    part: str,
    seed: int,
    true: Sequence[str],
    probabilities: np.ndarray,
    labels: Sequence[str],
    protocol: str,
    split_digest: str,
    fold: int = 0,
    variant: str | Sequence[str] = "",
) -> pd.DataFrame:
    """Make the rows of one system on one part of one split.

    Args:
        takes: Ids of the takes, n of them.
        system: "audio", "visual", "stacked", "mean" or another name.
        part: Where the takes stood in the split: "base", "stack" or "test".
        seed: What the split and the initialisation were drawn from.
        true: The emotion of each take.
        probabilities: Shape (n, labels), each row summing to 1.
        labels: The label order of `probabilities`.
        protocol: How the split was made.
        split_digest: Identity of the split.
        fold: Fold of the split, 0 where there is one.
        variant: Name of an augmented copy, one for all rows or one a row.

    Returns:
        The columns `COLUMNS` and `p_<label>`; `predicted` is the most probable label.

    Raises:
        ValueError: If shapes do not agree, or a value is not a probability.
    """
    probabilities = np.asarray(probabilities, np.float64)
    if probabilities.shape != (len(takes), len(labels)) or len(true) != len(takes):
        raise ValueError(
            f"{len(takes)} takes, {len(true)} true labels and {len(labels)} labels do "
            f"not go with probabilities of shape {probabilities.shape}."
        )
    values = {
        "take": list(takes),
        "variant": variant if isinstance(variant, str) else list(variant),
        "system": system,
        "protocol": protocol,
        "split_digest": split_digest,
        "fold": int(fold),
        "part": part,
        "seed": int(seed),
        "true": list(true),
        "predicted": np.asarray(labels, dtype=object)[probabilities.argmax(axis=1)],
    }
    values |= {
        f"{P}{label}": column
        for label, column in zip(labels, probabilities.T, strict=True)
    }
    table = pd.DataFrame(values)
    try:
        check_rows(table, "the rows made here")
    except Problem as problem:  # our own numbers: a bug, no user's mistake
        raise ValueError(str(problem)) from problem
    return table


def write_predictions(path: Path, table: pd.DataFrame) -> None:
    """Write predictions as CSV (six significant digits), whole or not at all."""
    columns = [*COLUMNS, *(f"{P}{label}" for label in labels_of(table))]
    with whole(path) as file:
        table[columns].to_csv(
            file, index=False, lineterminator="\n", float_format="%.6g"
        )


def read_predictions(
    path: Path, *, labels: Sequence[str] | None = None
) -> pd.DataFrame:
    """Read predictions, ours or anybody's, and refuse what cannot be scored.

    Args:
        path: A CSV table in UTF-8; columns in any order.
        labels: Those that are expected; the `p_` columns are put into their order.

    Returns:
        The columns `COLUMNS` and `p_<label>` in the order of the file; `fold` and
        `seed` are integers, probabilities float64, all else text.

    Raises:
        Problem: If the file is missing or empty, lacks columns, has other labels than
            those expected, holds an unknown label, a row twice, probabilities that
            are not finite or do not sum to 1, or a `predicted` that is not the most
            probable label.
    """
    return numbered_predictions(path, labels=labels).reset_index(drop=True)


def numbered_predictions(
    path: Path,
    *,
    labels: Sequence[str] | None = None,
    fill: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Read predictions as `read_predictions` does; the index counts the file's lines.

    Args:
        path: A CSV table in UTF-8.
        labels: Those that are expected.
        fill: Adds what the table lacks, before it is checked; all is text.

    Raises:
        Problem: As `read_predictions`, and what `fill` raises.
    """
    path = Path(path)
    if not path.is_file():
        raise Problem(
            f"{path} is no file; give a predictions table, such as the "
            f"predictions.csv of a run folder."
        )
    table = read_lines(path)
    if fill is not None:
        table = fill(table)
    missing = [column for column in COLUMNS if column not in table]
    known = labels_of(table)
    if missing or len(known) < 2:
        lacks = ", ".join(missing) or "at least two columns p_<label>"
        raise Problem(
            f"{path} lacks {lacks}; predictions have the columns "
            f"{','.join(COLUMNS)},p_<label>..."
        )
    if table.empty:
        raise Problem(f"{path} holds no predictions; run the evaluation again.")
    if labels is not None and set(labels) != set(known):
        raise Problem(
            f"{path} has probabilities of {', '.join(sorted(known))}; expected are "
            f"{', '.join(sorted(labels))}: give it a column {P}<label> for each of "
            f"them and no other."
        )
    for column in (*WHOLE_NUMBERS, *(f"{P}{label}" for label in known)):
        table[column] = numbers(table, column, str(path))
    check_rows(table, str(path))
    return table[[*COLUMNS, *(f"{P}{label}" for label in labels or known)]]
