"""One take's rows as embeddings: of one face, with times, without gaps."""

import dataclasses
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from corpus.problem import Problem
from embeddings.columns import TIMES, some
from embeddings.store import Embedding

__all__ = ["NO_FACE", "Manner", "read_arrays", "sequence"]

NO_FACE = ("keep", "previous", "drop")
YES = ("1", "1.0", "True", "true")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Manner:
    """How a table is to be read.

    Attributes:
        columns: Patterns of the columns to take ("AU*_r"), in the table's order; none
            for all that hold numbers and do not tell what a row is of.
        take_column: The column that names the take; None to find it.
        fps: Rows a second, where a sequence has no times.
        no_face: What becomes of rows whose `success` is 0: "keep" them as they are
            (OpenFace writes zeros), "previous" (the last good row; at the start, the
            first one) or "drop".
    """

    columns: tuple[str, ...] = ()
    take_column: str | None = None
    fps: float | None = None
    no_face: str = "keep"

    def __post_init__(self) -> None:
        if self.no_face not in NO_FACE:
            raise Problem(
                f"no_face must be one of {', '.join(NO_FACE)}, not {self.no_face!r}."
            )
        if self.fps is not None and not 0 < self.fps < float("inf"):
            raise Problem(f"fps must be above 0, not {self.fps:g}.")


def sequence(
    table: pd.DataFrame, values: np.ndarray, where: str, manner: Manner
) -> tuple[Embedding, str]:
    """Turn the rows of one take into embeddings.

    Columns that say so choose among them: `face_id` (kept is the face seen most often,
    the first of several), `success`, and a time in seconds.

    Args:
        table: The rows, with those of `embeddings.columns.WHAT_IT_IS` that there are.
        values: Shape (rows, d), float64.
        where: The file, and the line where that is known; for the sentence.
        manner: How they are read.

    Returns:
        The embeddings, with `found` where there is `success`; and what else is to be
        said of them, "" for nothing.

    Raises:
        Problem: If a number is missing, times do not increase, or no face is found.
    """
    side = {name.lower(): table[name].to_numpy() for name in table}
    kept, note = np.ones(len(table), bool), ""
    found = np.ones(len(table), bool)
    if "success" in side:
        found = np.isin([str(value).strip() for value in side["success"]], YES)
        if not found.any() and manner.no_face != "keep":
            raise Problem(f"{where} shows no face in any of its {len(found)} rows.")
    if "face_id" in side:
        face = np.array([str(value).strip() for value in side["face_id"]])
        faces, seen = np.unique(face, return_inverse=True)
        if len(faces) > 1:
            counts = np.bincount(seen, weights=found)
            kept = seen == np.argmax(counts)
            note = (
                f"{where} shows {len(faces)} faces; kept is the one seen most often "
                f"(face_id {faces[np.argmax(counts)]}, in {kept.sum()} of {len(kept)} "
                f"rows)"
            )
    if manner.no_face == "drop":
        kept &= found
    time = _times(side, kept, where, manner)
    array, found = _float32(values[kept]), found[kept]
    if manner.no_face == "previous":
        last = np.maximum.accumulate(np.where(found, np.arange(len(array)), -1))
        array = array[np.where(last < 0, np.argmax(found), last)]
    extra = {"found": found} if "success" in side else {}
    return Embedding(_checked(array, where), time, extra), note


def _times(
    side: Mapping[str, np.ndarray], kept: np.ndarray, where: str, manner: Manner
) -> np.ndarray:
    """Return the seconds of the rows that are kept."""
    column = next((name for name in TIMES if name in side), None)
    if column is None:
        return _clock(len(kept), where, manner)[kept]
    told = pd.to_numeric(pd.Series(side[column][kept]), errors="coerce")
    time = told.to_numpy(np.float64)
    if len(time) == 1 and not np.isfinite(time).all():
        return np.zeros(1)  # one row a take; a date, or nothing
    return _increasing(time, where)


def _clock(count: int, where: str, manner: Manner) -> np.ndarray:
    """Return the seconds of rows that have no times of their own."""
    if count > 1 and manner.fps is None:
        raise Problem(
            f"{where} has {count} rows and no times; say how many there are a second, "
            f"by --fps."
        )
    return np.arange(count) / (manner.fps or 1.0)


def read_arrays(path: Path, manner: Manner) -> tuple[Embedding, str]:
    """Read one take's arrays.

    Args:
        path: An npy, or an npz with `embedding` or a single array, and perhaps `time`
            in seconds. Shape (d,), one embedding of the take, or (n, ...).
        manner: How they are read.

    Returns:
        The embeddings, and "": nothing is to be said of them.

    Raises:
        Problem: If they are damaged, pickled, no numbers, not finite, or have no times.
    """
    time = None
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            array = loaded
        else:
            with loaded as file:
                others = [name for name in file.files if name != "time"]
                name = "embedding" if "embedding" in others else "".join(others[:1])
                if name != "embedding" and len(others) != 1:
                    raise Problem(
                        f"{path} holds {len(others)} arrays ({some(others)}) and none "
                        f"is called embedding; name one so."
                    )
                array = file[name]
                time = file["time"] if "time" in file.files else None
    except (OSError, ValueError, EOFError, LookupError) as error:
        raise Problem(f"{path} cannot be read ({error}); make it again.") from error
    except (zipfile.BadZipFile, zlib.error) as error:
        raise Problem(f"{path} is damaged ({error}); copy it again.") from error
    if array.dtype.kind not in "fiub" or not array.ndim or not array.size:
        raise Problem(f"{path} holds no numbers ({array.dtype}, shape {array.shape}).")
    array = _float32(np.atleast_2d(array))
    if time is None:
        time = _clock(len(array), str(path), manner)
    elif time.size != len(array) or time.dtype.kind not in "fiu":
        raise Problem(f"{path} has {time.size} times for {len(array)} rows.")
    time = _increasing(time.reshape(-1).astype(np.float64), str(path))
    return Embedding(_checked(array, str(path)), time), ""


def _float32(array: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # what is too large is refused as not finite
        return array.astype(np.float32)


def _increasing(time: np.ndarray, where: str) -> np.ndarray:
    if not np.isfinite(time).all() or (np.diff(time) <= 0).any():
        raise Problem(f"{where} has times that do not increase; sort or mend them.")
    return time


def _checked(array: np.ndarray, where: str) -> np.ndarray:
    bad = ~np.isfinite(array).reshape(len(array), -1).all(axis=1)
    if bad.any():
        raise Problem(
            f"{where} has numbers that are missing or not finite, in {bad.sum()} of "
            f"{len(array)} rows."
        )
    return array
