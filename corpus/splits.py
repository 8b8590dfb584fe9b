"""Splits: which takes train the base nets, which the meta-classifier, which test.

A split is made once and saved; nothing replays a seed. Takes are drawn by a digest of
(seed, take), never by file system or by a library's generator, so the same settings
give the same split on every machine. `corpus.protocols` says how.
"""

import dataclasses
import io
import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from corpus.files import digest, write_text
from corpus.index import Index
from corpus.inner import identical_sound_groups, inner_groups, inner_validation
from corpus.problem import Problem
from corpus.protocols import PROTOCOLS, STACK_SHARE, read_protocol
from corpus.ratios import PARTS, RATIOS, check_ratios

__all__ = [
    "ALL_PARTS",
    "PARTS",
    "PROTOCOLS",
    "Split",
    "check_classes",
    "check_ratios",
    "identical_sound_groups",
    "inner_groups",
    "inner_validation",
    "make_split",
]

# In the order of their use; most protocols have no part for validation.
ALL_PARTS = ("base", "stack", "validation", "test")


@dataclasses.dataclass(frozen=True)
class Split:
    """Which take is in which part, in each fold.

    Attributes:
        table: Columns take, fold (from 0), part; one row a take and fold, ordered by
            fold and take.
        protocol: How it was made, as `corpus.protocols.read_protocol` reads it.
        settings: The arguments it was made with.
        promises: What no two parts of a fold share, such as "speakers".
        test_promises: What only the test part shares with no other part: the
            statements, where the training part is cut within its one statement.
    """

    table: pd.DataFrame
    protocol: str
    settings: dict
    promises: tuple[str, ...]
    test_promises: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Identity of the rows, whatever their order and the bytes of a file."""
        rows = self.table.sort_values(["fold", "take"])[["take", "fold", "part"]]
        return digest(rows.to_numpy().tolist())[:12]

    @property
    def folds(self) -> tuple[int, ...]:
        """The folds: (0,) where takes are parted once."""
        return tuple(sorted(int(fold) for fold in self.table["fold"].unique()))

    def takes(self, *parts: str, fold: int | None = None) -> list[str]:
        """Return the takes of some parts, in order.

        Args:
            parts: Some of "base", "stack", "validation", "test".
            fold: Which one; needed where there are several.

        Raises:
            ValueError: If there are several folds and none is named, or no such fold.
        """
        if fold is None and len(self.folds) > 1:
            raise ValueError(f"name one of the {len(self.folds)} folds of the split")
        if fold is not None and fold not in self.folds:
            raise ValueError(f"the split has no fold {fold}; it has {self.folds}")
        table = self.table if fold is None else self.of_fold(fold)
        return list(table["take"][table["part"].isin(parts)])

    def of_fold(self, fold: int) -> pd.DataFrame:
        """Return the rows of one fold."""
        return self.table[self.table["fold"] == fold]

    def keeps_apart(self, kind: str, first: str, second: str) -> bool:
        """Say whether two parts are promised not to share something.

        Args:
            kind: Such as "speakers" or "identical sound".
            first: A part.
            second: Another part.
        """
        tested = "test" in (first, second)
        return kind in self.promises or (tested and kind in self.test_promises)

    def write(self, path: Path) -> None:
        """Write a CSV whose first line, a comment, says how it was made."""
        head = {
            "protocol": self.protocol,
            "settings": self.settings,
            "promises": list(self.promises),
            "test_promises": list(self.test_promises),
            "digest": self.digest,
        }
        text = io.StringIO()
        self.table.to_csv(text, index=False, lineterminator="\n")
        write_text(path, f"# {json.dumps(head)}\n{text.getvalue()}")

    @classmethod
    def read(cls, path: Path) -> "Split":
        """Read a split.

        Raises:
            Problem: If it is none, or its rows are not those it was written with.
        """
        if not path.is_file():
            raise Problem(f"{path} does not exist; make it with `emostack split`.")
        try:
            text = path.read_text(encoding="utf-8")
            if not text.startswith("# "):
                raise ValueError("its first line does not say how it was made")
            head = json.loads(text.partition("\n")[0].removeprefix("# "))
            table = pd.read_csv(io.StringIO(text), comment="#", dtype={"take": str})
            split = cls(
                table[["take", "fold", "part"]],
                head["protocol"],
                head["settings"],
                tuple(head["promises"]),
                tuple(head.get("test_promises", ())),
            )
            if (twice := table["take"][table.duplicated(["take", "fold"])]).any():
                raise ValueError(f"it names {twice.iloc[0]} twice")
            if strange := sorted(set(table["part"]) - set(ALL_PARTS)):
                raise ValueError(f"it has a part {strange[0]!r}")
        except (ValueError, KeyError) as error:
            raise Problem(
                f"{path} is not a split ({error}); make one with `emostack split`."
            ) from error
        if split.digest != head["digest"]:
            raise Problem(
                f"{path} was changed since it was made (digest {split.digest}, written "
                f"{head['digest']}); make it again with `emostack split`."
            )
        return split


def make_split(
    index: Index,
    *,
    protocol: str = "stratified",
    ratios: Sequence[float] = RATIOS,
    folds: int | None = None,
    seed: int = 0,
    separate_identical_sound: bool = True,
) -> Split:
    """Part the takes of an index into base, stack and test.

    Args:
        index: The takes; only their labels, speakers, statements and the like, and the
            identity of their sound are used.
        protocol: As in `corpus.protocols.read_protocol`: "stratified" parts by class,
            in exact counts, speakers shared (what the thesis most probably did);
            "speakers" gives whole speakers to the parts, as many women as men in each
            as the corpus allows; others as `docs/protocols.md` lists them.
        ratios: Shares of base, stack and test, or the other forms of
            `corpus.protocols.read_ratios`; what the text of the protocol says comes
            first, and protocols that do not part by ratios take no notice.
        folds: How many, for "speaker_folds".
        seed: Which of the many such splits.
        separate_identical_sound: Keep takes whose decoded sound is the same in one
            part (RAVDESS has such a pair); False is the paper's way.

    Raises:
        Problem: If the corpus cannot serve the protocol.
    """
    declared = read_protocol(protocol, ratios=ratios, folds=folds)
    takes = index.takes.sort_values("take").reset_index(drop=True)
    tables, stack_groups = [], set()
    for fold, (parts, by) in enumerate(
        declared.parts(takes, seed=seed, apart=separate_identical_sound)
    ):
        tables.append(
            pd.DataFrame({"take": takes["take"], "fold": fold, "part": parts})
        )
        stack_groups.add(by)
    settings = {
        **declared.settings,
        "seed": seed,
        "separate_identical_sound": separate_identical_sound,
    }
    promises, test_promises = declared.promises(stack_groups)
    if separate_identical_sound:
        promises = (*promises, "identical sound")
    if stack_groups != {""}:
        settings |= {"stack_share": STACK_SHARE, "stack_by": sorted(stack_groups)}
    table = pd.concat(tables, ignore_index=True)
    split = Split(table, declared.text, settings, promises, test_promises)
    check_classes(split, takes, sorted(takes["emotion"].unique()))
    return split


def check_classes(split: Split, takes: pd.DataFrame, emotions: Sequence[str]) -> None:
    """See that every part of every fold has a take of every class.

    Args:
        split: Which take is in which part.
        takes: Rows of the index.
        emotions: The classes.

    Raises:
        Problem: If a class is missing somewhere.
    """
    emotion_of = takes.set_index("take")["emotion"]
    rows = split.table.assign(emotion=split.table["take"].map(emotion_of))
    counts = rows.value_counts(["fold", "emotion", "part"])
    parts = [part for part in ALL_PARTS if part in {*PARTS, *rows["part"]}]
    in_all = takes["emotion"].value_counts()
    for fold, emotion, part in itertools.product(split.folds or (0,), emotions, parts):
        if (fold, emotion, part) not in counts.index:
            where = f" of fold {fold}" if len(split.folds) > 1 else ""
            raise Problem(
                f"under the protocol {split.protocol!r} the part {part!r}{where} has "
                f"no take of {emotion!r} ({in_all.get(emotion, 0)} in all); use more "
                f"takes, other ratios or another seed, or leave that emotion out."
            )
