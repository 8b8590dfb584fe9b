r"""Part an index' takes into base, stack and test, and count what the parts share.

Protocols, each with its parameter after a colon where it has one:
  stratified[:RATIOS]     by class, in exact counts; speakers are shared
  speakers[:RATIOS]       whole speakers, women and men in balance; or their numbers,
                          speakers:8-12-4
  repetitions[:RATIOS]    by class, the two repetitions of one performance together
  group:COLUMN[:RATIOS]   whole groups of takes that agree in a column of the index
  speaker_folds[:K]       K folds (5) of whole speakers, each the test part once
  leave_one_speaker_out   a fold for each speaker
  statements              a fold for each statement, trained on the others
  emobox, luna_jimenez (folds); brambilla, gianscuri, katerynach, nkululeko
                          lists of RAVDESS speakers that others published
RATIOS are base-stack-test (50-25-25), training-test (75-25),
base-stack-validation-test, or nested (90-10+70-30). A third of a training part
becomes its stack part, drawn as the protocol draws.

Examples:
  emostack split --index artifacts/index --out artifacts/splits/speakers-0.csv \
      --protocol speakers --seed 0
  emostack split --index artifacts/index --out artifacts/splits/folds.csv \
      --protocol speaker_folds:4 --strict
"""

import argparse
from pathlib import Path

from corpus import labels, leaks
from corpus.index import Index
from corpus.problem import Problem
from corpus.protocols import read_protocol
from corpus.splits import ALL_PARTS, Split, make_split
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
    group.add_argument(
        "--protocol",
        type=_protocol,
        default="stratified",
        metavar="P",
        help="how takes are parted, see below (stratified)",
    )
    group.add_argument(
        "--ratios",
        type=_ratios,
        default=(0.5, 0.25, 0.25),
        metavar="B,S,T",
        help="shares of base, stack and test, where --protocol does not say them "
        "(0.5,0.25,0.25)",
    )
    group.add_argument("--seed", type=int, default=0, help="which such split (0)")
    group.add_argument(
        "--ignore-identical-sound",
        action="store_true",
        help="let takes with the same sound be parted, as in the paper",
    )
    group.add_argument(
        "--strict",
        action="store_true",
        help="write no split whose parts share what the protocol promises to keep "
        "apart, or that trains on a copy of a test take",
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
    rows = leaks.count_leaks(index.takes, split)
    for line in leaks.lines(rows):
        show.say(line)
    show.say(f"kept apart: {_promises(split)}")
    if args.strict and (found := leaks.broken(rows)):
        raise Problem(
            f"{args.out} was not written, for --strict: "
            f"{'; '.join(map(leaks.sentence, found))}."
        )
    split.write(args.out)
    folds = f"{len(split.folds)} folds, " if len(split.folds) > 1 else ""
    show.say(f"{args.out}: {split.protocol}, {folds}{_sizes(split)}")
    show.say(f"digest {split.digest}")
    return 0


def _promises(split: Split) -> str:
    ofall = [
        *split.promises,
        *(f"{what} (of the test part)" for what in split.test_promises),
    ]
    return ", ".join(ofall) or "nothing"


def _sizes(split: Split) -> str:
    """Say how many takes each part has; from the smallest to the largest fold."""
    counts = split.table.value_counts(["part", "fold"])
    sizes = []
    for part in ALL_PARTS:
        if part in counts.index:
            least, most = counts[part].min(), counts[part].max()
            sizes.append(f"{part} {least if least == most else f'{least} to {most}'}")
    return ", ".join(sizes)


def _protocol(text: str) -> str:
    try:
        read_protocol(text)
    except Problem as problem:
        raise argparse.ArgumentTypeError(str(problem)) from problem
    return text


def _ratios(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(share) for share in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not three numbers such as 0.5,0.25,0.25"
        ) from error


if __name__ == "__main__":
    raise SystemExit(run_command("split"))
