"""Embeddings as others wrote them: one table, or one file a take."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from corpus.files import digest, sha256
from corpus.problem import Problem
from embeddings.columns import (
    TIMES,
    WHAT_IT_IS,
    choose,
    naming_column,
    numbers,
    read_csv,
    read_parquet,
    some,
)
from embeddings.rows import Manner, read_arrays, sequence
from embeddings.store import Embedding

__all__ = ["Foreign", "Piece", "open_foreign"]

TABLES = {".csv", ".tsv"}
ARRAYS = {".npz", ".npy"}


@dataclasses.dataclass(frozen=True)
class Piece:
    """What is there under one name.

    Attributes:
        name: Of a take, or of its file.
        read: Returns the embeddings, and what is to be said of them ("" for nothing);
            raises `Problem` where they cannot be read.
    """

    name: str
    read: Callable[[], tuple[Embedding, str]]


@dataclasses.dataclass(frozen=True)
class Foreign:
    """A table of embeddings made elsewhere.

    Attributes:
        sha256: Of its content, whatever its own path.
        pieces: In the order of the rows, or of the files' names.
        columns: That are taken; none of arrays.
        unused: That are not.
    """

    sha256: str
    pieces: list[Piece]
    columns: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


def open_foreign(
    path: Path, manner: Manner, *, known: Callable[[str], object]
) -> Foreign:
    """Look at a table of embeddings; files of a folder are read only when asked for.

    Args:
        path: A CSV table with one row a take (or a row a frame, with a column of
            times), a parquet file of the same form, or a folder with one file a take:
            CSV (such as OpenFace writes), npz or npy.
        manner: How it is read.
        known: Says whether a name is that of a take, to find the column of names.

    Raises:
        Problem: If there is no table, a column is missing or holds text, or none holds
            numbers.
    """
    if path.is_dir():
        return _open_folder(path, manner)
    if not path.is_file():
        raise Problem(f"{path} does not exist; give a table, or a folder of them.")
    kind = path.suffix.lower()
    if kind in ARRAYS:
        raise Problem(
            f"{path} is one file of arrays; give the folder that holds one a take."
        )
    table = read_parquet(path) if kind == ".parquet" else read_csv(path)
    return _open_table(path, table, manner, known)


def _open_table(
    path: Path, table: pd.DataFrame, manner: Manner, known: Callable[[str], object]
) -> Foreign:
    """Part a table by the takes its rows name."""
    if table.empty:
        raise Problem(f"{path} has no rows; give one that has a row a take.")
    naming = manner.take_column or naming_column(table, known)
    if naming not in table:
        wanted = f"no column {naming!r}" if naming else "no column that names a take"
        raise Problem(
            f"{path} has {wanted} of the index; name it by --take-column: it has "
            f"{some(list(table))}."
        )
    rest = table.drop(columns=naming)
    columns, unused = choose(rest, manner.columns, path)
    values = numbers(rest, columns, path)
    rest = rest[[name for name in rest if name.lower() in WHAT_IT_IS]]
    timed = any(name.lower() in TIMES for name in rest)
    pieces = []
    for name, at in table.groupby(naming, sort=False).indices.items():
        if len(at) > 1 and not timed:
            differ = [r for r in at if not _equal(values[r], values[at[0]])]
            if differ and known(str(name)) is not None:
                raise Problem(
                    f"{path} has different numbers for {name}, in the lines "
                    f"{at[0] + 2} and {differ[0] + 2}; keep one of them, or give a "
                    f"table that has times."
                )
            at = at[:1]
        read = functools.partial(
            sequence, rest.iloc[at], values[at], f"{path}, line {at[0] + 2}", manner
        )
        pieces.append(Piece(str(name), read))
    return Foreign(sha256(path), pieces, columns, unused)


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    return np.array_equal(one, other, equal_nan=True)


def _open_folder(folder: Path, manner: Manner) -> Foreign:
    """See which files of a folder hold embeddings."""
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in TABLES | ARRAYS
        and not path.name.startswith(".")
        and "__MACOSX" not in path.parts
        and path.is_file()
    )
    if not files:
        raise Problem(f"{folder} holds no csv, npz or npy file; give another folder.")
    kinds = {path.suffix.lower() for path in files}
    if kinds & TABLES and kinds & ARRAYS:
        raise Problem(
            f"{folder} holds both {' and '.join(sorted(kinds))} files; give a folder "
            f"with one kind."
        )
    names = {path: path.relative_to(folder).as_posix() for path in files}
    identity = digest({name: sha256(path) for path, name in names.items()})
    if kinds <= ARRAYS:
        reads = {path: functools.partial(read_arrays, path, manner) for path in files}
        columns, unused = (), ()
    else:
        columns, unused = _columns_of(files, manner)
        reads = {
            path: functools.partial(_read_frames, path, columns, manner)
            for path in files
        }
    pieces = [Piece(names[path], reads[path]) for path in files]
    return Foreign(identity, pieces, columns, unused)


def _columns_of(
    files: Sequence[Path], manner: Manner
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns that the first readable of some files has."""
    first: Problem | None = None
    for path in files:
        try:
            return choose(read_csv(path), manner.columns, path)
        except Problem as problem:
            first = first or problem
    raise Problem(str(first)) from first


def _read_frames(
    path: Path, columns: tuple[str, ...], manner: Manner
) -> tuple[Embedding, str]:
    """Read one take's CSV, a row a frame."""
    wanted = {*columns}
    table = read_csv(path, lambda name: name in wanted or name.lower() in WHAT_IT_IS)
    lacking = [name for name in columns if name not in table]
    if lacking:
        raise Problem(f"{path} lacks columns that others have: {some(lacking)}.")
    if table.empty:
        raise Problem(f"{path} has no rows; make it again.")
    return sequence(table, numbers(table, columns, path), str(path), manner)
