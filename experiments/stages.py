"""The stages of the chain, each skipping what is done: index, split, extract, train."""

import contextlib
import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from corpus import indexing, leaks, readers
from corpus.files import sweep
from corpus.index import Index
from corpus.indexing import MADE_UP
from corpus.problem import Problem
from corpus.splits import Split, check_classes, make_split
from embeddings import registry
from embeddings.backbone import Backbone
from embeddings.extract import Outcome, extract, shard
from embeddings.store import Source, Store
from experiments.recipe import Branch, Corpus
from experiments.run import Run

__all__ = [
    "MEDIUM",
    "SILENCE",
    "Show",
    "backbone_of",
    "extract_modality",
    "extract_takes",
    "index_takes",
    "select_takes",
    "sources_of",
    "split_takes",
]

# Which of a take's media a branch stands on.
MEDIUM = {"audio": "sound", "visual": "picture"}


class Show(Protocol):
    """Where stages say what they do: `SILENCE`, or `scripts.console.Terminal`."""

    def say(self, text: str) -> None:
        """Print a line."""

    def bar(self, stage: str, unit: str = "takes"):
        """Return a context manager that yields `update(done, total, note="")`."""


class Silence:
    """Says nothing: how stages work when they are called from Python."""

    def say(self, text: str) -> None:
        """Say nothing."""

    @contextlib.contextmanager
    def bar(self, stage: str, unit: str = "takes"):
        """Show nothing."""
        yield lambda done, total, note="": None


SILENCE = Silence()


def index_takes(
    root: Path,
    folder: Path,
    *,
    reader: str,
    show: Show,
    verify: bool = False,
    workers: int | None = None,
) -> Index:
    """Index a corpus into a folder, opening only files that changed since last time.

    Raises:
        Problem: If there is nothing that can be read, or made-up takes stand beside
            real ones.
    """
    if folder.is_dir():
        sweep(folder, now=time.time())
    with show.bar("index", "files") as update:
        index, files = indexing.index_corpus(
            root,
            name=reader,
            previous=folder,
            verify=verify,
            workers=workers,
            progress=update,
        )
    synthetic = index.takes["corpus"].str.startswith(MADE_UP)
    if synthetic.any() and not synthetic.all():
        media = index.takes["sound_file"].where(
            index.takes["sound_file"] != "", index.takes["picture_file"]
        )
        raise Problem(
            f"{root} holds made-up takes (such as {media[synthetic].iloc[0]}) beside "
            f"real ones (such as {media[~synthetic].iloc[0]}); move them into folders "
            f"of their own."
        )
    index.write(folder, files)
    return index


def select_takes(
    index: Index, corpus: Corpus, modalities: Sequence[str]
) -> tuple[Index, dict[str, int]]:
    """Keep the takes that a recipe uses.

    Returns:
        The takes, and how many were left out for want of each medium.

    Raises:
        Problem: If none is left.
    """
    chosen = index.only(emotion=corpus.emotions, vocal_channel=corpus.vocal_channels)
    if index.facts.get("reader") == "csv" and not len(chosen):
        # A table of one's own need not tell speech from song.
        chosen = index.only(emotion=corpus.emotions)
    if not len(chosen):
        raise Problem(
            f"not one of the {len(index)} takes has an emotion of "
            f"{', '.join(corpus.emotions)} and a vocal channel of "
            f"{', '.join(corpus.vocal_channels)}; look at the index, or set "
            f"corpus.emotions and corpus.vocal_channels."
        )
    left_out = {}
    for modality in modalities:
        kept = chosen.with_media(MEDIUM[modality])
        left_out[modality] = len(chosen) - len(kept)
        if not len(kept):
            raise Problem(
                f"not one take has a {MEDIUM[modality]} file, which the {modality} "
                f"branch needs; fetch those files, or leave the branch out by "
                f"--modalities."
            )
        chosen = kept
    return chosen, {name: count for name, count in left_out.items() if count}


def split_takes(run: Run, index: Index, seed: int, given: Path | None = None) -> Split:
    """Make a seed's split, or read the one that is there.

    Args:
        run: The run.
        index: The takes it uses.
        seed: Draws the split, unless one is given.
        given: A split file that every seed shares.

    Raises:
        Problem: If the split there was made for other takes, or a part lacks a class.
    """
    path, protocol = run.split_file(seed), run.recipe.protocol
    if given is not None:
        split = Split.read(given)
        if path.is_file() and Split.read(path).digest != split.digest:
            raise Problem(
                f"{path} is another split than {given}; name another run folder."
            )
    elif path.is_file():
        split = Split.read(path)
    else:
        split = make_split(
            index,
            protocol=protocol.name,
            ratios=protocol.ratios,
            seed=seed,
            separate_identical_sound=protocol.separate_identical_sound,
        )
    ours, theirs = set(index.takes["take"]), set(split.table["take"])
    if ours != theirs and given is None:
        raise Problem(
            f"{path} was made for other takes than the corpus has now "
            f"({len(theirs - ours)} gone, {len(ours - theirs)} new); name another run "
            f"folder."
        )
    if not ours & theirs:
        raise Problem(f"{given} names not one take of this corpus; make another split.")
    check_classes(split, index.takes, run.recipe.corpus.emotions)
    if not path.is_file():
        split.write(path)
    return split


def describe_leaks(run: Run, index: Index, split: Split) -> list[dict]:
    """Count what the parts share, and what watches the training of their nets."""
    watching = {
        getattr(run.recipe, name).training.validation
        for name in (*run.recipe.modalities, "fusion")
    } - {"inner"}
    validation = next(iter(watching), "inner")
    return leaks.count_leaks(index.takes, split, validation=validation)


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


def describe_corpora(index: Index) -> list[dict]:
    """Return one row a corpus: name, synthetic, takes, speakers."""
    return [
        {
            "name": name,
            "synthetic": name.startswith(MADE_UP),
            "takes": len(takes),
            "speakers": int(takes["speaker"].nunique()),
        }
        for name, takes in index.takes.groupby("corpus")
    ]


def licence_of(reader: str) -> str:
    """Return the licence and the citation of a reader's corpus, in one line."""
    module = readers.reader(reader)
    return f"{module.LICENCE}. {module.CITATION}".strip()


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


def takes_in(split: Split, parts: Sequence[str], usable: pd.Index) -> list[str]:
    """Return the takes of some parts that have embeddings."""
    return [take for take in split.takes(*parts) if take in usable]
