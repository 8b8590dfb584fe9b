"""Faces on disk: where a take's boxes and crops are, so that each is made once.

    <store>/<detector>-<key>/<corpus>/<take>-<source sha8>.npz                  boxes
    <store>/<detector>-<key>/<view>-<key>/<corpus>/<take>-<source sha8>.npz     crops

The npz files are plain: numpy reads them without us.
"""

import dataclasses
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from corpus.files import whole

__all__ = ["Shelf"]

SCHEMA = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shelf:
    """The arrays of takes under one key, such as one detector's boxes.

    Attributes:
        folder: Carries the key in its name.
        corpus: Folder below it; made-up and real takes never meet.
        take: The take's id.
        source_sha256: Of the media file the arrays come from.
    """

    folder: Path
    corpus: str
    take: str
    source_sha256: str

    @property
    def path(self) -> Path:
        """Where the arrays are, or would be."""
        return self.folder / self.corpus / f"{self.take}-{self.source_sha256[:8]}.npz"

    def read(self, *rows: str) -> dict[str, np.ndarray] | None:
        """Return the arrays, or None where they are not there whole.

        A truncated or foreign file, or one made from another source, counts as
        missing: it will be made again.

        Args:
            rows: Names of arrays that must be there, all of one length.
        """
        try:
            with np.load(self.path, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            theirs = (int(arrays.pop("schema")), str(arrays.pop("source_sha256")))
            lengths = {len(arrays[name]) for name in rows}
        except (OSError, EOFError, ValueError, TypeError, KeyError):
            return None
        except (zipfile.BadZipFile, zlib.error):
            return None
        fits = theirs == (SCHEMA, self.source_sha256) and len(lengths) == 1
        return arrays if fits else None

    def write(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Write the arrays, whole or not at all.

        Raises:
            OSError: If the folder cannot be written or the disk is full.
        """
        with whole(self.path) as file:
            np.savez(file, **arrays, source_sha256=self.source_sha256, schema=SCHEMA)
