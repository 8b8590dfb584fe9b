"""Make a run's bundle: its trained heads and all that is needed to ask them again."""

import dataclasses
import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from corpus.files import digest, read_json, sha256, whole, write_json, write_text
from corpus.index import Index
from corpus.problem import Problem
from corpus.splits import Split
from embeddings import registry
from embeddings.imported import Imported
from embeddings.store import Store, read_spec
from evaluation.limits_of_use import limits_of
from evaluation.model_card import write_model_card
from evaluation.page import render
from evaluation.predictions import read_predictions
from evaluation.systems import modalities_of
from experiments.bundle.contents import FILE, SCHEMA, digest_of, hashes_below
from experiments.bundle.figures import write_figures
from experiments.bundle.specimens import COUNT, write_specimens
from experiments.bundle.specimens import FILE as SPECIMENS
from experiments.bundle.trust import UNSURE_BELOW, trust_of
from experiments.extraction import backbone_of, sources_of
from experiments.features import fed
from experiments.recipe import Recipe
from experiments.recipe_file import to_toml
from experiments.run import Run

__all__ = ["make_bundle"]

SEES = {"audio": "sound", "visual": "faces"}
FAIR = "{}_base_stack"
STACKED = "stacked"
MODEL_FILES = ("head.keras", "head.skops")
HASHED = {"head.keras": "network_sha256", "head.skops": "pipeline_sha256"}


def make_bundle(
    run: Run,
    *,
    seed: int | None = None,
    fold: int | None = None,
    folder: Path | None = None,
) -> Path:
    """Write the bundle of one seed (and fold) of a run; nothing if it is there.

    No network is opened for it: what is trained is copied.

    Args:
        run: A run with predictions and scores.
        seed: Whose heads; by default the first one's.
        fold: Of a protocol with several; by default the first.
        folder: Where it goes: by default `bundle` in the run folder.

    Returns:
        The folder.

    Raises:
        Problem: If the run has no scores yet, or not that seed or fold, or a head is
            not what its card says.
    """
    folder = Path(folder or run.folder / "bundle")
    scored = run.predictions_file, run.folder / "metrics.json"
    if not all(file.is_file() for file in scored):
        raise Problem(
            f"{run.folder} has no scores yet; run `emostack evaluate --run "
            f"{run.folder}` first."
        )
    seed = min(run.manifest["seeds"]) if seed is None else seed
    if seed not in run.manifest["seeds"]:
        known = ", ".join(map(str, run.manifest["seeds"]))
        raise Problem(f"{run.folder} has no seed {seed} (it has {known}).")
    split = Split.read(run.split_file(seed))
    fold = split.folds[0] if fold is None else fold
    if fold not in split.folds:
        known = ", ".join(map(str, split.folds))
        raise Problem(f"the split of seed {seed} has no fold {fold} (it has {known}).")
    state = digest(
        [
            [SCHEMA, seed, fold, run.manifest["emostack"]],
            [sha256(file) for file in scored],
            to_toml(run.recipe),
        ]
    )
    if (folder / FILE).is_file():
        known = read_json(folder / FILE)
        if known.get("made_of") == state and known.get("files") == hashes_below(folder):
            return folder
    elif folder.is_dir() and any(folder.iterdir()):
        raise Problem(
            f"{folder} is not empty and holds no bundle; name another folder."
        )
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    try:
        part.mkdir(parents=True)
        _fill(part, run, seed, fold, split, state)
        if folder.exists():
            shutil.rmtree(folder)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _fill(
    folder: Path, run: Run, seed: int, fold: int, split: Split, state: str
) -> None:
    """Write all files, `bundle.json` last."""
    recipe, manifest = run.recipe, _without_paths(run.manifest)
    metrics = read_json(run.folder / "metrics.json")
    systems, answers = _systems(recipe)
    predictions = read_predictions(run.predictions_file)
    said = set(predictions["system"])
    rows = predictions[(predictions["seed"] == seed) & (predictions["fold"] == fold)]
    index, trust = Index.read(run.index_folder), {}
    speakers = dict(zip(index.takes["take"], index.takes["speaker"], strict=True))
    for system, facts in systems.items():
        several = len(split.folds) > 1
        source = run.head_folder(seed, system, fold if several else None)
        card = _copy_head(source, folder / facts["head"])
        facts["parts"] = card["parts"]
        write_model_card(folder / facts["head"], card, manifest, metrics)
        trust[system] = trust_of(rows, card, system=system, speakers=speakers)
    # A split that was given may name takes that could not be read.
    takes = split.of_fold(fold)
    takes = takes[takes["take"].isin(index.takes["take"])]
    write_text(folder / "recipe.toml", to_toml(_portable(recipe, folder)))
    _write_takes(folder / "takes.csv", takes, index)
    write_figures(folder / "figures", rows, metrics, trust)
    seconds = index.takes.set_index("take").loc[takes["take"], "duration_seconds"]
    branches = {name: _branch(run, name, index) for name in recipe.modalities}
    fed_of = {name: _feeding(run, name, index, branches[name]) for name in branches}
    tested = rows.loc[rows["part"] == "test", "take"].drop_duplicates()
    rows_of = {
        take: {name: feed(take) for name, feed in fed_of.items()}
        for take in tested[:COUNT]
    }
    write_specimens(folder / SPECIMENS, rows_of, rows, list(systems))
    facts = {
        "schema": SCHEMA,
        "emostack": manifest["emostack"],
        "name": recipe.name,
        "title": recipe.title,
        "profile": recipe.profile,
        "started": manifest["started"],
        "git": manifest.get("git"),
        "versions": manifest["versions"],
        "made_of": state,
        "seeds": list(manifest["seeds"]),
        "seed": seed,
        "folds": len(split.folds),
        "fold": fold,
        "protocol": split.protocol,
        "split_digest": split.digest,
        "corpora": manifest["corpora"],
        "labels": list(recipe.corpus.emotions),
        "systems": systems,
        "answers": answers,
        "left_out": sorted(said - set(systems)),
        "branches": branches,
        "seconds": {
            name: round(float(getattr(seconds, name)()), 3)
            for name in ("min", "median", "max")
        },
        "unsure_below": UNSURE_BELOW,
        "trust": trust,
        "limits": limits_of(manifest),
    }
    sees = [SEES[name] for name in recipe.modalities]
    page = render("bundle.md.j2", {"facts": facts, "sees": sees})
    write_text(folder / "README.md", page)
    facts["files"] = hashes_below(folder)
    write_json(folder / FILE, {**facts, "digest": digest_of(facts)})


def _systems(recipe: Recipe) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Return the systems of a bundle, and which of them answers for what there is.

    With two branches these are the stacked system and the base nets that it stands on,
    which answer alone where the other's medium is missing. With one branch nothing is
    stacked, so that it is the net that learned from all there was to learn from.
    """
    modalities = recipe.modalities
    alone = {
        name: name if len(modalities) > 1 else FAIR.format(name) for name in modalities
    }
    names, answers = list(alone.values()), dict(alone)
    if len(modalities) > 1:
        names.append(STACKED)
        answers = {"+".join(modalities): STACKED, **alone}
    systems = {
        name: {
            "head": f"heads/{name}",
            "modalities": [m for m in modalities_of(name) if m in modalities],
        }
        for name in names
    }
    if STACKED in systems:
        systems[STACKED]["stands_on"] = list(modalities)
    return systems, answers


def _copy_head(source: Path, target: Path) -> dict[str, Any]:
    """Copy a trained head, its card without paths of this machine; return the card."""
    card = _without_paths(read_json(source / "card.json"))
    for name in MODEL_FILES:
        if HASHED[name] in card:
            data = source / name
            if not data.is_file() or sha256(data) != card[HASHED[name]]:
                raise Problem(
                    f"{data} is missing, or not the file its card was written for; "
                    f"train this head again."
                )
            with whole(target / name) as file:
                file.write(data.read_bytes())
            write_json(target / "card.json", card)
            return card
    raise Problem(f"{source / 'card.json'} vouches for no file; train this head again.")


def _without_paths(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a card or manifest whose weights are named, not where they were."""
    weights = {
        modality: {**known, "source": _named(known["source"])}
        for modality, known in facts["weights"].items()
    }
    return {**facts, "weights": weights}


def _named(source: str) -> str:
    """Return the last part of a path; addresses, "random:0" and "none" as they are."""
    return source if "://" in source else source.replace("\\", "/").rpartition("/")[2]


def _portable(recipe: Recipe, folder: Path) -> Recipe:
    """Return the recipe without paths of this machine, descriptions copied beside."""
    for name in recipe.modalities:
        branch, changes = getattr(recipe, name), {}
        if branch.weights and not branch.weights.startswith("random:"):
            changes["weights"] = ""  # known by hash
        if registry.is_file(branch.backbone):
            changes["backbone"] = f"backbones/{name}.toml"
            text = Path(branch.backbone).read_text(encoding="utf-8")
            write_text(folder / changes["backbone"], text)
        if changes:
            branch = dataclasses.replace(branch, **changes)
            recipe = dataclasses.replace(recipe, **{name: branch})
    return recipe


def _branch(run: Run, modality: str, index: Index) -> dict[str, Any]:
    """Describe one branch's frozen network, and what it gives of a take."""
    root = run.artifacts / "embeddings"
    noted = run.manifest["backbones"][modality]
    spec = read_spec(root / f"{noted['name']}-{noted['key']}")
    backbone = backbone_of(getattr(run.recipe, modality), modality, run.artifacts)
    store, failed = Store(root, spec), {row["take"] for row in run.manifest["failed"]}
    chosen = index.only(emotion=run.recipe.corpus.emotions)
    there = [
        source
        for source in sources_of(chosen, backbone)
        if source.take not in failed and store.path(source).is_file()
    ]
    return {
        "spec": spec.told,
        "key": spec.key,
        "weights": _without_paths(run.manifest)["weights"][modality],
        "embeds": not isinstance(backbone, Imported),
        "alone": all(len(store.read(source).array) == 1 for source in there),
    }


def _feeding(
    run: Run, modality: str, index: Index, facts: Mapping[str, Any]
) -> Callable[[str], np.ndarray]:
    """Return what gives the features of a take."""
    branch = getattr(run.recipe, modality)
    backbone = backbone_of(branch, modality, run.artifacts)
    store = Store(run.artifacts / "embeddings", backbone.spec)
    sources = {source.take: source for source in sources_of(index, backbone)}
    return lambda take: fed(store.read(sources[take]), branch, alone=facts["alone"])


def _write_takes(path: Path, takes: pd.DataFrame, index: Index) -> None:
    """Write which recordings were in which part, so that they are known again."""
    columns = ["sound_file_sha256", "picture_file_sha256"]
    files = index.takes.set_index("take")[columns]
    table = takes[["take", "part"]].join(files, on="take").replace(np.nan, "")
    with whole(path) as file:
        table.to_csv(file, index=False, lineterminator="\n")
