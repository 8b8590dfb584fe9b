"""Face coverage: in how many of a take's frames a face was found, and if it matters."""

from pathlib import Path

import numpy as np
import pandas as pd

from corpus.problem import Problem
from corpus.tables import read_text_table
from evaluation.groups import by_group

__all__ = ["COVERAGE", "by_coverage", "read_coverage"]

COLUMNS = ("take", "frames", "found")
COVERAGE = "face coverage"

# From the lower end on: the share of frames with a face.
BANDS = (
    (1.0, "every frame"),
    (0.95, "95 % or more"),
    (0.5, "50 to 95 %"),
    (1e-9, "less than half"),
    (0.0, "no frame"),
)


def read_coverage(path: Path) -> pd.DataFrame:
    """Read `faces.csv`: by take, the frames looked at and those with a face.

    Returns:
        Columns take, frames and found (whole numbers) and share (found of frames; NaN
        without frames), in the order of the file.

    Raises:
        Problem: If it is no such table.
    """
    table = read_text_table(path, cure="extract the faces again")
    missing = [column for column in COLUMNS if column not in table]
    if missing:
        raise Problem(f"{path} lacks the columns {', '.join(missing)}; make it again.")
    for column in COLUMNS[1:]:
        numbers = pd.to_numeric(table[column], errors="coerce")
        whole = numbers.where((numbers >= 0) & (numbers == numbers.round()))
        if whole.isna().any():
            row = int(whole.isna().argmax())
            raise Problem(
                f"{path}, line {row + 2}, take {table['take'].iloc[row]!r}: {column} "
                f"is {table[column].iloc[row]!r}, not a count; make it again."
            )
        table[column] = whole.astype(int)
    wrong = (table["found"] > table["frames"]) | table["take"].duplicated()
    if wrong.any():
        row = int(wrong.argmax())
        raise Problem(
            f"{path}, line {row + 2}, take {table['take'].iloc[row]!r}: it stands "
            f"there twice, or has more faces than frames; make it again."
        )
    share = table["found"] / table["frames"].where(table["frames"] > 0)
    return table[list(COLUMNS)].assign(share=share)


def by_coverage(predictions: pd.DataFrame, coverage: pd.DataFrame) -> pd.DataFrame:
    """Score every system on takes with like coverage, those with most faces first.

    Args:
        predictions: As `read_predictions` returns it.
        coverage: As `read_coverage` returns it; takes it does not name are left out.

    Returns:
        As `evaluation.groups.by_group`; empty where all takes are in one band.
    """
    known = coverage[coverage["share"].notna()]
    bands = [_band(share) for share in known["share"]]
    facts = known[["take"]].assign(**{COVERAGE: bands})
    rows = predictions[predictions["take"].isin(known["take"])]
    groups = by_group(rows, facts, columns=(COVERAGE,))
    place = {name: at for at, (_, name) in enumerate(BANDS)}
    return groups.sort_values(
        "value", key=lambda names: names.map(place), kind="stable", ignore_index=True
    )


def _band(share: float) -> str:
    return next(name for low, name in BANDS if share >= low - np.finfo(float).eps)
