r"""Run a recipe from raw clips to a report: all stages, skipping what is done.

Examples:
  emostack reproduce --recipe thesis --data /data/RAVDESS --out artifacts/runs/thesis \
      --seeds 5
  emostack reproduce --recipe thesis --modalities audio --data /data/RAVDESS_audio \
      --weights random:0 --out artifacts/runs/try --set audio.training.epochs=20
  emostack reproduce --all --data /data --out artifacts/runs/papers --seeds 3

With --all every recipe of a paper whose recordings are there gets a run folder below
--out, and `papers.html` sets the papers' figures beside ours.
"""

import argparse
import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

from corpus.indexing import index_corpus
from corpus.problem import Problem
from experiments.extraction import backbone_of, embeddable
from experiments.fast import hastened
from experiments.recipe import Recipe
from experiments.recipe_file import load_recipe
from experiments.run import Run, artifacts_folder
from experiments.takes import select_takes
from scripts import extract_audio
from scripts.command import note_command, run_command
from scripts.console import Terminal, of
from scripts.hush import quiet_trainer
from scripts.options import (
    add_artifacts,
    add_data,
    add_fast,
    add_recipe,
    add_strict,
    add_work,
    whole_number,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.set_defaults(refuse=parser.error)
    group = add_run(parser, recipe="")  # or --all: `run` sees to it
    group.add_argument(
        "--all",
        action="store_true",
        help="instead of one recipe: all of papers, and their figures beside ours",
    )


def add_run(
    parser: argparse.ArgumentParser, *, recipe: str | None = None
) -> argparse._ArgumentGroup:
    """Add the options of a run of one recipe; return the group of the run's own.

    Args:
        parser: The command's.
        recipe: The recipe by default; one must be given if None.
    """
    add_data(parser)
    add_recipe(parser, default=recipe)
    group = parser.add_argument_group("run")
    group.add_argument("--out", type=Path, required=True, help="the run folder")
    add_seeds(group)
    add_strict(group)
    add_fast(group)
    add_artifacts(parser)
    add_work(parser)
    return group


def add_seeds(group: argparse._ArgumentGroup) -> None:
    """Add the options that say how often, and on which split."""
    group.add_argument(
        "--seeds",
        type=whole_number,
        default=1,
        metavar="N",
        help="so many seeds from 0 on, each with its own split and initialisation (1)",
    )
    group.add_argument(
        "--split", type=Path, metavar="FILE", help="one split file for all seeds"
    )


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    if args.all == bool(args.recipe):
        args.refuse("give either --recipe NAME or --all")
    if args.all:
        if isinstance(args.data, list):
            args.refuse("--all looks below one folder: give --data the one they are in")
        from scripts.reproduce_all import run_all  # which stands on this module

        return run_all(args)
    show = of(args)
    recipe = recipe_of(args)
    artifacts = artifacts_folder(args.artifacts)
    if args.dry_run:
        return dry_run(recipe, args, artifacts)
    from experiments import chain

    run = Run.create(args.out, recipe, artifacts)
    note_command(run)
    metrics = chain.reproduce(
        run,
        args.data,
        show=show,
        settle=None if args.verbose else quiet_trainer,
        **work_of(args),
    )
    return conclude(run, metrics, show)


def work_of(args: argparse.Namespace) -> dict:
    """Return what `chain.prepare` is told by the options, besides run and data."""
    return {
        "seeds": range(args.seeds),
        "split": args.split,
        "workers": args.workers,
        "verify": args.verify,
        "limit": args.limit,
        "strict": args.strict,
    }


def exit_code(run: Run) -> int:
    """Return 3 if a take failed or a file could not even be indexed, else 0."""
    unreadable = run.manifest["oddities"].get("unreadable")
    return 3 if run.manifest["failed"] or unreadable else 0


def conclude(run: Run, metrics: dict, show: Terminal) -> int:
    """Show the result and where it is; return the exit code."""
    for row in run.manifest["failed"]:
        show.say(f"failed: {row['take']} ({row['stage']}): {row['why']}")
    show.summary(run.manifest, metrics)
    if (run.folder / "bundle").is_dir():
        show.say(f"bundle: {run.folder / 'bundle'} (emostack predict CLIP --system)")
    show.say(f"report: {run.folder / 'report.html'}")
    return exit_code(run)


def recipe_of(args: argparse.Namespace, *more: str) -> Recipe:
    """Return the recipe that the options ask for.

    Args:
        args: The options.
        more: Further settings, of the form "a.b=c".

    Raises:
        Problem: If they contradict one another or the recipe.
    """
    settings = list(settings_of(args.modalities, args.weights))
    if getattr(args, "protocol", None):
        settings.append(f"protocol.name={args.protocol}")
    if getattr(args, "reader", None):
        settings.append(f"corpus.reader={args.reader}")
    recipe = load_recipe(
        args.recipe, profile=args.profile, settings=[*settings, *args.set, *more]
    )
    if not getattr(args, "fast", False):
        return recipe
    branches = {
        modality: hastened(getattr(recipe, modality), modality)
        for modality in recipe.modalities
    }
    return dataclasses.replace(recipe, **branches)


def settings_of(modalities: str, weights: Sequence[str]) -> list[str]:
    """Turn --modalities and --weights into settings of a recipe."""
    chosen = [name.strip() for name in modalities.split(",")]
    for name in chosen:
        if name not in ("audio", "visual"):
            raise Problem(f"--modalities are audio and visual, not {name!r}.")
    settings = [
        f'{name}.backbone=""' for name in ("audio", "visual") if name not in chosen
    ]
    for given in weights:
        branch, equals, value = given.partition("=")
        if equals and branch in ("audio", "visual"):
            settings.append(f"{branch}.weights={json.dumps(value)}")
        else:
            settings += [f"{name}.weights={json.dumps(given)}" for name in chosen]
    return settings


def dry_run(recipe: Recipe, args: argparse.Namespace, artifacts: Path) -> int:
    """Say what there is to do, and do nothing but the index; return the exit code."""
    show = of(args)
    with show.bar("index", "files") as update:
        index, _files = index_corpus(
            args.data,
            name=recipe.corpus.reader,
            previous=args.out / "index",
            workers=args.workers,
            progress=update,
        )
    index = select_takes(index, recipe.corpus)
    backbones = {
        modality: backbone_of(getattr(recipe, modality), modality, artifacts)
        for modality in recipe.modalities
    }
    index, _left_out = embeddable(index, backbones)
    index = index.head(args.limit) if args.limit else index
    for modality, backbone in backbones.items():
        extract_audio.describe_work(index, modality, [backbone], artifacts, show)
    show.say(
        f"then, for each of {args.seeds} seeds: train, predict; a report at the end"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command("reproduce"))
