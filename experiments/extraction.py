"""A run's embeddings: made where the store lacks them, and read for the heads."""

import dataclasses
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from corpus.files import sweep
from corpus.index import Index
from corpus.problem import Problem
from embeddings import registry
from embeddings.augmentation import Augmentation, Augmented
from embeddings.backbone import Backbone
from embeddings.extract import Outcome, extract, shard
from embeddings.settings import check_settings
from embeddings.store import Source, Store
from embeddings.tables import Imported, imported, imported_names
from experiments.recipe import Branch, Copies
from experiments.run import Run, artifacts_folder
from experiments.show import Show
from experiments.takes import MEDIUM

__all__ = [
    "augmented",
    "backbone_of",
    "copies_of",
    "embeddable",
    "extract_modality",
    "extract_takes",
    "sources_of",
]


def backbone_of(
    branch: Branch, modality: str, artifacts: Path | None = None
) -> Backbone:
    """Make a branch's backbone, with its weights found and checked.

    Args:
        branch: Names a registered backbone, a description's file, or a table that
            was imported into the store.
        modality: "audio" or "visual".
        artifacts: The folder of `embeddings/`.

    Raises:
        Problem: If the name, a setting or the weights are not to be had, or it is
            not one for that modality.
    """
    name, store = branch.backbone, artifacts_folder(artifacts) / "embeddings"
    if registry.is_file(name) or name in registry.names():
        backbone = registry.create(
            name, weights=branch.weights or None, **branch.settings
        )
    else:
        table = imported(store, name)
        if table is None:
            raise registry.unknown(name, imported_names(store))
        given = "" if branch.weights.startswith("random:") else branch.weights
        if branch.settings or given:
            raise Problem(
                f"{name} is a table of embeddings made elsewhere, which has neither "
                f"settings nor weights; leave them out."
            )
        backbone = table
    if backbone.spec.modality != MEDIUM[modality]:
        raise Problem(
            f"{backbone.spec.name} takes {backbone.spec.modality}, so it cannot be the "
            f"{modality} branch's backbone."
        )
    return backbone


def augmented(branch: Branch, backbone: Backbone, copies: Copies) -> Backbone | None:
    """Return the backbone that sees a branch's augmented copies; None without any.

    Raises:
        Problem: If it is a table, or the augmentation has no such setting or value.
    """
    if not (copies.wanted and branch.augment):
        return None
    if isinstance(backbone, Imported):
        raise Problem(
            f"{backbone.spec.name} is a table of embeddings made elsewhere, of which "
            f"no augmented copies can be made; leave its augment out."
        )
    if backbone.spec.modality == "sound":
        from vggish_features.augment import ChangeSound as Change
    else:
        from visual_features.augment import ChangeFaces as Change
    name = f"the augmentation of {backbone.spec.modality}"
    check_settings(name, Change, branch.augment)
    how = Augmentation(change=Change(**branch.augment), seed=copies.seed)
    return Augmented(backbone, how)


def copies_of(
    index: Index, backbone: Backbone, copies: pd.DataFrame | None
) -> list[Source]:
    """Return the samples that an augmented backbone embeds.

    Args:
        index: The takes.
        backbone: The augmented backbone.
        copies: Columns take and variant.
    """
    plain = {source.take: source for source in sources_of(index, backbone)}
    rows = copies[["take", "variant"]].drop_duplicates().itertuples(index=False)
    return [
        dataclasses.replace(plain[take], variant=variant)
        for take, variant in rows
        if take in plain
    ]


def sources_of(index: Index, backbone: Backbone) -> list[Source]:
    """Return the samples that a backbone embeds, in the order of the takes."""
    if isinstance(backbone, Imported):
        return backbone.sources(index)
    medium = backbone.spec.modality
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


def embeddable(
    index: Index, backbones: Mapping[str, Backbone]
) -> tuple[Index, dict[str, str]]:
    """Keep the takes that every backbone can embed, or has in its table.

    Args:
        index: The takes.
        backbones: By modality.

    Returns:
        The takes, and by modality what was left out and why, where something was.

    Raises:
        Problem: If none is left.
    """
    left_out = {}
    for modality, backbone in backbones.items():
        name, medium = backbone.spec.name, backbone.spec.modality
        there = {source.take for source in sources_of(index, backbone)}
        kept = index.takes["take"].isin(there)
        table = isinstance(backbone, Imported)
        if not kept.any():
            raise Problem(
                f"not one of {len(index)} takes is in the table imported as {name}; "
                f"look at `emostack store list`, or import another."
                if table
                else f"not one take has a {medium} file, which the {modality} branch "
                f"needs; fetch those files, or leave the branch out by --modalities."
            )
        if not kept.all():
            lacking = list(index.takes["take"][~kept])
            named = ", ".join(lacking[:3]) + (" and others" if lacking[3:] else "")
            why = f"that {name} has no embedding of" if table else f"without {medium}"
            left_out[modality] = f"{len(lacking)} takes {why} ({named})"
        takes = index.takes[kept].reset_index(drop=True)
        index = dataclasses.replace(index, takes=takes)
    return index, left_out


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
    copies: pd.DataFrame | None = None,
) -> Outcome:
    """Embed what the stores lack of some takes, with some backbones at once.

    Args:
        index: The takes.
        modality: "audio" or "visual".
        backbones: All of that modality; tables among them have nothing to extract.
        artifacts: The folder of `embeddings/` and `faces/`.
        show: Where progress goes.
        verify: Hash every source again.
        workers: Processes that decode.
        part: (i, n): the i-th of n shards, from 0.
        copies: Columns take and variant: the augmented copies that augmented backbones
            see, instead of the recordings.
    """
    backbones = [one for one in backbones if not isinstance(one, Imported)]
    if not backbones:
        return Outcome(stored=len(index))
    if copies is None:
        sources = sources_of(index, backbones[0])
    else:
        sources = copies_of(index, backbones[0], copies)
    sources = shard(sources, *part)
    if modality == "audio":
        from vggish_features.examples import prepare_sound as prepare
    else:
        from visual_features.examples import PrepareFaces

        prepare = PrepareFaces(artifacts / "faces")
        sweep(artifacts / "faces", now=time.time())
    stores = [Store(artifacts / "embeddings", backbone.spec) for backbone in backbones]
    stage = f"extract {modality}" + (" copies" if copies is not None else "")
    with show.bar(stage) as update:
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
    copies: pd.DataFrame | None = None,
    **options,
) -> Outcome:
    """Embed a run's takes with one branch's backbone, and note it in the manifest.

    With `copies` these are embedded, by an augmented backbone, and noted beside.
    """
    stage = modality if copies is None else f"{modality}_copies"
    if copies is None:
        run.manifest["weights"][modality] = dataclasses.asdict(backbone.weights)
    run.manifest["backbones"][stage] = {
        "name": backbone.spec.name,
        "key": backbone.spec.key,
        "layer": backbone.spec.layer,
        "shape": list(backbone.spec.shape),
    }
    outcome = extract_takes(
        index, modality, [backbone], run.artifacts, show=show, copies=copies, **options
    )
    others = [row for row in run.manifest["failed"] if row["stage"] != stage]
    run.manifest["failed"] = others + [
        {"take": source.take, "stage": stage, "why": why}
        for source, why in outcome.failed
    ]
    store = Store(run.artifacts / "embeddings", backbone.spec)
    samples = (
        sources_of(index, backbone)
        if copies is None
        else copies_of(index, backbone, copies)
    )
    run.manifest.setdefault("store_bytes", {})[stage] = sum(
        path.stat().st_size for path in map(store.path, samples) if path.is_file()
    )
    return outcome
