"""Score predictions: those of a run, or anybody's table of the same columns.

Examples:
  emostack evaluate --run artifacts/runs/mine
  emostack evaluate --predictions theirs.csv --out theirs.json
"""

import argparse
from pathlib import Path

from corpus.files import read_json, write_json
from corpus.problem import Problem
from evaluation.metrics import score, text_report
from evaluation.predictions import labels_of, read_predictions
from evaluation.run_folder import read_takes
from scripts.command import run_command
from scripts.console import of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--run", type=Path, help="the run folder")
    which.add_argument("--predictions", type=Path, help="a predictions table")
    parser.add_argument("--out", type=Path, help="where the scores go (metrics.json)")
    parser.add_argument(
        "--by-class", action="store_true", help="also scikit-learn's text reports"
    )


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    show, manifest = of(args), {}
    table, out = args.predictions, args.out
    if args.run:
        table = args.run / "predictions.csv"
        out = out or args.run / "metrics.json"
        if not table.is_file():
            raise Problem(
                f"{args.run} has no predictions yet; run `emostack train-stack --run "
                f"{args.run}` first."
            )
        if (args.run / "manifest.json").is_file():
            manifest = read_json(args.run / "manifest.json")
    predictions = read_predictions(table)
    metrics = score(predictions, takes=read_takes(args.run) if args.run else None)
    if out:
        write_json(out, metrics)
    if args.by_class:
        tested = predictions[predictions["part"] == "test"]
        for system, rows in tested.groupby("system", sort=False):
            report = text_report(
                rows["true"], rows["predicted"], labels=labels_of(predictions)
            )
            show.say(f"{system}, test part, all seeds\n{report}")
    show.summary(manifest, metrics)
    if out:
        show.say(f"scores: {out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command("evaluate"))
