r"""Run one recipe under several protocols: what each does to its figures, in points.

Takes are indexed and embedded once, all seeds and folds are trained side by side, and
what is done is skipped. Each protocol gets a run folder and a report of its own; the
page sets them side by side, with the leaks of each.

Examples:
  emostack protocols --recipe thesis --protocols stratified,speakers,statements \
      --seeds 5 --data /data/RAVDESS --out artifacts/runs/honest
  emostack protocols --recipe thesis --set visual.backbone=openface.au \
      --set visual.head=dense --protocols stratified,speakers,speaker_folds:4 \
      --weights audio=random:0 --seeds 5 --data /data/RAVDESS \
      --out artifacts/runs/honest-au
"""

import argparse
from pathlib import Path

from corpus.problem import Problem
from corpus.protocols import PROTOCOLS, read_protocol
from evaluation.protocols_table import protocols_table
from experiments.run import Run, artifacts_folder
from scripts import reproduce
from scripts.command import note_command, run_command
from scripts.console import of
from scripts.hush import quiet_trainer
from scripts.options import (
    add_artifacts,
    add_data,
    add_recipe,
    add_strict,
    add_work,
    names,
    whole_number,
)

FOLDS = 4  # of out-of-fold stacking, where the recipe names none


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    add_data(parser)
    add_recipe(parser, protocol=False)
    group = parser.add_argument_group("protocols")
    group.add_argument(
        "--protocols",
        type=names,
        required=True,
        metavar="A,B",
        help=f"the first one is what the others are set beside: "
        f"{', '.join(PROTOCOLS)}; with a parameter as in speaker_folds:4",
    )
    group.add_argument(
        "--seeds",
        type=whole_number,
        default=1,
        metavar="N",
        help="so many seeds from 0 on of each protocol (1)",
    )
    group.add_argument(
        "--out-of-fold",
        type=int,
        metavar="K",
        help=f"beside the hold-out, stack out of fold, in so many folds; 0: do not "
        f"(default: the recipe's, or {FOLDS})",
    )
    add_strict(group)
    group = parser.add_argument_group("run")
    group.add_argument("--out", type=Path, required=True, help="folder of all runs")
    add_artifacts(parser)
    add_work(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    if not args.protocols:
        raise Problem("name at least one protocol: --protocols stratified,speakers.")
    show, artifacts = of(args), artifacts_folder(args.artifacts)
    recipe = reproduce.recipe_of(args)
    if len(recipe.modalities) > 1:
        folds = args.out_of_fold
        if folds is None:
            folds = recipe.fusion.out_of_fold or FOLDS
        recipe = reproduce.recipe_of(args, f"fusion.out_of_fold={folds}")
    for text in args.protocols:
        read_protocol(text, ratios=recipe.protocol.ratios)
    if args.dry_run:
        code = reproduce.dry_run(recipe, args, artifacts)
        show.say(f"under each of {', '.join(args.protocols)}")
        return code
    from experiments.protocol_runs import run_protocols

    runs: list[Run] = []

    def note(run: Run) -> None:
        note_command(run)
        runs.append(run)

    found = run_protocols(
        args.out,
        recipe,
        args.data,
        args.protocols,
        artifacts=artifacts,
        seeds=range(args.seeds),
        show=show,
        workers=args.workers,
        settle=None if args.verbose else quiet_trainer,
        note=note,
        verify=args.verify,
        limit=args.limit,
        strict=args.strict,
    )
    show.table(protocols_table(found))
    show.say(f"report: {args.out / 'protocols.html'}")
    codes = [reproduce.exit_code(run) for run in runs]
    return 3 if found["lacking"] else max(codes)


if __name__ == "__main__":
    raise SystemExit(run_command("protocols"))
