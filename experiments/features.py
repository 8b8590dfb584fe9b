"""What heads are fed: a store's embeddings as rows or sequences, by take."""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pandas as pd

from corpus.index import Index
from embeddings.backbone import Backbone
from embeddings.sequences import pool
from embeddings.store import Store
from experiments.extraction import sources_of
from experiments.lesson import Features
from experiments.recipe import Branch

__all__ = ["coverage", "features_of", "read_features"]

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
    from visual_features.frames import at_rate

    store, features = Store(artifacts / "embeddings", backbone.spec), {}
    for source in sources_of(index, backbone):
        embedding = store.read(source)
        rows = embedding.array.reshape(len(embedding.array), -1)
        if branch.head == "lstm" and branch.fps:
            rows = rows[at_rate(embedding.time, fps=branch.fps)]
        features[source.take] = rows
    if branch.head == "lstm":
        return features
    if all(len(rows) == 1 for rows in features.values()):
        return {take: rows[0] for take, rows in features.items()}
    return {
        take: np.concatenate([pool(rows, how) for how in branch.pooling])
        for take, rows in features.items()
    }


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
