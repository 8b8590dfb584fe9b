"""Splits: which takes train the base nets, which the meta-classifier, which test.

A split is made once and saved; nothing replays a seed. Takes are ordered by a digest
of (seed, take), never by file system or by a library's generator, so the same settings
give the same split on every machine.
"""

import dataclasses
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from corpus.files import digest, write_text
from corpus.index import Index
from corpus.problem import Problem

__all__ = [
    "PARTS",
    "PROTOCOLS",
    "Split",
    "check_classes",
    "check_ratios",
    "inner_validation",
    "make_split",
]

PARTS = ("base", "stack", "test")
RATIOS = (0.5, 0.25, 0.25)  # Beyene 2019, 003:878


@dataclasses.dataclass(frozen=True)
class Split:
    """Which take is in which part.

    Attributes:
        table: Columns take, fold, part; ordered by take.
        protocol: How it was made, "stratified" or "speakers".
        settings: The arguments it was made with.
        promises: What no two parts share, such as "speakers".
    """

    table: pd.DataFrame
    protocol: str
    settings: dict
    promises: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Identity of the split: of its rows, never of a file's bytes."""
        return digest(self.table[["take", "fold", "part"]].to_numpy().tolist())[:12]

    def takes(self, *parts: str) -> list[str]:
        """Return the takes of some parts, in order."""
        return list(self.table["take"][self.table["part"].isin(parts)])

    def write(self, path: Path) -> None:
        """Write a CSV whose first line, a comment, says how it was made."""
        head = {
            "protocol": self.protocol,
            "settings": self.settings,
            "promises": list(self.promises),
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
            )
            if (twice := table["take"][table.duplicated(["take", "fold"])]).any():
                raise ValueError(f"it names {twice.iloc[0]} twice")
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
    seed: int = 0,
    separate_identical_sound: bool = True,
) -> Split:
    """Part the takes of an index into base, stack and test.

    Args:
        index: The takes; only their labels, speakers and sound identity are used.
        protocol: "stratified": by class, exact counts, speakers shared (what the
            thesis most probably did). "speakers": whole speakers, as many women as
            men in each part as the corpus allows.
        ratios: Shares of base, stack and test.
        seed: Which of the many such splits.
        separate_identical_sound: Keep takes whose decoded sound is the same in one
            part (RAVDESS has such a pair); False is the paper's way.

    Raises:
        Problem: If the corpus cannot serve the protocol.
    """
    if protocol not in PROTOCOLS:
        known = ", ".join(PROTOCOLS)
        raise Problem(f"no protocol is called {protocol!r}; known: {known}.")
    check_ratios(ratios)
    takes = index.takes
    assign, promises = PROTOCOLS[protocol]
    groups = takes["take"]
    if separate_identical_sound:
        groups = identical_sound_groups(takes)
        promises = (*promises, "identical sound")
    parts = assign(takes, groups, tuple(ratios), seed)
    table = pd.DataFrame({"take": takes["take"], "fold": 0, "part": parts})
    settings = {
        "ratios": list(ratios),
        "seed": seed,
        "separate_identical_sound": separate_identical_sound,
    }
    split = Split(table.reset_index(drop=True), protocol, settings, promises)
    check_classes(split, takes, sorted(takes["emotion"].unique()))
    return split


def check_classes(split: Split, takes: pd.DataFrame, emotions: Sequence[str]) -> None:
    """See that every part has a take of every class.

    Args:
        split: Which take is in which part.
        takes: Rows of the index.
        emotions: The classes.

    Raises:
        Problem: If a class is missing somewhere.
    """
    part_of = split.table.set_index("take")["part"]
    counts = pd.crosstab(takes["emotion"], takes["take"].map(part_of))
    counts = counts.reindex(index=emotions, columns=PARTS, fill_value=0)
    for emotion, row in counts.iterrows():
        for part, count in row.items():
            if not count:
                raise Problem(
                    f"under the protocol {split.protocol!r} the part {part!r} has no "
                    f"take of {emotion!r} ({row.sum()} in all); use more takes, other "
                    f"ratios or another seed, or leave that emotion out."
                )


def check_ratios(ratios: Sequence[float]) -> None:
    """See that ratios are shares of the three parts.

    Raises:
        Problem: If they are not three, not positive, or do not sum to 1.
    """
    fit = len(ratios) == len(PARTS) and min(ratios) > 0 and abs(sum(ratios) - 1) < 1e-6
    if not fit:  # as one that is no number is not
        raise Problem(
            f"the ratios {tuple(ratios)} are not three positive shares of base, stack "
            f"and test that sum to 1, such as 0.5,0.25,0.25."
        )


def identical_sound_groups(takes: pd.DataFrame) -> pd.Series:
    """Return for each take the first take that has the same decoded sound."""
    first = takes.groupby("sound_sha256")["take"].transform("min")
    return first.where(takes["sound_sha256"] != "", takes["take"])


def inner_validation(
    takes: pd.DataFrame, *, protocol: str, fraction: float, seed: int
) -> np.ndarray:
    """Choose the takes of a training part that only watch the training.

    Args:
        takes: Rows of the index, those of the part being trained.
        protocol: As the outer split: by class, or whole speakers.
        fraction: Share of the part, such as 0.1.
        seed: Which of the many such choices.

    Returns:
        Shape (takes,), True where a take is for validation: at least one take of
        each class that has two ("stratified"), or at least one speaker ("speakers").

    Raises:
        Problem: If none can be spared.
    """
    salt = f"validation-{seed}"
    if protocol == "speakers":
        speakers = _speakers(takes)
        names = sorted(speakers.unique(), key=lambda name: _rank(salt, name))
        if len(names) < 2:
            raise Problem(
                "a training part has a single speaker, so none can be spared for "
                "validation; use more speakers, or the protocol 'stratified'."
            )
        count = min(max(1, round(fraction * len(names))), len(names) - 1)
        return speakers.isin(names[:count]).to_numpy()
    groups = identical_sound_groups(takes)
    chosen = np.zeros(len(takes), bool)
    for _emotion, rows in takes.groupby("emotion").groups.items():
        count = min(max(1, round(fraction * len(rows))), len(rows) - 1)
        order = sorted(rows, key=lambda row: _rank(salt, groups[row]))
        chosen[takes.index.get_indexer(order[:count])] = True
    if not chosen.any():
        raise Problem(
            "a training part has a single take of each emotion, so none can be spared "
            "for validation; use more takes."
        )
    # Takes with the same sound go where their first one went.
    lead = pd.Series(chosen, takes["take"].to_numpy())
    present = groups.isin(lead.index)
    chosen[present.to_numpy()] = lead[groups[present]].to_numpy()
    return chosen


def _rank(salt: object, name: str) -> str:
    return hashlib.sha256(f"{salt}:{name}".encode()).hexdigest()


def _speakers(takes: pd.DataFrame) -> pd.Series:
    return takes["corpus"] + "/" + takes["speaker"]


def _shares(total: int, ratios: Sequence[float]) -> list[int]:
    """Cut a whole number by ratios: exact sum, largest remainders first."""
    exact = [total * ratio for ratio in ratios]
    shares = [int(share + 1e-9) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (shares[i] - exact[i], i))
    for i in by_remainder[: total - sum(shares)]:
        shares[i] += 1
    return shares


def _stratified(
    takes: pd.DataFrame, groups: pd.Series, ratios: tuple[float, ...], seed: int
) -> pd.Series:
    """Fill the parts class by class, exact counts, no group cut in two."""
    parts = pd.Series("", index=takes.index)
    for _emotion, rows in takes.groupby("emotion").groups.items():
        room = dict(zip(PARTS, _shares(len(rows), ratios), strict=True))
        members = pd.Series(list(rows)).groupby(list(groups[rows])).agg(list)
        # Larger groups first, where there is still room for them; each drawn to a
        # part by its own digest, in proportion to what is left.
        order = sorted(members.index, key=lambda g: (-len(members[g]), _rank(seed, g)))
        singles = [group for group in order if len(members[group]) == 1]
        for group in order:
            if len(members[group]) > 1:
                part = _drawn(room, int(_rank(seed, group)[:12], 16) / 16**12)
                if room[part] < len(members[group]):
                    part = max(room, key=room.__getitem__)
                parts[members[group]] = part
                room[part] -= len(members[group])
        for part in PARTS:
            taken, singles = singles[: room[part]], singles[max(room[part], 0) :]
            for group in taken:
                parts[members[group]] = part
    return parts


def _drawn(room: dict[str, int], share: float) -> str:
    """Return the part that a number in [0, 1) falls into, by the room that is left."""
    total = sum(room.values())
    for part, free in room.items():
        share -= free / total
        if share < 0:
            return part
    return PARTS[-1]


def _by_speaker(
    takes: pd.DataFrame, groups: pd.Series, ratios: tuple[float, ...], seed: int
) -> pd.Series:
    """Give whole speakers to the parts, balanced by sex."""
    speakers = _speakers(takes)
    if (speakers[groups.index].groupby(groups).nunique() > 1).any():
        raise Problem(
            "two speakers share a recording with identical sound, so speakers cannot "
            "be kept apart from one another; look at the index' oddities."
        )
    sex_of = takes.groupby(speakers)["sex"].first()
    if len(sex_of) < len(PARTS):
        raise Problem(
            f"the protocol 'speakers' needs at least {len(PARTS)} speakers, one a "
            f"part; this corpus has {len(sex_of)}. Use the protocol 'stratified'."
        )
    order = {
        sex: sorted(names, key=lambda name: _rank(seed, name))
        for sex, names in sex_of.groupby(sex_of).groups.items()
    }
    # Alternate the sexes, so that every part of the order is balanced.
    mixed = sorted(
        ((i + 0.5) / len(names), sex, name)
        for sex, names in order.items()
        for i, name in enumerate(names)
    )
    shares = _shares(len(mixed), ratios)
    for i, share in enumerate(shares):  # a part without a speaker takes one
        if share == 0:
            shares[i], shares[shares.index(max(shares))] = 1, max(shares) - 1
    names = [name for _, _, name in mixed]
    part_of = dict(zip(names, np.repeat(PARTS, shares).tolist(), strict=True))
    return speakers.map(part_of)


Assign = Callable[[pd.DataFrame, pd.Series, tuple[float, ...], int], pd.Series]

# How takes are given to parts, and what no two parts share by construction.
PROTOCOLS: dict[str, tuple[Assign, tuple[str, ...]]] = {
    "stratified": (_stratified, ()),
    "speakers": (_by_speaker, ("speakers",)),
}
