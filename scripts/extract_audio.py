r"""Embed the sound of an index' takes with frozen backbones.

What the store has is skipped; a killed run goes on where it stood.

Examples:
  emostack extract-audio --index artifacts/index --backbones vggish.audioset
  emostack extract-audio --index artifacts/index --backbones vggish128.audioset \
      --weights random:0 --shard 0/4
  emostack extract-audio --index artifacts/index --fast --profile where.json
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from corpus.index import Index
from corpus.problem import Problem
from embeddings.backbone import Backbone
from embeddings.devices import bfloat16_units
from embeddings.store import Store
from experiments.extraction import (
    backbone_of,
    embeddable,
    extract_takes,
    sources_of,
)
from experiments.fast import hastened
from experiments.profiling import describe_profile, write_profile
from experiments.recipe import Branch
from experiments.run import artifacts_folder
from scripts.command import run_command
from scripts.console import Terminal, of
from scripts.options import add_artifacts, add_fast, add_work, part, weights_of

# On two CPU cores, measured on RAVDESS (docs/performance.md).
SECONDS_A_TAKE = {"audio": 0.03, "visual": 1.7}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    add_extraction(parser, default="vggish.audioset")


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    return run_extraction(args, "audio")


def add_extraction(parser: argparse.ArgumentParser, *, default: str) -> None:
    """Add the options of an extraction of either modality."""
    group = parser.add_argument_group("input")
    group.add_argument("--index", type=Path, required=True, help="folder of the index")
    group = parser.add_argument_group("model")
    group.add_argument(
        "--backbones",
        default=default,
        metavar="A,B",
        help=f"names of backbones; files are opened once for all (default: {default})",
    )
    group.add_argument(
        "--weights",
        action="append",
        default=[],
        metavar="W",
        help="a path or random:SEED, of all backbones or as NAME=W of one (default: "
        "the official weights)",
    )
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the backbones, such as scaling=caffe",
    )
    add_fast(group)
    add_artifacts(parser)
    work = add_work(parser)
    work.add_argument(
        "--shard", type=part, default=(0, 1), metavar="I/N", help="the I-th of N shares"
    )
    work.add_argument(
        "--profile",
        type=Path,
        metavar="FILE",
        help="say where the time went, and write it here as JSON",
    )


def run_extraction(args: argparse.Namespace, modality: str) -> int:
    """Embed, say what was done, and return the exit code."""
    show, index = of(args), Index.read(args.index)
    branches = _branches(args)
    if args.fast:
        branches = [hastened(branch, modality) for branch in branches]
        if bfloat16_units() == "":
            show.say(
                "this processor has no bfloat16 units: without a GPU, networks other "
                "than VGG's are faster with --set precision=float32"
            )
    artifacts = artifacts_folder(args.artifacts)
    backbones = [backbone_of(branch, modality, artifacts) for branch in branches]
    index, _left_out = embeddable(index, {modality: backbones[0]})
    index = index.head(args.limit) if args.limit else index
    if args.dry_run:
        describe_work(index, modality, backbones, artifacts, show)
        return 0
    for backbone in backbones:
        show.say(
            f"{backbone.spec.folder}: weights {backbone.weights.source} "
            f"({backbone.weights.verified})"
        )
    outcome = extract_takes(
        index,
        modality,
        backbones,
        artifacts,
        show=show,
        verify=args.verify,
        workers=args.workers,
        part=args.shard,
    )
    rate = outcome.embedded / outcome.seconds if outcome.seconds else 0.0
    show.say(
        f"{outcome.stored + outcome.embedded + len(outcome.failed)} takes: "
        f"{outcome.stored} in store, {outcome.embedded} embedded, "
        f"{len(outcome.failed)} failed ({outcome.seconds:.1f} s, {rate:.1f} takes/s)"
    )
    for source, why in outcome.failed:
        show.say(f"failed: {source.take}: {why}")
    if args.profile:
        settled = {name for branch in branches for name in branch.settings}
        for line in describe_profile(outcome, settled):
            show.say(line)
        write_profile(args.profile, outcome, backbones)
    return 3 if outcome.failed else 0


def describe_work(
    index: Index,
    modality: str,
    backbones: Sequence[Backbone],
    artifacts: Path,
    show: Terminal,
) -> None:
    """Say how much there is to embed of some takes; write nothing."""
    for backbone in backbones:
        sources = sources_of(index, backbone)
        store = Store(artifacts / "embeddings", backbone.spec)
        todo = [source for source in sources if not store.has(source)]
        rows = 1 if modality == "audio" else 110
        size = len(todo) * rows * 4
        for length in backbone.spec.shape:
            size *= length
        hours = len(todo) * SECONDS_A_TAKE[modality] / 3600
        show.say(
            f"{backbone.spec.folder}: {len(todo)} of {len(sources)} takes to embed, "
            f"about {hours:.2f} h on two CPU cores and {size / 1e9:.3f} GB in "
            f"{store.folder}"
        )


def _branches(args: argparse.Namespace) -> list[Branch]:
    settings = {}
    for given in args.set:
        name, _, value = given.partition("=")
        settings[name] = _value(value)
    names = [name.strip() for name in args.backbones.split(",")]
    weights = weights_of(args.weights)
    if strange := set(weights) - {"", *names}:
        raise Problem(
            f"--weights names {min(strange)}, which is none of the backbones "
            f"{', '.join(names)}."
        )
    return [
        Branch(
            backbone=name,
            weights=weights.get(name, weights.get("", "")),
            settings=settings,
        )
        for name in names
    ]


def _value(text: str):
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


if __name__ == "__main__":
    raise SystemExit(run_command("extract-audio"))
