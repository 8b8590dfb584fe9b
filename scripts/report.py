"""Write the report of a run: one HTML file that needs nothing else.

Example:
  emostack report --run artifacts/runs/mine
"""

import argparse
from pathlib import Path

from evaluation.report import write_report
from scripts.command import run_command
from scripts.console import of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--run", type=Path, required=True, help="the run folder")


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    of(args).say(f"report: {write_report(args.run)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command("report"))
