"""CSV tables as people hand them over: text, or one sentence on why it is none."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from corpus.problem import Problem

__all__ = ["read_text_table"]


def read_text_table(
    path: Path,
    *,
    cure: str,
    separator: str = ",",
    only: Callable[[str], bool] | None = None,
) -> pd.DataFrame:
    """Read a CSV file with a header; every value stays text ("01" is not 1).

    Args:
        path: UTF-8, with or without a byte order mark.
        cure: What to do about a file that is none, such as "make it again".
        separator: Between two values.
        only: Says of a column's name whether it is wanted; None for all.

    Raises:
        Problem: If it is missing, not UTF-8, or not a table.
    """
    if not path.is_file():
        raise Problem(f"{path} does not exist; {cure}.")
    try:
        return pd.read_csv(
            path,
            sep=separator,
            usecols=only,
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError) as error:
        why = str(error).strip().replace("\n", " ")
        raise Problem(f"{path} is not a CSV table in UTF-8 ({why}); {cure}.") from error
