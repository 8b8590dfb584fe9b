"""The leaks of a split as a table: what is shared, by which pair of parts."""

from collections.abc import Mapping, Sequence
from typing import Any

from corpus.leaks import broken, sentence

__all__ = ["leak_table"]

# What the kinds of `corpus.leaks` mean, for those who meet them for the first time.
MEANS = {
    "speakers": "the same person is in both",
    "repetition twins": "the same words by the same person with the same emotion",
    "identical sound": "the very same samples under another name",
    "copies of one take": "the same performance in another file",
    "statements": "the same sentence is in both",
    "speech and song": "spoken in one, sung in the other",
    "augmented copies": "a changed copy of a take of the other part",
    "validation": "it decides when training stops",
}


def leak_table(leaks: Sequence[Mapping[str, Any]] | None) -> dict[str, Any] | None:
    """Arrange the rows of `corpus.leaks.count_leaks` for reading.

    Args:
        leaks: Of a manifest; None where they were not counted.

    Returns:
        `pairs` (of parts, those with the test part first); `rows` (each `kind`,
        `means` and `cells`, one a pair: a leak or None), what is shared first;
        `broken`, sentences on what no result should have; and `shared`, the kinds
        that training and test share as the protocol allows. None if not counted.
    """
    if leaks is None:
        return None
    pairs = list(dict.fromkeys(tuple(leak.get("parts") or ()) for leak in leaks))
    pairs.sort(key=lambda pair: "test" not in pair[1:])
    kinds = list(dict.fromkeys(leak["kind"] for leak in leaks))
    at = {(leak["kind"], tuple(leak.get("parts") or ())): leak for leak in leaks}
    rows = [
        {
            "kind": kind,
            "means": MEANS.get(kind, ""),
            "cells": [at.get((kind, pair)) for pair in pairs],
        }
        for kind in kinds
    ]
    rows.sort(key=lambda row: not any(cell and cell["count"] for cell in row["cells"]))
    whole = [leak for leak in leaks if len(leak.get("parts") or ()) == 2]
    bad = broken(whole)
    shared = [
        leak["kind"]
        for leak in whole
        if leak["count"] and leak["parts"][1] == "test" and leak not in bad
    ]
    return {
        "pairs": pairs,
        "rows": rows,
        "broken": [sentence(leak) for leak in bad],
        "shared": list(dict.fromkeys(shared)),
    }
