"""Train the stacked meta-classifier of a run, on takes its base nets never saw.

Then every system's predictions are written to `predictions.csv`, and what was trained
to `bundle/`, for `emostack predict`.

Example:
  emostack train-stack --run artifacts/runs/mine
"""

import argparse
from pathlib import Path

from experiments.run import Run, artifacts_folder
from scripts.command import run_command
from scripts.console import of
from scripts.hush import quiet_trainer
from scripts.options import add_artifacts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--run", type=Path, required=True, help="the run folder")
    add_artifacts(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    from experiments import chain

    show = of(args)
    run = Run.open(args.run, artifacts_folder(args.artifacts))
    settle = None if args.verbose else quiet_trainer
    chain.train(run, show=show, settle=settle)
    show.say(f"predictions: {run.predictions_file}")
    chain.evaluate(run)
    if bundle := chain.bundle(run, show=show):
        show.say(f"bundle: {bundle}")
    show.say(f"next: emostack evaluate --run {run.folder}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command("train-stack"))
