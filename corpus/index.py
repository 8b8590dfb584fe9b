"""The index: one row a take, and the files that recorded it.

A folder holds `takes.csv` (the columns of `TAKE_COLUMNS`), `files.csv` (one row a
media file, with what probing it told, so that a second indexing touches only what
changed) and `index.json` (the root the paths are relative to, the reader, and what
was odd).
"""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from corpus.files import read_json, whole, write_json
from corpus.problem import Problem
from corpus.tables import read_text_table

__all__ = ["FILE_COLUMNS", "TAKE_COLUMNS", "Index"]

# Text unless listed in NUMBERS; an unknown value is empty text or NaN.
TAKE_COLUMNS = (
    "take",
    "corpus",
    "speaker",
    "sex",
    "emotion",
    "intensity",
    "statement",
    "repetition",
    "vocal_channel",
    "language",
    "sound_file",
    "picture_file",
    "duration_seconds",
    "fps",
    "frames",
    "width",
    "height",
    "sample_rate",
    "audio_channels",
    "sound_sha256",
    "sound_file_sha256",
    "picture_file_sha256",
)

FILE_COLUMNS = (
    "file",
    "size",
    "mtime_ns",
    "file_sha256",
    "synthetic",
    "duration_seconds",
    "fps",
    "frames",
    "width",
    "height",
    "sample_rate",
    "audio_channels",
    "sound_sha256",
    "problem",
)

NUMBERS = {
    "size": "Int64",
    "mtime_ns": "Int64",
    "duration_seconds": "float64",
    "fps": "float64",
    "frames": "Int64",
    "width": "Int64",
    "height": "Int64",
    "sample_rate": "Int64",
    "audio_channels": "Int64",
    "synthetic": "boolean",
}


@dataclasses.dataclass(frozen=True)
class Index:
    """Takes of one or more corpora, and where their files are.

    Attributes:
        takes: Columns `TAKE_COLUMNS`, one row a take, ordered by take; ids unique.
        root: The folder that `sound_file` and `picture_file` are relative to.
        facts: What `index.json` holds besides (reader, oddities, counts).
    """

    takes: pd.DataFrame
    root: Path
    facts: dict = dataclasses.field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.takes)

    def only(self, **wanted: Iterable[str]) -> "Index":
        """Keep the takes whose columns hold one of the wanted values.

        Example: `index.only(emotion=labels.THESIS, vocal_channel=["speech"])`.
        """
        takes = self.takes
        for column, values in wanted.items():
            takes = takes[takes[column].isin(list(values))]
        return dataclasses.replace(self, takes=takes.reset_index(drop=True))

    def with_media(self, medium: str) -> "Index":
        """Keep the takes that have a file for "sound" or for "picture"."""
        takes = self.takes[self.takes[f"{medium}_file"] != ""]
        return dataclasses.replace(self, takes=takes.reset_index(drop=True))

    def head(self, count: int) -> "Index":
        """Keep a number of takes, the first ones of each emotion in turn."""
        turn = self.takes.groupby("emotion").cumcount()
        kept = turn.sort_values(kind="stable").index[:count].sort_values()
        return dataclasses.replace(
            self, takes=self.takes.loc[kept].reset_index(drop=True)
        )

    def write(self, folder: Path, files: pd.DataFrame | None = None) -> None:
        """Write the index into a folder, each file whole or not at all.

        The takes come last: without them a folder holds no index.
        """
        if files is not None:
            _write_table(folder / "files.csv", files[list(FILE_COLUMNS)])
        write_json(folder / "index.json", {"root": str(self.root), **self.facts})
        _write_table(folder / "takes.csv", self.takes[list(TAKE_COLUMNS)])

    @classmethod
    def read(cls, folder: Path) -> "Index":
        """Read an index that `write` wrote.

        Raises:
            Problem: If the folder holds no index, or one that is damaged.
        """
        if not (folder / "takes.csv").is_file():
            raise Problem(
                f"{folder} holds no index (takes.csv); make one with "
                f"`emostack index --data ROOT --out {folder}`."
            )
        takes = read_table(folder / "takes.csv", TAKE_COLUMNS)
        facts = read_json(folder / "index.json")
        root = facts.pop("root", None)
        if not isinstance(root, str):
            raise Problem(
                f"{folder / 'index.json'} names no root; make the index again with "
                f"`emostack index --data ROOT --out {folder}`."
            )
        if not takes["take"].is_unique:
            raise Problem(
                f"{folder / 'takes.csv'} names a take twice "
                f"({takes['take'][takes['take'].duplicated()].iloc[0]}); make the "
                f"index again."
            )
        return cls(takes, Path(root), facts)


def read_table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read one of our CSV tables; text stays text ("01" is not 1).

    Raises:
        Problem: If it is no table, columns are missing, or a number is none.
    """
    table = read_text_table(path, cure="make the index again")
    missing = [column for column in columns if column not in table]
    if missing:
        raise Problem(
            f"{path} lacks the columns {', '.join(missing)}; it is not a table "
            f"written by this version: make it again."
        )
    try:
        return typed(table, columns)
    except (ValueError, TypeError) as error:
        raise Problem(
            f"{path} was changed by hand ({error}); make the index again."
        ) from error


def typed(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return the columns with their types; what is unknown is "" or missing."""
    table = table.reindex(columns=list(columns))
    for column in columns:
        kind, values = NUMBERS.get(column, "str"), table[column]
        if kind == "boolean":
            truth = {"True": True, "False": False, True: True, False: False}
            table[column] = values.map(truth).astype("boolean")
        elif kind == "str":
            table[column] = values.fillna("").astype(str)
        else:
            numbers = pd.to_numeric(values.replace("", np.nan))
            table[column] = numbers.astype(kind)
    return table


def _write_table(path: Path, table: pd.DataFrame) -> None:
    with whole(path) as file:
        table.to_csv(file, index=False, lineterminator="\n")
