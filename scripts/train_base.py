r"""Train the base classifiers of a run: a dense net on sound, an LSTM on faces.

Index, split and embeddings are made first where they are missing. Each base net is
trained twice: on the base part, and on base + stack for a fair comparison.

Example:
  emostack train-base --recipe thesis --data /data/RAVDESS --out artifacts/runs/mine
"""

import argparse

from experiments.run import Run, artifacts_folder
from scripts import reproduce
from scripts.command import run_command
from scripts.console import of
from scripts.hush import quiet_trainer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    reproduce.add_run(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    recipe, artifacts = reproduce.recipe_of(args), artifacts_folder(args.artifacts)
    if args.dry_run:
        return reproduce.dry_run(recipe, args, artifacts)
    from experiments import chain

    show, run = of(args), Run.create(args.out, recipe, artifacts)
    chain.prepare(
        run,
        args.data,
        show=show,
        **reproduce.work_of(args),
    )
    chain.train(
        run,
        show=show,
        stack=False,
        workers=args.workers,
        settle=None if args.verbose else quiet_trainer,
    )
    show.say(f"base classifiers: {run.folder / 'heads'}")
    show.say(f"next: emostack train-stack --run {run.folder}")
    return reproduce.exit_code(run)


if __name__ == "__main__":
    raise SystemExit(run_command("train-base"))
