"""An opened network of any kind: rows in, as it wants them; finite numbers out."""

import dataclasses
import difflib
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from corpus.problem import Problem

__all__ = ["Opened", "one_of"]


@dataclasses.dataclass(frozen=True)
class Opened:
    """A network of a file; call it with rows.

    Axes of length one are put in or left out as the network has them, so that grey
    crops (n, 64, 64) go into (n, 64, 64, 1) and (n, 1, 64, 64) alike. A network that
    takes a fixed single example, or has no axis for examples, is called row by row.

    Attributes:
        path: The file, for sentences.
        shape: What it declares to take, with the axis of examples if it has one; None
            where a length is open.
        dtype: Of what it takes.
        call: Takes an array of that shape; returns the chosen output.
        parameters: How many numbers are frozen in it; 0 where the file does not tell.
    """

    path: Path
    shape: tuple[int | None, ...]
    dtype: np.dtype
    call: Callable[[np.ndarray], np.ndarray]
    parameters: int = 0

    def __post_init__(self) -> None:
        if self.dtype.kind not in "fiub":
            raise Problem(f"{self.path} takes text; a backbone takes numbers.")

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Return one output a row.

        Args:
            rows: Shape (n, ...), one row an example.

        Returns:
            Shape (n, ...), float32.

        Raises:
            Problem: If rows of this shape do not go into the network, the network
                fails on them, its output has no axis of examples, or holds what is
                no number.
        """
        rows = np.asarray(rows).astype(self.dtype, copy=False)
        inner = _fitted(rows.shape[1:], self.shape[1:]) if self.shape else None
        if inner is not None and self.shape[0] in (None, len(rows)):
            outputs = self._called(rows.reshape(len(rows), *inner))
            if outputs.ndim < 1 or len(outputs) != len(rows):
                raise Problem(
                    f"the output of {self.path} has the shape {outputs.shape} for "
                    f"{len(rows)} examples; choose one with a row an example."
                )
        elif inner is not None and self.shape[0] == 1:
            outputs = self._row_by_row(rows, (1, *inner))
        elif (alone := _fitted(rows.shape[1:], self.shape)) is not None:
            outputs = self._row_by_row(rows, alone)
        else:
            raise self._unfit(rows.shape)
        outputs = outputs.astype(np.float32, copy=False)
        if not np.isfinite(outputs).all():
            raise Problem(
                f"the output of {self.path} holds NaN or infinity; the file is damaged "
                f"or its input is scaled otherwise: see its `scaling`, or fetch it "
                f"again."
            )
        return outputs

    def _called(self, array: np.ndarray) -> np.ndarray:
        try:
            return np.array(self.call(array))
        except Exception as error:  # each kind of network has its own
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise Problem(
                f"{self.path} fails on what the description makes, "
                f"{' x '.join(map(str, array.shape))} ({first.rstrip('.')}); change "
                f"its sizes, or write batch = 1 if it takes one example at a time."
            ) from error

    def _row_by_row(self, rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Call it with each row; leave an axis of one example out."""
        outputs = [self._called(row.reshape(shape)) for row in rows]
        shapes = {output.shape for output in outputs}
        if len(shapes) != 1:
            raise Problem(
                f"the output of {self.path} has a shape that changes from row to row "
                f"({', '.join(map(str, sorted(shapes)))}); choose another."
            )
        single = outputs[0].ndim > 1 and outputs[0].shape[0] == 1
        return np.stack([output[0] if single else output for output in outputs])

    def _unfit(self, shape: tuple[int, ...]) -> Problem:
        wanted = " x ".join("any" if size is None else str(size) for size in self.shape)
        given = " x ".join(map(str, shape))
        return Problem(
            f"{self.path} takes {wanted}, and the description makes {given} (the first "
            f"counts the examples); change the description's sizes or its batch."
        )


def _fitted(
    row: tuple[int, ...], wanted: tuple[int | None, ...]
) -> tuple[int, ...] | None:
    """Return a row's shape with axes of one as wanted; None if it does not fit."""
    lengths = [length for length in row if length != 1]
    shape = []
    for length in wanted:
        # An open axis takes the next length there is, or is one.
        if length == 1 or (length is None and not lengths):
            shape.append(1)
        elif lengths and length in (None, lengths[0]):
            shape.append(lengths.pop(0))
        else:
            return None
    return None if lengths else tuple(shape)


def one_of(kind: str, name: str, names: Iterable[str], *, path: Path) -> str:
    """Return a name if the network has it.

    Args:
        kind: What is named, such as "layer".
        name: What the description asks for.
        names: What the network has.
        path: Its file, for the sentence.

    Raises:
        Problem: If it has none of that name; the nearest are told.
    """
    names = list(names)
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.3) or names[-3:]
    raise Problem(
        f"{path} has no {kind} {name!r}; the nearest of its {len(names)} are "
        f"{', '.join(map(repr, near))}."
    )
