r"""Part an index' takes into base, stack and test, and count what the parts share.

Example:
  emostack split --index artifacts/index --out artifacts/splits/speakers-0.csv \
      --protocol speakers --seed 0
"""

import argparse
from pathlib import Path

from corpus import labels, leaks
from corpus.index import Index
from corpus.problem import Problem
from corpus.splits import PROTOCOLS, make_split
from scripts.command import run_command
from scripts.console import of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    group = parser.add_argument_group("input")
    group.add_argument("--index", type=Path, required=True, help="folder of the index")
    group.add_argument(
        "--emotions",
        default=",".join(labels.THESIS),
        metavar="A,B",
        help="classes (default: the thesis' seven); 'all' for all eight",
    )
    group.add_argument(
        "--vocal-channel", default="speech", choices=("speech", "song", "both")
    )
    group = parser.add_argument_group("split")
    group.add_argument("--protocol", choices=tuple(PROTOCOLS), default="stratified")
    group.add_argument(
        "--ratios",
        type=_ratios,
        default=(0.5, 0.25, 0.25),
        metavar="B,S,T",
        help="shares of base, stack and test (0.5,0.25,0.25)",
    )
    group.add_argument("--seed", type=int, default=0, help="which such split (0)")
    group.add_argument(
        "--ignore-identical-sound",
        action="store_true",
        help="let takes with the same sound be parted, as in the paper",
    )
    group.add_argument("--out", type=Path, required=True, help="the split file")


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    show = of(args)
    index = Index.read(args.index)
    if args.emotions != "all":
        emotions = [labels.canonical(name) for name in args.emotions.split(",")]
        index = index.only(emotion=emotions)
    if args.vocal_channel != "both":
        index = index.only(vocal_channel=[args.vocal_channel, ""])
    if not len(index):
        raise Problem(f"{args.index} has no take of {args.emotions}; see the index.")
    if args.out.exists():
        raise Problem(f"{args.out} exists; a split is made once: name another file.")
    split = make_split(
        index,
        protocol=args.protocol,
        ratios=args.ratios,
        seed=args.seed,
        separate_identical_sound=not args.ignore_identical_sound,
    )
    split.write(args.out)
    counts = split.table["part"].value_counts()
    parts = ", ".join(f"{part} {counts[part]}" for part in counts.index)
    show.say(f"{args.out}: {split.protocol}, {parts}, digest {split.digest}")
    show.say(f"keeps apart: {', '.join(split.promises) or 'nothing'}")
    for leak in leaks.count_leaks(index.takes, split):
        if leak["count"]:
            first, second = leak["parts"]
            show.say(
                f"  {leak['count']} of {leak['of']} takes of {second} share "
                f"{leak['kind']} with {first}"
            )
    return 0


def _ratios(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(share) for share in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not three numbers such as 0.5,0.25,0.25"
        ) from error


if __name__ == "__main__":
    raise SystemExit(run_command("split"))
