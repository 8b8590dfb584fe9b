"""What the parts of a split share, counted before anything is trained."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from corpus.kinship import KINDS, kin
from corpus.splits import ALL_PARTS, PARTS, Split

__all__ = ["add_up", "broken", "count_leaks", "lines", "sentence"]

# A test take that training has met already, under whatever name.
COPIES = ("copies of one take", "identical sound", "augmented copies")
MIXED = "speech and song"
WATCHED = "validation"

SAID = {
    "speakers": "are by a speaker of {first}",
    "repetition twins": "have a repetition twin in {first}",
    "identical sound": "sound exactly like a take of {first}",
    "copies of one take": "are a copy of a take of {first}",
    "statements": "say a statement of {first}",
    MIXED: "are spoken where some of {first} are sung, or sung where some are spoken",
    "augmented copies": "are there as well as an augmented copy in {first}",
    WATCHED: "watch the training of {first}",
}


def count_leaks(
    takes: pd.DataFrame,
    split: Split,
    *,
    watching: Iterable[tuple[str, str]] = (),
    copies: pd.DataFrame | None = None,
) -> list[dict]:
    """Count what each pair of parts shares, over all folds.

    Counted are speakers, repetition twins (the same words said again by the same
    speaker with the same emotion), identical sound (by decoded content), copies of one
    take (the same file, or names that a corpus' reader knows for the same
    performance), statements, a mix of speech and song, and what else the protocol
    promises to keep apart.

    Args:
        takes: Rows of the index; those the split does not name are left out.
        split: The split.
        watching: Pairs of a part that something learns from, and the one that watches
            that: a leak of its own, unless it is a part for just that.
        copies: Columns take, fold, part: the augmented copies of takes that are put
            into a part. Those of a take of that part itself are no leak, but for the
            test part: what is tested there is not what was recorded.

    Returns:
        One row a kind and pair of parts:
        `kind`;
        `parts`: the two of them, the earlier one first;
        `count`: takes of the second part that have a counterpart in the first, summed
        over the folds;
        `of`: takes of the second part;
        `unknown`: those of whom the index does not tell it;
        `promised_apart`: whether the protocol excludes it.
    """
    takes = takes[takes["take"].isin(split.table["take"])].reset_index(drop=True)
    row_of = pd.Series(takes.index, takes["take"])
    table = split.table[split.table["take"].isin(row_of.index)]
    parts = [part for part in ALL_PARTS if part in {*PARTS, *table["part"]}]
    rows_of = _rows_of(table, row_of, split.folds, parts)
    rows = []
    kinds = [*KINDS, *split.promises, *split.test_promises, MIXED]
    for kind in dict.fromkeys(kinds):
        labels, _ = pd.factorize(
            kin(takes, "vocal_channel" if kind == MIXED else kind).replace("", None)
        )
        shared = _mixed if kind == MIXED else _shared
        for first, second in itertools.combinations(parts, 2):
            pairs = [
                (labels[fold[first]], labels[fold[second]]) for fold in rows_of.values()
            ]
            rows.append(
                _row(
                    kind,
                    (first, second),
                    count=sum(shared(*pair) for pair in pairs),
                    of=sum(len(met) for _, met in pairs),
                    unknown=sum(int((met < 0).sum()) for _, met in pairs),
                    apart=split.keeps_apart(kind, first, second),
                )
            )
    if copies is not None:
        copies = copies[copies["take"].isin(row_of.index)]
        copied = _rows_of(copies, row_of, split.folds, parts)
        rows += _augmented(rows_of, copied, parts)
    for learnt, part in watching:
        if part not in ("inner", "validation"):
            count = int((table["part"] == part).sum())
            rows.append(_row(WATCHED, (learnt, part), count=count, of=count))
    return rows


def add_up(tables: Iterable[Sequence[Mapping[str, Any]]]) -> list[dict]:
    """Sum what was counted in several splits, such as those of several seeds.

    Args:
        tables: Each as `count_leaks` returns it.

    Returns:
        Rows of the same kind; `promised_apart` where any of them promises it.
    """
    sums: dict[tuple, dict] = {}
    for row in itertools.chain.from_iterable(tables):
        key = (row["kind"], *row["parts"])
        if key not in sums:
            sums[key] = dict(row)
            continue
        for name in ("count", "of", "unknown"):
            sums[key][name] += row[name]
        sums[key]["promised_apart"] |= row["promised_apart"]
    return list(sums.values())


def broken(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the leaks that no result should have, of the rows of `count_leaks`.

    These are what the protocol promises to exclude, and whatever lets the training
    meet a test take: a copy of it, or the test part itself as what watches.
    """
    return [
        row
        for row in rows
        if row["count"]
        and (
            row["promised_apart"]
            or (row["kind"] in (*COPIES, WATCHED) and row["parts"][1] == "test")
        )
    ]


def sentence(row: Mapping[str, Any]) -> str:
    """Say one row of `count_leaks` in words, without a full stop."""
    kind, (first, second) = row["kind"], row["parts"]
    said = SAID.get(kind, "share the {kind} of a take of {first}")
    said = said.format(kind=kind, first=first)
    unknown = row.get("unknown")
    return f"{row['count']} of {row['of']} takes of {second} {said}" + (
        f" (not known of {unknown})" if unknown else ""
    )


def lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the rows of `count_leaks` as a table of plain text.

    One line a kind, one column a pair of parts; a cell is "count/of", "?" where the
    index tells it of no take, "apart" where the protocol promises it and keeps it.
    """
    pairs = list(dict.fromkeys(" - ".join(row["parts"]) for row in rows))
    cells: dict[str, dict[str, str]] = {}
    for row in rows:
        cell = f"{row['count']}/{row['of']}"
        if row["of"] and row["unknown"] == row["of"]:
            cell = "?"
        elif row["promised_apart"]:
            cell = f"{cell} LEAK" if row["count"] else "apart"
        cells.setdefault(row["kind"], {})[" - ".join(row["parts"])] = cell
    table = [["what two parts share", *pairs]]
    table += [
        [kind, *(row.get(pair, "") for pair in pairs)] for kind, row in cells.items()
    ]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in table]


def _rows_of(
    table: pd.DataFrame, row_of: pd.Series, folds: Sequence[int], parts: Sequence[str]
) -> dict[int, dict[str, np.ndarray]]:
    """Return by fold and part the rows of its takes in the index."""
    found = {
        key: row_of[rows["take"]].to_numpy()
        for key, rows in table.groupby(["fold", "part"])
    }
    nobody = np.array([], int)
    return {
        fold: {part: found.get((fold, part), nobody) for part in parts}
        for fold in folds
    }


def _shared(first: np.ndarray, second: np.ndarray) -> int:
    """Return how many labels of `second` are among those of `first`; -1 is unknown."""
    return int(np.isin(second, first[first >= 0]).sum())


def _mixed(first: np.ndarray, second: np.ndarray) -> int:
    """Return how many labels of `second` are not the only one in `first`."""
    known = first[first >= 0]
    return sum(int((known != label).any()) for label in second if label >= 0)


def _augmented(
    rows_of: Mapping[int, Mapping[str, np.ndarray]],
    copied: Mapping[int, Mapping[str, np.ndarray]],
    parts: Sequence[str],
) -> list[dict]:
    """Count the takes that are in one part and have a copy in another one."""
    rows = []
    for first, second in [*itertools.combinations(parts, 2), ("test", "test")]:
        count = of = 0
        for fold, here in rows_of.items():
            met = set(copied[fold][second])
            if first != second:
                met |= set(here[second])
                count += len(met & {*here[first], *copied[fold][first]})
            else:
                count += len(met)
            of += len(met | set(here[second]))
        apart = first != second
        rows.append(_row("augmented copies", (first, second), count, of, apart=apart))
    return rows


def _row(
    kind: str,
    parts: Sequence[str],
    count: int,
    of: int,
    *,
    unknown: int = 0,
    apart: bool = False,
) -> dict:
    return {
        "kind": kind,
        "parts": list(parts),
        "count": count,
        "of": of,
        "unknown": unknown,
        "promised_apart": apart,
    }
