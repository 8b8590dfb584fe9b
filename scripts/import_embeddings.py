r"""Put embeddings made elsewhere into the store, as a backbone of their own name.

TABLE is a CSV or parquet file with a row a take (or a row a frame, with a column of
times), or a folder with a file a take: CSV as OpenFace writes it, npz or npy. Names are
takes' ids, or those of their files. What numbers stand for is not checked; a table is
called unverified wherever it is used.

Examples:
  emostack import-embeddings au_mean.csv --index DIR --as openface.au --modality picture
  emostack import-embeddings processed/ --index DIR --as openface.frames \
      --modality picture --columns 'AU*_r,AU*_c' --no-face previous
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from corpus.index import Index
from embeddings.rows import NO_FACE
from embeddings.tables import Imports, import_table
from experiments.run import artifacts_folder
from scripts.command import run_command
from scripts.console import Terminal, of
from scripts.options import add_artifacts

__all__ = ["add_arguments", "run"]

SHOWN = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("table", type=Path, metavar="TABLE", help="file or folder")
    group = parser.add_argument_group("input")
    group.add_argument(
        "--index", type=Path, required=True, metavar="DIR", help="from `emostack index`"
    )
    group.add_argument(
        "--as",
        dest="name",
        required=True,
        metavar="NAME",
        help="family.data, such as openface.au",
    )
    group.add_argument(
        "--modality",
        required=True,
        choices=("sound", "picture"),
        help="what the embeddings were made from",
    )
    how = parser.add_argument_group("how it is read")
    how.add_argument(
        "--columns",
        metavar="A,B*",
        help="names or patterns (default: all numbers that are no label, id or time)",
    )
    how.add_argument(
        "--take-column",
        metavar="NAME",
        help="names the take (default: the one that fits)",
    )
    how.add_argument(
        "--fps", type=float, metavar="N", help="rows a second, where they have no times"
    )
    how.add_argument(
        "--no-face",
        choices=NO_FACE,
        default="keep",
        help="rows whose success is 0: keep as they are (default), take the previous "
        "good row instead, or drop",
    )
    group = parser.add_argument_group("output")
    group.add_argument(
        "--replace", action="store_true", help="remove another table of that name"
    )
    add_artifacts(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    show = of(args)
    index = Index.read(args.index)
    with show.bar("import") as update:
        done = import_table(
            index,
            args.table,
            name=args.name,
            modality=args.modality,
            root=artifacts_folder(args.artifacts) / "embeddings",
            columns=args.columns.split(",") if args.columns else None,
            take_column=args.take_column,
            fps=args.fps,
            no_face=args.no_face,
            replace=args.replace,
            progress=update,
        )
    _tell(done, index, show)
    return 3 if done.failed else 0


def _tell(done: Imports, index: Index, show: Terminal) -> None:
    """Say what was imported, and what was not."""
    size = "x".join(map(str, done.backbone.spec.shape))
    again = "" if done.new else ", all of them imported before"
    show.say(f"{done.stored} of {len(index)} takes have embeddings of {size}{again}")
    if done.columns:
        show.say(f"  columns: {_some(done.columns)}")
    if done.unused:
        show.say(f"  columns not taken: {_some(done.unused)}")
    for take, used, over in done.copies[:1]:
        show.say(
            f"  copies: {len(done.copies)} takes have several; used is {used} and not "
            f"{', '.join(over)} for {take}, and so on"
        )
    for what, names in (
        ("takes without an embedding", done.missing),
        ("names that are no take's", done.unknown),
    ):
        if names:
            show.say(f"  {what}: {len(names)} ({_some(names)})")
    for what, lines in (
        ("cannot be used", [why for _, why in done.failed]),
        ("to know", done.notes),
    ):
        for line in lines[:SHOWN]:
            show.say(f"  {what}: {line}")
        if len(lines) > SHOWN:
            show.say(f"  {what}: {len(lines) - SHOWN} more, see below")
    show.say(f"imported as {done.backbone.spec.name}; all of this is in {done.record}")


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


if __name__ == "__main__":
    raise SystemExit(run_command("import-embeddings"))
