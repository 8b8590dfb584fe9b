"""Run folders as the chain writes them, with drawn predictions: for tests only."""

from pathlib import Path

import numpy as np
import pandas as pd

from corpus.files import whole, write_json, write_text
from corpus.index import TAKE_COLUMNS, Index, typed
from corpus.labels import THESIS
from evaluation.predictions import make_rows, write_predictions

# A system's strength: the higher, the oftener its largest probability is right.
SYSTEMS = {
    "audio": 1.55,
    "visual": 1.75,
    "stacked": 2.9,
    "mean": 2.5,
    "audio_base_stack": 1.8,
    "visual_base_stack": 2.05,
    "mean_base_stack": 2.75,
}
SHARES = {"base": 0.5, "stack": 0.25, "test": 0.25}
PAPER = {
    "name": "Beyene 2019",
    "corpora": ["ravdess"],
    "takes": 1248,
    "labels": list(THESIS),
    "protocol": "stratified",
    "backbones": {"audio": "vggish.audioset", "visual": "vgg16.imagenet"},
    "figures": {
        "audio": 0.58,
        "visual": 0.61,
        "stacked": 0.87,
        "audio_base_stack": 0.68,
        "visual_base_stack": 0.72,
    },
}


def takes_of(count=1248, labels=THESIS):
    """Takes like RAVDESS speech without calm: neutral is half as frequent."""
    weights = np.array([1.0 if label == "neutral" else 2.0 for label in labels])
    counts = np.floor(count * weights / weights.sum()).astype(int)
    counts[0] += count - counts.sum()
    emotions = np.repeat(labels, counts)
    names = [f"ravdess-{i % 24 + 1:02d}-{i:04d}" for i in range(count)]
    return pd.DataFrame({"take": names, "emotion": emotions})


def index_of(takes):
    """The index of such takes."""
    words = {"statement": ("kids", "dogs"), "intensity": ("normal", "strong")}
    number = range(len(takes))
    facts = takes.assign(
        corpus="ravdess",
        speaker=takes["take"].str[8:10],
        sex=[("male", "female")[n % 2] for n in number],
        vocal_channel="speech",
        repetition=[("01", "02")[n // 7 % 2] for n in number],
        **{name: [two[n // 3 % 2] for n in number] for name, two in words.items()},
    )
    return typed(facts, TAKE_COLUMNS)


def faces_of(takes):
    """Frames with a face: all, but for every seventh take."""
    found = [99 - (n * 13 % 100 if n % 7 == 0 else 0) for n in range(len(takes))]
    return takes[["take"]].assign(frames=99, found=found)


def split_of(takes, seed):
    """A stratified 50/25/25 split."""
    rng = np.random.default_rng(seed)
    parts = pd.Series("", index=takes.index)
    for _, rows in takes.groupby("emotion"):
        order = rng.permutation(rows.index)
        a, b = len(order) // 2, len(order) // 2 + len(order) // 4
        parts[order[:a]], parts[order[a:b]], parts[order[b:]] = "base", "stack", "test"
    return parts


def predictions_of(*, seeds=(0, 1, 2), systems=SYSTEMS, takes=None, labels=THESIS):
    """Draw predictions; a hard take is hard for every system and in every seed."""
    takes = takes_of(labels=labels) if takes is None else takes
    k, n = len(labels), len(takes)
    rng = np.random.default_rng(7)
    truth = np.eye(k)[[labels.index(emotion) for emotion in takes["emotion"]]]
    shared = rng.normal(size=(n, k))
    tables = []
    for seed in seeds:
        parts = split_of(takes, seed)
        for system, strength in systems.items():
            own = np.random.default_rng([seed, len(system)]).normal(size=(n, k))
            learned = ["stack"] if system == "stacked" else ["base"]
            learned += ["stack"] if system.endswith("_base_stack") else []
            boost = np.where(parts.isin(learned), 1.3, 0.0)[:, None]
            logits = truth * (strength + boost) + 0.8 * shared + 0.7 * own
            p = np.exp(logits)
            p /= p.sum(axis=1, keepdims=True)
            for part in SHARES:
                at = np.flatnonzero(parts == part)
                tables.append(
                    make_rows(
                        takes["take"].iloc[at],
                        system=system,
                        part=part,
                        seed=seed,
                        true=takes["emotion"].iloc[at],
                        probabilities=p[at],
                        labels=labels,
                        protocol="stratified",
                        split_digest=f"{seed:064x}",
                    )
                )
    return pd.concat(tables, ignore_index=True)


def manifest_of(*, systems=SYSTEMS, seeds=(0, 1, 2), **changes):
    """A manifest of a run on the real corpus with checked weights."""
    both = "visual" in systems
    weights = {"audio": {"source": "vggish.npz", "sha256": "ab" * 32}}
    backbones = {"audio": {"name": "vggish.audioset", "key": "0f1e2d3c"}}
    if both:
        weights["visual"] = {"source": "vgg16_notop.h5", "sha256": "cd" * 32}
        backbones["visual"] = {"name": "vgg16.imagenet", "key": "4b5a6978"}
    manifest = {
        "emostack": "0.1.0",
        "recipe": "thesis",
        "profile": "corrected",
        "protocol": "stratified",
        "command": "emostack reproduce --recipe thesis --data RAVDESS --out RUN",
        "started": "2026-03-01T09:30:00+00:00",
        "labels": list(THESIS),
        "seeds": list(seeds),
        "corpora": [
            {"name": "ravdess", "synthetic": False, "takes": 1248, "speakers": 24}
        ],
        "weights": {name: {**w, "verified": "hash"} for name, w in weights.items()},
        "backbones": backbones,
        "split": {str(seed): f"{seed:064x}" for seed in seeds},
        "seconds": {
            "index": 4.2,
            "extract-audio": 611.0,
            "extract-visual": 6420.5 if both else 0.0,
            "train": 402.7,
            "evaluate": 3.1,
        },
        "peak_memory_bytes": 2_310_000_000,
        "versions": {"python": "3.11.9", "keras": "3.13.0", "tensorflow": "2.21.0"},
        "machine": {"cores": 8, "gpu": ["NVIDIA H200"]},
        "git": {"commit": "0123456789abcdef0123456789abcdef01234567", "dirty": True},
        "ceilings": None,
        "paper": PAPER,
        "leaks": [
            {
                "kind": "speakers",
                "parts": ["base", "test"],
                "count": 312,
                "of": 312,
                "promised_apart": False,
            },
            {
                "kind": "identical sound",
                "parts": ["base", "test"],
                "count": 0,
                "of": 312,
                "promised_apart": True,
            },
        ],
        "faces": {"frames": 133_000, "found": 132_614} if both else None,
        "failed": [],
        "oddities": {"stereo": ["03-01-02-01-01-02-01.wav"]},
    }
    return manifest | changes


def history_of(seed, *, epochs=40):
    """A head's history: falling loss, and validation that turns up again."""
    rng = np.random.default_rng(seed)
    x = np.arange(1, epochs + 1)
    loss = 1.9 * np.exp(-x / 9) + 0.08
    val_loss = 1.7 * np.exp(-x / 7) + 0.6 + 0.008 * x + rng.normal(0, 0.02, epochs)
    return pd.DataFrame(
        {
            "epoch": x,
            "loss": loss,
            "accuracy": 1 - 0.75 * np.exp(-x / 8),
            "val_loss": val_loss,
            "val_accuracy": 0.85 - 0.6 * np.exp(-x / 6) + rng.normal(0, 0.01, epochs),
        }
    )


def write_exhibits(run, takes=("take-1", "take-2")):
    """Two chosen takes: one with faces and answers over time, one with neither."""
    import cv2

    folder, (one, other) = run / "exhibits", takes
    rows = [(one, "fear", "fear", 0.99), (other, "anger", "sadness", 0.8)]
    table = pd.DataFrame(rows, columns=["take", "true", "predicted", "confidence"])
    table = table.assign(seed=0, fold=0, part="test", system="stacked")
    write_text(folder / "takes.csv", table.to_csv(index=False))
    faces = pd.DataFrame({"take": one, "face": range(3), "time": [0.25, 0.75, 1.25]})
    faces = faces.assign(found=[True, False, True])
    write_text(folder / "faces.csv", faces.to_csv(index=False))
    strip = np.random.default_rng(0).integers(0, 255, (8, 24), np.uint8)
    with whole(folder / f"faces-{one}.png") as file:
        file.write(cv2.imencode(".png", strip)[1].tobytes())
    p = np.full((8, len(THESIS)), 0.1)
    p[:, THESIS.index("fear")] = 0.4
    p[0] = np.eye(len(THESIS))[THESIS.index("anger")]  # at first it sounded angry
    lines = pd.DataFrame(p, columns=[f"p_{label}" for label in THESIS])
    lines.insert(0, "take", one)
    lines.insert(1, "system", ["stacked"] * 4 + ["visual"] * 4)
    lines.insert(2, "time", [0.5, 1.0, 1.5, 2.0] * 2)
    write_text(folder / "timeline.csv", lines.to_csv(index=False))


def write_run(run, *, systems=SYSTEMS, seeds=(0, 1, 2), **changes):
    """Write a whole run folder."""
    predictions = predictions_of(seeds=seeds, systems=systems)
    write_predictions(run / "predictions.csv", predictions)
    write_json(
        run / "manifest.json", manifest_of(systems=systems, seeds=seeds, **changes)
    )
    takes = takes_of()
    Index(index_of(takes), Path("/data/RAVDESS")).write(run / "index")
    if "visual" in systems:
        write_text(run / "faces.csv", faces_of(takes).to_csv(index=False))
    for seed in seeds:
        split = takes.assign(fold=0, part=split_of(takes, seed))
        write_text(
            run / "splits" / f"seed-{seed}.csv",
            split[["take", "fold", "part"]].to_csv(index=False),
        )
        for system in systems:
            if system.startswith("mean"):
                continue
            write_text(
                run / "heads" / f"seed-{seed}" / system / "history.csv",
                history_of(seed + len(system)).to_csv(index=False),
            )
    return run
