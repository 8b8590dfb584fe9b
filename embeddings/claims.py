"""Which of a table's pieces stands for which take."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from corpus.naming import TakeNames
from corpus.problem import Problem
from embeddings.foreign import Piece

__all__ = ["Claims", "Copies", "claims_of", "one_each"]

Claims = dict[str, list[Piece]]
"""What a table has of each take, by id."""

Copies = tuple[str, str, tuple[str, ...]]
"""A take, the name that is used for it, and the names passed over."""


def claims_of(pieces: Sequence[Piece], names: TakeNames) -> tuple[Claims, list[str]]:
    """Return what there is of each take, and the names that are no take's.

    Args:
        pieces: Of a table.
        names: Those of the takes.
    """
    claims: Claims = defaultdict(list)
    unknown = []
    for piece in pieces:
        take = names.find(piece.name)
        if take is None:
            unknown.append(piece.name)
        else:
            claims[take].append(piece)
    return claims, unknown


def one_each(
    claims: Claims, names: TakeNames, *, medium: str, path: Path
) -> tuple[dict[str, Piece], list[Copies]]:
    """Choose among several copies of a take, as the corpus' reader knows them.

    Args:
        claims: Of all takes.
        names: Those of the takes.
        medium: "sound" or "picture": the copy that the index uses for it is preferred.
        path: The table, for the sentence.

    Raises:
        Problem: If a take has different numbers under names that are no copies'.
    """
    wanted, copies = {}, []
    for take, pieces in claims.items():
        said = {piece.name: piece for piece in pieces}
        wanted[take] = pieces[0]
        if len(said) == 1:
            continue
        if names.are_copies(said):
            best = names.best(said, take, medium=medium)
            wanted[take] = said[best]
            copies.append((take, best, tuple(name for name in said if name != best)))
        elif not _equal(pieces):
            raise Problem(
                f"{path} has different numbers for the take {take}, as "
                f"{' and as '.join(said)}; keep one of them."
            )
    return wanted, copies


def _equal(pieces: Sequence[Piece]) -> bool:
    first, *others = [piece.read()[0].array for piece in pieces]
    return all(np.array_equal(first, other) for other in others)
