"""What all commands share: options, exit codes, logging, the way errors are told."""

import argparse
import errno
import importlib
import logging
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import corpus
from corpus.problem import Problem
from scripts.console import log
from scripts.hush import hush_tensorflow

__all__ = [
    "COMMANDS",
    "add_artifacts",
    "add_data",
    "add_fast",
    "add_messages",
    "add_recipe",
    "add_strict",
    "add_work",
    "main",
    "names",
    "note_command",
    "parser_of",
    "part",
    "run_command",
    "weights_of",
    "whole_number",
]

# In the order of the work; the module of each is its name with "_".
COMMANDS = {
    "demo": "make up a small corpus and run the whole chain on it, to a report",
    "doctor": "look at this machine: versions, devices, codecs, weights",
    "recipes": "list the recipes: whose system, and what each needs; or show one",
    "backbones": "list the backbones: input, output, weights, licence",
    "weights": "list, fetch, verify or import pretrained weights",
    "fetch": "download RAVDESS from Zenodo",
    "make-corpus": "make up a corpus of talking faces, in RAVDESS' names and formats",
    "index": "list a corpus' takes, and say what is odd",
    "split": "part the takes into base, stack and test",
    "extract-audio": "embed the sound of takes with frozen backbones",
    "extract-visual": "embed the faces of takes with frozen backbones",
    "import-embeddings": "put embeddings made elsewhere into the store",
    "store": "list, verify, prune or export the store of embeddings",
    "train-base": "train the base classifiers of a run",
    "train-stack": "train the stacked meta-classifier of a run",
    "evaluate": "write a run's predictions and scores",
    "report": "write a run's report",
    "ablate": "compare backbones, heads and protocols: a grid, trained and ranked",
    "protocols": "one recipe under several protocols: the price of each in points",
    "reproduce": "all stages from raw clips to a report, skipping what is done",
    "bundle": "show, verify, make or export what a run leaves: a trained system",
    "predict": "say what clips are most like, by a trained system",
    "app": "a local web page: drop or record a clip, see what is said of it",
}

EXIT_CODES = """\
exit codes: 0 done; 1 a bug of ours; 2 wrong usage; 3 finished, but some takes failed;
4 cannot go on (the sentence says why); 130 or 143 interrupted: run it again to go on"""

FULL = {errno.ENOSPC, errno.EDQUOT}
CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM}
MISPLACED = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR}


def parser_of(name: str) -> argparse.ArgumentParser:
    """Return the parser of one command; its module's docstring is the help."""
    module = importlib.import_module(f"scripts.{name.replace('-', '_')}")
    summary, _, example = module.__doc__.partition("\n\n")
    parser = argparse.ArgumentParser(
        prog=f"emostack {name}",
        description=summary,
        epilog=f"{example.strip()}\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(parser)
    add_messages(parser.add_argument_group("messages"))
    return parser


def add_messages(
    group: argparse._ActionsContainer, *, suppressed: bool = False
) -> None:
    """Add the options that say how much is said, and where.

    Args:
        group: Of a command; or the parser of one of its actions, behind which they
            may stand too.
        suppressed: Whether they are not listed, and change nothing unless given.
    """
    unless_given = {"default": argparse.SUPPRESS} if suppressed else {}
    for flags, options, said in (
        (("-q", "--quiet"), {"action": "store_true"}, "results only"),
        (("-v", "--verbose"), {"action": "store_true"}, "more messages"),
        (("--log-file",), {"type": Path}, "append all messages to this file"),
    ):
        said = argparse.SUPPRESS if suppressed else said
        group.add_argument(*flags, **options, **unless_given, help=said)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `emostack COMMAND ...`; return the exit code."""
    argv = list(sys.argv[1:] if argv is None else argv)
    if argv and argv[0] in COMMANDS:
        return run_command(argv[0], argv[1:])
    width = max(map(len, COMMANDS)) + 2
    lines = "\n".join(f"  {name:<{width}}{text}" for name, text in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="emostack",
        description="Transfer learning and stacking for emotion recognition from "
        "sound and faces.",
        usage="emostack COMMAND [options]    (emostack COMMAND --help tells them)",
        epilog=f"commands, in the order of the work:\n{lines}\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    version = f"emostack {corpus.__version__}"
    parser.add_argument("--version", action="version", version=version)
    parser.add_argument("command", choices=list(COMMANDS), help=argparse.SUPPRESS)
    if not argv:
        parser.print_help()
        return 2
    parser.parse_args(argv[:1])
    return 2


def run_command(name: str, argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code, errors told in one sentence."""
    args = parser_of(name).parse_args(argv)
    try:
        _set_up_logging(args)
    except OSError as error:
        return _refuse(_sentence(error))
    log.info(
        "emostack %s", shlex.join([name, *(sys.argv[1:] if argv is None else argv)])
    )
    if not args.verbose:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        hush_tensorflow()
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    # TensorFlow rounds float32 to 10 bits on recent GPUs; exact is exact.
    os.environ.setdefault("NVIDIA_TF32_OVERRIDE", "0")
    if getattr(args, "artifacts", None):
        os.environ["EMOSTACK_ARTIFACTS"] = str(args.artifacts)  # weights are there too
    signal.signal(signal.SIGTERM, _terminated)
    module = importlib.import_module(f"scripts.{name.replace('-', '_')}")
    try:
        code = module.run(args)
    except Problem as problem:
        return _refuse(str(problem))
    except KeyboardInterrupt:
        _say("emostack: interrupted; run the same command again to go on.")
        return 130
    except OSError as error:
        if not error.filename and error.errno not in FULL:
            log.exception("a bug of ours")
            raise
        log.info("stopped by", exc_info=True)
        return _refuse(_sentence(error))
    except Exception:
        log.exception("a bug of ours")
        raise
    log.info("ended with exit code %d", code)
    return code


class _OneOrSeveral(argparse.Action):
    """Keep one value as it is, and several as a list."""

    def __call__(self, parser, namespace, values, option_string=None):
        """Set the attribute."""
        setattr(namespace, self.dest, values[0] if len(values) == 1 else values)


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where the recordings are."""
    group = parser.add_argument_group("input")
    group.add_argument(
        "--data",
        type=Path,
        nargs="+",
        action=_OneOrSeveral,
        required=True,
        metavar="ROOT",
        help="folder of the corpus, or several that make one index",
    )
    group.add_argument(
        "--reader",
        help="ravdess (default), rml, savee, several as ravdess+rml, or csv: a corpus "
        "of your own, described by a table",
    )


def add_artifacts(parser: argparse.ArgumentParser) -> None:
    """Add the option that says where outputs go."""
    parser.add_argument(
        "--artifacts",
        type=Path,
        metavar="DIR",
        help="where embeddings, faces and weights are "
        "(default: $EMOSTACK_ARTIFACTS, or artifacts)",
    )


def add_fast(group: argparse._ActionsContainer) -> None:
    """Add the option that turns on all switches of `experiments.fast` at once."""
    group.add_argument(
        "--fast",
        action="store_true",
        help="trade digits of the embeddings for time, under a key of their own: "
        "bfloat16, tracked faces, luma, soxr, float16 on disk",
    )


def add_work(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add the options of commands that go through all takes."""
    group = parser.add_argument_group("work")
    group.add_argument(
        "--workers",
        type=whole_number,
        metavar="N",
        help="processes that decode (all cores)",
    )
    group.add_argument(
        "--verify", action="store_true", help="hash files again, trust no time stamp"
    )
    group.add_argument(
        "--limit",
        type=whole_number,
        metavar="N",
        help="only N takes, all emotions in turn",
    )
    group.add_argument(
        "--dry-run", action="store_true", help="say what would be done, and stop"
    )
    return group


def add_strict(group: argparse._ArgumentGroup) -> None:
    """Add the option that makes an error of a leak."""
    group.add_argument(
        "--strict",
        action="store_true",
        help="refuse a split that breaks what its protocol promises, or that lets "
        "training meet a copy of a test take",
    )


def note_command(run: Any) -> None:
    """Note in a run's manifest what was typed, for its report.

    Args:
        run: An `experiments.run.Run`.
    """
    if sys.argv[1:2] and sys.argv[1] in COMMANDS:
        run.manifest["command"] = shlex.join(["emostack", *sys.argv[1:]])


def add_recipe(
    parser: argparse.ArgumentParser,
    default: str | None = None,
    *,
    protocol: bool = True,
) -> None:
    """Add the options that choose and change a recipe.

    Args:
        parser: Of the command.
        default: The recipe, if none is named; None: one must be.
        protocol: Whether its protocol is one of them.
    """
    group = parser.add_argument_group("recipe")
    group.add_argument(
        "--recipe",
        default=default,
        required=default is None,
        help="a name (thesis, demo) or the path of a TOML file"
        + (f" (default: {default})" if default else ""),
    )
    group.add_argument("--profile", choices=("paper", "corrected"), help="see the docs")
    if protocol:
        group.add_argument(
            "--protocol",
            metavar="P",
            help="how takes are parted: stratified, speakers, speaker_folds:4, "
            "statements, ... (`emostack split --help` lists them)",
        )
    group.add_argument(
        "--modalities",
        default="audio,visual",
        metavar="A,B",
        help="audio, visual or both (default)",
    )
    group.add_argument(
        "--weights",
        action="append",
        default=[],
        metavar="W",
        help="a path or random:SEED, for both branches or as audio=W or visual=W",
    )
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="A.B=C",
        help="change one value of the recipe, such as audio.training.epochs=50",
    )


def names(text: str) -> tuple[str, ...]:
    """Parse "A,B", each once."""
    found = [name.strip() for name in text.split(",")]
    return tuple(dict.fromkeys(name for name in found if name))


def part(text: str) -> tuple[int, int]:
    """Parse a shard, "0/4" being the first of four."""
    number, slash, count = text.partition("/")
    if not (slash and number.isdigit() and count.isdigit()) or int(number) >= int(
        count
    ):
        raise argparse.ArgumentTypeError(f"{text!r} is not i/n with i from 0 to n-1")
    return int(number), int(count)


def weights_of(given: Sequence[str]) -> dict[str, str]:
    """Turn --weights into weights by backbone, "" standing for all others."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        found[name if equals else ""] = value if equals else text
    return found


def whole_number(text: str) -> int:
    """Parse a whole number above 0."""
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _set_up_logging(args: argparse.Namespace) -> None:
    """Send messages to standard error, and with all that is said to --log-file."""
    screen = logging.StreamHandler()
    screen.setLevel(logging.INFO if args.verbose else logging.WARNING)
    screen.addFilter(lambda record: not record.name.startswith(log.name))
    handlers: list[logging.Handler] = [screen]
    if args.log_file:
        args.log_file.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(logging.FileHandler(args.log_file, encoding="utf-8"))
    logging.basicConfig(
        level=logging.INFO if args.log_file or args.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=handlers,
        force=True,
    )
    if not args.verbose:
        # That every net is traced anew is no news: each seed has seven of them.
        logging.getLogger("tensorflow").setLevel(logging.ERROR)


def _sentence(error: OSError) -> str:
    """Say what a disk or a folder refused, and what to do."""
    file, why = error.filename, (error.strerror or str(error)).lower()
    if error.errno in FULL:
        return (
            f"the disk is full ({file or 'while writing'}); free some space and run "
            f"the same command again: what is done is kept."
        )
    if error.errno in CLOSED:
        return (
            f"{file} cannot be written ({why}); name another folder, or change its "
            f"permissions."
        )
    if error.errno in MISPLACED:
        return (
            f"{file} cannot be used ({why}): a file stands where a folder is needed, "
            f"or a folder where a file is; name another, or move it away."
        )
    return f"{file} cannot be used ({why}); look after it and run this again."


def _refuse(sentence: str) -> int:
    _say(f"emostack: {sentence}")
    return 4


def _say(text: str) -> None:
    log.error(text)
    print(text, file=sys.stderr)


def _terminated(_number: int, _frame: FrameType | None) -> None:
    _say("emostack: terminated; run the same command again to go on.")
    raise SystemExit(143)
