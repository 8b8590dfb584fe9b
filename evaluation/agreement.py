"""Whether predictions are of the very takes that a split or an index names.

A score of other takes than those of the test part is a score of another experiment.
"""

import pandas as pd

from corpus.labels import EMOTIONS, SYNONYMS
from corpus.problem import Problem
from corpus.splits import Split
from evaluation.prediction_rules import P, labels_of, place

__all__ = ["PART", "check_complete", "check_index", "check_takes"]

PART = "test"  # what is scored


def check_complete(
    predictions: pd.DataFrame, split: Split, *, source: str, of: str = "the split"
) -> None:
    """See that every system predicted exactly the test part of a split, in every fold.

    Args:
        predictions: As `read_predictions` returns it, of the seeds of this split; the
            index is taken for the line in the file.
        split: Which takes to test, and in which fold.
        source: Where the predictions are from, for the sentence.
        of: Where the split is from.

    Raises:
        Problem: If a system left a take out, predicted one of another part, or names
            another split.
    """
    rows = predictions[predictions["part"] == PART]
    strange = ~rows["split_digest"].isin(["", split.digest]).to_numpy()
    if strange.any():
        row = int(strange.argmax())
        raise Problem(
            f"{place(rows, row, source)}: its split is "
            f"{rows['split_digest'].iloc[row]!r}, and that of {of} is "
            f"{split.digest!r}; give the split that was used, or leave the column "
            f"split_digest empty."
        )
    wanted = split.table[split.table["part"] == PART][["fold", "take"]]
    wanted = set(wanted.itertuples(index=False, name=None))
    where = dict(zip(split.table["take"], split.table["part"], strict=True))
    for (system, seed), one in rows.groupby(["system", "seed"], sort=False):
        has = list(one[["fold", "take"]].itertuples(index=False, name=None))
        who = f"{system} (seed {seed})"
        for row, (fold, take) in enumerate(has):
            if (fold, take) not in wanted:
                in_split = where.get(take)
                why = "is not in the split"
                if in_split is not None:
                    why = f"is not of the {PART} part{_of_fold(split, fold)}"
                raise Problem(
                    f"{place(one, row, source)}: {who} predicted a take that {why} "
                    f"({of}, {len(wanted):,} takes to test); leave it out, or name "
                    f"its part in a column `part`."
                )
        if lacking := sorted(wanted - set(has)):
            fold, take = lacking[0]
            more = f" and {len(lacking) - 1:,} more" if lacking[1:] else ""
            raise Problem(
                f"{source}: {who} has no prediction of take {take!r}"
                f"{_of_fold(split, fold)}{more}; the {PART} part of {of} has "
                f"{len(wanted):,} takes: predict them all."
            )
    if not len(rows):
        raise Problem(f"{source} holds no predictions of the {PART} part of {of}.")


def _of_fold(split: Split, fold: int) -> str:
    return f" of fold {fold}" if len(split.folds) > 1 else ""


def check_index(table: pd.DataFrame, takes: pd.DataFrame, source: str) -> None:
    """See that predictions are of takes of an index, and of their emotions.

    Args:
        table: All columns of predictions; the index is taken for the line in the file.
        takes: Rows of the index.
        source: Where the predictions are from, for the sentence.

    Raises:
        Problem: If the index has no such take or label, or says another emotion.
    """
    check_takes(table, takes, source)
    known = set(takes["emotion"])
    for label in labels_of(table):
        plain = label.strip().lower()
        meant = SYNONYMS.get(plain, plain)
        if label in known or label in EMOTIONS:
            continue
        if meant in known:
            raise Problem(
                f"{source} has the label {label!r}, which the index calls {meant!r}; "
                f"rename it, in the column {P}{label} and in the rows."
            )
        raise Problem(
            f"{source} has the label {label!r}, and no take of the index is that "
            f"(they are {', '.join(sorted(known))}); rename it, or give the index of "
            f"its corpus."
        )
    emotion = table["take"].map(takes.set_index("take")["emotion"])
    differ = (table["true"] != emotion).to_numpy()
    if differ.any():
        row = int(differ.argmax())
        raise Problem(
            f"{place(table, row, source)}: true is {table['true'].iloc[row]!r}, and "
            f"the index says {emotion.iloc[row]!r} ({differ.sum():,} such rows); "
            f"correct them, or leave the column `true` out."
        )


def check_takes(table: pd.DataFrame, takes: pd.DataFrame, source: str) -> None:
    """See that the index has all takes.

    Args:
        table: With a column `take`; as for `check_index`.
        takes: Rows of the index.
        source: For the sentence.

    Raises:
        Problem: If it lacks one.
    """
    known = set(takes["take"])
    strange = ~table["take"].isin(known).to_numpy()
    if not strange.any():
        return
    raise Problem(
        f"{place(table, int(strange.argmax()), source)}: the index has no such take "
        f"({strange.sum():,} such rows); its takes are called such as "
        f"{takes['take'].iloc[0]!r} (or as their files are): give the index that it "
        f"is of, or those names."
    )
