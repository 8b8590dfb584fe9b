"""One module a corpus: from the files below a folder to what they record.

A reader is a module with `NAME`, `LICENCE`, `CITATION`, `LONGEST_SECONDS` (what is
longer is reported as odd) and
`read(root) -> Reading`. It looks at names and tables only; files are opened by
`corpus.indexing`, the same way for every corpus. Where a file's name tells its take,
it also has `take_of(name) -> str | None`.
"""

import dataclasses
import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

from corpus.problem import Problem

__all__ = [
    "READERS",
    "NothingFoundError",
    "Reading",
    "Recording",
    "files_below",
    "is_picture",
    "read_names",
    "reader",
    "readers_named",
]

READERS = {
    "ravdess": "corpus.readers.ravdess",
    "rml": "corpus.readers.rml",
    "savee": "corpus.readers.savee",
    "csv": "corpus.readers.csv_table",
}
# Between the names of several readers whose corpora go into one index.
AND = "+"

PICTURE_SUFFIXES = {".mp4", ".avi", ".mov", ".mkv", ".webm"}
MEDIA_SUFFIXES = PICTURE_SUFFIXES | {".wav", ".flac", ".ogg"}


class NothingFoundError(Problem):
    """A place holds nothing that a reader knows; another reader may know it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recording:
    """One file of one take.

    Attributes:
        file: Path relative to the root, with "/".
        name: What its corpus calls this file; two files of one name are copies, of
            which one is used.
        take: The take's id: file-safe, unique, the same on every machine.
        sound_rank: Preference as the take's sound, 0 first; None if it has none.
        picture_rank: The same for the picture.
        facts: Columns of the index that the reader knows (speaker, emotion, ...).
        odd: What is odd about its name, though it could be read; by kind.
    """

    file: str
    name: str
    take: str
    sound_rank: int | None
    picture_rank: int | None
    facts: Mapping[str, str]
    odd: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Reading:
    """What a reader found.

    Attributes:
        recordings: In the order of their files.
        unknown: Media files whose names say nothing to the reader.
        official: How many files of a kind the whole corpus has, by a regular
            expression over `Recording.name`; empty where nobody published it.
        others: Files that are no media, and so were left alone.
    """

    recordings: list[Recording]
    unknown: list[str] = dataclasses.field(default_factory=list)
    official: Mapping[str, tuple[str, int]] = dataclasses.field(default_factory=dict)
    others: list[str] = dataclasses.field(default_factory=list)


def reader(name: str) -> ModuleType:
    """Return the reader of that name.

    Raises:
        Problem: If there is none.
    """
    if name not in READERS:
        raise Problem(
            f"no reader is called {name!r}; known: {', '.join(READERS)}, or several "
            f"of them joined by {AND!r}, as in 'ravdess{AND}rml'."
        )
    return importlib.import_module(READERS[name])


def readers_named(names: str) -> tuple[ModuleType, ...]:
    """Return the readers that "ravdess" or "ravdess+rml" names.

    Raises:
        Problem: If one is unknown, or named twice.
    """
    each = [name.strip() for name in names.split(AND)]
    if len(set(each)) < len(each):
        raise Problem(f"the readers {names!r} name one of them twice; name each once.")
    return tuple(reader(name) for name in each)


def read_names(
    root: Path,
    claim: Callable[[str], Recording | None],
    *,
    corpus: str,
    example: str,
    official: Mapping[str, tuple[str, int]],
) -> Reading:
    """Ask of every media file below a folder whether it is one of a corpus.

    Hidden files (macOS' "._*" beside every unpacked file) and `__MACOSX` are left out.

    Args:
        root: The folder.
        claim: Given a path relative to it, with "/", returns what it records, or
            None where it is no file of the corpus.
        corpus: What people call it.
        example: A path that it has.
        official: See `Reading`.

    Raises:
        NothingFoundError: If no file is claimed.
        Problem: If there is no such folder.
    """
    media, others = _files(root)
    claims = {file: claim(file) for file in media}
    recordings = [found for found in claims.values() if found]
    unknown = [file for file, found in claims.items() if not found]
    if not recordings:
        raise NothingFoundError(
            f"none of the {len(unknown)} media files in {root} has a name of {corpus} "
            f"(such as {example}; the first is {unknown[0]}); give another folder, or "
            f"describe a corpus of your own with --reader csv."
        )
    return Reading(recordings, unknown, official, others)


def is_picture(file: str) -> bool:
    """Say whether a file's suffix is that of a video."""
    return Path(file).suffix.lower() in PICTURE_SUFFIXES


def _files(root: Path) -> tuple[list[str], list[str]]:
    """Return the media files below a folder and all others, each sorted by name."""
    if root.is_file():
        raise NothingFoundError(f"{root} is not a folder; give the folder it is in.")
    if not root.is_dir():
        raise Problem(f"{root} is not a folder; give the folder that holds the corpus.")
    media, others = [], []
    for path in files_below(root):
        hidden = path.name.startswith(".") or "__MACOSX" in path.parts
        if hidden or not path.is_file():
            continue
        known = path.suffix.lower() in MEDIA_SUFFIXES
        (media if known else others).append(path.relative_to(root).as_posix())
    if not media:
        kinds = ", ".join(sorted(MEDIA_SUFFIXES))
        raise NothingFoundError(
            f"{root} holds no media file ({kinds}); unpack the corpus there, "
            f"or give another folder."
        )
    return sorted(media), sorted(others)


def files_below(root: Path) -> Iterator[Path]:
    """Yield what is below a folder, linked folders included, each of them once."""
    seen = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:  # a second link to it, or a link to where it stands
            folders.clear()
            continue
        seen.add(real)
        folders.sort()
        yield from (Path(folder, name) for name in files)
