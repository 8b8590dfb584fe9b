"""A run's embeddings: made where the store lacks them, and read for the heads."""

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from corpus.files import sweep
from corpus.index import Index
from corpus.problem import Problem
from embeddings import registry
from embeddings.backbone import Backbone
from embeddings.extract import Outcome, extract, shard
from embeddings.store import Source, Store
from experiments.recipe import Branch
from experiments.run import Run
from experiments.show import Show
from experiments.takes import MEDIUM

__all__ = [
    "backbone_of",
    "coverage",
    "extract_modality",
    "extract_takes",
    "read_features",
    "sources_of",
]


def backbone_of(branch: Branch, modality: str) -> Backbone:
    """Make a branch's backbone, with its weights found and checked.

    Raises:
        Problem: If the name, a setting or the weights are not to be had, or it is
            not one for that modality.
    """
    backbone = registry.create(
        branch.backbone, weights=branch.weights or None, **branch.settings
    )
    if backbone.spec.modality != MEDIUM[modality]:
        raise Problem(
            f"{backbone.spec.name} takes {backbone.spec.modality}, so it cannot be the "
            f"{modality} branch's backbone."
        )
    return backbone


def sources_of(index: Index, modality: str) -> list[Source]:
    """Return the files that a modality embeds, in the order of the takes."""
    medium = MEDIUM[modality]
    rows = index.with_media(medium).takes
    return [
        Source(
            take=row["take"],
            corpus=row["corpus"],
            file=index.root / row[f"{medium}_file"],
            sha256=row[f"{medium}_file_sha256"],
        )
        for row in rows.to_dict("records")
    ]


def extract_takes(
    index: Index,
    modality: str,
    backbones: Sequence[Backbone],
    artifacts: Path,
    *,
    show: Show,
    verify: bool = False,
    workers: int | None = None,
    part: tuple[int, int] = (0, 1),
) -> Outcome:
    """Embed what the stores lack of some takes, with some backbones at once.

    Args:
        index: The takes.
        modality: "audio" or "visual".
        backbones: All of that modality.
        artifacts: The folder of `embeddings/` and `faces/`.
        show: Where progress goes.
        verify: Hash every source again.
        workers: Processes that decode.
        part: (i, n): the i-th of n shards, from 0.
    """
    sources = shard(sources_of(index, modality), *part)
    if modality == "audio":
        from vggish_features.examples import prepare_sound as prepare
    else:
        from visual_features.examples import PrepareFaces

        prepare = PrepareFaces(artifacts / "faces")
        sweep(artifacts / "faces", now=time.time())
    stores = [Store(artifacts / "embeddings", backbone.spec) for backbone in backbones]
    with show.bar(f"extract {modality}") as update:
        return extract(
            sources,
            backbones,
            stores,
            prepare,
            workers=workers,
            verify=verify,
            progress=lambda outcome, total: update(
                outcome.stored + outcome.embedded + len(outcome.failed),
                total,
                f"{len(outcome.failed)} failed" if outcome.failed else "",
            ),
        )


def extract_modality(
    run: Run,
    index: Index,
    modality: str,
    backbone: Backbone,
    *,
    show: Show,
    **options,
) -> Outcome:
    """Embed a run's takes with one branch's backbone, and note it in the manifest."""
    note = dataclasses.asdict(backbone.weights)
    run.manifest["weights"][modality] = note
    run.manifest["backbones"][modality] = {
        "name": backbone.spec.name,
        "key": backbone.spec.key,
        "layer": backbone.spec.layer,
        "shape": list(backbone.spec.shape),
    }
    outcome = extract_takes(
        index, modality, [backbone], run.artifacts, show=show, **options
    )
    others = [row for row in run.manifest["failed"] if row["stage"] != modality]
    run.manifest["failed"] = others + [
        {"take": source.take, "stage": modality, "why": why}
        for source, why in outcome.failed
    ]
    return outcome


def read_features(
    index: Index, backbone: Backbone, branch: Branch, modality: str, artifacts: Path
) -> dict[str, np.ndarray]:
    """Read what a branch's head is fed, by take.

    A sequence head gets shape (steps, width), at the branch's rate; any other gets
    (width,), the mean of the take's embeddings where there are several.
    """
    from embeddings.sequences import pool
    from visual_features.frames import at_rate

    store, features = Store(artifacts / "embeddings", backbone.spec), {}
    for source in sources_of(index, modality):
        embedding = store.read(source)
        rows = embedding.array.reshape(len(embedding.array), -1)
        if branch.head == "lstm":
            if branch.fps:
                rows = rows[at_rate(embedding.time, fps=branch.fps)]
            features[source.take] = rows
        else:
            features[source.take] = rows[0] if len(rows) == 1 else pool(rows, "mean")
    return features


def coverage(index: Index, backbone: Backbone, artifacts: Path) -> dict | None:
    """Return how many frames had a face, over all takes; None without faces."""
    store = Store(artifacts / "embeddings", backbone.spec)
    frames = found = 0
    for source in sources_of(index, "visual"):
        extra = store.read(source).extra
        if "found" not in extra:
            return None
        frames += len(extra["found"])
        found += int(np.sum(extra["found"]))
    return {"frames": frames, "found": found}
