"""Write the report of a run, or of several side by side: one HTML file.

Examples:
  emostack report --run artifacts/runs/mine
  emostack report --run artifacts/runs/mine artifacts/runs/other --out both.html
"""

import argparse
from pathlib import Path

from corpus.problem import Problem
from evaluation.comparison import write_comparison
from evaluation.report import write_report
from scripts.command import run_command
from scripts.console import of


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


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
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
