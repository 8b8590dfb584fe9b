r"""Compare backbones, heads and protocols: a grid of systems, trained and ranked.

Every sound backbone and every face backbone gets every kind of head; each sound branch
is then stacked with each face branch, on every protocol and seed. What is done is
skipped: the same command goes on where a killed one stood, a larger one adds to it.

Examples:
  emostack ablate --audio yamnet.audioset,log_mel.signal,mfcc13.signal \
      --visual vgg16.imagenet,thumbnail.pixels --heads dense,lstm \
      --protocols stratified,speakers --seeds 5 --data /data/RAVDESS \
      --out artifacts/runs/grid
  emostack ablate --audio vggish.audioset,my/network.toml --visual openface.au \
      --weights random:0 --set audio.training.epochs=50 --reference openface.au \
      --data /data/RAVDESS --out artifacts/runs/try
"""

import argparse
from pathlib import Path

from evaluation.grid_table import grid_text
from experiments.ablation.grid import PAIRS, Axes, make_entries, make_systems
from experiments.recipe_file import load_recipe
from experiments.run import Run, artifacts_folder
from scripts.command import note_command, run_command
from scripts.console import Terminal, of
from scripts.extract_audio import describe_work
from scripts.hush import quiet_trainer
from scripts.options import (
    add_artifacts,
    add_data,
    add_strict,
    add_work,
    names,
    weights_of,
    whole_number,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    add_data(parser)
    group = parser.add_argument_group("grid")
    for modality, what in (("audio", "sound"), ("visual", "faces")):
        group.add_argument(
            f"--{modality}",
            type=names,
            default=(),
            metavar="A,B",
            help=f"backbones of the {what}: names, descriptions (TOML), imported "
            f"tables",
        )
    group.add_argument(
        "--heads",
        type=names,
        default=("dense",),
        metavar="A,B",
        help="kinds of heads (dense), each with what is unlike its defaults: "
        "dense,lstm,knn:neighbours=3",
    )
    group.add_argument(
        "--protocols",
        type=names,
        metavar="A,B",
        help="stratified, speakers, or both (default: the recipe's)",
    )
    group.add_argument(
        "--seeds",
        type=whole_number,
        default=1,
        metavar="N",
        help="so many seeds from 0 on, each with its own split and initialisation (1)",
    )
    group.add_argument(
        "--pairs",
        choices=PAIRS,
        default="all",
        help="stack every sound branch with every face branch (all, the default), "
        "only with those of the same head, or none",
    )
    group.add_argument(
        "--pooling",
        type=names,
        default=("mean",),
        metavar="A,B",
        help="what a dense head is given of several embeddings a take: mean "
        "(default), std, max, last, side by side",
    )
    group.add_argument(
        "--tune",
        action="store_true",
        help="search each base head's learning rate, dropout and units, on an inner "
        "part of its training takes only",
    )
    group.add_argument(
        "--reference",
        metavar="NAME",
        help="the system or backbone that all others are set beside (default: the "
        "thesis' own, or the first)",
    )
    group = parser.add_argument_group("what does not vary")
    group.add_argument(
        "--recipe",
        default="thesis",
        help="a name or the path of a TOML file: classes, training, units, dropout "
        "(default: thesis)",
    )
    group.add_argument("--profile", choices=("paper", "corrected"), help="see the docs")
    group.add_argument(
        "--weights",
        action="append",
        default=[],
        metavar="W",
        help="NAME=PATH or NAME=random:SEED for one backbone; random:SEED alone for "
        "all others that have weights",
    )
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="A.B=C",
        help="change one value of the recipe, such as audio.training.epochs=50",
    )
    group = parser.add_argument_group("run")
    group.add_argument("--out", type=Path, required=True, help="the run folder")
    add_strict(group)
    add_artifacts(parser)
    add_work(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    from experiments.ablation.ablate import ablate
    from experiments.ablation.plan import plan

    show = of(args)
    settings = [f"corpus.reader={args.reader}"] if args.reader else []
    recipe = load_recipe(
        args.recipe, profile=args.profile, settings=[*settings, *args.set]
    )
    axes = Axes(
        audio=args.audio,
        visual=args.visual,
        heads=args.heads,
        protocols=args.protocols or (recipe.protocol.name,),
        seeds=tuple(range(args.seeds)),
        pairs=args.pairs,
        pooling=args.pooling,
        weights=weights_of(args.weights),
        tune=args.tune,
    )
    artifacts = artifacts_folder(args.artifacts)
    grid = Run.create(args.out, recipe, artifacts)
    work = {"workers": args.workers, "verify": args.verify, "limit": args.limit}
    if args.dry_run:
        return dry_run(plan(grid, args.data, axes, show=show, **work), grid, axes, show)
    note_command(grid)
    found = ablate(
        grid,
        args.data,
        axes,
        show=show,
        reference=args.reference,
        strict=args.strict,
        settle=None if args.verbose else quiet_trainer,
        **work,
    )
    show.say(grid_text(found, width=show.console.width))
    show.say(f"report: {grid.folder / 'ablation.html'}")
    failed = any(row["failed"] for row in found["systems"])
    return 3 if failed or found["lost"] or found["lacking"] else 0


def dry_run(found, grid: Run, axes: Axes, show: Terminal) -> int:
    """Say what there is to do, and do nothing but the index; return the exit code."""
    for name, why in found.lacking.items():
        show.say(f"left out: {name}: {why}")
    for why in found.left_out:
        show.say(f"left out: {why}")
    for modality, backbones in found.backbones.items():
        describe_work(
            found.index, modality, list(backbones.values()), grid.artifacts, show
        )
    entries = make_entries(grid.recipe, axes, found.backbones)
    systems = make_systems(entries, axes.pairs)
    times = len(axes.protocols) * len(axes.seeds)
    show.say(
        f"then {len(systems)} systems, each {times} times ({len(axes.protocols)} "
        f"protocols, {len(axes.seeds)} seeds): {len(entries) * times} base heads"
        f"{' (5 to 7 trainings each, for --tune)' if axes.tune else ''} and "
        f"{(len(systems) - len(entries)) // 2 * times} stacked ones to train"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command("ablate"))
