"""Predictions made elsewhere: what the table leaves out, and whether it is all there.

A take and its probabilities are enough; or a take and a label, where there are no
probabilities. Everything else has a plain default, or is known to the split (fold,
protocol) and to the index (the true emotion). What the table does say must agree with
both.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from corpus.index import Index
from corpus.naming import TakeNames
from corpus.problem import Problem
from corpus.splits import Split
from evaluation.agreement import PART, check_complete, check_index, check_takes
from evaluation.prediction_rules import P, labels_of, place
from evaluation.predictions import numbered_predictions

__all__ = ["read_elsewhere"]


def read_elsewhere(
    path: Path,
    *,
    splits: Sequence[Path] = (),
    index: Index | None = None,
) -> pd.DataFrame:
    """Read anybody's predictions, and see that they are of the split and the index.

    Args:
        path: A CSV table with a column `take`; `true`, unless there is an index; and
            `p_<label>` or `predicted`, or both. Where it has no other column of
            `evaluation.predictions.COLUMNS`, the system is called as the file, the
            seed is 0 and the part is test.
        splits: Files; every system must have predicted exactly their test parts. Of
            several, each is of the seed that it was drawn with.
        index: Knows what is true, and by which names others know its takes (see
            `corpus.naming.TakeNames`).

    Returns:
        As `evaluation.predictions.read_predictions`.

    Raises:
        Problem: If the table cannot be scored, or does not agree with splits or index.
    """
    path = Path(path)
    drawn = _drawn([(Path(file), Split.read(Path(file))) for file in splits])
    table = numbered_predictions(
        path, fill=lambda rows: _filled(rows, path, drawn, index)
    )
    if index is not None:
        check_index(table, index.takes, str(path))
    if not (table["part"] == PART).any():
        parts = ", ".join(sorted(set(table["part"])))
        raise Problem(
            f"{path} holds no predictions of the part {PART!r} (only of {parts}); "
            f"that is the part that is scored: call it so, or leave the column out."
        )
    for seed, (file, split) in drawn.items():
        rows = table if seed is None else table[table["seed"] == seed]
        check_complete(rows, split, source=str(path), of=str(file))
    return table.reset_index(drop=True)


def _drawn(
    splits: Sequence[tuple[Path, Split]],
) -> Mapping[int | None, tuple[Path, Split]]:
    """Return splits by the seed they are of; a single one, under None, is of all."""
    if len(splits) == 1:
        return {None: splits[0]}
    found: dict[int | None, tuple[Path, Split]] = {}
    for file, split in splits:
        seed = split.settings.get("seed")
        if seed in found:
            raise Problem(
                f"{file} and {found[seed][0]} are both of seed {seed}; give one split "
                f"a seed."
            )
        found[seed] = (file, split)
    return found


def _filled(
    table: pd.DataFrame,
    path: Path,
    drawn: Mapping[int | None, tuple[Path, Split]],
    index: Index | None,
) -> pd.DataFrame:
    """Return the table with all columns of predictions, as text."""
    _check_needed(table, path, index)
    table = table.copy()
    if index is not None:
        names = TakeNames(index)
        meant = {name: names.find(name) or name for name in table["take"].unique()}
        table["take"] = table["take"].map(meant)
        check_takes(table, index.takes, str(path))
    for column, value in (
        ("variant", ""),
        ("system", path.stem),
        ("part", PART),
    ):
        if column not in table:
            table[column] = value
    if "seed" not in table:
        if len(drawn) > 1:
            raise Problem(
                f"{path} has no column `seed`, and there are {len(drawn)} splits; add "
                f"one that says which split a row is of, or give one split."
            )
        table["seed"] = "0"
    _fill_from_splits(table, path, drawn)
    if index is not None and "true" not in table:
        table["true"] = table["take"].map(index.takes.set_index("take")["emotion"])
    if not labels_of(table):
        named = {*table["true"], *table["predicted"]}
        if index is not None:
            named |= set(index.takes["emotion"])
        if len(named) < 2:
            raise Problem(
                f"{path} knows a single label ({', '.join(named) or 'none'}), with "
                f"which nothing can be told apart; give p_<label> for each label, or "
                f"--index."
            )
        for label in sorted(named):
            table[f"{P}{label}"] = (table["predicted"] == label).map({True: "1"})
            table[f"{P}{label}"] = table[f"{P}{label}"].fillna("0")
    if "predicted" not in table:
        labels = np.array(labels_of(table), dtype=object)
        p = table[[f"{P}{label}" for label in labels]]
        p = p.apply(pd.to_numeric, errors="coerce").fillna(-np.inf)
        table["predicted"] = labels[p.to_numpy().argmax(axis=1)] if len(p) else ""
    return table


def _check_needed(table: pd.DataFrame, path: Path, index: Index | None) -> None:
    lacks = [] if "take" in table else ["take"]
    if "true" not in table and index is None:
        lacks.append("true (or give --index, which knows it)")
    if "predicted" not in table and len(labels_of(table)) < 2:
        lacks.append("a column p_<label> for each label (or predicted)")
    if lacks:
        raise Problem(
            f"{path} lacks {', and '.join(lacks)}; it has the columns "
            f"{', '.join(table.columns)}: rename them in its first line, or add what "
            f"is missing."
        )


def _fill_from_splits(
    table: pd.DataFrame,
    path: Path,
    drawn: Mapping[int | None, tuple[Path, Split]],
) -> None:
    """Add fold, protocol and digest, as far as the table has none of its own."""
    asked = {"fold": "0", "protocol": "", "split_digest": ""}
    asked = {column: value for column, value in asked.items() if column not in table}
    table[[*asked]] = pd.DataFrame(asked, index=table.index)
    seeds = pd.to_numeric(table["seed"], errors="coerce")
    if len(drawn) > 1 and not (known := seeds.isin([*drawn])).all():
        row = int((~known).to_numpy().argmax())
        raise Problem(
            f"{place(table, row, str(path))}: there is no split of seed "
            f"{table['seed'].iloc[row]!r} (only of "
            f"{', '.join(map(str, sorted(drawn)))}); give the split of each seed."
        )
    for seed, (file, split) in drawn.items():
        rows = table.index if seed is None else table.index[seeds == seed]
        if "protocol" in asked:
            table.loc[rows, "protocol"] = split.protocol
        if "split_digest" in asked:
            table.loc[rows, "split_digest"] = split.digest
        if "fold" in asked and len(split.folds) > 1:
            tested = split.table[split.table["part"] == PART]
            if tested["take"].duplicated().any():
                raise Problem(
                    f"{path} has no column `fold`, and {file} tests a take in several "
                    f"folds; add one that says which fold a row is of."
                )
            fold_of = tested.set_index("take")["fold"]
            found = table.loc[rows, "take"].map(fold_of).fillna(split.folds[0])
            table.loc[rows, "fold"] = found.astype(int).astype(str)
