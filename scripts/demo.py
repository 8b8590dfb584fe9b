"""Make up a small corpus and run the thesis' chain on it, to a report.

Needs no data, no weights and no network: the takes are drawn and synthesised, and the
frozen networks have random weights. It shows that everything works, and how results
look; it says nothing about people.

Example:
  emostack demo --seeds 3
"""

import argparse
from pathlib import Path

from corpus.made_up import make_corpus
from experiments.recipe_file import load_recipe
from experiments.run import Run, artifacts_folder
from scripts.command import note_command, run_command
from scripts.console import of
from scripts.hush import quiet_trainer
from scripts.options import add_artifacts, whole_number
from scripts.reproduce import add_seeds, conclude

SPEAKERS, TAKES = 24, 14  # a speaker; 336 in all, 84 of them to test on
SECONDS = (0.9, 1.3)  # short, so that two cores need but a few minutes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    group = parser.add_argument_group("corpus")
    group.add_argument(
        "--confusions",
        choices=("complementary", "same"),
        default="complementary",
        help="whether sound and face confuse different emotions (default), or say the "
        "same, so that stacking cannot gain",
    )
    group = parser.add_argument_group("run")
    group.add_argument("--out", type=Path, help="the run folder")
    add_seeds(group)
    group.add_argument(
        "--workers", type=whole_number, metavar="N", help="processes (all cores)"
    )
    add_artifacts(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    show = of(args)
    artifacts = artifacts_folder(args.artifacts)
    name = "demo" if args.confusions == "complementary" else f"demo-{args.confusions}"
    data = artifacts / "corpora" / name
    with show.bar("make corpus") as update:
        make_corpus(
            data,
            speakers=SPEAKERS,
            takes=TAKES,
            modalities=("01", "03"),
            seconds=SECONDS,
            confusions=args.confusions,
            workers=args.workers,
            progress=update,
        )
    from experiments import chain

    run = Run.create(
        args.out or artifacts / "runs" / name, load_recipe("demo"), artifacts
    )
    note_command(run)
    metrics = chain.reproduce(
        run,
        data,
        seeds=range(args.seeds),
        show=show,
        split=args.split,
        workers=args.workers,
        settle=None if args.verbose else quiet_trainer,
    )
    return conclude(run, metrics, show)


if __name__ == "__main__":
    raise SystemExit(run_command("demo"))
