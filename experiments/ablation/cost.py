"""What a backbone costs: seconds, bytes and numbers a take, on this machine."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpus.files import digest, read_json, write_json
from corpus.index import Index
from corpus.problem import Problem
from embeddings.backbone import Backbone
from embeddings.store import Source, Store
from embeddings.tables import Imported
from experiments.extraction import sources_of
from experiments.show import Show

__all__ = ["costs_of", "seconds_a_take", "size_a_take"]

# Takes that are timed, after one that warms up.
TIMED = {"sound": 8, "picture": 2}


def costs_of(
    index: Index,
    backbones: Mapping[str, Backbone],
    artifacts: Path,
    path: Path,
    *,
    show: Show,
) -> dict[str, dict[str, Any]]:
    """Return the costs of some backbones; measure those that nobody measured yet.

    Args:
        index: The takes, all embedded.
        backbones: By name.
        artifacts: The folder of `embeddings/`.
        path: Where they are kept, `cost.json`.
        show: Where progress goes.

    Returns:
        By name: `parameters` (frozen), `seconds` a take (None of a table made
        elsewhere) of which `prepare_seconds` on the host, `timed` takes, and over all
        takes `rows`, `numbers` and `bytes` a take; `why` where seconds are None.
    """
    known = read_json(path) if path.is_file() else {}
    of = digest(index.takes["take"].tolist())[:12]
    changed = False
    with show.bar("measure cost", "backbones") as update:
        for done, backbone in enumerate(backbones.values()):
            update(done, len(backbones), backbone.spec.name)
            key = backbone.spec.folder
            if known.get(key, {}).get("takes") == of:
                continue
            sources = sources_of(index, backbone)
            timed = known.get(key) or _timed(backbone, sources)
            known[key] = {
                **timed,
                "parameters": backbone.about.parameters,
                **size_a_take(backbone, sources, artifacts),
                "takes": of,
            }
            changed = True
            write_json(path, known)
        if changed:
            update(len(backbones), len(backbones))
    return {name: known[one.spec.folder] for name, one in backbones.items()}


def _timed(backbone: Backbone, sources: Sequence[Source]) -> dict[str, Any]:
    if isinstance(backbone, Imported):
        return {"seconds": None, "why": "embeddings made elsewhere"}
    try:
        return seconds_a_take(backbone, sources)
    except Problem as problem:
        return {"seconds": None, "why": str(problem)}


def seconds_a_take(backbone: Backbone, sources: Sequence[Source]) -> dict[str, Any]:
    """Time a backbone alone: reading, face search and preparation, then its network.

    In this process, nothing beside it. A take costs what its preparation takes, and
    its share of full batches, as in an extraction of many takes.

    Args:
        backbone: The backbone.
        sources: Its samples, of which a few are timed, spread evenly.

    Raises:
        Problem: If none of those can be prepared.
    """
    medium = backbone.spec.modality
    count = min(TIMED[medium] + 1, len(sources))
    spread = np.linspace(0, len(sources) - 1, count).round().astype(int)
    seconds, prepared, failed = [], [], []
    with tempfile.TemporaryDirectory() as scratch:
        prepare = _prepare(medium, Path(scratch))
        for place in dict.fromkeys(spread.tolist()):
            started = time.perf_counter()
            try:
                (examples,) = prepare(sources[place], [backbone])
            except Problem as problem:
                failed.append(problem)
                continue
            seconds.append(time.perf_counter() - started)
            prepared.append(examples.array)
    if not prepared:
        raise failed[0]
    seconds = seconds[1:] or seconds  # the first warms up
    rows = np.mean([len(array) for array in prepared])
    batch = np.resize(prepared[0], (backbone.spec.batch, *prepared[0].shape[1:]))
    backbone.embed(batch)  # opens the network, and warms it up
    started, batches = time.perf_counter(), 0
    while batches < 2 or (time.perf_counter() - started < 0.2 and batches < 20):
        backbone.embed(batch)
        batches += 1
    a_row = (time.perf_counter() - started) / batches / len(batch)
    preparing = float(np.mean(seconds))
    return {
        "seconds": preparing + float(rows) * a_row,
        "prepare_seconds": preparing,
        "timed": len(seconds),
    }


def _prepare(medium: str, scratch: Path):
    if medium == "sound":
        from vggish_features.examples import prepare_sound

        return prepare_sound
    from visual_features.examples import PrepareFaces

    return PrepareFaces(scratch)  # an empty face store: faces are searched for


def size_a_take(
    backbone: Backbone, sources: Sequence[Source], artifacts: Path
) -> dict[str, float]:
    """Return how much a take has in the store, the mean of all takes.

    Args:
        backbone: The backbone.
        sources: Its samples, all in the store.
        artifacts: The folder of `embeddings/`.

    Returns:
        `rows` (embeddings a take), `numbers` in them, and `bytes` of the file.
    """
    store = Store(artifacts / "embeddings", backbone.spec)
    rows = np.mean([len(store.read(source).array) for source in sources])
    return {
        "rows": float(rows),
        "numbers": float(rows) * float(np.prod(backbone.spec.shape)),
        "bytes": float(np.mean([store.path(s).stat().st_size for s in sources])),
    }
