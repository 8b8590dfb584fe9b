"""List a corpus' takes, one row a take, and say what is odd about them.

Examples:
  emostack index --data /data/RAVDESS --out artifacts/index
  emostack index --data /data --reader ravdess+rml --out artifacts/both
  emostack index --data /data/RAVDESS /data/RML --reader ravdess+rml --out artifacts/2
  emostack index --data my_corpus.csv --reader csv --out artifacts/my-index
"""

import argparse
from pathlib import Path

from corpus import readers
from corpus.index import Index
from experiments.takes import index_takes
from scripts.command import run_command
from scripts.console import Terminal, of
from scripts.options import add_data, whole_number

SHOWN = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    add_data(parser)
    group = parser.add_argument_group("output")
    group.add_argument("--out", type=Path, required=True, help="folder of the index")
    work = parser.add_argument_group("work")
    work.add_argument(
        "--workers", type=whole_number, metavar="N", help="processes (all cores)"
    )
    work.add_argument("--verify", action="store_true", help="open every file again")


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    show = of(args)
    reader = args.reader or "ravdess"
    index = index_takes(
        args.data,
        args.out,
        reader=reader,
        show=show,
        verify=args.verify,
        workers=args.workers,
    )
    describe(index, show)
    for module in readers.readers_named(reader):
        whose = "the recordings" if reader == module.NAME else module.NAME
        terms = f"licence of {whose}: {module.LICENCE}. {module.CITATION}"
        show.say(terms.rstrip(". ") + ".")
    show.say(f"index: {args.out}")
    return 3 if index.facts["oddities"].get("unreadable") else 0


def describe(index: Index, show: Terminal) -> None:
    """Say what an index holds, and what is odd."""
    takes = index.takes
    show.say(
        f"{len(takes)} takes, {takes.groupby('corpus')['speaker'].nunique().sum()} "
        f"speakers, {takes['duration_seconds'].sum() / 60:.1f} minutes"
    )
    for name in sorted(set(takes["corpus"])):
        if name.startswith("made-up"):
            show.say(f"  {name}: SYNTHETIC, made by emostack")
    counts = takes["emotion"].value_counts().sort_index()
    show.say("  " + ", ".join(f"{name} {count}" for name, count in counts.items()))
    for kind, count in index.facts["counts"].items():
        whole = "complete" if count["here"] == count["official"] else "official"
        show.say(f"  {kind}: {count['here']} of {count['official']} {whole}")
    for kind, rows in index.facts["oddities"].items():
        more = f", and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
        show.say(f"  odd: {kind}: {len(rows)} ({'; '.join(rows[:SHOWN])}{more})")


if __name__ == "__main__":
    raise SystemExit(run_command("index"))
