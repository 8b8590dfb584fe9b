"""One module a corpus: from the files below a folder to what they record.

A reader is a module with `NAME`, `LICENCE`, `CITATION`, `LONGEST_SECONDS` (what is
longer is reported as odd) and
`read(root) -> Reading`. It looks at names and tables only; files are opened by
`corpus.indexing`, the same way for every corpus. Where a file's name tells its take,
it also has `take_of(stem) -> str | None`.
"""

import dataclasses
import importlib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from corpus.problem import Problem

__all__ = ["READERS", "Reading", "Recording", "media_files", "reader"]

READERS = {"ravdess": "corpus.readers.ravdess", "csv": "corpus.readers.csv_table"}

MEDIA_SUFFIXES = {".wav", ".flac", ".mp4", ".avi", ".mov", ".mkv", ".webm", ".ogg"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recording:
    """One file of one take.

    Attributes:
        file: Path relative to the root, with "/".
        take: The take's id: file-safe, unique, the same on every machine.
        sound_rank: Preference as the take's sound, 0 first; None if it has none.
        picture_rank: The same for the picture.
        facts: Columns of the index that the reader knows (speaker, emotion, ...).
    """

    file: str
    take: str
    sound_rank: int | None
    picture_rank: int | None
    facts: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Reading:
    """What a reader found.

    Attributes:
        recordings: In the order of their files.
        unknown: Media files whose names say nothing to the reader.
        official: How many files of a kind the whole corpus has, by a regular
            expression over file names; empty where nobody published it.
    """

    recordings: list[Recording]
    unknown: list[str] = dataclasses.field(default_factory=list)
    official: Mapping[str, tuple[str, int]] = dataclasses.field(default_factory=dict)


def reader(name: str) -> ModuleType:
    """Return the reader of that name.

    Raises:
        Problem: If there is none.
    """
    if name not in READERS:
        raise Problem(f"no reader is called {name!r}; known: {', '.join(READERS)}.")
    return importlib.import_module(READERS[name])


def media_files(root: Path) -> list[str]:
    """Return all media files below a folder, relative, with "/", sorted by name.

    Hidden files (macOS' "._*" beside every unpacked file) and `__MACOSX` are left out.

    Raises:
        Problem: If the folder does not exist, or holds no media file.
    """
    if not root.is_dir():
        raise Problem(f"{root} is not a folder; give the folder that holds the corpus.")
    found = sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.suffix.lower() in MEDIA_SUFFIXES
        and not path.name.startswith(".")
        and "__MACOSX" not in path.parts
        and path.is_file()
    )
    if not found:
        kinds = ", ".join(sorted(MEDIA_SUFFIXES))
        raise Problem(
            f"{root} holds no media file ({kinds}); unpack the corpus there, "
            f"or give another folder."
        )
    return found
