"""What heads are fed: a store's embeddings as rows or sequences, by take."""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pandas as pd

from corpus.index import Index
from corpus.problem import Problem
from embeddings.backbone import Backbone
from embeddings.sequences import FLAT, pool
from embeddings.store import Embedding, Store
from experiments.extraction import copies_of, sources_of
from experiments.heads import feeds
from experiments.lesson import Features
from experiments.recipe import Branch

__all__ = ["coverage", "features_of", "fed", "read_features"]

# So many branches' features stay in a process' memory.
KEPT = 3

# Those last asked for.
_kept: OrderedDict[tuple, Features] = OrderedDict()


def features_of(
    index: Index,
    backbone: Backbone,
    branch: Branch,
    artifacts: Path,
    *,
    copies: pd.DataFrame | None = None,
) -> Features:
    """Return what `read_features` does, read once for many trainings in a process."""
    takes = tuple(index.takes["take"])
    if copies is not None:
        takes += tuple(copies["take"] + "." + copies["variant"])
    key = (artifacts, backbone.spec.folder, hash(takes), branch.head)
    key = (*key, branch.fps, branch.pooling)
    if key not in _kept:
        _kept[key] = read_features(index, backbone, branch, artifacts, copies=copies)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return _kept[key]


def read_features(
    index: Index,
    backbone: Backbone,
    branch: Branch,
    artifacts: Path,
    *,
    copies: pd.DataFrame | None = None,
) -> dict[str, np.ndarray]:
    """Read what a branch's head is fed, by take; with `copies`, by copy.

    A sequence head gets shape (steps, width), at the branch's rate. Any other gets
    (width,): the poolings of a take's embeddings side by side, or all of them one
    after another (`FLAT`), or, of a backbone that gives one a take, that one.

    Raises:
        Problem: If not all takes have as many embeddings to be put one after another.
    """
    store = Store(artifacts / "embeddings", backbone.spec)
    samples = (
        sources_of(index, backbone)
        if copies is None
        else copies_of(index, backbone, copies)
    )
    embeddings = {source.sample: store.read(source) for source in samples}
    alone = all(len(embedding.array) == 1 for embedding in embeddings.values())
    rows = {
        sample: fed(embedding, branch, alone=alone)
        for sample, embedding in embeddings.items()
    }
    if FLAT in branch.pooling and feeds(branch) == "vector":
        _check_alike(rows, backbone)
    return rows


def _check_alike(rows: Features, backbone: Backbone) -> None:
    """Raise a `Problem` if vectors of several embeddings each differ in length."""
    least, most = (how(rows, key=lambda take: rows[take].size) for how in (min, max))
    if rows[least].size != rows[most].size:
        raise Problem(
            f"{backbone.spec.name} gives {least} fewer embeddings than {most}, and the "
            f"pooling {FLAT!r} puts all of a take's into one row: set the backbone's "
            f"seconds, or pool by mean."
        )


def fed(embedding: Embedding, branch: Branch, *, alone: bool) -> np.ndarray:
    """Return what a branch's head is fed of one take, see `read_features`.

    Args:
        embedding: As it lies in the store.
        branch: The branch.
        alone: Whether its backbone gives one embedding a take.
    """
    from visual_features.frames import at_rate

    fed_on = feeds(branch)
    if alone and fed_on == "picture" and embedding.array.ndim > 2:
        return embedding.array[0]
    rows = embedding.array.reshape(len(embedding.array), -1)
    if alone and fed_on == "sequence" and embedding.array.ndim == 3:
        return embedding.array[0]  # such as one matrix of MFCC: steps by coefficients
    if fed_on != "vector":
        return rows[at_rate(embedding.time, fps=branch.fps)] if branch.fps else rows
    if alone:
        return rows[0]
    if branch.pooling == (FLAT,):
        return rows.reshape(-1)
    return np.concatenate([pool(rows, how) for how in branch.pooling])


def coverage(index: Index, backbone: Backbone, artifacts: Path) -> pd.DataFrame | None:
    """Return how many frames of each take had a face; None without faces.

    Returns:
        Columns take, frames, found.
    """
    store, rows = Store(artifacts / "embeddings", backbone.spec), []
    for source in sources_of(index, backbone):
        extra = store.read(source).extra
        if "found" not in extra:
            return None
        count = int(np.sum(extra["found"]))
        rows.append((source.take, len(extra["found"]), count))
    return pd.DataFrame(rows, columns=["take", "frames", "found"])
