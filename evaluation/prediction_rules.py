"""What rows of predictions must be to be scored; the first that is not is named."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from corpus.problem import Problem

__all__ = ["KEY", "WHOLE_NUMBERS", "P", "check_rows", "labels_of", "numbers", "place"]

P = "p_"

# What names a row: a take has one prediction by a system in a part, fold and seed.
KEY = ["take", "variant", "system", "fold", "part", "seed"]

WHOLE_NUMBERS = ("fold", "seed")

# Others write probabilities with three or four decimals, or as float16.
SUM_TOLERANCE = 5e-3
# Six digits are written, so the largest may come back as one of two equal ones.
TIE_TOLERANCE = 1e-5


def labels_of(table: pd.DataFrame) -> tuple[str, ...]:
    """Return the labels of a predictions table, in the order of its `p_` columns."""
    return tuple(name.removeprefix(P) for name in table.columns if name.startswith(P))


def place(table: pd.DataFrame, row: int, source: str) -> str:
    """Name a row for a sentence: its file, its line (the table's index), its take."""
    return f"{source}, line {table.index[row]}, take {table['take'].iloc[row]!r}"


def numbers(table: pd.DataFrame, column: str, source: str) -> pd.Series:
    """Return a column of text as numbers: int64 for fold and seed, else float64.

    Raises:
        Problem: If one is none; names its row.
    """
    found = pd.to_numeric(table[column], errors="coerce")
    wanted = "a number"
    if column in WHOLE_NUMBERS:
        wanted = "a whole number"
        found = found.where((found == found.round()) & (found.abs() < 2**53))
    else:  # "nan" and "inf" are numbers, and refused with the probabilities
        spelt = table[column].str.strip().str.lower().isin(["nan", "inf", "-inf"])
        found = found.mask(spelt, np.inf)
    if found.isna().any():
        row = int(found.isna().to_numpy().argmax())
        raise Problem(
            f"{place(table, row, source)}: {column} is {table[column].iloc[row]!r}, "
            f"not {wanted}; correct the row."
        )
    return found.astype("int64" if column in WHOLE_NUMBERS else "float64")


def check_rows(table: pd.DataFrame, source: str) -> None:
    """Refuse the first row that cannot be scored.

    Args:
        table: All columns of a predictions table; its index counts lines.
        source: Where it is from, for the sentence.

    Raises:
        Problem: If a label has no column, a prediction stands twice, a take has two
            emotions, probabilities are none, or another label is the most probable.
    """
    labels = labels_of(table)

    def refuse(bad: np.ndarray, why: Callable[[int], str]) -> None:
        if bad.any():
            row = int(np.argmax(bad))
            raise Problem(f"{place(table, row, source)}: {why(row)}")

    refuse(
        (table["take"].str.strip() == "").to_numpy(),
        lambda row: "it names no take; give each row the id of its take.",
    )
    for column in ("true", "predicted"):
        refuse(
            ~table[column].isin(labels).to_numpy(),
            lambda row, column=column: (
                f"{column} is {table[column].iloc[row]!r}, which has no column "
                f"{P}{table[column].iloc[row]}; the labels are {', '.join(labels)}: "
                f"correct the row, or add the column."
            ),
        )
    refuse(
        table.duplicated(KEY).to_numpy(),
        lambda row: (
            f"a second prediction of this take by {_of(table.iloc[row])} (the first "
            f"is in line {_first(table, row)}); keep one."
        ),
    )
    refuse(
        (table.groupby("take")["true"].transform("nunique") > 1).to_numpy(),
        lambda row: "its true label differs between rows; a take has one emotion.",
    )
    p = table[[f"{P}{label}" for label in labels]].to_numpy(np.float64)
    refuse(
        ~np.isfinite(p).all(axis=1) | (p < 0).any(axis=1),
        lambda row: (
            "a probability is negative or not finite; give one from 0 to 1 a label."
        ),
    )
    total = p.sum(axis=1)
    refuse(
        abs(total - 1) > SUM_TOLERANCE,
        lambda row: (
            f"its probabilities sum to {total[row]:.4g}, not 1; give probabilities "
            f"(after the softmax, not in percent)."
        ),
    )
    said = p[np.arange(len(p)), pd.Index(labels).get_indexer(table["predicted"])]
    refuse(
        said < p.max(axis=1) - TIE_TOLERANCE,
        lambda row: (
            f"predicted is {table['predicted'].iloc[row]!r}, but "
            f"{labels[int(p[row].argmax())]!r} is the most probable; correct one of "
            f"them."
        ),
    )


def _of(row: pd.Series) -> str:
    return f"system {row.system} in part {row.part}, fold {row.fold}, seed {row.seed}"


def _first(table: pd.DataFrame, row: int) -> Sequence[int]:
    same = (table[KEY] == table[KEY].iloc[row]).all(axis=1)
    return table.index[int(same.to_numpy().argmax())]
