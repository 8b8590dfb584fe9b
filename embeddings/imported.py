"""A table that was imported, as a backbone: it has embeddings and cannot make any.

<root>/<name>-<key>/spec.json
<root>/<name>-<key>/table.json                                 what was imported
<root>/<name>-<key>/<corpus>/<take>-<table sha8>.npz
"""

import dataclasses
import re
from pathlib import Path
from typing import Any

import numpy as np

from corpus.files import read_json
from corpus.index import Index
from corpus.problem import Problem
from embeddings.backbone import About, BackboneSpec, Examples, WeightsRecord
from embeddings.store import Source, Store, read_spec

__all__ = [
    "NAME",
    "RECORD",
    "Imported",
    "as_backbone",
    "folders_of",
    "imported",
    "imported_names",
]

RECORD = "table.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)+")


@dataclasses.dataclass(frozen=True)
class Imported:
    """A backbone whose embeddings were imported, and which can make no others.

    Attributes:
        spec: Its `weights_sha256` is that of the table's content.
        weights: Says which table.
        about: What a list says of it.
        root: The store it is in.
    """

    spec: BackboneSpec
    weights: WeightsRecord
    about: About
    root: Path

    def sources(self, index: Index) -> list[Source]:
        """Return the samples of the takes whose embeddings are there, in order."""
        store = Store(self.root, self.spec)
        every = (
            Source(
                take=row["take"],
                corpus=row["corpus"],
                file=Path(self.weights.source),
                sha256=self.spec.weights_sha256,
            )
            for row in index.takes[["take", "corpus"]].to_dict("records")
        )
        return [source for source in every if store.path(source).is_file()]

    def prepare(self, media: Any) -> Examples:
        """Refuse: nothing can be computed."""
        raise self._refusal()

    def embed(self, array: np.ndarray) -> np.ndarray:
        """Refuse: nothing can be computed."""
        raise self._refusal()

    def _refusal(self) -> Problem:
        return Problem(
            f"{self.spec.name} was imported from {self.weights.source} and cannot be "
            f"computed; import a table that has the takes it lacks."
        )


def imported(root: Path, name: str) -> Imported | None:
    """Return the table that was imported under a name, or None.

    Raises:
        Problem: If what describes it is damaged.
    """
    folders = folders_of(root, name)
    if not folders:
        return None
    record = read_json(folders[-1] / RECORD)
    return as_backbone(root, read_spec(folders[-1]), Path(str(record.get("path", ""))))


def imported_names(root: Path) -> tuple[str, ...]:
    """Return the names of all tables in a store."""
    folders = (path.parent.name for path in root.glob(f"*/{RECORD}"))
    return tuple(sorted({folder.rpartition("-")[0] for folder in folders}))


def folders_of(root: Path, name: str) -> list[Path]:
    """Return the folders of a name's tables, the last written last.

    There is more than one only where a replacement was interrupted.

    Args:
        root: The store.
        name: Any name.
    """
    if not NAME.fullmatch(name):
        return []
    records = (
        path
        for path in root.glob(f"{name}-*/{RECORD}")
        if re.fullmatch("[0-9a-f]{8}", path.parent.name.removeprefix(f"{name}-"))
    )
    return [p.parent for p in sorted(records, key=lambda p: p.stat().st_mtime_ns)]


def as_backbone(root: Path, spec: BackboneSpec, path: Path) -> Imported:
    """Return a table as a backbone.

    Args:
        root: The store it is in.
        spec: Its spec.
        path: Where it was imported from.
    """
    columns = spec.preprocessing["columns"]
    return Imported(
        spec=spec,
        weights=WeightsRecord(
            source=str(path),
            sha256=spec.weights_sha256,
            verified="unverified",
            how="embeddings made elsewhere",
        ),
        about=About(
            input=f"{len(columns)} columns" if columns else "arrays", source=str(path)
        ),
        root=root,
    )
