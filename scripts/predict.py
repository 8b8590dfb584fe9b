r"""Say which posed emotion clips are most like, by a system that was trained before.

Any video or sound file will do; folders are searched, patterns too. Recordings of more
than half a minute are answered in windows, as a timeline.

Examples:
  emostack predict clip.mp4 --system artifacts/runs/mine/bundle
  emostack predict recordings/ --system bundle.zip --out answers.csv --explain
  emostack predict "calls/**/*.wav" --system BUNDLE --modalities audio --out calls.csv
  emostack predict film.mp4 --system BUNDLE --window 4 --hop 1 --out film.csv

--out answers.csv also writes answers.json, and windows, moments and pictures where
there are any. A killed command goes on where it stood. What it says is about posed
emotions of actors, not about what anybody feels; it is not for people at work or in
education.
"""

import argparse
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.problem import Problem
from corpus.workers import cores
from experiments.run import artifacts_folder
from scripts.command import run_command
from scripts.console import of
from scripts.options import add_artifacts, names, weights_of, whole_number

if TYPE_CHECKING:
    from experiments.prediction.system import System

__all__ = ["add_networks", "add_system", "system_of"]

SHOWN = 40  # rows of the table on the screen


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument(
        "clips", nargs="+", metavar="CLIP", help="a file, a folder, or a pattern"
    )
    add_system(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="where answers go, .csv or .json"
    )
    group = parser.add_argument_group("what is asked")
    group.add_argument(
        "--modalities",
        type=names,
        default=(),
        metavar="A,B",
        help="go by audio or visual alone (default: what the bundle has)",
    )
    group.add_argument(
        "--window",
        type=_seconds,
        metavar="S",
        help="ask window by window, so many seconds each (default: whole clips, and "
        "long ones in windows)",
    )
    group.add_argument(
        "--hop",
        type=_seconds,
        metavar="S",
        help="from one window to the next, in seconds (default: a window)",
    )
    group.add_argument(
        "--explain",
        action="store_true",
        help="see which moments moved each answer, and how it came about",
    )
    group.add_argument(
        "--unsure",
        type=_share,
        metavar="P",
        help="call answers below this confidence unsure (default: the bundle's)",
    )
    group.add_argument(
        "--raw",
        action="store_true",
        help="probabilities as the networks give them, not tempered",
    )
    group = parser.add_argument_group("work")
    add_networks(group)
    group.add_argument(
        "--workers", type=whole_number, metavar="N", help="processes that decode (all)"
    )
    add_artifacts(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    from experiments.prediction.screen import answer_table
    from experiments.prediction.written import out_file, write_answers

    show = of(args)
    out = out_file(args.out) if args.out else None
    if args.hop and not args.window:
        raise Problem("--hop goes with --window; give both, or neither.")
    system = system_of(args)
    # Beside the answers, so that a killed command goes on; it goes when all is done.
    work = out.with_name(f".{out.stem}.working") if out else None
    answers = system.predict(
        args.clips,
        modalities=args.modalities,
        window=args.window,
        hop=args.hop,
        explain=args.explain,
        calibrated=not args.raw,
        unsure_below=args.unsure,
        work=work,
        workers=cores() if args.workers is None else args.workers,
        show=show,
    )
    show.table(answer_table(answers, most=SHOWN))
    failed = [answer for answer in answers if answer.problem]
    for answer in failed:
        show.say(f"no answer: {answer.clip}: {answer.problem}")
    if len(answers) > SHOWN:
        show.say(f"({SHOWN} of {len(answers)} rows; --out FILE has them all)")
    for limit in system.limits:
        show.say(f"note: {limit}")
    if out:
        files = write_answers(out, answers, system.bundle, calibrated=not args.raw)
        shutil.rmtree(work, ignore_errors=True)
        more = f" and {len(files) - 4} more" if len(files) > 4 else ""
        show.say(f"answers: {', '.join(map(str, files[:4]))}{more}")
    return 3 if failed else 0


def add_system(parser: argparse.ArgumentParser) -> None:
    """Add the option that names a bundle."""
    parser.add_argument(
        "--system",
        type=Path,
        required=True,
        metavar="BUNDLE",
        help="a bundle: its folder, its archive, or a run folder that has one",
    )


def add_networks(group: argparse._ActionsContainer) -> None:
    """Add the option that says where the frozen networks' weights are."""
    group.add_argument(
        "--weights",
        action="append",
        default=[],
        metavar="W",
        help="of the frozen networks, as audio=PATH or visual=PATH (default: the ones "
        "that are here)",
    )


def system_of(args: argparse.Namespace) -> "System":
    """Open the bundle that was named, with the weights that were given.

    Raises:
        Problem: If it cannot be used.
    """
    from experiments.prediction.system import open_bundle

    weights = weights_of(args.weights)
    if "" in weights:
        raise Problem("--weights are of one network each: audio=PATH or visual=PATH.")
    return open_bundle(
        args.system, weights=weights, artifacts=artifacts_folder(args.artifacts)
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share from 0 to 1")
    return share


if __name__ == "__main__":
    raise SystemExit(run_command("predict"))
