"""What takes have in common: the voice, the words, the sound, or all of it."""

import dataclasses
from collections.abc import Mapping
from pathlib import PurePosixPath

import pandas as pd

from corpus.problem import Problem
from corpus.readers import READERS, reader

__all__ = [
    "KINDS",
    "Kind",
    "join_groups",
    "kin",
    "kind_of",
    "need_known",
    "need_sounds_apart",
]


@dataclasses.dataclass(frozen=True)
class Kind:
    """One thing that two takes may have in common.

    Attributes:
        columns: Of the index; takes that agree in all of them are kin.
        needed: Those without which nothing can be said of a take. Other columns may
            be empty: a corpus without intensities has one.
    """

    columns: tuple[str, ...]
    needed: tuple[str, ...]


KINDS: Mapping[str, Kind] = {
    # Speaker names and the numbers of statements mean something in one corpus only.
    "speakers": Kind(("corpus", "speaker"), ("speaker",)),
    "repetition twins": Kind(
        ("corpus", "speaker", "vocal_channel", "emotion", "intensity", "statement"),
        ("speaker", "statement"),
    ),
    "identical sound": Kind(("sound_sha256",), ("sound_sha256",)),
    "copies of one take": Kind(("sound_file", "picture_file"), ()),  # see `_copies`
    "statements": Kind(("corpus", "statement"), ("statement",)),
}


def kind_of(column: str) -> str:
    """Return the kind that a column of the index stands for: "speaker", "speakers"."""
    return next((k for k, kind in KINDS.items() if kind.needed == (column,)), column)


def kin(takes: pd.DataFrame, kind: str) -> pd.Series:
    """Return what each take has in common with its kin.

    Args:
        takes: Rows of the index.
        kind: One of `KINDS`, or a column of the index.

    Returns:
        Text, by row, equal for kin; "" where nothing can be said.
    """
    if kind == "copies of one take":
        return _copies(takes)
    known = KINDS.get(kind, Kind((kind,), (kind,)))
    texts = [
        takes[column].astype(object).where(takes[column].notna(), "").astype(str)
        for column in known.columns
    ]
    joint = texts[0].str.cat(texts[1:], sep="/")
    return joint.where((takes[list(known.needed)].fillna("") != "").all(axis=1), "")


def need_known(takes: pd.DataFrame, kind: str, *, why: str) -> pd.Series:
    """Return `kin`, having seen that it is known of every take.

    Args:
        takes: Rows of the index.
        kind: One of `KINDS`, or a column of the index.
        why: Who needs it, such as "the protocol 'speakers'".

    Raises:
        Problem: If the index has no such column, or it is empty somewhere.
    """
    if kind not in KINDS and kind not in takes:
        raise Problem(
            f"{why} needs the column {kind!r}, which an index has not; it has "
            f"{', '.join(takes.columns)}."
        )
    groups = kin(takes, kind)
    if (unknown := takes["take"][groups == ""]).any():
        columns = KINDS[kind].needed if kind in KINDS else (kind,)
        raise Problem(
            f"{why} needs {' and '.join(columns)} of every take, and the index does "
            f"not tell it of {len(unknown)} of {len(takes)}, such as "
            f"{unknown.min()}; fill it in, or use another protocol."
        )
    return groups


def need_sounds_apart(
    takes: pd.DataFrame, groups: pd.Series, *, what: str, why: str
) -> None:
    """See that no two groups share a recording.

    Args:
        takes: Rows of the index.
        groups: By row.
        what: The groups are, such as "speakers".
        why: Who keeps them apart, such as "the protocol 'speakers'".

    Raises:
        Problem: If two do.
    """
    sounds = takes["sound_sha256"]
    shared = (groups.groupby(sounds).transform("nunique") > 1) & (sounds != "")
    if shared.any():
        alike = sounds == sounds[shared].min()
        first, second = sorted(takes["take"][alike])[:2]
        raise Problem(
            f"{why} keeps {what} apart, but two {what} share a recording with "
            f"identical sound ({first} and {second}); look at the index' oddities, or "
            f"let identical sound be parted."
        )


def join_groups(takes: pd.DataFrame, *groupings: pd.Series) -> pd.Series:
    """Join groupings: what is together in one of them is together.

    Args:
        takes: Rows of the index.
        groupings: As `kin` returns them; "" is nobody's kin.

    Returns:
        By row, the first take (by id) of its group.
    """
    first = takes["take"]
    while True:
        before = first
        for grouping in groupings:
            least = first.groupby(grouping).transform("min")
            first = least.where(grouping != "", first)
        if first.equals(before):
            return first


def _copies(takes: pd.DataFrame) -> pd.Series:
    """Tell takes that are one performance: by the bytes or by the names of their files.

    A reader joins the copies of its corpus (RAVDESS: 01, 02 and 03 of a name) to one
    take, but a table of one's own may list each as a take. Their sound differs then
    (AAC against PCM), their names tell.
    """
    parsers = [getattr(reader(name), "take_of", None) for name in READERS]
    # One row a file: a take's sound may be the copy of another's picture.
    files = pd.concat(
        [
            takes[["take", f"{medium}_file", f"{medium}_file_sha256"]].set_axis(
                ["take", "file", "sha256"], axis=1
            )
            for medium in ("sound", "picture")
        ],
        ignore_index=True,
    )
    stems = files["file"].map(lambda file: PurePosixPath(file).stem)
    names = [
        stems.map(lambda stem, take_of=take_of: take_of(stem) or "")
        for take_of in filter(None, parsers)
    ]
    first = join_groups(files, files["take"], files["sha256"], *names)
    return first.iloc[: len(takes)].set_axis(takes.index)
