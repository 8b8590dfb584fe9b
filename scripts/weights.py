"""Pretrained weights: what is here, fetch it, verify it, or bring it by hand.

NAME is an entry of the list, or a backbone, which stands for all that it needs.

Examples:
  emostack weights list
  emostack weights fetch vgg16_notop yamnet.audioset
  emostack weights verify
  emostack weights import Downloads/my_vgg16.h5 --as vgg16_notop
"""

import argparse
import difflib
from collections.abc import Callable, Iterable
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from corpus.problem import Problem
from embeddings import registry
from embeddings.catalogue import Found, describe, look
from embeddings.weights import location as weights
from embeddings.weights.intake import recognise, take_in
from embeddings.weights.manifest import MANIFEST
from experiments.verification import Verdict, verify_weights
from scripts.command import add_messages, run_command
from scripts.console import Terminal, of
from scripts.options import add_artifacts

__all__ = ["add_arguments", "run", "short", "styled"]

STYLES = {
    "hash": "green",
    "smoke": "green",
    "unverified": "yellow",
    "unusable": "bold red",
    "absent": "dim",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, summary in (
        ("list", "what is known, what is here, and how it was verified"),
        ("fetch", "download official files into the folder of weights"),
        ("verify", "read what is here: hash, numbers, layout, figures, golden row"),
        ("import", "copy a file that came by hand into the folder of weights"),
    ):
        action = actions.add_parser(name, help=summary, description=summary)
        if name == "fetch":
            action.add_argument("names", nargs="+", metavar="NAME")
            action.add_argument(
                "--again", action="store_true", help="also what is here already"
            )
        elif name == "verify":
            action.add_argument(
                "names", nargs="*", metavar="NAME", help="(default: all that are here)"
            )
        elif name == "import":
            action.add_argument("file", type=Path, help="or a SavedModel folder")
            action.add_argument(
                "--as", dest="entry", metavar="NAME", help="whose weights they are"
            )
        add_artifacts(action)
        add_messages(action, suppressed=True)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    actions: dict[str, Callable[[argparse.Namespace, Terminal], int]] = {
        "list": _list,
        "fetch": _fetch,
        "verify": _verify,
        "import": _import,
    }
    return actions[args.action](args, of(args))


def _list(args: argparse.Namespace, show: Terminal) -> int:
    found = [look(entry) for entry in MANIFEST]
    show.console.print(_table(found))
    for one in found:
        if one.verified == "unusable":
            show.say(f"{one.entry}: {one.how}")
    here = sum(one.path is not None for one in found)
    show.say(
        f"{here} of {len(found)} are here; `emostack weights fetch NAME` gets one."
    )
    return 0


def _table(found: Iterable[Found]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("name", no_wrap=True)
    table.add_column("what, and where", overflow="fold", ratio=1)
    table.add_column("verified", no_wrap=True)
    table.add_column("MB", justify="right", no_wrap=True)
    table.add_column("licence", no_wrap=True)
    for one in found:
        entry = MANIFEST[one.entry]
        what = Text(entry.title)
        if one.path:
            what.append(f"\n{one.path}", style="cyan")
        size = weights.size_of(one.path) if one.path else entry.size
        megabytes = f"{size / 1e6:.1f}" if size else "?"
        terms = short(entry.licence)
        table.add_row(one.entry, what, styled(one.verified), megabytes, terms)
    return table


def short(licence: str) -> str:
    """Return a licence without what is said about it."""
    return licence.split(" (")[0].split(";")[0]


def styled(verified: str) -> Text:
    """Return how weights were verified, in its colour."""
    return Text(verified, style=STYLES.get(verified, ""))


def _fetch(args: argparse.Namespace, show: Terminal) -> int:
    entries, failed = _entries(args.names), 0
    for entry in entries:
        known, here = MANIFEST[entry], weights.find(entry)
        if here and not args.again:
            show.say(f"{entry}: is here, {here} (--again fetches it anew)")
            continue
        show.say(f"{entry}: {known.title}, licence {known.licence}; {known.citation}")
        try:
            with show.bar(f"fetch {entry}", "MB") as update:
                path = weights.fetch(entry, progress=_megabytes(update, known.size))
            record = weights.record_of(entry, path)
        except Problem as problem:
            failed += 1
            show.say(f"{entry}: failed: {problem}")
        else:
            show.say(f"{entry}: {path}, {_told(record.verified)}")
            if record.how:
                show.say(f"  {record.how}")
    return _code(failed, len(entries))


def _megabytes(update: Callable, size: int | None) -> Callable[[int, int | None], None]:
    def progress(done: int, total: int | None) -> None:
        update(done // 10**6, (total or size or done) // 10**6)

    return progress


def _told(verified: str) -> str:
    if verified == "unverified":
        return "UNVERIFIED: no hash or figures tell whose numbers these are"
    return f"verified by {verified}"


def _code(failed: int, tried: int) -> int:
    if not failed:
        return 0
    return 4 if failed == tried else 3


def _verify(args: argparse.Namespace, show: Terminal) -> int:
    entries = _entries(args.names) or [name for name in MANIFEST if weights.find(name)]
    if not entries:
        show.say("no weights are on this machine; `emostack weights fetch` gets some.")
    failed = 0
    for entry in entries:
        verdict = verify_weights(entry)
        _tell(verdict, show)
        failed += verdict.known is None
    return _code(failed, len(entries))


def _tell(verdict: Verdict, show: Terminal) -> None:
    if verdict.path is None:
        show.say(f"{verdict.entry}: not on this machine")
        return
    show.say(f"{verdict.entry}: {verdict.path}")
    for finding in verdict.findings:
        show.say(f"  {finding}")
    if verdict.known:
        show.say(f"  {_told(verdict.known.verified)}")
    else:
        show.say(f"  PROBLEM: {verdict.problem}")


def _import(args: argparse.Namespace, show: Terminal) -> int:
    path = args.file.expanduser()
    if args.entry is not None and args.entry not in MANIFEST:
        raise _unknown(args.entry, MANIFEST)
    verdict = verify_weights(args.entry or recognise(path), path, keep=False)
    if verdict.known is None:
        raise Problem(verdict.problem)
    _tell(verdict, show)
    target = take_in(path, verdict.known)
    show.say(f"imported as {target}")
    found = weights.find(verdict.entry)
    if found != target:
        show.say(f"but {found} is found before it: remove that, or give the path.")
    return 0


def _entries(names: Iterable[str]) -> list[str]:
    """Return the entries that names of entries and backbones stand for."""
    entries: dict[str, None] = {}
    for name in names:
        if name in MANIFEST:
            entries[name] = None
        elif name in registry.names():
            entries.update(dict.fromkeys(describe(name).entries))
        else:
            raise _unknown(name, [*MANIFEST, *registry.names()])
    return list(entries)


def _unknown(name: str, known: Iterable[str]) -> Problem:
    near = difflib.get_close_matches(name, list(known), n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return Problem(
        f"no weights are called {name!r}; {hint}`emostack weights list` lists them."
    )


if __name__ == "__main__":
    raise SystemExit(run_command("weights"))
