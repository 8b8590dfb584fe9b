"""The options that several commands share, and how their values are read."""

import argparse
from collections.abc import Sequence
from pathlib import Path

__all__ = [
    "add_artifacts",
    "add_data",
    "add_fast",
    "add_recipe",
    "add_strict",
    "add_work",
    "names",
    "part",
    "weights_of",
    "whole_number",
]


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
