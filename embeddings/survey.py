"""What is in the store, by backbone and corpus: how much, how old, made of what."""

import contextlib
import dataclasses
import functools
import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from corpus.problem import Problem
from embeddings.backbone import BackboneSpec
from embeddings.imported import RECORD
from embeddings.store import read_spec

__all__ = ["Count", "Holding", "random_seed", "survey", "survey_faces"]

KEYED = re.compile(r"(?P<name>.+)-(?P<key>[0-9a-f]{8})")


@dataclasses.dataclass(frozen=True)
class Count:
    """Files of one corpus.

    Attributes:
        takes: How many takes they are of.
        files: How many there are; more than takes where there are variants, or two
            versions of a source.
        bytes: Their size.
    """

    takes: int
    files: int
    bytes: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Holding:
    """One folder of the store: all that was made with one spec.

    Attributes:
        folder: Its path; its name ends in the key.
        kind: "embeddings", "boxes" (of faces) or "crops".
        corpora: What is there, by corpus.
        written: When the last file was, in seconds since the epoch; of an empty folder,
            when it was made.
        spec: Of embeddings, what made them; None where that cannot be read.
        imported: Whether they were made elsewhere.
        problem: What is wrong with it, or "".
    """

    folder: Path
    kind: str
    corpora: Mapping[str, Count]
    written: float
    spec: BackboneSpec | None = None
    imported: bool = False
    problem: str = ""

    @property
    def label(self) -> str:
        """Name and key; of crops, after the detector's."""
        name = self.folder.name
        return f"{self.folder.parent.name}/{name}" if self.kind == "crops" else name

    @property
    def bytes(self) -> int:
        """Size of all its files."""
        return sum(count.bytes for count in self.corpora.values())

    @property
    def files(self) -> int:
        """How many there are."""
        return sum(count.files for count in self.corpora.values())

    def paths(self) -> Iterator[Path]:
        """Yield the npz files, by corpus and name."""
        for corpus in sorted(self.corpora):
            yield from sorted(_files(self.folder / corpus))


def survey(root: Path) -> list[Holding]:
    """Look at a store of embeddings, without opening any file of them.

    Args:
        root: `artifacts/embeddings`; there need be none.
    """
    holdings = []
    for folder in _folders(root):
        if not KEYED.fullmatch(folder.name):
            continue  # somebody else's
        spec, problem = None, ""
        try:
            spec = read_spec(folder)
        except Problem as error:
            problem = str(error)
        there = (folder / RECORD).is_file()
        holdings.append(
            _holding(folder, "embeddings", spec=spec, imported=there, problem=problem)
        )
    return holdings


def survey_faces(root: Path) -> list[Holding]:
    """Look at a store of faces: boxes by detector, and crops by detector and view.

    Args:
        root: `artifacts/faces`; there need be none.
    """
    holdings = []
    for detector in _folders(root):
        if not KEYED.fullmatch(detector.name):
            continue
        views = [f for f in _folders(detector) if KEYED.fullmatch(f.name)]
        holdings.append(
            _holding(detector, "boxes", leaving_out={view.name for view in views})
        )
        holdings += [_holding(view, "crops") for view in views]
    return holdings


def random_seed(sha256: str) -> int | None:
    """Return the seed of random weights by their identity, or None: they are no such.

    Args:
        sha256: Of a spec; seeds from 0 to 9999 are known.
    """
    return _random_seeds().get(sha256)


@functools.cache
def _random_seeds() -> dict[str, int]:
    return {
        hashlib.sha256(f"random:{n}".encode()).hexdigest(): n for n in range(10_000)
    }


def _holding(folder: Path, kind: str, *, leaving_out=frozenset(), **facts) -> Holding:
    corpora, written = {}, 0.0
    for corpus in _folders(folder):
        if corpus.name in leaving_out:
            continue
        takes, files, size = defaultdict(int), 0, 0
        for path in _files(corpus):
            with contextlib.suppress(FileNotFoundError):  # removed meanwhile
                status = path.stat()
                files, size = files + 1, size + status.st_size
                written = max(written, status.st_mtime)
                takes[path.stem.rpartition("-")[0].partition(".")[0]] += 1
        if files:
            corpora[corpus.name] = Count(len(takes), files, size)
    return Holding(
        folder=folder,
        kind=kind,
        corpora=corpora,
        written=written or folder.stat().st_mtime,
        **facts,
    )


def _folders(root: Path) -> list[Path]:
    if not root.is_dir():
        return []
    with os.scandir(root) as entries:
        return sorted(
            Path(entry) for entry in entries if entry.is_dir() and entry.name[0] != "."
        )


def _files(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".npz") and entry.name[0] != "." and entry.is_file():
                yield Path(entry)
