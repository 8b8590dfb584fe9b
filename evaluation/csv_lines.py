"""A CSV table as somebody else wrote it: text, each row under the number of its line.

What is wrong with it is said with the line, since that is where it is put right.
"""

import collections
import csv
import io
from pathlib import Path

import pandas as pd

from corpus.problem import Problem

__all__ = ["read_lines"]

CURE = "save it as CSV in UTF-8, separated by commas"
# What spreadsheets and archives begin with; and text that is not UTF-8.
BINARY = {
    b"PK\x03\x04": "it is a spreadsheet or an archive",
    b"\x1f\x8b": "it is compressed",
    b"\xff\xfe": "it is in UTF-16",
    b"\xfe\xff": "it is in UTF-16",
}


def read_lines(path: Path, *, cure: str = CURE) -> pd.DataFrame:
    """Read a CSV table with a header; every value stays text ("01" is not 1).

    Blank lines, columns without a name and spaces after a comma mean nothing.

    Args:
        path: UTF-8, with or without a byte order mark.
        cure: What to do about a file that is none.

    Returns:
        All columns, as text; the index is the line that a row ends in, the header
        being line 1.

    Raises:
        Problem: If it is empty or not UTF-8, names a column twice, is separated by
            something else, or a row has not as many values as the header.
    """

    def no_table(why: str) -> Problem:
        return Problem(f"{path} is not a CSV table ({why}); {cure}.")

    text = _text(path.read_bytes(), no_table)
    file = io.StringIO(text, newline="")
    reader = csv.reader(file, skipinitialspace=True, strict=True)
    rows, lines = [], []
    try:
        for row in reader:
            if any(row):
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise no_table(f"line {reader.line_num}: {error}") from error
    if not rows:
        raise no_table("it is empty")
    names = [name.strip() for name in rows[0]]
    if len(names) == 1 and (found := set(";\t|") & set(names[0])):
        raise no_table(f"its columns are separated by {found.pop()!r}")
    named = [place for place, name in enumerate(names) if name]
    counted = collections.Counter(names[place] for place in named)
    if (twice := counted.most_common(1)) and twice[0][1] > 1:
        raise Problem(
            f"{path} has {twice[0][1]} columns {twice[0][0]!r}; keep one of them."
        )
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(names):
            raise Problem(
                f"{path}, line {line}: {_count(row)} where the header has "
                f"{len(names)}; look for a missing or an extra comma, and correct the "
                f"row."
            )
    values = [[row[place] for place in named] for row in rows[1:]]
    columns = [names[place] for place in named]
    return pd.DataFrame(values, index=lines[1:], columns=columns, dtype=str)


def _text(content: bytes, no_table) -> str:
    for magic, what in BINARY.items():
        if content.startswith(magic):
            raise no_table(what)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise no_table(f"line {line} is not UTF-8") from error
    if "\0" in text:
        raise no_table("it is not text")
    return text


def _count(row: list[str]) -> str:
    return f"{len(row)} value{'' if len(row) == 1 else 's'}"
