"""A run's takes: indexed, chosen, parted, and what their parts share."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from corpus import indexing, leaks
from corpus.copies import draw_copies
from corpus.files import sweep
from corpus.index import Index
from corpus.indexing import MADE_UP
from corpus.problem import Problem
from corpus.splits import Split, check_classes, make_split
from experiments.recipe import Corpus, Recipe
from experiments.run import Run
from experiments.show import Show

__all__ = [
    "MEDIUM",
    "Unserved",
    "describe_corpora",
    "describe_leaks",
    "draw",
    "index_takes",
    "select_takes",
    "split_takes",
    "tell_leaks",
]


class Unserved(Problem):
    """A corpus cannot serve a protocol; it may well serve another."""


# Which of a take's media a branch stands on.
MEDIUM = {"audio": "sound", "visual": "picture"}


def index_takes(
    root: Path | Sequence[Path],
    folder: Path,
    *,
    reader: str,
    show: Show,
    verify: bool = False,
    workers: int | None = None,
    known: Path | None = None,
) -> Index:
    """Index a corpus into a folder, opening only files that changed since last time.

    Args:
        root: Of the corpus, or several; see `corpus.indexing.index_corpus`.
        folder: Where the index goes, or is.
        reader: A name of `corpus.readers`.
        show: Where progress goes.
        verify: Hash files again, trust no time stamp.
        workers: Processes that open files.
        known: An index of the same corpus elsewhere, to begin with.

    Raises:
        Problem: If there is nothing that can be read, or made-up takes stand beside
            real ones.
    """
    if folder.is_dir():
        sweep(folder, now=time.time())
    with show.bar("index", "files") as update:
        index, files = indexing.index_corpus(
            root,
            name=reader,
            previous=folder if folder.is_dir() else known,
            verify=verify,
            workers=workers,
            progress=update,
        )
    synthetic = index.takes["corpus"].str.startswith(MADE_UP)
    if synthetic.any() and not synthetic.all():
        media = index.takes["sound_file"].where(
            index.takes["sound_file"] != "", index.takes["picture_file"]
        )
        raise Problem(
            f"{index.root} holds made-up takes (such as {media[synthetic].iloc[0]}) "
            f"beside real ones (such as {media[~synthetic].iloc[0]}); move them into "
            f"folders of their own."
        )
    index.write(folder, files)
    return index


def select_takes(index: Index, corpus: Corpus) -> Index:
    """Keep the takes of a recipe's classes and vocal channels.

    Raises:
        Problem: If there is none.
    """
    # Not every corpus tells speech from song: what does not say is neither left out.
    channels = (*corpus.vocal_channels, "")
    chosen = index.only(emotion=corpus.emotions, vocal_channel=channels)
    if not len(chosen):
        raise Problem(
            f"not one of the {len(index)} takes has an emotion of "
            f"{', '.join(corpus.emotions)} and a vocal channel of "
            f"{', '.join(corpus.vocal_channels)}; look at the index, or set "
            f"corpus.emotions and corpus.vocal_channels."
        )
    return chosen


def split_takes(run: Run, index: Index, seed: int, given: Path | None = None) -> Split:
    """Make a seed's split, or read the one that is there; nothing is written.

    Args:
        run: The run.
        index: The takes it uses.
        seed: Draws the split, unless one is given.
        given: A split file that every seed shares.

    Raises:
        Unserved: If the takes cannot be parted so, or a part lacks a class.
        Problem: If the split there was made for other takes.
    """
    path, protocol = run.split_file(seed), run.recipe.protocol
    if given is not None:
        split = Split.read(given)
        if path.is_file() and Split.read(path).digest != split.digest:
            raise Problem(
                f"{path} is another split than {given}; name another run folder."
            )
    elif path.is_file():
        split = Split.read(path)
    else:
        try:
            split = make_split(
                index,
                protocol=protocol.name,
                ratios=protocol.ratios,
                seed=seed,
                separate_identical_sound=protocol.separate_identical_sound,
            )
            check_classes(split, index.takes, run.recipe.corpus.emotions)
        except Problem as problem:
            raise Unserved(str(problem)) from problem
    ours, theirs = set(index.takes["take"]), set(split.table["take"])
    if ours != theirs and given is None:
        raise Problem(
            f"{path} was made for other takes than the corpus has now "
            f"({len(theirs - ours)} gone, {len(ours - theirs)} new); name another run "
            f"folder."
        )
    if not ours & theirs:
        raise Problem(f"{given} names not one take of this corpus; make another split.")
    check_classes(split, index.takes, run.recipe.corpus.emotions)
    return split


def draw(recipe: Recipe, index: Index, split: Split) -> pd.DataFrame | None:
    """Return which augmented copies a recipe has of a split's takes; None without."""
    copies = recipe.copies
    if not copies.wanted:
        return None
    return draw_copies(
        index.takes,
        split,
        per_take=copies.per_take,
        parts=copies.parts,
        balance=copies.balance,
    )


def describe_leaks(run: Run, index: Index, splits: Sequence[Split]) -> list[dict]:
    """Count what the parts share, and what watches the training of their nets.

    Args:
        run: The run; its recipe says which part watches.
        index: The takes.
        splits: One a seed; their counts are summed.

    Returns:
        Rows as of `corpus.leaks.count_leaks`.
    """
    recipe = run.recipe
    branches = [getattr(recipe, name) for name in recipe.modalities]
    watching = {("base", branch.training.validation) for branch in branches}
    if len(branches) > 1:
        watching.add(("stack", recipe.fusion.training.validation))
    return leaks.add_up(
        leaks.count_leaks(
            index.takes,
            split,
            watching=sorted(watching),
            copies=draw(recipe, index, split),
        )
        for split in splits
    )


def tell_leaks(
    rows: Sequence[Mapping[str, Any]], *, title: str, show: Show, strict: bool = False
) -> None:
    """Show what parts share before anything is trained on them.

    Args:
        rows: As of `corpus.leaks.count_leaks`.
        title: Of the table.
        show: Where it goes.
        strict: Whether a leak that no result should have ends the work.

    Raises:
        Problem: If `strict`, and there is one.
    """
    show.say("\n".join([title, *leaks.lines(rows)]))
    said = [leaks.sentence(row) for row in leaks.broken(rows)]
    if said and strict:
        raise Problem(
            f"--strict: {'; '.join(said)}. Use another protocol or profile, or leave "
            f"--strict out: the report says it as well."
        )
    for sentence in said:
        show.say(f"LEAK: {sentence}")


def describe_corpora(index: Index) -> list[dict]:
    """Return one row a corpus: name, synthetic, takes, speakers."""
    return [
        {
            "name": name,
            "synthetic": name.startswith(MADE_UP),
            "takes": len(takes),
            "speakers": int(takes["speaker"].nunique()),
        }
        for name, takes in index.takes.groupby("corpus")
    ]
