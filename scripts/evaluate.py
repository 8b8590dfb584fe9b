"""Score predictions: those of a run, or anybody's table.

Anybody's table needs the columns take, true, and p_<label> for each label (or
predicted alone); the index knows what is true, and who spoke, the split which takes
were to be tested.

Examples:
  emostack evaluate --run artifacts/runs/mine
  emostack evaluate --predictions theirs.csv --out theirs.json
  emostack evaluate --predictions theirs.csv --split split.csv --index artifacts/index
"""

import argparse
from pathlib import Path
from typing import Any

import pandas as pd

from corpus.files import read_json, write_json
from corpus.index import Index
from corpus.problem import Problem
from evaluation.elsewhere import read_elsewhere
from evaluation.metrics import score, text_report
from evaluation.predictions import labels_of, read_predictions
from evaluation.run_folder import read_takes
from evaluation.table import groups_table
from scripts.command import run_command
from scripts.console import of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--run", type=Path, help="the run folder")
    which.add_argument(
        "--predictions", type=Path, metavar="FILE", help="a predictions table"
    )
    parser.add_argument("--out", type=Path, help="where the scores go (metrics.json)")
    parser.add_argument(
        "--by-class", action="store_true", help="also scikit-learn's text reports"
    )
    parser.add_argument(
        "--by-group",
        action="store_true",
        help="also by speaker, sex, intensity and statement",
    )
    group = parser.add_argument_group("with --predictions")
    group.add_argument(
        "--split",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="what had to be predicted: exactly its test part; of several splits, "
        "each is of the seed that drew it",
    )
    group.add_argument(
        "--index",
        type=Path,
        metavar="DIR",
        help="knows the true emotions, and gives results by group",
    )


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    show, out = of(args), args.out
    if args.run:
        predictions, takes, manifest = _of_run(args)
        out = out or args.run / "metrics.json"
    else:
        index = Index.read(args.index) if args.index else None
        takes = None if index is None else index.takes
        predictions = read_elsewhere(args.predictions, splits=args.split, index=index)
        protocols = sorted(set(predictions["protocol"]) - {""})
        manifest = {"recipe": args.predictions.name}
        manifest |= {"protocol": ", ".join(protocols)} if protocols else {}
    if args.by_group and takes is None:
        raise Problem(
            "results by group need an index, which says who spoke; name it with "
            "--index DIR (`emostack index` makes it)."
        )
    metrics = score(predictions, takes=takes)
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
    if metrics["groups"] and (args.by_group or args.index):
        show.table(groups_table(metrics))
    if out:
        show.say(f"scores: {out}")
    return 0


def _of_run(
    args: argparse.Namespace,
) -> tuple[pd.DataFrame, pd.DataFrame | None, dict[str, Any]]:
    """Return a run's predictions, the rows of its index, and its manifest."""
    if args.split or args.index:
        raise Problem(
            "a run has its own splits and index; leave --split and --index away, or "
            "give --predictions instead of --run."
        )
    table, manifest = args.run / "predictions.csv", args.run / "manifest.json"
    if not table.is_file():
        raise Problem(
            f"{args.run} has no predictions yet; run `emostack train-stack --run "
            f"{args.run}` first."
        )
    return (
        read_predictions(table),
        read_takes(args.run),
        read_json(manifest) if manifest.is_file() else {},
    )


if __name__ == "__main__":
    raise SystemExit(run_command("evaluate"))
