"""How commands are run: their list, exit codes, logging, the way errors are told."""

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
    "add_messages",
    "main",
    "note_command",
    "parser_of",
    "run_command",
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


def note_command(run: Any) -> None:
    """Note in a run's manifest what was typed, for its report.

    Args:
        run: An `experiments.run.Run`.
    """
    if sys.argv[1:2] and sys.argv[1] in COMMANDS:
        run.manifest["command"] = shlex.join(["emostack", *sys.argv[1:]])


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
