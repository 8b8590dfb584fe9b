"""What could be reached at best on the made-up takes of an index."""

import csv
import functools
from pathlib import Path

from corpus.index import Index
from corpus.indexing import MADE_UP
from corpus.made_up.folder import TABLE
from corpus.made_up.styles import ceilings

__all__ = ["ceilings_of"]


def ceilings_of(index: Index) -> dict[str, float] | None:
    """Return an oracle's accuracies by system, see `corpus.made_up.styles.ceilings`.

    Only takes of the index count, so that it is of the classes that a run tells apart.
    They may be of several corpora: styles are the same in all.

    Args:
        index: Of made-up corpora, each with its table beside its recordings.

    Returns:
        None where a take is real, or no table tells what it shows.
    """
    styles_above = functools.cache(functools.partial(_styles_above, root=index.root))
    shown = []
    for row in index.takes.itertuples():
        if not row.corpus.startswith(MADE_UP):
            return None
        file = index.root / (row.sound_file or row.picture_file)
        styles = styles_above(file.parent)
        name = row.take.removeprefix(f"{row.corpus}-").lower()
        if name not in styles:
            return None
        shown.append((row.emotion, *styles[name]))
    return ceilings(shown) if shown else None


def _styles_above(folder: Path, *, root: Path) -> dict[str, tuple[str, str]]:
    """Return voice and face style by take, of the corpus that a folder is part of."""
    for above in (folder, *folder.parents):
        if (above / TABLE).is_file():
            return _styles(above / TABLE)
        if above == root:
            break
    return {}


def _styles(table: Path) -> dict[str, tuple[str, str]]:
    # In small letters: so a reader has the languages of RML's folders.
    with table.open(newline="", encoding="utf-8") as file:
        return {
            row["take"].lower(): (row["voice_style"], row["face_style"])
            for row in csv.DictReader(file)
        }
