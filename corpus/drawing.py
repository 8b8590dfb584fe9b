"""Drawing takes into parts: by class or by whole groups, in exact numbers.

Everything is ordered by a digest of (salt, name), never by row, file system or a
library's generator: the same salt draws the same parts on every machine.
"""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

__all__ = ["by_class", "cut", "rank", "spread", "whole_groups"]


def rank(salt: object, name: str) -> str:
    """Return what a name is ordered by, in a draw of this salt."""
    return hashlib.sha256(f"{salt}:{name}".encode()).hexdigest()


def cut(total: int, ratios: Sequence[float]) -> list[int]:
    """Cut a whole number by ratios: exact sum, largest remainders first."""
    exact = [total * ratio for ratio in ratios]
    shares = [int(share + 1e-9) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (shares[i] - exact[i], i))
    for i in by_remainder[: total - sum(shares)]:
        shares[i] += 1
    return shares


def by_class(
    takes: pd.DataFrame, groups: pd.Series, shares: Mapping[str, float], salt: object
) -> pd.Series:
    """Fill the parts class by class, in exact counts, no group in two parts.

    Where groups are larger than one take, a count may miss by what the last group
    brings.

    Args:
        takes: Rows of the index.
        groups: By row; what is equal stays together.
        shares: Of each part; they sum to 1.
        salt: Which of the many such draws.

    Returns:
        The part of each row.
    """
    emotion_of = takes["emotion"].to_dict()
    rooms = {
        emotion: dict(zip(shares, cut(count, [*shares.values()]), strict=True))
        for emotion, count in takes["emotion"].value_counts().items()
    }
    rows_of = groups.groupby(groups).groups
    classes = {
        name: {emotion_of[row] for row in rows} for name, rows in rows_of.items()
    }
    ranks = {name: rank(salt, name) for name in rows_of}
    part_of: dict[str, str] = {}
    # Large groups first, where there is still room for them, and before all others
    # those few that have takes of several classes.
    for name in sorted(
        rows_of,
        key=lambda name: (-len(classes[name]), -len(rows_of[name]), ranks[name]),
    ):
        rows, room = rows_of[name], rooms[min(classes[name])]
        if len(rows) == 1:
            part = next(part for part, free in room.items() if free > 0)
        else:
            # Each by its own digest, in proportion to the room that is left.
            part = _drawn(room, int(ranks[name][:12], 16) / 16**12)
            if room[part] < len(rows):
                part = max(room, key=room.__getitem__)
        part_of[name] = part
        for row in rows:
            rooms[emotion_of[row]][part] -= 1
    return groups.map(part_of)


def _drawn(room: Mapping[str, int], share: float) -> str:
    """Return the part that a number in [0, 1) falls into, by the room that is left."""
    total = sum(room.values())
    for part, free in room.items():
        share -= free / total
        if share < 0:
            return part
    return part


def spread(takes: pd.DataFrame, groups: pd.Series, salt: object) -> list[str]:
    """Order whole groups by a draw, women and men in turn where groups have a sex.

    Any stretch of the order is balanced, as far as the corpus allows.
    """
    of_group = takes["sex"].groupby(groups)
    sex_of = of_group.first().where(of_group.nunique() == 1, "")
    drawn = {
        sex: sorted(names, key=lambda name: rank(salt, name))
        for sex, names in sex_of.groupby(sex_of).groups.items()
    }
    places = sorted(
        ((i + 0.5) / len(names), sex, name)
        for sex, names in drawn.items()
        for i, name in enumerate(names)
    )
    return [name for _, _, name in places]


def whole_groups(
    takes: pd.DataFrame, groups: pd.Series, sizes: Mapping[str, float], salt: object
) -> pd.Series:
    """Give whole groups to the parts, see `spread`.

    Args:
        takes: Rows of the index.
        groups: By row; at least as many as parts.
        sizes: How many groups each part gets (whole numbers), or its share of them;
            by a share a part gets one group at least.
        salt: Which of the many such draws.

    Returns:
        The part of each row.
    """
    names = spread(takes, groups, salt)
    counts = [*sizes.values()]
    if not all(isinstance(count, int) for count in counts):
        counts = cut(len(names), counts)
        for i, count in enumerate(counts):
            if count == 0:
                counts[i], counts[counts.index(max(counts))] = 1, max(counts) - 1
    parts = np.repeat([*sizes], counts).tolist()
    return groups.map(dict(zip(names, parts, strict=True)))
