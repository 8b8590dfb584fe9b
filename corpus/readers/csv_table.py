"""A corpus of one's own, described by a CSV table.

The table has one row a take. Needed: `emotion`, `speaker`, and `sound_file` or
`picture_file` (relative to the table's folder). Known besides: `take`, `corpus`,
`sex`, `intensity`, `statement`, `repetition`, `vocal_channel`, `language`.
`docs/own_corpus.csv` is an example.
"""

import re
from pathlib import Path, PurePosixPath

from corpus import labels
from corpus.problem import Problem
from corpus.readers import NothingFoundError, Reading, Recording
from corpus.tables import read_text_table

__all__ = ["CITATION", "LICENCE", "LONGEST_SECONDS", "NAME", "read"]

NAME = "csv"
LICENCE = "the owner's"
CITATION = ""
LONGEST_SECONDS = float("inf")

NEEDED = ("emotion", "speaker")
FILES = ("sound_file", "picture_file")
OPTIONAL = ("sex", "intensity", "statement", "repetition", "vocal_channel", "language")
FILE_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def read(root: Path) -> Reading:
    """Read the table.

    Args:
        root: The table itself, or a folder with exactly one CSV table in it.

    Raises:
        Problem: If there is no such table, a column is missing, an emotion is
            unknown, a take stands twice or an id cannot be part of a file name.
    """
    table_file = _table_file(root)
    table = read_text_table(table_file, cure="save it as CSV in UTF-8")
    missing = [column for column in NEEDED if column not in table]
    if missing or not set(FILES) & set(table):
        raise Problem(
            f"{table_file} needs the columns emotion, speaker, and sound_file or "
            f"picture_file; it has {', '.join(table.columns)}."
        )
    unknown = set(table) - {*NEEDED, *FILES, *OPTIONAL, "take", "corpus"}
    if unknown:
        raise Problem(
            f"{table_file} has columns that mean nothing here: "
            f"{', '.join(sorted(unknown))}; rename or remove them."
        )
    recordings, seen = [], set()
    for number, row in enumerate(table.to_dict("records"), start=2):
        try:
            found = _recordings(row, table_file.stem)
        except Problem as problem:
            raise Problem(f"{table_file}, line {number}: {problem}") from problem
        if found[0].take in seen:
            raise Problem(
                f"{table_file}, line {number}: the take {found[0].take!r} stands "
                f"twice; give every take an id of its own."
            )
        seen.add(found[0].take)
        recordings += found
    if not recordings:
        raise Problem(f"{table_file} has no rows; write one row a take.")
    return Reading(recordings)


def _table_file(root: Path) -> Path:
    if root.is_file():
        return root
    tables = sorted(root.glob("*.csv")) if root.is_dir() else []
    if len(tables) != 1:
        raise NothingFoundError(
            f"{root} is neither a CSV table nor a folder with exactly one; "
            f"give the table itself."
        )
    return tables[0]


def _recordings(row: dict[str, str], corpus: str) -> list[Recording]:
    """Turn one row into the recordings of its take, its sound first."""
    sound, picture = row.get("sound_file", ""), row.get("picture_file", "")
    if not sound and not picture:
        raise Problem("names neither a sound file nor a picture file.")
    corpus = row.get("corpus") or corpus
    name = row.get("take") or PurePosixPath(sound or picture).stem
    for what, text in (("corpus", corpus), ("take", name), ("speaker", row["speaker"])):
        if not FILE_SAFE.fullmatch(text):
            raise Problem(
                f"{text!r} cannot be a {what}: use letters, digits, '-' and '_'."
            )
    facts = {column: row.get(column, "") for column in OPTIONAL}
    facts |= {"corpus": corpus, "speaker": row["speaker"]}
    facts["emotion"] = labels.canonical(row["emotion"])
    take = f"{corpus}-{name}"
    ranks = {sound: (0, None), picture: (1, 0)} if sound != picture else {sound: (0, 0)}
    return [
        Recording(
            file=PurePosixPath(file).as_posix(),
            name=f"{take} {'sound' if picture_rank is None else 'picture'}",
            take=take,
            sound_rank=sound_rank,
            picture_rank=picture_rank,
            facts=facts,
        )
        for file, (sound_rank, picture_rank) in ranks.items()
        if file
    ]
