r"""Show, verify, make or export a bundle: a trained system in one portable folder.

Every run of `emostack reproduce` leaves one in its folder, with the heads of its first
seed. It needs nothing else of the run; the frozen networks' weights are not in it, and
it works with the very ones it was trained on.

Examples:
  emostack bundle show artifacts/runs/mine
  emostack bundle verify bundle.zip
  emostack bundle make --run artifacts/runs/mine --seed 3 --out seed-3
  emostack bundle export artifacts/runs/mine --out mine.zip
  emostack bundle export artifacts/runs/mine --format saved_model --out exported
"""

import argparse
from pathlib import Path

from corpus.problem import Problem
from experiments.run import Run, artifacts_folder
from scripts.command import add_messages, run_command
from scripts.console import Terminal, of
from scripts.options import add_artifacts

FAR = 1e-3  # for a probability to be another one
FORMATS = ("zip", "keras", "saved_model", "onnx")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, said in (
        ("show", "say what a bundle is, what it stands on and how good it is"),
        ("verify", "compare every file with its hash, and ask each head once"),
        ("make", "make the bundle of one seed of a run"),
        ("export", "write it as one file, or its networks for other programs"),
    ):
        action = actions.add_parser(name, help=said, description=said)
        if name == "make":
            action.add_argument(
                "--run", type=Path, required=True, help="the run folder"
            )
            action.add_argument("--seed", type=int, help="whose heads (the first)")
            action.add_argument("--fold", type=int, help="of several (the first)")
            action.add_argument(
                "--out", type=Path, metavar="DIR", help="(`bundle` in the run folder)"
            )
            add_artifacts(action)
        else:
            action.add_argument(
                "bundle", type=Path, help="a bundle, its archive, or a run folder"
            )
        if name == "export":
            action.add_argument(
                "--out", type=Path, required=True, help="the file, or a folder"
            )
            action.add_argument(
                "--format",
                choices=FORMATS,
                default="zip",
                help="zip: all of it in one file; others: its networks, scaler "
                "included, from embeddings to probabilities",
            )
        add_messages(action, suppressed=True)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    show = of(args)
    return {"show": _show, "verify": _verify, "make": _make, "export": _export}[
        args.action
    ](args, show)


def _show(args: argparse.Namespace, show: Terminal) -> int:
    from experiments.bundle.archive import opened

    bundle = opened(args.bundle)
    show.say((bundle.folder / "README.md").read_text(encoding="utf-8").rstrip())
    show.say("")
    show.say(f"digest: {bundle.digest}")
    return 0


def _verify(args: argparse.Namespace, show: Terminal) -> int:
    from experiments.bundle.archive import opened
    from experiments.prediction.heads import Heads

    bundle = opened(args.bundle)
    apart = Heads(bundle).differences()
    show.say(f"whole: {len(bundle.facts['files'])} files are as their hashes say")
    for system, difference in apart.items():
        show.say(
            f"{system}: asked again about tested takes; probabilities within "
            f"{difference:.1e} of those it gave then"
        )
    show.say(f"digest: {bundle.digest}")
    far = [system for system, difference in apart.items() if difference > FAR]
    if far:
        raise Problem(
            f"{' and '.join(far)} give other answers here than where they were "
            f"trained; compare the versions in {bundle.folder / 'bundle.json'} with "
            f"`emostack doctor`."
        )
    return 0


def _make(args: argparse.Namespace, show: Terminal) -> int:
    from experiments.bundle.make import make_bundle

    run = Run.open(args.run, artifacts_folder(args.artifacts))
    folder = make_bundle(run, seed=args.seed, fold=args.fold, folder=args.out)
    show.say(f"bundle: {folder}")
    return 0


def _export(args: argparse.Namespace, show: Terminal) -> int:
    from experiments.bundle.archive import opened, pack

    bundle = opened(args.bundle)
    if args.format == "zip":
        out = (
            args.out / f"{bundle.facts['name']}.zip" if args.out.is_dir() else args.out
        )
        show.say(f"archive: {pack(bundle, out)}")
        return 0
    from experiments.bundle.exported import export_networks

    for line in export_networks(bundle, args.out, form=args.format):
        show.say(line)
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command("bundle"))
