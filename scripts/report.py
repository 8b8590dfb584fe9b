"""Write the report of a run, or of several side by side: one HTML file.

Examples:
  emostack report --run artifacts/runs/mine
  emostack report --run artifacts/runs/mine --takes 01-01-03-02-01-01-12
  emostack report --run artifacts/runs/mine artifacts/runs/other --out both.html
"""

import argparse
from pathlib import Path

from corpus.problem import Problem
from evaluation.comparison import write_comparison
from evaluation.report import write_report
from experiments.run import Run, artifacts_folder
from scripts.command import run_command
from scripts.console import of
from scripts.hush import quiet_trainer
from scripts.options import add_artifacts, names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument(
        "--run",
        type=Path,
        required=True,
        nargs="+",
        metavar="RUN",
        help="the run folder; of several, the first is what the others are set beside",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="of several runs, where the page goes (comparison.html)",
    )
    parser.add_argument(
        "--takes",
        type=names,
        default=(),
        metavar="A,B",
        help="show the faces and the timeline of these takes, by id or file name "
        "(default: the most certain right and wrong ones)",
    )
    add_artifacts(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    if args.takes and len(args.run) > 1:
        raise Problem("--takes are of one run; name a single --run.")
    if args.takes:
        from experiments import chain

        quiet_trainer()
        run = Run.open(args.run[0], artifacts_folder(args.artifacts))
        chain.exhibit(run, takes=args.takes, show=of(args))
    if len(args.run) > 1:
        page = write_comparison(args.run, args.out or Path("comparison.html"))
    elif args.out:
        raise Problem(
            "the report of one run goes into its folder; leave --out away, or name "
            "more runs."
        )
    else:
        page = write_report(args.run[0])
    of(args).say(f"report: {page}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command("report"))
