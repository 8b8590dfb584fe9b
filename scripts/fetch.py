"""Download RAVDESS from its Zenodo record, archive by archive, and unpack it safely.

A download that was cut off goes on where it stood. What is there already, in whatever
layout, is not fetched again.

Examples:
  emostack fetch ravdess --data /data/RAVDESS --dry-run
  emostack fetch ravdess --data /data/RAVDESS --parts audio-speech --actors 1-4
"""

import argparse
from pathlib import Path

from corpus import archives
from corpus.readers import ravdess
from corpus.zenodo import PARTS
from scripts.command import run_command
from scripts.console import of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("corpus", choices=("ravdess",), help="which corpus")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="ROOT", help="where it goes"
    )
    parser.add_argument(
        "--parts",
        default="audio-speech,video-speech",
        metavar="A,B",
        help=f"some of {', '.join(PARTS)} (default: speech, as in the thesis)",
    )
    parser.add_argument(
        "--actors", type=_actors, metavar="1-4,7", help="video archives of these only"
    )
    parser.add_argument("--keep-archives", action="store_true", help="keep the zips")
    parser.add_argument(
        "--dry-run", action="store_true", help="say what is here and what is not"
    )


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    show = of(args)
    plan = archives.plan(args.data, parts=args.parts.split(","), actors=args.actors)
    show.say(f"RAVDESS, licence {ravdess.LICENCE}: {ravdess.CITATION}")
    show.say(
        f"{plan.summary}; to download {plan.download_bytes / 1e9:.2f} GB, room needed "
        f"{plan.needed_bytes(keep_archives=args.keep_archives) / 1e9:.2f} GB, free "
        f"{plan.free_bytes / 1e9:.2f} GB"
    )
    if args.dry_run or not plan.missing:
        return 0
    with show.bar("fetch", "MB") as update:
        fetched = archives.fetch(
            plan,
            keep_archives=args.keep_archives,
            progress=lambda archive, what, done, total: update(
                done // 10**6, total // 10**6, f"{what} {archive.name}"
            ),
        )
    for name, why in fetched.failed.items():
        show.say(f"failed: {name}: {why}")
    show.say(fetched.plan.summary)
    if not fetched.failed:
        return 0
    return 4 if len(fetched.failed) == len(plan.missing) else 3


def _actors(text: str) -> list[int]:
    actors = []
    try:
        for piece in text.split(","):
            first, _, last = piece.partition("-")
            actors += range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no list of actors such as 1-4,7"
        ) from error
    return actors


if __name__ == "__main__":
    raise SystemExit(run_command("fetch"))
