"""The store of embeddings: what is there, is it whole, what is unused, take it out.

A run is a folder with a manifest.json below artifacts/runs, or below a folder that
--runs names; of other runs nobody knows here. NAME is a backbone's name, or name and
key. Imported tables are removed only when they are named.

Examples:
  emostack store list
  emostack store verify --remove
  emostack store prune --runs /data/runs
  emostack store export vggish.audioset --out vggish.parquet
  emostack store export openface.au --out units.npy --pool mean,std
"""

import argparse
import difflib
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from corpus.problem import Problem
from embeddings.export import export
from embeddings.survey import Holding, survey, survey_faces
from embeddings.tidy import find_damage, remove_files, remove_holding, sweep_store
from embeddings.uses import RunUse, runs_below
from experiments.run import artifacts_folder
from scripts.command import add_messages, run_command
from scripts.console import Terminal, of
from scripts.holdings import age_of, size_of, table_of, users_of
from scripts.options import add_artifacts, whole_number

__all__ = ["add_arguments", "run"]

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, summary in (
        ("list", "what is there, how much, how old, and which run uses it"),
        ("verify", "read every byte; name what is damaged, and remove it if asked to"),
        ("prune", "remove what no run uses, after asking"),
        ("export", "one backbone's embeddings as one file, for others' tools"),
    ):
        action = actions.add_parser(name, help=summary, description=summary)
        _ACTIONS[name][0](action)
        if name in ("list", "prune"):
            action.add_argument(
                "--runs",
                type=Path,
                action="append",
                default=[],
                metavar="DIR",
                help="runs are below this folder, too (may be given again)",
            )
        add_artifacts(action)
        add_messages(action, suppressed=True)


def _add_verify(action: argparse.ArgumentParser) -> None:
    action.add_argument("names", nargs="*", metavar="NAME", help="(default: all)")
    action.add_argument(
        "--remove",
        action="store_true",
        help="remove what is damaged, without asking: extraction makes it again",
    )
    action.add_argument(
        "--workers", type=whole_number, metavar="N", help="processes (all cores)"
    )


def _add_prune(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--backbone",
        action="append",
        default=[],
        metavar="NAME-KEY",
        help="only this one, an imported table too (may be given again)",
    )
    action.add_argument(
        "--faces", action="store_true", help="also faces that no run's backbone sees"
    )
    action.add_argument(
        "--idle",
        type=float,
        default=1.0,
        metavar="HOURS",
        help="leave what was written since, it may be in the making (default: 1)",
    )
    action.add_argument("--yes", action="store_true", help="do not ask")


def _add_export(action: argparse.ArgumentParser) -> None:
    action.add_argument("name", metavar="NAME")
    action.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help=".parquet or .npy"
    )
    action.add_argument(
        "--pool",
        metavar="A,B",
        help="one row a take: mean, std, max, last, side by side",
    )
    action.add_argument("--corpus", metavar="NAME", help="only this corpus")


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    return _ACTIONS[args.action][1](args, of(args))


def _list(args: argparse.Namespace, show: Terminal) -> int:
    artifacts = artifacts_folder(args.artifacts)
    embeddings, faces = _both(artifacts)
    if not embeddings and not faces:
        show.say(f"{artifacts} holds no embeddings yet; `emostack extract-audio` does.")
        return 0
    runs = _runs(artifacts, args.runs)
    show.console.print(table_of(embeddings, faces, runs))
    for one in (*embeddings, *runs):
        if one.problem:
            show.say(one.problem)
    total = sum(holding.bytes for holding in (*embeddings, *faces))
    show.say(f"{size_of(total)} in {artifacts}; runs looked at: {len(runs)}")
    return 0


def _verify(args: argparse.Namespace, show: Terminal) -> int:
    artifacts = artifacts_folder(args.artifacts)
    embeddings, faces = _both(artifacts)
    wanted = [*embeddings, *faces]
    if args.names:
        wanted = [one for name in args.names for one in _named(wanted, name)]
    swept = sum(map(sweep_store, _roots(artifacts)))
    with show.bar("verify", "files") as update:
        damage = find_damage(wanted, workers=args.workers, progress=update)
    files = sum(holding.files for holding in wanted)
    if swept:
        show.say(f"{swept} leftovers of what was interrupted: removed")
    if not damage:
        show.say(f"{files} files: all whole")
        return 0
    for one in damage[:SHOWN]:
        show.say(f"{one.path}: {one.why}")
    if len(damage) > SHOWN:
        show.say(f"... and {len(damage) - SHOWN} more")
    show.say(f"{files} files: {len(damage)} damaged")
    asked = sys.stdin.isatty() and not args.remove
    if not (args.remove or (asked and _agrees(f"Remove these {len(damage)}?"))):
        show.say("`emostack store verify --remove` removes them.")
        return 3
    left = remove_files(damage)
    for one in left:
        show.say(f"left: {one.path}: {one.why}")
    show.say(
        f"{len(damage) - len(left)} removed; extract those takes again (imported "
        f"tables: import them again)"
    )
    return 3 if left else 0


def _prune(args: argparse.Namespace, show: Terminal) -> int:
    artifacts = artifacts_folder(args.artifacts)
    embeddings, faces = _both(artifacts)
    runs = _runs(artifacts, args.runs)
    unclear = [one.problem for one in runs if one.problem]
    if unclear:
        raise Problem(unclear[0])
    used = {one.label: users_of(one, runs, embeddings) for one in (*embeddings, *faces)}
    if args.backbone:
        chosen = [one for name in args.backbone for one in _named(embeddings, name)]
        for one in chosen:
            if used[one.label]:
                raise Problem(
                    f"{one.label} is used by {', '.join(used[one.label])}; remove "
                    f"those runs first."
                )
    else:
        chosen = [one for one in embeddings if not one.imported and not one.problem]
    if args.faces:
        chosen += faces
    unused = [one for one in chosen if not used[one.label]]
    old = _not_in_the_making(unused, args.idle, show)
    if not old:
        show.say(f"nothing to remove; runs looked at: {len(runs)}")
        return 0
    for one in old:
        size, age = size_of(one.bytes), age_of(one.written)
        show.say(f"{one.label}: {one.files} files, {size}, written {age}")
    what = f"{len(old)} folders, {size_of(sum(one.bytes for one in old))}"
    show.say(f"{what}: used by no run of the {len(runs)} looked at")
    if not args.yes:
        if not sys.stdin.isatty():
            raise Problem(
                f"{what} would be removed, and there is no terminal to ask; look at "
                f"them above, and say --yes."
            )
        if not _agrees("Remove them?"):
            show.say("nothing removed")
            return 0
    now = [one for both in _both(artifacts) for one in both]
    for one in sorted(old, key=lambda one: one.kind == "boxes"):  # crops are inside
        if one in now:
            remove_holding(one)
            show.say(f"removed: {one.label}")
        else:
            show.say(f"left: {one.label} was written to since you were asked")
    return 0


def _not_in_the_making(
    holdings: Sequence[Holding], hours: float, show: Terminal
) -> list[Holding]:
    """Return what was not written for some hours, all that is inside included."""
    since, old = time.time() - hours * 3600, []
    for one in holdings:
        inside = [other for other in holdings if other.folder.parent == one.folder]
        if all(other.written <= since for other in (one, *inside)):
            old.append(one)
        else:
            show.say(
                f"left: {one.label} was written {age_of(one.written)} and may be in "
                f"the making (--idle 0 takes it too)"
            )
    return old


def _export(args: argparse.Namespace, show: Terminal) -> int:
    artifacts = artifacts_folder(args.artifacts)
    found = _named(survey(artifacts / "embeddings"), args.name)
    if len(found) > 1:
        raise Problem(
            f"{args.name} is there with several settings; name one of "
            f"{', '.join(one.label for one in found)}."
        )
    with show.bar("export") as update:
        done = export(
            found[0],
            args.out,
            pooling=args.pool.split(",") if args.pool else (),
            corpus=args.corpus,
            progress=update,
        )
    if done.passed_over:
        show.say(
            f"{len(done.passed_over)} takes were embedded from two versions of their "
            f"file; exported is the newer ({', '.join(done.passed_over[:3])})"
        )
    show.say(f"{done.takes} takes, {done.rows} rows of {done.width}")
    for file in done.files:
        show.say(f"written: {file} ({size_of(file.stat().st_size)})")
    return 0


def _both(artifacts: Path) -> tuple[list[Holding], list[Holding]]:
    embeddings, faces = _roots(artifacts)
    return survey(embeddings), survey_faces(faces)


def _roots(artifacts: Path) -> tuple[Path, Path]:
    return artifacts / "embeddings", artifacts / "faces"


def _runs(artifacts: Path, others: Sequence[Path]) -> list[RunUse]:
    for folder in others:
        if not folder.is_dir():
            raise Problem(f"{folder} is no folder; name one that holds runs.")
    return runs_below([artifacts / "runs", *others])


def _named(holdings: Sequence[Holding], name: str) -> list[Holding]:
    """Return the holdings of a name, or of a name and key."""
    found = [one for one in holdings if name in (one.label, one.label[:-9])]
    if not found:
        labels = [one.label for one in holdings]
        near = difflib.get_close_matches(name, labels, n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise Problem(
            f"the store has nothing called {name!r}.{hint} `emostack store list` lists "
            f"what is there."
        )
    return found


def _agrees(question: str) -> bool:
    print(f"{question} [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


_ACTIONS: dict[str, tuple[Callable, Callable[[argparse.Namespace, Terminal], int]]] = {
    "list": (lambda action: None, _list),
    "verify": (_add_verify, _verify),
    "prune": (_add_prune, _prune),
    "export": (_add_export, _export),
}


if __name__ == "__main__":
    raise SystemExit(run_command("store"))
