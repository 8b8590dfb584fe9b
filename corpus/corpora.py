"""One corpus or several, below one folder or several: which reader claims what.

A reader takes the files that are its own and leaves the rest; what none of them takes
is told. So RAVDESS and RML may lie side by side in one folder, or in two.
"""

import dataclasses
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from types import ModuleType

from corpus.problem import Problem
from corpus.readers import (
    READERS,
    NothingFoundError,
    Reading,
    csv_table,
    reader,
    readers_named,
)

__all__ = ["Corpora", "read_corpora"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Corpora:
    """What several readers found; all paths are relative to one folder.

    Attributes:
        base: That folder: the root, or the deepest one that holds all roots.
        readings: Each reader with what it found in all roots.
        unclaimed: Media files that are nobody's.
        others: Files that are no media.
    """

    base: Path
    readings: tuple[tuple[ModuleType, Reading], ...]
    unclaimed: list[str]
    others: list[str]


def read_corpora(roots: Sequence[Path], names: str) -> Corpora:
    """Find the recordings of one corpus or several.

    Args:
        roots: Folders; for the reader "csv" the table or its folder. A corpus may lie
            in several (its sound in one, its video in another).
        names: A reader, or several: "ravdess+rml".

    Raises:
        Problem: If a reader finds nothing, a root holds nothing for any of them, roots
            lie inside one another, or two readers claim the same file or take.
    """
    modules = readers_named(names)
    roots = [root.resolve() for root in roots]
    base = _base(roots)
    by_root = [[_read(module, root) for root in roots] for module in modules]
    for module, found in zip(modules, by_root, strict=True):
        _check_use(found, roots, f"of {module.NAME}")
    for root, found in zip(roots, zip(*by_root, strict=True), strict=True):
        _check_use(found, [root], f"of {names}")
    readings = tuple(
        (module, _joined(base, roots, found))
        for module, found in zip(modules, by_root, strict=True)
    )
    _check_claims(readings)
    claimed = {r.file for _, reading in readings for r in reading.recordings}
    unknown = {file for _, reading in readings for file in reading.unknown}
    others = {file for _, reading in readings for file in reading.others}
    return Corpora(
        base=base,
        readings=readings,
        unclaimed=sorted(unknown - claimed),
        others=sorted(others - claimed),
    )


def _base(roots: Sequence[Path]) -> Path:
    folders = [_folder(root) for root in roots]
    for one in roots:
        for other in roots:
            if one is not other and one.is_relative_to(other):
                raise Problem(
                    f"{one} lies in {other}, so its files would be read twice; name "
                    f"only one of the two."
                )
    try:
        return Path(os.path.commonpath(folders))
    except ValueError as error:  # Windows: one on C:, one on D:
        raise Problem(
            f"{' and '.join(map(str, roots))} have no folder in common; put them on "
            f"one drive."
        ) from error


def _folder(root: Path) -> Path:
    return root.parent if root.is_file() else root


def _read(module: ModuleType, root: Path) -> Reading | NothingFoundError:
    try:
        return module.read(root)
    except NothingFoundError as nothing:
        return nothing


def _check_use(
    found: Sequence[Reading | NothingFoundError], roots: Sequence[Path], what: str
) -> None:
    """See that a reader finds something in any root, or a root serves any reader."""
    if any(isinstance(each, Reading) for each in found):
        return
    if len(found) == 1:
        raise Problem(f"{found[0]}{_hint(roots)}")
    where = " and ".join(map(str, roots))
    raise Problem(f"there is nothing {what} in {where}: {found[0]}{_hint(roots)}")


def _hint(roots: Sequence[Path]) -> str:
    """Say which reader would know the files that another one does not."""
    knowing = [
        name
        for name in READERS
        if name != csv_table.NAME
        and any(isinstance(_read(reader(name), root), Reading) for root in roots)
    ]
    names = " or ".join(f"--reader {name}" for name in knowing)
    return f" There are files of another corpus: try {names}." if knowing else ""


def _joined(
    base: Path, roots: Sequence[Path], found: Sequence[Reading | NothingFoundError]
) -> Reading:
    """Return what a reader found in all roots, by paths below the base."""
    recordings, unknown, official, others = [], [], {}, []
    for root, reading in zip(roots, found, strict=True):
        if isinstance(reading, NothingFoundError):
            continue
        below = PurePosixPath(_folder(root).relative_to(base).as_posix())

        def path(file: str, below: PurePosixPath = below) -> str:
            return (below / file).as_posix()

        recordings += [
            dataclasses.replace(recording, file=path(recording.file))
            for recording in reading.recordings
        ]
        unknown += map(path, reading.unknown)
        others += map(path, reading.others)
        official = reading.official
    return Reading(recordings, unknown, official, others)


def _check_claims(readings: Sequence[tuple[ModuleType, Reading]]) -> None:
    """See that what one reader claims is claimed by no other."""
    for what in ("file", "take"):
        claims = Counter(
            claimed
            for _, reading in readings
            for claimed in {getattr(r, what) for r in reading.recordings}
        )
        twice = sorted(claimed for claimed, count in claims.items() if count > 1)
        if twice:
            raise Problem(
                f"{len(twice)} {what}s are claimed by two readers ({twice[0]} is the "
                f"first); put the corpora into folders of their own, or name only "
                f"one of the readers."
            )
