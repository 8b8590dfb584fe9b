"""Columns of numbers in tables that others wrote: found, chosen, parsed or refused."""

import contextlib
import fnmatch
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from corpus.download import looks_like_a_page
from corpus.index import TAKE_COLUMNS
from corpus.problem import Problem
from corpus.tables import read_text_table

__all__ = [
    "TIMES",
    "WHAT_IT_IS",
    "answers",
    "choose",
    "naming_column",
    "numbers",
    "read_csv",
    "read_parquet",
    "some",
]

TIMES = ("timestamp", "time", "frametime")  # OpenFace, ours, openSMILE

# Columns that tell what a row is of, and not what was measured in it: the index knows
# them, a label among them would be the answer, and trackers write the last ones.
WHAT_IT_IS = {
    *TAKE_COLUMNS,
    *("clip", "file", "filename", "file_name", "name", "path", "video", "audio", "id"),
    *("actor", "subject", "speaker_id", "gender", "age", "modality", "channel"),
    *("label", "labels", "class", "target", "emotion_id", "fold", "split", "part"),
    *("index", "unnamed: 0", "start", "end", *TIMES),
    *("frame", "face_id", "confidence", "success"),
}

# How people write that there is no number.
NOTHING = r"(?i)|[-+]?nan.*|n/?a|null|none|<na>|\?"


def naming_column(table: pd.DataFrame, known: Callable[[str], object]) -> str:
    """Return the column that names most takes, or "".

    Args:
        table: Any table.
        known: Returns None of what names no take.
    """
    best, most = "", 0
    for column in table:
        values = table[column].unique()
        with contextlib.suppress(ValueError):
            float(values[0])
            if "." in str(values[0]):
                continue  # a measurement; there may be thousands of such columns
        count = sum(known(str(value)) is not None for value in values)
        if count > most:
            best, most = column, count
    return best


def choose(
    table: pd.DataFrame, patterns: Sequence[str], path: Path
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Choose the columns that hold embeddings.

    Args:
        table: Any table.
        patterns: Names, or patterns of names ("AU*_r"); none for all columns that hold
            a number and are not of `WHAT_IT_IS`.
        path: Of the table, for the sentence.

    Returns:
        The columns that are taken, in the table's order, and those that are not.

    Raises:
        Problem: If a pattern fits no column, or there is none to take.
    """
    if patterns:
        chosen = set()
        for pattern in patterns:
            hits = {n for n in table if n == pattern or fnmatch.fnmatchcase(n, pattern)}
            if not hits:
                raise Problem(
                    f"{path} has no column {pattern!r}; it has {some(table)}."
                )
            chosen |= hits
    else:
        chosen = {
            name
            for name in table
            if name.lower() not in WHAT_IT_IS
            and pd.to_numeric(table[name], errors="coerce").notna().any()
        }
    if not chosen:
        raise Problem(
            f"{path} has no column of numbers among {some(table)}; give another table, "
            f"or choose columns by --columns."
        )
    columns = tuple(name for name in table if name in chosen)
    return columns, tuple(name for name in table if name not in chosen)


def numbers(table: pd.DataFrame, columns: Sequence[str], path: Path) -> np.ndarray:
    """Return columns as numbers, shape (rows, columns), float64; NaN where empty.

    Raises:
        Problem: If there is text among them.
    """
    array = np.empty((len(table), len(columns)))
    for number, column in enumerate(columns):
        parsed = pd.to_numeric(table[column], errors="coerce")
        array[:, number] = parsed
        text = table[column][parsed.isna().to_numpy()].astype(str).str.strip()
        text = text[~text.str.fullmatch(NOTHING)]
        if len(text):
            raise Problem(
                f"{path}, line {text.index[0] + 2}: {text.iloc[0]!r} in the column "
                f"{column} is no number; mend it, or choose columns by --columns."
            )
    return array


def answers(values: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    """Return which columns tell the labels: one number for each, whatever the row.

    Args:
        values: Shape (rows, columns).
        labels: One a row.

    Returns:
        Shape (columns,), bool; all false where a label has fewer than three rows, or
        there is but one label.
    """
    told = np.zeros(values.shape[1], bool)
    names, counts = np.unique(np.asarray(labels), return_counts=True)
    if len(names) > 1 and counts.min() >= 3:
        groups = pd.DataFrame(values).groupby(np.asarray(labels))
        spread = (groups.max() - groups.min()).to_numpy().max(axis=0)
        told = (spread == 0) & (np.ptp(values, axis=0) > 0)
    return told


def read_csv(path: Path, only: Callable[[str], bool] | None = None) -> pd.DataFrame:
    """Read a table of text, parted by commas, semicolons or tabs.

    Blanks around the columns' names, as older versions of OpenFace write them, go.

    Args:
        path: The file.
        only: Says of a column's name whether it is wanted; None for all.

    Raises:
        Problem: If it is no table.
    """
    with open(path, "rb") as file:
        head = file.read(1 << 16)
    if looks_like_a_page(head):
        raise Problem(f"{path} is a web page and no table; fetch the table again.")
    line = head.partition(b"\n")[0]
    table = read_text_table(
        path,
        cure="save it again, as CSV in UTF-8",
        separator=max(",;\t", key=lambda mark: line.count(mark.encode())),
        only=None if only is None else lambda name: only(name.strip()),
    )
    return table.rename(columns=str.strip).fillna("")


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a parquet file; a column of lists becomes one column an item, "name_0".

    Raises:
        Problem: If pyarrow is missing, it is no parquet, or lists differ in length.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise Problem(
            f"{path} needs pyarrow; install emostack[parquet], or save it as CSV."
        ) from error
    try:
        table = parquet.read_table(path).to_pandas()
    except (pyarrow.ArrowException, OSError) as error:
        why = str(error).partition("\n")[0]
        raise Problem(f"{path} is no parquet table ({why}); save it again.") from error
    parts = []
    for name in map(str, table):
        column = table[name]
        if len(column) and isinstance(column.iloc[0], np.ndarray):
            try:
                items = np.stack(column)
            except (TypeError, ValueError) as error:
                raise Problem(
                    f"{path} has lists of different lengths in the column {name}; "
                    f"write one row a frame, all of one length."
                ) from error
            parts.append(
                pd.DataFrame(
                    items, columns=[f"{name}_{i}" for i in range(items.shape[1])]
                )
            )
        else:
            parts.append(column)
    return pd.concat(parts, axis=1)


def some(names: Sequence[str] | pd.DataFrame, count: int = 8) -> str:
    """Return the first few of some names, and how many more there are."""
    names = list(map(str, names))
    more = f" and {len(names) - count} more" if len(names) > count else ""
    return ", ".join(names[:count]) + more
