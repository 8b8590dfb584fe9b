"""Augmented copies of takes: how many there are of each, and in which parts.

A copy of a test take that is trained on is the worst of leaks, and a test part with
copies in it tests something else than what was recorded. So copies are made of the
takes of training parts only, unless a paper did otherwise and is to be repeated.
"""

from collections.abc import Sequence

import pandas as pd

from corpus.files import digest
from corpus.problem import Problem
from corpus.splits import ALL_PARTS, Split
from corpus.variants import copy_name

__all__ = ["COLUMNS", "draw_copies"]

COLUMNS = ("take", "fold", "part", "variant")
TRAINING = ("base", "stack")


def draw_copies(
    takes: pd.DataFrame,
    split: Split,
    *,
    per_take: int = 1,
    parts: Sequence[str] = TRAINING,
    balance: bool = False,
) -> pd.DataFrame:
    """Say which copies there are.

    Args:
        takes: Rows of the index.
        split: Which take is in which part, in each fold.
        per_take: Copies of each take.
        parts: Whose takes are copied.
        balance: Whether classes with fewer takes get as many more copies as make all
            classes of a part equally large; those of a class in turn, in an order
            drawn by the take's name.

    Returns:
        Columns take, fold, part, variant; "copy1" is a take's first. The same copies
        of a take have the same name in all folds, so that they are embedded once.

    Raises:
        Problem: If a number or a part is not one.
    """
    if per_take < 0:
        raise Problem(f"a take has 0 copies or more, not {per_take}.")
    if unknown := set(parts) - set(ALL_PARTS):
        raise Problem(
            f"copies are made of the parts {', '.join(ALL_PARTS)}; there is no "
            f"{min(unknown)!r}."
        )
    emotion_of = dict(zip(takes["take"], takes["emotion"], strict=True))
    rows = []
    chosen = split.table[split.table["part"].isin(parts)]
    for (fold, part), some in chosen.groupby(["fold", "part"], sort=True):
        by_class: dict[str, list[str]] = {}
        for take in some["take"]:
            if take in emotion_of:
                by_class.setdefault(emotion_of[take], []).append(take)
        largest = max((len(members) for members in by_class.values()), default=0)
        for _emotion, members in sorted(by_class.items()):
            wanted = len(members) * per_take
            if balance:
                wanted = largest * (1 + per_take) - len(members)
            order = sorted(members, key=lambda take: digest(["copies", take]))
            for number in range(wanted):
                again, place = divmod(number, len(order))
                rows.append((order[place], fold, part, copy_name(again + 1)))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values(["fold", "take", "variant"], ignore_index=True)
