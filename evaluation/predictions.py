"""Predictions as a table: one row a take, system and seed, with its probabilities.

Scores need nothing else, so that anybody's predictions can be scored.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from corpus.files import whole
from corpus.problem import Problem

__all__ = [
    "COLUMNS",
    "check_complete",
    "labels_of",
    "make_rows",
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

# What names a row: a take has one prediction by a system in a part, fold and seed.
KEY = ["take", "variant", "system", "fold", "part", "seed"]

WHOLE_NUMBERS = ("fold", "seed")
P = "p_"

# Others write probabilities with three or four decimals, or as float16.
SUM_TOLERANCE = 5e-3
# Six digits are written, so the largest may come back as one of two equal ones.
TIE_TOLERANCE = 1e-5


def labels_of(table: pd.DataFrame) -> tuple[str, ...]:
    """Return the labels of a predictions table, in the order of its `p_` columns."""
    return tuple(name.removeprefix(P) for name in table.columns if name.startswith(P))


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
        _check(table, "the rows made here")
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
    path = Path(path)
    if not path.is_file():
        raise Problem(
            f"{path} is no file; give a predictions table, such as the "
            f"predictions.csv of a run folder."
        )
    try:
        table = pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding="utf-8-sig"
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError) as error:
        raise Problem(
            f"{path} is not a CSV table ({str(error).strip()}); give a table with "
            f"the columns {','.join(COLUMNS)},p_<label>..."
        ) from error
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
        table[column] = _numbers(table, column, path)
    _check(table, str(path))
    return table[[*COLUMNS, *(f"{P}{label}" for label in labels or known)]]


def check_complete(
    predictions: pd.DataFrame, takes: Iterable[str], *, source: str, part: str = "test"
) -> None:
    """See that every system predicted the very takes that it should have.

    Args:
        predictions: As `read_predictions` returns it.
        takes: Those of the part.
        source: Where the predictions are from, for the sentence.
        part: Of the split.

    Raises:
        Problem: If a system left a take out, or predicted one of another part.
    """
    wanted = set(takes)
    rows = predictions[predictions["part"] == part]
    for (system, seed), one in rows.groupby(["system", "seed"], sort=False):
        has = set(one["take"])
        for those, how in (
            (wanted - has, "has no prediction of"),
            (has - wanted, f"also predicted, though not of the {part} part,"),
        ):
            if those:
                more = f" and {len(those) - 1:,} more" if len(those) > 1 else ""
                raise Problem(
                    f"{source}: {system} (seed {seed}) {how} take "
                    f"{min(those)!r}{more}; the {part} part has {len(wanted):,} takes: "
                    f"predict these and no other."
                )
    if not len(rows):
        raise Problem(f"{source} holds no predictions of the {part} part.")


def _numbers(table: pd.DataFrame, column: str, path: Path) -> pd.Series:
    numbers = pd.to_numeric(table[column], errors="coerce")
    wanted = "a number"
    if column in WHOLE_NUMBERS:
        wanted = "a whole number"
        numbers = numbers.where(numbers == numbers.round())
    else:  # "nan" and "inf" are numbers, and refused with the probabilities
        spelt = table[column].str.strip().str.lower().isin(["nan", "inf", "-inf"])
        numbers = numbers.mask(spelt, np.inf)
    if numbers.isna().any():
        row = int(numbers.isna().argmax())
        raise Problem(
            f"{_place(table, row, str(path))}: {column} is "
            f"{table[column].iloc[row]!r}, not {wanted}; correct the row."
        )
    return numbers.astype("int64" if column in WHOLE_NUMBERS else "float64")


def _check(table: pd.DataFrame, source: str) -> None:
    """Refuse the first row that cannot be scored."""
    labels = labels_of(table)

    def refuse(bad: np.ndarray, why) -> None:
        if bad.any():
            row = int(np.argmax(bad))
            raise Problem(f"{_place(table, row, source)}: {why(table.iloc[row])}")

    for column in ("true", "predicted"):
        refuse(
            ~table[column].isin(labels).to_numpy(),
            lambda row, column=column: (
                f"{column} is {row[column]!r}, which has no column {P}{row[column]}; "
                f"the labels are {', '.join(labels)}."
            ),
        )
    refuse(
        table.duplicated(KEY).to_numpy(),
        lambda row: (
            f"a second prediction of this take by system {row.system} in part "
            f"{row.part}, fold {row.fold}, seed {row.seed}; keep one."
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
            f"its probabilities sum to {total[table.index.get_loc(row.name)]:.4g}, "
            f"not 1; give probabilities (after the softmax)."
        ),
    )
    said = p[np.arange(len(p)), pd.Index(labels).get_indexer(table["predicted"])]
    refuse(
        said < p.max(axis=1) - TIE_TOLERANCE,
        lambda row: (
            f"predicted is {row.predicted!r}, but {labels[_largest(row, labels)]!r} "
            f"is the most probable; correct one of them."
        ),
    )


def _largest(row: pd.Series, labels: Sequence[str]) -> int:
    return int(np.argmax([row[f"{P}{label}"] for label in labels]))


def _place(table: pd.DataFrame, row: int, source: str) -> str:
    """Name a row: its line in the file (the header is line 1) and its take."""
    return f"{source}, line {row + 2}, take {table['take'].iloc[row]!r}"
