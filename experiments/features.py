"""What heads are fed: a store's embeddings as rows or sequences, by take."""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pandas as pd

from corpus.index import Index
from embeddings.backbone import Backbone
from embeddings.sequences import pool
from embeddings.store import Embedding, Store
from experiments.extraction import sources_of
from experiments.lesson import Features
from experiments.recipe import Branch

__all__ = ["coverage", "features_of", "pooled", "read_features", "timed_rows"]

# So many branches' features stay in a process' memory.
KEPT = 3

# Those last asked for.
_kept: OrderedDict[tuple, Features] = OrderedDict()


def features_of(
    index: Index, backbone: Backbone, branch: Branch, artifacts: Path
) -> Features:
    """Return what `read_features` does, read once for many trainings in a process."""
    takes = tuple(index.takes["take"])
    key = (artifacts, backbone.spec.folder, hash(takes), branch.head)
    key = (*key, branch.fps, branch.pooling)
    if key not in _kept:
        _kept[key] = read_features(index, backbone, branch, artifacts)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return _kept[key]


def read_features(
    index: Index, backbone: Backbone, branch: Branch, artifacts: Path
) -> dict[str, np.ndarray]:
    """Read what a branch's head is fed, by take.

    A sequence head gets shape (steps, width), at the branch's rate. Any other gets
    (width,): the poolings of a take's embeddings side by side, or, of a backbone that
    gives one a take, that one.
    """
    store = Store(artifacts / "embeddings", backbone.spec)
    features = {
        source.take: timed_rows(store.read(source), branch)[0]
        for source in sources_of(index, backbone)
    }
    if branch.head == "lstm":
        return features
    if all(len(rows) == 1 for rows in features.values()):
        return {take: rows[0] for take, rows in features.items()}
    return {take: pooled(rows, branch) for take, rows in features.items()}


def timed_rows(embedding: Embedding, branch: Branch) -> tuple[np.ndarray, np.ndarray]:
    """Return a take's embeddings at a branch's rate.

    Args:
        embedding: As it lies in the store.
        branch: Names the rate, where its head takes sequences.

    Returns:
        Rows, shape (steps, width), and when each begins, shape (steps,), in seconds.
    """
    from visual_features.frames import at_rate

    rows, time = embedding.array.reshape(len(embedding.array), -1), embedding.time
    if branch.head == "lstm" and branch.fps:
        rows = rows[at_rate(time, fps=branch.fps)]
        time = time[0] + np.arange(len(rows)) / branch.fps
    return rows, time


def pooled(rows: np.ndarray, branch: Branch) -> np.ndarray:
    """Return a branch's poolings of some rows side by side, shape (width,)."""
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
