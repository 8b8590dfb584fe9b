"""Embeddings made elsewhere, put into the store under a name of their own.

A table is a backbone that cannot compute: splits, heads and reports take it like any
other, but the takes that it lacks can only be imported.
"""

import contextlib
import dataclasses
import datetime
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from corpus.files import read_json, sweep, write_json
from corpus.index import Index
from corpus.naming import TakeNames
from corpus.problem import Problem
from embeddings import registry
from embeddings.backbone import BackboneSpec
from embeddings.claims import Claims, Copies, claims_of, one_each
from embeddings.columns import answers
from embeddings.foreign import Foreign, Piece, open_foreign
from embeddings.imported import (
    NAME,
    RECORD,
    Imported,
    as_backbone,
    folders_of,
    imported,
    imported_names,
)
from embeddings.rows import Manner
from embeddings.store import Source, Store, read_spec

__all__ = ["Imported", "Imports", "import_table", "imported", "imported_names"]

MODALITIES = ("sound", "picture")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Imports:
    """What an import did.

    Attributes:
        backbone: The table, as a backbone.
        stored: Takes whose embeddings are in the store now.
        new: How many of them were written just now.
        missing: Takes of the index that have none, by id.
        unknown: Names in the table that are no take's of the index.
        failed: (name, sentence) of what could not be read.
        copies: (take, name used, names passed over), where the table has several
            copies of a take.
        notes: What else is to be known of single files.
        columns: That were taken; none of arrays.
        unused: That were not.
    """

    backbone: Imported
    stored: int
    new: int
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    copies: tuple[Copies, ...]
    notes: tuple[str, ...]
    columns: tuple[str, ...]
    unused: tuple[str, ...]

    @property
    def record(self) -> Path:
        """Where all of this is written, without anything left out."""
        return self.backbone.root / self.backbone.spec.folder / RECORD


def import_table(
    index: Index,
    path: Path,
    *,
    name: str,
    modality: str,
    root: Path,
    columns: Sequence[str] | None = None,
    take_column: str | None = None,
    fps: float | None = None,
    no_face: str = "keep",
    replace: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Imports:
    """Put embeddings made elsewhere into the store.

    It can be killed at any moment and called again. What is there is not read again, so
    the same table for another index adds what that index has more.

    Args:
        index: The takes.
        path: A table or a folder, see `embeddings.foreign.open_foreign`.
        name: `family.data`, which no registered backbone has, such as "openface.au".
        modality: "sound" or "picture": what the embeddings were made from.
        root: The store, `artifacts/embeddings`.
        columns: Patterns of columns, as for `embeddings.rows.Manner`.
        take_column: As for `Manner`.
        fps: As for `Manner`.
        no_face: As for `Manner`.
        replace: Remove another table of that name, once this one is whole.
        progress: Called with (takes done, takes).

    Raises:
        Problem: If the name is taken, the table cannot be read, has two different rows
            for one take, or not one for any take.
    """
    _check_name(name, modality)
    names = TakeNames(index)
    manner = Manner(
        columns=tuple(columns or ()), take_column=take_column, fps=fps, no_face=no_face
    )
    table = open_foreign(path, manner, known=names.find)
    claims, unknown = claims_of(table.pieces, names)
    if not claims:
        raise Problem(_nothing_fits(path, table, index))
    spec = BackboneSpec(
        name=name,
        modality=modality,
        layer="imported",
        shape=_shape(table, claims, path),
        weights_sha256=table.sha256,
        preprocessing={
            "file": path.resolve().name,
            "columns": list(table.columns),
            "fps": fps,
            "no_face": no_face,
        },
    )
    folders = folders_of(root, name)
    spec = next((known for known in _specs(folders) if _same(known, spec)), spec)
    others = [folder for folder in folders if folder.name != spec.folder]
    if others and not replace:
        raise Problem(_another(others[-1], name))
    wanted, copies = one_each(claims, names, medium=modality, path=path)
    backbone = as_backbone(root, spec, path.resolve())
    new, notes, failed = _store(wanted, backbone, index, progress)
    there = {source.take for source in backbone.sources(index)}
    if not there:
        raise Problem(f"not one row of {path} can be used: {failed[0][1]}")
    imports = Imports(
        backbone=backbone,
        stored=len(there),
        new=new,
        missing=tuple(take for take in index.takes["take"] if take not in there),
        unknown=tuple(unknown),
        failed=tuple(failed),
        copies=tuple(copies),
        notes=tuple(dict.fromkeys([*_noted(backbone), *notes])),
        columns=table.columns,
        unused=table.unused,
    )
    _write_record(imports, path, takes=len(index))
    for folder in others:
        (folder / RECORD).unlink()  # no table any more, should the rest be interrupted
        shutil.rmtree(folder)
    return imports


def _store(
    wanted: Mapping[str, Piece],
    backbone: Imported,
    index: Index,
    progress: Callable[[int, int], None] | None,
) -> tuple[int, list[str], list[tuple[str, str]]]:
    """Write what the store lacks; return how many, notes, and what cannot be used."""
    spec, new = backbone.spec, 0
    store, failed, notes = Store(backbone.root, spec), [], []
    first: dict[str, np.ndarray] = {}
    corpora = dict(zip(index.takes["take"], index.takes["corpus"], strict=True))
    sweep(store.folder, now=time.time())
    if store.folder.is_dir():
        store.open()  # or its spec would stay as damaged as it may be
    for done, (take, piece) in enumerate(wanted.items(), start=1):
        source = Source(
            take=take,
            corpus=corpora[take],
            file=Path(backbone.weights.source),
            sha256=spec.weights_sha256,
        )
        if not store.has(source):
            try:
                embedding, note = piece.read()
                if embedding.array.shape[1:] != spec.shape:
                    raise Problem(
                        f"{piece.name} has shape {embedding.array.shape[1:]} and not "
                        f"{spec.shape}, as the first."
                    )
            except Problem as problem:
                failed.append((piece.name, str(problem)))
            else:
                if not new:
                    store.open()
                store.write(source, embedding)
                first[take] = embedding.array[0].reshape(-1)
                notes += [note] if note else []
                new += 1
        if progress:
            progress(done, len(wanted))
    notes += _answers(first, index, backbone.spec.preprocessing["columns"])
    return new, notes, failed


def _noted(backbone: Imported) -> list[str]:
    """Return what an earlier import of the same table noted."""
    with contextlib.suppress(Problem):
        notes = read_json(backbone.root / backbone.spec.folder / RECORD).get("notes")
        return notes if isinstance(notes, list) else []
    return []


def _check_name(name: str, modality: str) -> None:
    if not NAME.fullmatch(name) or registry.is_file(name):
        raise Problem(
            f"{name!r} cannot be a table's name; write family.data in letters, digits "
            f"and '_', such as openface.au."
        )
    if name in registry.names():
        raise Problem(
            f"{name} is a backbone of its own; give the table another name, such as "
            f"{name}_imported."
        )
    if modality not in MODALITIES:
        raise Problem(
            f"a table's modality is {' or '.join(MODALITIES)}, not {modality!r}."
        )


def _shape(table: Foreign, claims: Claims, path: Path) -> tuple[int, ...]:
    """Return the shape of one embedding: that of the first take that can be read."""
    if table.columns:
        return (len(table.columns),)
    first: Problem | None = None
    for piece in (piece for pieces in claims.values() for piece in pieces):
        try:
            return piece.read()[0].array.shape[1:]
        except Problem as problem:
            first = first or problem
    raise Problem(f"not one take's file in {path} can be read: {first}") from first


def _answers(
    first: dict[str, np.ndarray], index: Index, columns: Sequence[str]
) -> list[str]:
    """Say which columns are the emotion in numbers, and no measurement."""
    if not columns or not first:
        return []
    emotion = dict(zip(index.takes["take"], index.takes["emotion"], strict=True))
    labels = [emotion[take] for take in first]
    told = answers(np.stack(list(first.values())), labels)
    return [
        f"{name} has one number for all takes of an emotion: it is the answer, and not "
        f"a measurement; leave it out by --columns, and --replace"
        for name, tells in zip(columns, told, strict=True)
        if tells
    ]


def _specs(folders: Iterable[Path]) -> Iterator[BackboneSpec]:
    """Yield what made some folders, without those of which it cannot be told."""
    for folder in folders:
        with contextlib.suppress(Problem):
            yield read_spec(folder)


def _same(one: BackboneSpec, other: BackboneSpec) -> bool:
    """Say whether two tables are one, if under another file name."""

    def nameless(spec: BackboneSpec) -> BackboneSpec:
        kept = {k: v for k, v in spec.preprocessing.items() if k != "file"}
        return dataclasses.replace(spec, preprocessing=kept)

    return nameless(one) == nameless(other)


def _nothing_fits(path: Path, table: Foreign, index: Index) -> str:
    take = index.takes["take"].iloc[0] if len(index) else "nothing"
    told = f"it names {table.pieces[0].name!r}, the index {take}"
    hint = "; if each file is a table with a row a take, give that file" * path.is_dir()
    return (
        f"not one of {len(table.pieces)} names in {path} is that of a take ({told}); "
        f"name them by the takes' ids or files{hint}."
    )


def _another(folder: Path, name: str) -> str:
    source, when = "elsewhere", ""
    with contextlib.suppress(Problem):
        record = read_json(folder / RECORD)
        source, when = record.get("path", source), f" on {record.get('when', '')[:10]}"
    return (
        f"{name} was imported from {source}{when}, with other numbers, columns or "
        f"settings; give this table another name by --as, or put it in that one's "
        f"place by --replace."
    )


def _write_record(imports: Imports, path: Path, *, takes: int) -> None:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    told = dataclasses.asdict(dataclasses.replace(imports, backbone=None))
    del told["backbone"]
    write_json(
        imports.record,
        {"path": str(path.resolve()), "when": now, "takes_of_index": takes, **told},
    )
