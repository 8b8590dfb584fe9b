"""Chosen takes with their faces, as a run folder keeps them in `exhibits/`."""

import base64
import dataclasses
from pathlib import Path

import pandas as pd

from corpus.problem import Problem
from corpus.tables import read_text_table

__all__ = ["EXHIBITS", "Exhibit", "contact_sheet", "read_numbers"]

EXHIBITS = "exhibits"  # the folder
CURE = "remove the folder exhibits, and run again"
PNG = b"\x89PNG\r\n\x1a\n"
TEXT = ("take", "part", "system", "true", "predicted")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Exhibit:
    """One chosen take.

    Attributes:
        take: Its id.
        part: In which it was said; "test" for all that were not named.
        seed: Of the systems that said it.
        system: Whose answer it was chosen by.
        true: Its emotion.
        predicted: What that system said.
        confidence: The probability of that.
        strip: Its faces side by side, as an address of a PNG ("data:..."); "" without.
        time: When each of them is, in seconds.
        found: Whether each of them is a face that was found.
    """

    take: str
    part: str
    seed: int
    system: str
    true: str
    predicted: str
    confidence: float
    strip: str
    time: tuple[float, ...]
    found: tuple[bool, ...]

    @property
    def right(self) -> bool:
        """Whether the answer was right."""
        return self.true == self.predicted


def contact_sheet(run: Path) -> list[Exhibit]:
    """Read the chosen takes of a run, in their order; none where none were chosen.

    Args:
        run: The run folder, `exhibits/takes.csv` in it, `faces.csv` and the pictures.

    Raises:
        Problem: If a table or a picture is damaged.
    """
    folder = run / EXHIBITS
    if not (folder / "takes.csv").is_file():
        return []
    takes = read_numbers(folder / "takes.csv", TEXT, ("seed", "confidence"))
    faces = pd.DataFrame(columns=["take", "found", "time"])
    if (folder / "faces.csv").is_file():
        faces = read_numbers(folder / "faces.csv", ("take", "found"), ("time",))
    shown = dict(iter(faces.groupby("take")))
    return [
        Exhibit(
            **{name: row[name] for name in TEXT},
            seed=int(row["seed"]),
            confidence=row["confidence"],
            strip=_address(folder / f"faces-{row['take']}.png", row["take"] in shown),
            time=tuple(shown.get(row["take"], faces[:0])["time"]),
            found=tuple(shown.get(row["take"], faces[:0])["found"] == "True"),
        )
        for row in takes.to_dict("records")
    ]


def read_numbers(
    path: Path, text: tuple[str, ...], numbers: tuple[str, ...]
) -> pd.DataFrame:
    """Read some columns of a table that a run wrote.

    Args:
        path: A CSV file.
        text: Columns that stay text.
        numbers: Columns of numbers.

    Raises:
        Problem: If it is no table, lacks a column, or has something else for a number.
    """
    table = read_text_table(path, cure=CURE)
    missing = [name for name in (*text, *numbers) if name not in table]
    if missing:
        raise Problem(f"{path} lacks the columns {', '.join(missing)}; {CURE}.")
    table = table[[*text, *numbers]].copy()
    for name in numbers:
        values = pd.to_numeric(table[name], errors="coerce")
        if values.isna().any():
            row = int(values.isna().argmax())
            raise Problem(
                f"{path}, line {row + 2}: {name} is {table[name].iloc[row]!r}, which "
                f"is no number; {CURE}."
            )
        table[name] = values
    return table


def _address(path: Path, wanted: bool) -> str:
    """Return a picture as an address that needs no file."""
    if not wanted:
        return ""
    content = path.read_bytes() if path.is_file() else b""
    if not content.startswith(PNG):
        raise Problem(f"{path} is missing or no PNG; {CURE}.")
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"
