"""Embeddings on disk: one npz a take, whole or not there, readable by plain numpy.

    <root>/<backbone>-<key>/spec.json
    <root>/<backbone>-<key>/<corpus>/<take>[.<variant>]-<source sha8>.npz

A file's name holds what it was made from, so a changed source, layer or weights file
is another file, and processes and hosts can share one folder without a word.
"""

import dataclasses
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from corpus.containers import check_whole
from corpus.files import read_json, sha256, whole, write_json
from corpus.problem import Problem
from embeddings.backbone import LATER, BackboneSpec

__all__ = ["Embedding", "Source", "Store", "check_source", "read_spec"]

SCHEMA = 1
FIXED = ("embedding", "time", "source_sha256", "schema")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Source:
    """One sample: the file of a take that is embedded.

    Attributes:
        take: The take's id.
        corpus: Its corpus.
        file: The media file.
        sha256: Of the file's bytes.
        variant: Name of an augmented copy; "" for the recording itself.
    """

    take: str
    corpus: str
    file: Path
    sha256: str
    variant: str = ""

    @property
    def sample(self) -> str:
        """The take's id, and behind a point the variant of a copy."""
        return f"{self.take}.{self.variant}" if self.variant else self.take


@dataclasses.dataclass(frozen=True)
class Embedding:
    """A take's embeddings.

    Attributes:
        array: Shape (n, *spec.shape), float32.
        time: Shape (n,), float64, seconds from the start of the take.
        extra: Further arrays of length n (such as `found`).
    """

    array: np.ndarray
    time: np.ndarray
    extra: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)


def check_source(source: Source) -> None:
    """See that a sample's file is the one that was indexed.

    Raises:
        Problem: If it is gone, truncated or changed.
    """
    if not source.file.is_file():
        raise Problem(f"{source.file} does not exist; index the corpus again.")
    check_whole(source.file)  # says more than that it changed
    if sha256(source.file) != source.sha256:
        raise Problem(
            f"{source.file} changed since it was indexed; index the corpus again."
        )


class Store:
    """The embeddings of one backbone spec below a root folder."""

    def __init__(self, root: Path, spec: BackboneSpec):
        self.spec = spec
        self.folder = root / spec.folder

    def path(self, source: Source) -> Path:
        """Return where a sample's embeddings are, or would be."""
        name = f"{source.sample}-{source.sha256[:8]}.npz"
        return self.folder / source.corpus / name

    def open(self) -> None:
        """Make the folder, or see that an existing one was made by this very spec.

        Raises:
            Problem: If it was made with other settings.
            OSError: If it cannot be made.
        """
        record = self.folder / "spec.json"
        ours = json.loads(json.dumps(self.spec.told))
        if record.is_file():
            try:
                theirs = read_json(record)
            except Problem as problem:
                raise Problem(
                    f"{str(problem).partition(';')[0]}; remove it: it is written again."
                ) from problem
            other = {k for k in {*ours, *theirs} if ours.get(k) != theirs.get(k)}
            if other:
                raise Problem(
                    f"{self.folder} was made with other settings "
                    f"({', '.join(sorted(other))}); move it away, or name another "
                    f"folder with --artifacts."
                )
        else:
            write_json(record, ours)

    def write(self, source: Source, embedding: Embedding) -> None:
        """Write a sample's embeddings, whole or not at all.

        Raises:
            ValueError: If the shape is not the spec's or a number is not finite.
            Problem: If a number is too large for what the spec stores.
            OSError: If the disk is full or cannot be written.
        """
        if embedding.array.shape[1:] != tuple(self.spec.shape):
            raise ValueError(
                f"{self.spec.name} gave shape {embedding.array.shape[1:]} where its "
                f"spec says {self.spec.shape}"
            )
        if not np.isfinite(embedding.array).all():
            raise ValueError(f"{self.spec.name} gave numbers that are not finite")
        with np.errstate(over="ignore"):
            stored = embedding.array.astype(self.spec.stored, copy=False)
        if not np.isfinite(stored).all():
            raise Problem(
                f"has embeddings of up to {np.abs(embedding.array).max():.3g}, too "
                f"large for {self.spec.stored}; leave out stored."
            )
        with whole(self.path(source)) as file:
            np.savez(
                file,
                embedding=stored,
                time=embedding.time.astype(np.float64, copy=False),
                source_sha256=np.array(source.sha256),
                schema=np.array(SCHEMA),
                **embedding.extra,
            )

    def has(self, source: Source, *, verify: bool = False) -> bool:
        """Say whether a sample's embeddings are there, whole and of this source.

        A damaged file counts as missing.

        Args:
            source: The sample.
            verify: Read every byte of the npz.
        """
        path = self.path(source)
        if not path.is_file():
            return False
        try:
            with np.load(path, allow_pickle=False) as file:
                if verify and file.zip.testzip() is not None:
                    return False
                return (
                    str(file["source_sha256"]) == source.sha256
                    and int(file["schema"]) == SCHEMA
                    and {"embedding.npy", "time.npy"} <= set(file.zip.namelist())
                )
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return False

    def read(self, source: Source) -> Embedding:
        """Read a sample's embeddings.

        Raises:
            Problem: If they are missing or damaged; extraction makes them again.
        """
        path = self.path(source)
        try:
            with np.load(path, allow_pickle=False) as file:
                extra = {name: file[name] for name in file.files if name not in FIXED}
                array = file["embedding"].astype(np.float32, copy=False)
                return Embedding(array, file["time"], extra)
        except FileNotFoundError as error:
            raise Problem(
                f"{path} is missing; run the extraction for {source.take} first."
            ) from error
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise Problem(
                f"{path} is damaged ({error}); run the extraction again with --verify: "
                f"what is damaged is made anew."
            ) from error


def read_spec(folder: Path) -> BackboneSpec:
    """Read what made a folder of the store.

    Raises:
        Problem: If nothing says so, or what does is damaged.
    """
    values = read_json(folder / "spec.json")
    fields = {field.name for field in dataclasses.fields(BackboneSpec)}
    shape = values.get("shape")
    known = {**LATER, **values}
    if known.keys() != fields or not isinstance(shape, list):
        raise Problem(
            f"{folder / 'spec.json'} is not one that this version wrote; move {folder} "
            f"away."
        )
    return BackboneSpec(**{**values, "shape": tuple(shape)})
