"""Make up a corpus of talking faces in the names and formats of RAVDESS, RML or SAVEE.

Its takes are synthetic: drawn heads and synthesised voices. Sound and face each confuse
stated pairs of emotions; `made_up.json` tells which, and what an oracle could reach.

Examples:
  emostack make-corpus artifacts/corpora/mine --speakers 8 --takes 14 --seed 1
  emostack make-corpus artifacts/corpora/sung --channels speech,song --emotions all
  emostack make-corpus artifacts/corpora/two/rml --layout rml --takes 12
"""

import argparse
import json
from pathlib import Path

from corpus import labels
from corpus.made_up import LAYOUTS, make_corpus
from scripts.command import run_command
from scripts.console import of
from scripts.options import whole_number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("dir", type=Path, metavar="DIR", help="a new or empty folder")
    parser.add_argument(
        "--layout",
        choices=LAYOUTS,
        default="ravdess",
        help="whose names and formats (ravdess); the --reader has the same name",
    )
    most = ", ".join(f"{len(LAYOUTS[name].speakers)} of {name}" for name in LAYOUTS)
    parser.add_argument("--speakers", type=int, help=f"so many (all: {most})")
    parser.add_argument(
        "--takes", type=int, help="takes a speaker (all of the corpus')"
    )
    parser.add_argument("--seed", type=int, default=0, help="of everything drawn (0)")
    parser.add_argument(
        "--emotions",
        metavar="A,B",
        help="classes, or all (the thesis' 7 of ravdess; all of the others)",
    )
    parser.add_argument(
        "--channels",
        default="speech",
        metavar="A,B",
        help="speech, song or both (song: ravdess)",
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
            layout=args.layout,
            speakers=args.speakers,
            takes=args.takes,
            seed=args.seed,
            emotions=_emotions(args),
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


def _emotions(args: argparse.Namespace) -> list[str] | None:
    if args.emotions == "all":
        return list(LAYOUTS[args.layout].codes)
    return args.emotions and [labels.canonical(e) for e in args.emotions.split(",")]


if __name__ == "__main__":
    raise SystemExit(run_command("make-corpus"))
