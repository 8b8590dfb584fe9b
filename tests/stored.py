"""A small store for tests: embeddings of a few takes, as an extraction leaves them."""

import numpy as np

from embeddings.backbone import BackboneSpec
from embeddings.store import Embedding, Source, Store

SPEC = BackboneSpec(name="tiny.ears", modality="sound", layer="last", shape=(3,))


def fill(root, spec=SPEC, *, takes=4, corpus="mine", sha256="ab" * 32, rows=None):
    """Store drawn embeddings; return the store and the sources."""
    store, rng = Store(root / "embeddings", spec), np.random.default_rng(takes)
    store.open()
    sources = [
        Source(take=f"take-{n}", corpus=corpus, file=root / "x.wav", sha256=sha256)
        for n in range(takes)
    ]
    for number, source in enumerate(sources):
        count = number + 1 if rows is None else rows
        array = rng.normal(size=(count, *spec.shape)).astype(np.float32)
        found = {"found": np.ones(count, bool)}
        store.write(source, Embedding(array, np.arange(count) / 10, found))
    return store, sources
