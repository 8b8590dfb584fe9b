"""Ablations as the chain writes them, with drawn predictions: for tests only."""

import itertools

from run_folders import predictions_of, takes_of

from corpus.labels import THESIS
from evaluation.grid import rank_systems

COSTS = {
    "yamnet.audioset": 0.21,
    "log_mel.signal": 0.032,
    "mfcc13.signal": 0.05,
    "vggish.audioset": 0.34,
    "vgg16.imagenet": 3.4,
    "openface.au": None,
}
STRENGTHS = dict(zip(COSTS, (1.5, 1.45, 1.1, 1.0, 1.9, 1.75), strict=True))
HEADS = {"dense": 0.05, "lstm": -0.05}


def singles(audio, visual, heads):
    for modality, names in (("audio", audio), ("visual", visual)):
        for name, head in itertools.product(names, heads):
            yield {
                "system": f"{name}/{head}",
                "kind": "single",
                modality: name,
                f"{modality}_head": head,
            }


def systems_of(
    audio=tuple(COSTS)[:4], visual=tuple(COSTS)[4:], heads=tuple(HEADS), pairs=True
):
    """Return a grid's systems: what is known of them, and how strong each is."""
    base = list(singles(audio, visual, heads))
    found = list(base)
    if pairs:
        for kind in ("stacked", "mean"):
            for one, two in itertools.product(base, base):
                if "audio" in one and "visual" in two:
                    name = f"{kind}:{one['system']}+{two['system']}"
                    found.append({**one, **two, "system": name, "kind": kind})
    for row in found:
        names = [row[key] for key in ("audio", "visual") if key in row]
        own = [row[f"{key}_head"] for key in ("audio", "visual") if key in row]
        costs = [COSTS[name] for name in names]
        bonus = {"single": 0.0, "stacked": 0.9, "mean": 0.6}[row["kind"]]
        row["strength"] = (
            max(STRENGTHS[n] + HEADS[h] for n, h in zip(names, own, strict=True))
            + bonus
        )
        row |= {
            "head_parameters": 395_783 * len(names),
            "frozen_parameters": 4_000_000 * len(names),
            "numbers_a_take": 1024.0,
            "seconds_a_take": None if None in costs else sum(costs),
            "seconds_at_least": sum(cost or 0.0 for cost in costs),
            "bytes_a_take": 5000.0,
            "weights": " + ".join("hash" for _ in names),
        }
    return found


def ablation_of(
    systems=None,
    *,
    protocols=("stratified", "speakers"),
    seeds=(0, 1, 2),
    count=416,
    reference="log_mel.signal/dense",
    **changed,
):
    """Return the content of an `ablation.json`."""
    systems = systems_of() if systems is None else systems
    takes = takes_of(count)
    predictions = {}
    for number, protocol in enumerate(protocols):
        strengths = {row["system"]: row["strength"] - 0.5 * number for row in systems}
        table = predictions_of(seeds=seeds, systems=strengths, takes=takes)
        table = table[table["part"] == "test"].assign(protocol=protocol)
        predictions[protocol] = table
    known = [
        {**{k: v for k, v in row.items() if k != "strength"}, "protocol": protocol}
        for protocol in protocols
        for row in systems
    ]
    names = {
        row[key]: key for row in systems for key in ("audio", "visual") if key in row
    }
    heads = sorted(
        {
            row[f"{key}_head"]
            for row in systems
            for key in ("audio", "visual")
            if key in row
        }
    )
    training = {
        "optimizer": "adam",
        "learning_rate": 0.001,
        "batch": 32,
        "epochs": 200,
        "patience": 10,
    }
    return {
        "schema": 1,
        "emostack": "0.3.0",
        "recipe": "thesis",
        "profile": "corrected",
        "labels": list(THESIS),
        "axes": {
            "audio": [n for n, m in names.items() if m == "audio"],
            "visual": [n for n, m in names.items() if m == "visual"],
            "heads": heads,
            "protocols": list(protocols),
            "seeds": list(seeds),
            "pairs": "all",
            "pooling": ["mean"],
            "weights": {},
            "tune": False,
        },
        "corpora": [
            {"name": "ravdess", "synthetic": False, "takes": count, "speakers": 16}
        ],
        "takes": count,
        "speakers": 16,
        "left_out": [],
        "lost": [],
        "lacking": {},
        "watched": ["inner"],
        "machine": {"cores": 2, "system": "Linux", "processor": "x86_64"},
        "versions": {"python": "3.11.9", "keras": "3.13.0"},
        "git": {"commit": "0123456789abcdef", "dirty": False},
        "training": {
            f"{name}/{head}": {
                "head": head,
                "pooling": ["mean"],
                "fps": 0.0,
                "units": [512, 256],
                "dropout": [0.5, 0.5],
                "training": training,
            }
            for name in names
            for head in heads
        },
        "fusion": {"units": [256], "dropout": [0.5], "training": training},
        "systems": rank_systems(predictions, known, reference=reference),
        "reference": reference,
        "chance": {name: {"uniform": 1 / 7, "majority": 0.155} for name in protocols},
        "backbones": {
            name: {
                "modality": modality,
                "key": "0123abcd",
                "layer": "pool",
                "shape": [512],
                "input": "",
                "weights": {
                    "source": "none" if ".signal" in name else f"/data/{name}.h5",
                    "sha256": "" if ".signal" in name else "ab" * 32,
                    "verified": "none"
                    if ".signal" in name
                    else "hash"
                    if COSTS[name]
                    else "unverified",
                    "how": "" if COSTS[name] else "embeddings made elsewhere",
                    "origin": "",
                },
                "cost": {
                    "seconds": COSTS[name],
                    "prepare_seconds": COSTS[name] and COSTS[name] * 0.6,
                    "timed": 8,
                    "parameters": 0 if ".signal" in name else 4_000_000,
                    "rows": 1.0,
                    "numbers": 512.0,
                    "bytes": 2600.0,
                    **({} if COSTS[name] else {"why": "embeddings made elsewhere"}),
                },
            }
            for name, modality in names.items()
        },
        "leaks": {
            "stratified": [
                {
                    "kind": "speakers",
                    "parts": ["base", "test"],
                    "count": 104,
                    "of": 104,
                    "promised_apart": False,
                }
            ],
            "speakers": [],
        },
        "seconds": {"index": 3.1, "extract": 140.0, "train": 98.0, "rank": 9.0},
        "command": "emostack ablate --audio yamnet.audioset --out RUN",
        **changed,
    }
