"""A store full of drawn embeddings: read for training, learnt from by many seeds."""

import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.clock import Clock
from corpus.index import TAKE_COLUMNS, Index, typed
from corpus.labels import THESIS
from corpus.splits import make_split
from embeddings.store import Embedding, Store
from experiments.ablation.classroom import Classroom
from experiments.ablation.grid import Axes, make_backbones, make_entries, make_systems
from experiments.ablation.training import train_grid
from experiments.extraction import backbone_of, sources_of
from experiments.features import read_features
from experiments.recipe_file import load_recipe
from experiments.run import Run
from experiments.show import SILENCE
from experiments.teaching import lessons_of, teach
from scripts.hush import quiet_trainer

__all__ = ["drawn", "grid", "seeds", "stores"]

WIDTH, SHORTEST, LONGEST = 512, 90, 160


def drawn(count, *, noise=3.0, seed=0):
    """Draw sequences whose class is a slow movement under noise.

    Returns:
        The sequences, their classes by name, and the names.
    """
    rng = np.random.default_rng(seed)
    ways = rng.normal(size=(len(THESIS), 2, WIDTH))
    truth = rng.permutation(np.arange(count) % len(THESIS))
    rows = []
    for way, steps in zip(
        ways[truth], rng.integers(SHORTEST, LONGEST + 1, count), strict=True
    ):
        phase = np.sin(np.linspace(0, rng.uniform(2, 6), steps))[:, None]
        moved = way[0] * phase + way[1] * 0.2 + noise * rng.normal(size=(steps, WIDTH))
        rows.append(moved.astype(np.float32))
    return rows, [THESIS[place] for place in truth], THESIS


def filled(root, count):
    """Write a full store of the thesis recipe's embeddings, drawn.

    Returns:
        The recipe, the index, and the backbones by modality.
    """
    recipe = load_recipe(
        "thesis", settings=[f"{name}.weights=random:0" for name in ("audio", "visual")]
    )
    rows, targets, _ = drawn(count)
    numbers = range(count)
    takes = pd.DataFrame(
        {
            "take": [f"ravdess-{n % 24 + 1:02}-{n:04}" for n in numbers],
            "corpus": "ravdess",
            "speaker": [f"ravdess-{n % 24 + 1:02}" for n in numbers],
            "sex": [("male", "female")[n % 2] for n in numbers],
            "emotion": targets,
            "vocal_channel": "speech",
            "sound_file": [f"{n}.wav" for n in numbers],
            "picture_file": [f"{n}.mp4" for n in numbers],
            "sound_sha256": [f"{n:064x}" for n in numbers],
            "sound_file_sha256": [f"{n:08x}{'0' * 56}" for n in numbers],
            "picture_file_sha256": [f"{n:08x}{'1' * 56}" for n in numbers],
        }
    )
    index = Index(typed(takes.sort_values("take"), TAKE_COLUMNS), root)
    by_take = dict(zip(takes["take"], rows, strict=True))
    backbones = {}
    for name in recipe.modalities:
        backbones[name] = backbone_of(getattr(recipe, name), name, root)
        fill(root, index, backbones[name], by_take, whole=name == "visual")
    return recipe, index, backbones


def fill(root, index, backbone, by_take, *, whole):
    """Write a backbone's embeddings of all takes: sequences, or their means."""
    store = Store(root / "embeddings", backbone.spec)
    store.open()
    for source in sources_of(index, backbone):
        array = by_take[source.take]
        array = array if whole else array.mean(axis=0, keepdims=True)
        cut = array[:, : int(np.prod(backbone.spec.shape))]
        shaped = cut.reshape(len(cut), *backbone.spec.shape)
        store.write(source, Embedding(shaped, np.arange(len(cut)) / 30))


def stores(args):
    """Measure how long a full store takes to be read for training."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        recipe, index, backbones = filled(Path(folder), args.stored)
        for _ in range(args.rounds):
            for name, backbone in backbones.items():
                branch = getattr(recipe, name)
                clock.measure(
                    f"{name}: {backbone.spec.name}",
                    lambda: read_features(index, backbone, branch, Path(folder)),  # noqa: B023
                )
    return {
        "what": f"{args.stored} takes opened and read for training",
        "seconds": clock.seconds(),
    }


def seeds(args):
    """Measure the seeds of the thesis recipe, side by side and one after another."""
    clock, apart, together = Clock(), "one after another, one process", "at once"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        recipe, index, backbones = filled(root, args.stored)
        for name in ("audio", "visual", "fusion"):
            part = getattr(recipe, name)
            training = dataclasses.replace(part.training, epochs=args.epochs)
            part = dataclasses.replace(part, training=training)
            recipe = dataclasses.replace(recipe, **{name: part})
        for number in range(max(1, args.rounds // 3)):
            for label, workers in ((apart, 0), (together, None)):
                out = root / f"{label}-{number}"
                run = prepared(out, recipe, index, backbones, count=args.seeds)
                lessons = [*lessons_of(run, index, backbones)]
                clock.measure(label, lambda: taught(lessons, workers))  # noqa: B023
    for rows in clock.taken.values():
        for row in rows:
            del row["cpu"]  # of workers that are let go it is not known
    return {
        "what": f"the thesis recipe, {args.seeds} seeds, {args.stored} takes, "
        f"{args.epochs} epochs a head",
        "seconds": clock.seconds(),
        "ratios": {together: clock.ratios(apart, together)},
    }


def grid(args):
    """Measure a grid of 4 backbones, 2 heads, 2 protocols and 5 seeds."""
    clock, apart, together = Clock(), "one after another, one process", "side by side"
    axes = Axes(
        audio=("log_mel.signal", "mfcc30.signal", "mfcc64.signal", "short_term.signal"),
        heads=("dense", "linear_svm"),
        protocols=("stratified", "speakers"),
        seeds=tuple(range(5)),
        pairs="none",
    )
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        recipe, index, _ = filled(root, args.stored // 2)
        wide = np.random.default_rng(0).normal(size=(7, 192)).astype(np.float32)
        by_take = {
            take: wide[THESIS.index(emotion)][None]
            + 6 * np.random.default_rng(n).normal(size=(1, 192)).astype(np.float32)
            for n, (take, emotion) in enumerate(
                zip(index.takes["take"], index.takes["emotion"], strict=True)
            )
        }
        backbones, _ = make_backbones(recipe, axes, root)
        for backbone in backbones["audio"].values():
            fill(root, index, backbone, by_take, whole=True)
        entries = {one.name: one for one in make_entries(recipe, axes, backbones)}
        systems = make_systems(tuple(entries.values()), axes.pairs)
        room = Classroom(
            recipe=recipe,
            index=index,
            entries=entries,
            artifacts=root,
            settle=quiet_trainer,
        )
        splits = {
            (protocol, seed): make_split(index, protocol=protocol, seed=seed)
            for protocol in axes.protocols
            for seed in axes.seeds
        }
        for number in range(max(1, args.rounds // 3)):
            for label, workers in ((apart, 0), (together, None)):
                cells = root / f"{label}-{number}"
                _, failed = clock.measure(
                    label,
                    lambda: train_grid(
                        room,
                        systems,
                        splits,
                        cells,  # noqa: B023
                        show=SILENCE,
                        workers=workers,  # noqa: B023
                    ),
                )
                if failed:
                    raise RuntimeError(next(iter(failed.values())))
    for rows in clock.taken.values():
        for row in rows:
            del row["cpu"]
    return {
        "what": f"{len(systems) * len(splits)} heads, {args.stored // 2} takes",
        "seconds": clock.seconds(),
        "ratios": {together: clock.ratios(apart, together)},
    }


def prepared(out, recipe, index, backbones, *, count):
    """Return a run as it is when all is extracted."""
    run = Run.create(out, recipe, index.root)
    run.manifest["seeds"] = [*range(count)]
    run.manifest["corpora"] = [{"name": "drawn", "synthetic": True}]
    for name, backbone in backbones.items():
        spec = backbone.spec
        run.manifest["backbones"][name] = {"name": spec.name, "key": spec.key}
        run.manifest["weights"][name] = {"source": "random:0"}
    for seed in range(count):
        split = make_split(index, protocol=recipe.protocol.name, seed=seed)
        split.write(run.split_file(seed))
        run.manifest["split"][str(seed)] = split.digest
    run.save()
    return run


def taught(lessons, workers):
    """Teach all lessons; raise what one of them raised."""
    for outcome in teach(lessons, workers=workers, settle=quiet_trainer):
        if isinstance(outcome, Exception):
            raise outcome
