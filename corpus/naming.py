"""Which take somebody else's name means: an id, a file's path or stem, another copy."""

import re
from collections import defaultdict
from collections.abc import Iterable

from corpus.index import Index
from corpus.readers import READERS, reader

__all__ = ["TakeNames"]

# A suffix begins with a letter: of "v1.2" the 2 is a part of the name.
SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,7}")


class TakeNames:
    """Finds the takes of an index by the names that others know them by.

    A take answers to its id (with or without the corpus before it), to the path and the
    stem of its sound and picture file, and to the name of any file that its corpus'
    reader knows for another copy of it (of RAVDESS: 01-..., 02-... and 03-...). Where
    the reader needs the folders as well (of SAVEE: DC/d03), a stem alone is no name.
    """

    def __init__(self, index: Index):
        """Learn the names.

        Args:
            index: The takes.
        """
        self._meant: dict[str, set[str]] = defaultdict(set)
        parsers = (getattr(reader(name), "take_of", None) for name in READERS)
        self._parsers = tuple(filter(None, parsers))
        self._preferred: set[tuple[str, str, str]] = set()
        for row in index.takes.to_dict("records"):
            take = row["take"]
            names = {take, take.removeprefix(f"{row['corpus']}-")}
            for medium in ("sound", "picture"):
                file = row[f"{medium}_file"]
                if file:
                    stem = _stem(file)
                    self._preferred.add((medium, take, stem))
                    names.update(self._known_as(_path(file)))
            for name in names:
                self._meant[name].add(take)

    def find(self, name: str) -> str | None:
        """Return the take that is meant, or None: no take, or more than one.

        Args:
            name: Of a row or a file; folders and a suffix may be part of it.
        """
        for guess in (name.strip(), *self._known_as(_path(name))):
            meant = self._meant.get(guess)
            if meant:
                return next(iter(meant)) if len(meant) == 1 else None
        return None

    def are_copies(self, names: Iterable[str]) -> bool:
        """Say whether names are those of different copies, as a corpus' reader knows.

        Args:
            names: All of one take.
        """
        stems = [_stem(name) for name in names]
        return len(set(stems)) == len(stems) and all(map(self._parsed, stems))

    def best(self, names: Iterable[str], take: str, *, medium: str) -> str:
        """Return the name of the copy to prefer: the index' own, or the first.

        Args:
            names: Of copies of a take.
            take: Its id.
            medium: "sound" or "picture".
        """

        def rank(name: str) -> tuple[bool, str]:
            stem = _stem(name)
            return (medium, take, stem) not in self._preferred, name

        return min(names, key=rank)

    def _known_as(self, path: str) -> list[str]:
        """Return what a file may be known as: itself, its stem, its takes."""
        stem, takes = _stem(path), self._parsed(path)
        alone = not takes or self._parsed(stem) == takes
        return [path, *([stem] if alone else []), *takes]

    def _parsed(self, name: str) -> list[str]:
        return list(filter(None, (take_of(name) for take_of in self._parsers)))


def _path(name: str) -> str:
    """Return a name with "/" and without its suffix."""
    path = name.strip().replace("\\", "/")
    folder, slash, last = path.rpartition("/")
    head, dot, suffix = last.rpartition(".")
    whole = not head or not SUFFIX.fullmatch(dot + suffix)
    return folder + slash + (last if whole else head)


def _stem(name: str) -> str:
    return _path(name).rpartition("/")[2]
