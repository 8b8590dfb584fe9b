"""Look at this machine: versions, devices, codecs, weights, and what to do about each.

Example:
  emostack doctor
"""

import argparse

from rich.console import Console

from experiments.doctor import examine, render
from scripts.command import run_command
from scripts.options import add_artifacts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    add_artifacts(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    Console().print(render(examine(artifacts=args.artifacts)))
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command("doctor"))
