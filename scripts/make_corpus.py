"""Make up a corpus of talking faces in RAVDESS' names and formats.

Its takes are synthetic: drawn heads and synthesised voices. Sound and face each confuse
stated pairs of emotions; `made_up.json` tells which, and what an oracle could reach.

Example:
  emostack make-corpus artifacts/corpora/mine --speakers 8 --takes 14 --seed 1
"""

import argparse
import json
from pathlib import Path

from corpus import labels
from corpus.made_up import make_corpus
from scripts.command import run_command, whole_number
from scripts.console import of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("dir", type=Path, metavar="DIR", help="a new or empty folder")
    parser.add_argument("--speakers", type=int, default=24, help="1 to 24 (24)")
    parser.add_argument("--takes", type=int, help="takes a speaker (all of RAVDESS')")
    parser.add_argument("--seed", type=int, default=0, help="of everything drawn (0)")
    parser.add_argument(
        "--emotions", default=",".join(labels.THESIS), metavar="A,B", help="classes"
    )
    parser.add_argument(
        "--channels", default="speech", metavar="A,B", help="speech, song or both"
    )
    parser.add_argument(
        "--confusions", choices=("complementary", "same"), default="complementary"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        nargs=2,
        default=(1.1, 1.6),
        metavar=("FROM", "TO"),
        help="duration of takes (1.1 1.6)",
    )
    parser.add_argument(
        "--workers", type=whole_number, metavar="N", help="processes (all cores)"
    )


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    show = of(args)
    with show.bar("make corpus") as update:
        root = make_corpus(
            args.dir,
            speakers=args.speakers,
            takes=args.takes,
            seed=args.seed,
            emotions=[labels.canonical(name) for name in args.emotions.split(",")],
            channels=args.channels.split(","),
            confusions=args.confusions,
            seconds=tuple(args.seconds),
            workers=args.workers,
            progress=update,
        )
    facts = json.loads((root / "made_up.json").read_text())
    show.say(f"{facts['takes']} synthetic takes in {root}")
    for system, ceiling in facts["ceilings"].items():
        pairs = "; ".join(
            " = ".join(pair) for pair in facts["confused"].get(system, [])
        )
        alike = f" (told apart by nobody: {pairs})" if pairs else ""
        show.say(f"  {system}: at best {100 * ceiling:.1f} %{alike}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command("make-corpus"))
