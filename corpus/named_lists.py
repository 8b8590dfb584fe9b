"""Splits that others published: which speakers test, in files shipped with us.

A list is a TOML file in `corpus/lists/`: its `source`, its `corpus`, all its
`speakers`, and for each of its `folds` those of the part `test` and, where the authors
named them, of `validation`. All others train.
"""

import dataclasses
import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from corpus.problem import Problem

__all__ = ["LISTS", "NamedList"]

FOLDER = Path(__file__).with_name("lists")
# What the name of a made-up corpus begins with: it may stand in for the real one.
MADE_UP = "made-up-"


@dataclasses.dataclass(frozen=True, kw_only=True)
class NamedList:
    """Who tests in a published split.

    Attributes:
        name: Of the file.
        source: Where it was published.
        corpus: Whose speakers it names.
        speakers: All of them.
        folds: By fold, the speakers of "test" and perhaps of "validation".
    """

    name: str
    source: str
    corpus: str
    speakers: tuple[str, ...]
    folds: tuple[Mapping[str, tuple[str, ...]], ...]

    @classmethod
    @functools.cache
    def read(cls, name: str) -> "NamedList":
        """Read one of `LISTS`."""
        table = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
        return cls(
            name=name,
            source=table["source"],
            corpus=table["corpus"],
            speakers=tuple(table["speakers"]),
            folds=tuple(
                {part: tuple(names) for part, names in fold.items()}
                for fold in table["folds"]
            ),
        )

    def check(self, takes: pd.DataFrame) -> None:
        """See that takes are those of the list's corpus and speakers, all of them.

        Raises:
            Problem: If they are not.
        """
        others = set(takes["corpus"].str.removeprefix(MADE_UP)) - {self.corpus}
        if others:
            raise Problem(
                f"the list {self.name!r} is of the corpus {self.corpus!r}, and there "
                f"are takes of {', '.join(sorted(others))}; use a protocol that any "
                f"corpus can serve, such as 'speaker_folds'."
            )
        here = set(takes["speaker"])
        for names, what in (
            (set(self.speakers) - here, "names speakers of whom there is no take"),
            (here - set(self.speakers), "does not know speakers that are here"),
        ):
            if names:
                raise Problem(
                    f"the list {self.name!r} {what} ({', '.join(sorted(names))}), so "
                    f"a result would not be comparable with others'; use the whole "
                    f"corpus, or the protocol 'speaker_folds'."
                )

    def parts(self, takes: pd.DataFrame, fold: int) -> pd.Series:
        """Return the part of each row in a fold: test, validation or training."""
        part_of = {
            speaker: part
            for part, speakers in self.folds[fold].items()
            for speaker in speakers
        }
        return takes["speaker"].map(part_of).fillna("training")


LISTS = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))
