"""The chain as a few verbs, each going on from where the one before ended."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from corpus.files import digest, read_json, sha256, whole, write_json
from corpus.index import Index
from corpus.made_up.oracle import ceilings_of
from corpus.problem import Problem
from embeddings.backbone import Backbone
from evaluation.metrics import score
from evaluation.model_card import write_model_card
from evaluation.predictions import read_predictions, write_predictions
from evaluation.report import write_report
from evaluation.run_folder import read_takes
from experiments.bundle.make import make_bundle
from experiments.exhibits import write_exhibits
from experiments.extraction import (
    augmented,
    backbone_of,
    embeddable,
    extract_modality,
)
from experiments.features import coverage
from experiments.run import Run
from experiments.show import SILENCE, Show
from experiments.takes import (
    describe_corpora,
    describe_leaks,
    draw,
    index_takes,
    select_takes,
    split_takes,
    tell_leaks,
)
from experiments.teaching import Assignment, lessons_of, teach
from experiments.trainers import Settle

__all__ = [
    "bundle",
    "evaluate",
    "exhibit",
    "prepare",
    "report",
    "reproduce",
    "takes_of",
    "train",
    "train_all",
]


def prepare(
    run: Run,
    data: Path | Sequence[Path],
    *,
    seeds: Sequence[int],
    show: Show = SILENCE,
    split: Path | None = None,
    limit: int | None = None,
    strict: bool = False,
    known: Path | None = None,
    **work,
) -> None:
    """Index a corpus, part it for every seed, count the leaks, extract embeddings.

    Args:
        run: The run.
        data: Root of the corpus, or several.
        seeds: Each draws its own split and its own initialisation.
        show: Where progress goes.
        split: A split file for all seeds; they then draw only the initialisation.
        limit: Use only so many takes, see `Index.head`.
        strict: Whether a leak that no result should have ends the work.
        known: Folder of an index of the same corpus, to begin with.
        work: `workers` and `verify`: see `extraction.extract_takes`.

    Raises:
        Problem: If weights are not to be had, or there is no take, or not one that
            can be embedded.
    """
    recipe, manifest = run.recipe, run.manifest
    backbones = _backbones(run)  # all of them before hours of work with one
    for modality, backbone in backbones.items():
        augmented(getattr(recipe, modality), backbone, recipe.copies)
    with run.stage("index"):
        index = index_takes(
            data,
            run.index_folder,
            reader=recipe.corpus.reader,
            show=show,
            known=known,
            **work,
        )
        manifest["oddities"] = index.facts["oddities"]
        for why in manifest["oddities"].get("unreadable", []):
            show.say(f"left out: {why}")
        index, left_out = embeddable(select_takes(index, recipe.corpus), backbones)
    index = index.head(limit) if limit else index
    manifest["left_out"], manifest["limit"] = left_out, limit
    manifest["corpora"] = describe_corpora(index)
    manifest["ceilings"] = ceilings_of(index)
    manifest["seeds"] = sorted({*manifest["seeds"], *seeds})
    manifest["shared_split"] = split is not None
    for why in left_out.values():
        show.say(f"left out: {why}")
    splits = {seed: split_takes(run, index, seed, split) for seed in manifest["seeds"]}
    manifest["leaks"] = describe_leaks(run, index, list(splits.values()))
    tell_leaks(
        manifest["leaks"],
        title=f"what the parts share ({recipe.protocol.name}, {len(splits)} split"
        f"{'s' * (len(splits) > 1)}):",
        show=show,
        strict=strict,
    )
    for seed, made in splits.items():
        manifest["split"][str(seed)] = made.digest
        manifest["folds"] = len(made.folds)
        if not run.split_file(seed).is_file():
            made.write(run.split_file(seed))
    run.save()
    for modality, backbone in backbones.items():
        with run.stage(f"extract {modality}"):
            outcome = extract_modality(
                run, index, modality, backbone, show=show, **work
            )
        if not outcome.stored and not outcome.embedded:
            raise Problem(
                f"not one of {len(outcome.failed)} takes could be embedded; the first: "
                f"{outcome.failed[0][1]}"
            )
    usable = takes_of(run, backbones)
    drawn = [draw(recipe, usable, made) for made in splits.values()]
    for modality, backbone in backbones.items():
        changed = augmented(getattr(recipe, modality), backbone, recipe.copies)
        if changed is not None:
            with run.stage(f"extract {modality} copies"):
                extract_modality(
                    run,
                    usable,
                    modality,
                    changed,
                    show=show,
                    copies=pd.concat(drawn),
                    **work,
                )


def takes_of(run: Run, backbones: Mapping[str, Backbone]) -> Index:
    """Return the takes of a prepared run that all its backbones could embed.

    Args:
        run: The run.
        backbones: Its backbones, by modality.

    Raises:
        Problem: If the run was not prepared.
    """
    index, manifest = Index.read(run.index_folder), run.manifest
    chosen = select_takes(index, run.recipe.corpus)
    index, _left_out = embeddable(chosen, backbones)
    index = index.head(manifest["limit"]) if manifest.get("limit") else index
    failed = {row["take"] for row in manifest["failed"]}
    usable = index.takes[~index.takes["take"].isin(failed)]
    return Index(usable.reset_index(drop=True), index.root, index.facts)


def train(
    run: Run,
    *,
    show: Show = SILENCE,
    stack: bool = True,
    workers: int | None = None,
    settle: Settle | None = None,
) -> None:
    """Train all heads of all seeds and write their predictions; skip what is done.

    Args:
        run: A prepared run.
        show: Where progress goes.
        stack: Whether to go on to the meta-classifiers and the predictions.
        workers: Processes that train seeds and folds side by side, see `trainers`.
        settle: Called first in every process that trains.

    Raises:
        Problem: If one cannot be trained.
    """
    whys = train_all([run], show=show, stack=stack, workers=workers, settle=settle)
    for why in whys:
        if why is not None:
            raise why
    if stack:
        # Here, not for every one of many runs: a report of one shows single takes.
        if settle is not None:
            settle()
        exhibit(run, show=show)


def train_all(
    runs: Sequence[Run], *, show: Show = SILENCE, stack: bool = True, **work: Any
) -> list[Exception | None]:
    """Train several runs at once, see `train`; return why each failed, or None."""
    assignments: list[Assignment] = []
    wanted, tables, whys = {}, {}, {}
    for run in runs:
        backbones = _backbones(run)
        index = takes_of(run, backbones)
        state, table = _state(run, index), run.predictions_file
        if table.is_file() and run.manifest.get("predicted") == [state, sha256(table)]:
            continue
        wanted[run.folder], tables[run.folder] = state, []
        if "visual" in backbones:
            _note_faces(run, coverage(index, backbones["visual"], run.artifacts))
        assignments += lessons_of(run, index, backbones, stack=stack)
    outcomes = teach(assignments, show=show, **work)
    for assignment, taught in zip(assignments, outcomes, strict=True):
        run = assignment.run
        if isinstance(taught, Exception):
            whys.setdefault(run.folder, taught)
            continue
        for stage, seconds in taught.seconds.items():
            run.add_seconds(stage, seconds)
        tables[run.folder].append(taught.predictions)
    for run in runs:
        if run.folder in wanted and run.folder not in whys:
            if stack:
                table = pd.concat(tables[run.folder], ignore_index=True)
                write_predictions(run.predictions_file, table)
                done = [wanted[run.folder], sha256(run.predictions_file)]
                run.manifest["predicted"] = done
            run.save()
    return [whys.get(run.folder) for run in runs]


def exhibit(run: Run, *, takes: Sequence[str] = (), show: Show = SILENCE) -> None:
    """Write what the report of a trained run shows of single takes.

    Args:
        run: The run.
        takes: Their names; by default the most certain right and wrong ones.
        show: Is told of what cannot be shown.

    Raises:
        Problem: If a name is no take's, or the run has no predictions yet.
    """
    if not run.predictions_file.is_file():
        raise Problem(
            f"{run.folder} has no predictions yet; run `emostack train-stack --run "
            f"{run.folder}` first."
        )
    backbones = _backbones(run)
    with run.stage("exhibits"):
        write_exhibits(run, takes_of(run, backbones), backbones, takes=takes, show=show)


def evaluate(run: Run) -> dict:
    """Score a run's predictions into `metrics.json`; return the scores.

    A model card beside each trained system says them as well.

    Raises:
        Problem: If there are none yet.
    """
    if not run.predictions_file.is_file():
        raise Problem(
            f"{run.folder} has no predictions yet; run `emostack train-stack --run "
            f"{run.folder}` first."
        )
    metrics = score(
        read_predictions(run.predictions_file), takes=read_takes(run.folder)
    )
    write_json(run.folder / "metrics.json", metrics)
    for card in sorted((run.folder / "heads").rglob("card.json")):
        if card.parent.name in metrics["systems"]:
            write_model_card(card.parent, read_json(card), run.manifest, metrics)
    return metrics


def bundle(run: Run, *, show: Show = SILENCE) -> Path | None:
    """Leave what was trained in a scored run's `bundle`; return that path.

    What cannot be bundled is said, and is no error: the scores are there all the same.
    """
    try:
        with run.stage("bundle"):
            return make_bundle(run)
    except Problem as problem:
        show.say(f"no bundle: {problem}")
        return None


def report(run: Run) -> Path:
    """Write a run's report; return its path."""
    return write_report(run.folder)


def reproduce(
    run: Run,
    data: Path | Sequence[Path],
    *,
    seeds: Sequence[int] = (0,),
    show: Show = SILENCE,
    workers: int | None = None,
    settle: Settle | None = None,
    **options: Any,
) -> dict:
    """Run all stages, skipping what is done; return the scores.

    Arguments are those of `prepare` and `train`.
    """
    prepare(run, data, seeds=seeds, show=show, workers=workers, **options)
    train(run, show=show, workers=workers, settle=settle)
    metrics = evaluate(run)
    bundle(run, show=show)
    report(run)
    return metrics


def _backbones(run: Run) -> dict[str, Backbone]:
    """Make the backbone of each branch."""
    return {
        modality: backbone_of(getattr(run.recipe, modality), modality, run.artifacts)
        for modality in run.recipe.modalities
    }


def _note_faces(run: Run, faces: pd.DataFrame | None) -> None:
    """Write in how many frames of each take a face was found."""
    run.manifest["faces"] = None
    if faces is not None:
        sums = faces[["frames", "found"]].sum()
        run.manifest["faces"] = {name: int(count) for name, count in sums.items()}
        with whole(run.folder / "faces.csv") as file:
            faces.to_csv(file, index=False, lineterminator="\n")


def _state(run: Run, index: Index) -> str:
    """Return the digest of all that a run's predictions depend on."""
    sources = ["take", "emotion", "sound_file_sha256", "picture_file_sha256"]
    manifest = run.manifest
    return digest(
        [
            manifest["emostack"],
            [manifest["split"][str(seed)] for seed in manifest["seeds"]],
            manifest["backbones"],
            index.takes[sources].to_numpy().tolist(),
        ]
    )
