"""What a head is shown in training: rows, checked, and in batches."""

import dataclasses
import hashlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from classifiers.dense import DenseHead
from classifiers.lstm import LSTMHead
from classifiers.scale import Scaler
from corpus.problem import Problem

if TYPE_CHECKING:
    import keras

__all__ = ["Lesson"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Lesson:
    """The rows that a head is fitted on, and those that only early stopping looks at.

    Attributes:
        head: What learns.
        rows: Arrays of shape (width,) for a dense head, (steps, width) for an LSTM;
            float32.
        targets: The label of each row.
        takes: The take of each row; copies of one take may repeat it.
        labels: The labels in the order of the outputs.
        validation: Shape (n,), bool: the rows that are only looked at.
    """

    head: DenseHead | LSTMHead
    rows: Sequence[np.ndarray]
    targets: Sequence[str]
    takes: Sequence[str]
    labels: Sequence[str]
    validation: np.ndarray

    @property
    def width(self) -> int:
        """Numbers in one embedding."""
        return int(self.rows[0].shape[-1])

    @property
    def fitted(self) -> list[np.ndarray]:
        """The rows that are fitted on."""
        return list(itertools.compress(self.rows, ~self.validation))

    @property
    def seen(self) -> dict[str, list[str]]:
        """The takes fitted on, `takes`, and those looked at, `validation_takes`."""
        return {
            "takes": sorted({*itertools.compress(self.takes, ~self.validation)}),
            "validation_takes": sorted(
                {*itertools.compress(self.takes, self.validation)}
            ),
        }

    def check(self) -> None:
        """Make sure that there is something to learn.

        Raises:
            Problem: If a label is not known, or has no take to be fitted on, there is
                no row to look at, or a feature is not finite.
            ValueError: If lengths or widths differ, or a take is on both sides.
        """
        rows, targets, takes = self.rows, self.targets, self.takes
        labels, validation = self.labels, self.validation
        if len({len(rows), len(targets), len(takes), len(validation)}) != 1:
            raise ValueError(
                f"{len(rows)} features, {len(targets)} targets, {len(takes)} takes and "
                f"{len(validation)} validation flags must be of one length"
            )
        if validation.dtype != bool:
            raise TypeError(f"validation must be of bool, not {validation.dtype}")
        for take, target, row in zip(takes, targets, rows, strict=True):
            if target not in labels:
                raise Problem(
                    f"take {take} is labelled {target!r}, which is none of "
                    f"{', '.join(labels)}; leave it out, or add it to the labels."
                )
            if not np.isfinite(row).all():
                raise Problem(
                    f"the embedding of take {take} holds values that are not numbers; "
                    f"extract it again."
                )
        missing = set(labels) - set(itertools.compress(targets, ~validation))
        if missing:
            raise Problem(
                f"no take of {', '.join(sorted(missing))} is left to train on; use "
                f"more takes, another split, or fewer labels."
            )
        if not validation.any():
            raise Problem(
                "no take is left to watch for early stopping; use more takes or a "
                "larger validation part."
            )
        if len({row.shape[-1] for row in rows}) != 1:
            raise ValueError("embeddings differ in width")
        if both := set(self.seen["takes"]) & set(self.seen["validation_takes"]):
            raise ValueError(f"{min(both)} is fitted on and watched as well")

    def sha256(self) -> str:
        """Return a hash of all numbers and targets, in hexadecimal."""
        state = hashlib.sha256("\n".join(self.targets).encode())
        state.update(self.validation.tobytes())
        for row in self.rows:
            state.update(f"{row.shape}".encode())
            state.update(np.ascontiguousarray(row))
        return state.hexdigest()

    def scaled(self, scaler: Scaler) -> "Lesson":
        """Return the lesson with scaled rows."""
        return dataclasses.replace(self, rows=[scaler(row) for row in self.rows])

    def build(self) -> "keras.Model":
        """Return the untrained network."""
        return self.head.build(self.width, len(self.labels))

    def batch(self, chosen: np.ndarray) -> tuple[Any, np.ndarray]:
        """Return inputs and one-hot targets of some rows.

        Sequences are padded to the longest of the lesson: one shape for all batches,
        traced once. Batches of like lengths would save up to 0.3 of the time on
        RAVDESS (mean 3.7 s, longest 5.3 s), but takes would no longer meet at random.
        """
        longest = max(map(len, self.rows))
        inputs = self.head.inputs([self.rows[row] for row in chosen], length=longest)
        positions = [self.labels.index(self.targets[row]) for row in chosen]
        return inputs, np.eye(len(self.labels), dtype=np.float32)[positions]

    def watched(self) -> tuple[Any, np.ndarray]:
        """Return inputs and one-hot targets of the rows that are only looked at."""
        return self.batch(np.flatnonzero(self.validation))

    def batches(
        self, size: int, *, seed: int, epochs: Iterable[int]
    ) -> Iterator[tuple[Any, np.ndarray]]:
        """Yield the batches of some epochs, the order of each drawn from its number."""
        for epoch in epochs:
            rng = np.random.default_rng([seed, epoch])
            order = rng.permutation(np.flatnonzero(~self.validation))
            for start in range(0, len(order), size):
                yield self.batch(order[start : start + size])
