"""Where weights came from and how they were verified, written beside their file.

`<file>.provenance.json` goes with a file that was fetched or imported, to other
machines too. Of files elsewhere (Keras' cache, a folder of somebody's own) a note is
kept in our own folder of weights, under their hash.
"""

import contextlib
import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.files import read_json, write_json
from corpus.problem import Problem
from embeddings.weights.places import is_writable, new_weights, own_folders

__all__ = [
    "Provenance",
    "note_of",
    "now",
    "provenance_file",
    "read_provenance",
    "write_provenance",
]

SUFFIX = ".provenance.json"
ELSEWHERE = "elsewhere"
STATES = ("hash", "smoke", "unverified")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Provenance:
    """What is known of one file of weights.

    Attributes:
        entry: Key in the manifest.
        source: The address it was fetched from, or the path it was found at.
        sha256: As `embeddings.backbone.WeightsRecord` has it.
        size: In bytes.
        when: Time of fetching or importing, ISO 8601.
        verified: "hash", "smoke" or "unverified".
        how: The same in words: which hash, whose, or what figures.
        golden: First embedding of a fixed input, by backbone ("<name>-<key>").
    """

    entry: str
    source: str
    sha256: str
    size: int
    when: str
    verified: str
    how: str = ""
    golden: Mapping[str, Sequence[float]] = dataclasses.field(default_factory=dict)


def now() -> str:
    """Return the time, ISO 8601, to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def provenance_file(path: Path) -> Path:
    """Return where the provenance of a file, folder or checkpoint lies."""
    return path.with_name(path.name + SUFFIX)


def note_of(path: Path, sha256: str) -> Path:
    """Return where a note on a file is kept: beside it if that folder is ours."""
    beside, folder = provenance_file(path), path.resolve().parent
    ours = folder in {folder.resolve() for folder in own_folders()}
    if beside.exists() or (ours and is_writable(folder)):
        return beside
    return new_weights() / ELSEWHERE / f"{path.name}.{sha256[:16]}{SUFFIX}"


def read_provenance(path: Path, sha256: str) -> Provenance | None:
    """Return what is known of a file, or None.

    Args:
        path: The file, SavedModel folder or checkpoint prefix.
        sha256: Its hash now.

    Raises:
        Problem: If the file is not the one of its provenance any more, or that cannot
            be read.
    """
    note = note_of(path, sha256)
    if not note.exists():
        return None
    known = _parse(read_json(note), note)
    if known.sha256 != sha256:
        raise Problem(
            f"{path} changed since it came from {known.source} on {known.when[:10]} "
            f"(sha256 {sha256[:16]}... instead of {known.sha256[:16]}...): remove it "
            f"and fetch it again; if you changed it on purpose, remove {note}."
        )
    return known


def _parse(values: Mapping[str, Any], note: Path) -> Provenance:
    with contextlib.suppress(TypeError, ValueError):
        known = Provenance(**values)
        texts = (known.entry, known.source, known.sha256, known.when, known.how)
        rows = {name: [*map(float, row)] for name, row in dict(known.golden).items()}
        if all(isinstance(text, str) for text in texts) and known.verified in STATES:
            return dataclasses.replace(known, golden=rows)
    raise Problem(f"{note} is damaged; remove it, and run `emostack weights verify`.")


def write_provenance(path: Path, provenance: Provenance) -> Path:
    """Write what is known of a file, whole or not at all; return where."""
    note = note_of(path, provenance.sha256)
    write_json(note, dataclasses.asdict(provenance))
    return note
