"""What a head is shown in training: rows, checked, and in batches."""

import dataclasses
import hashlib
import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from classifiers.heads import Head
from classifiers.scale import Scaler
from corpus.problem import Problem

if TYPE_CHECKING:
    import keras

__all__ = ["Material"]

# Sequences of a batch are padded to a multiple of so many steps.
STEPS = 8

# So many batches are sorted by length at a time, where that is asked for.
POOL = 10

# Of how many axes a take's features may be.
AXES = {"vector": (1,), "sequence": (2,), "picture": (2, 3)}
FED = {
    "vector": "one embedding a take, of shape (width,)",
    "sequence": "sequences of embeddings, of shape (steps, width)",
    "picture": "pictures, of shape (height, width) or (height, width, channels)",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Material:
    """The rows that a head is fitted on, and those that only early stopping looks at.

    Attributes:
        head: What learns.
        rows: What the head `feeds` on, float32: arrays of shape (width,), (steps,
            width) or (height, width[, channels]).
        targets: The label of each row.
        takes: The take of each row; copies of one take may repeat it.
        labels: The labels in the order of the outputs.
        validation: Shape (n,), bool: the rows that are only looked at.
    """

    head: Head
    rows: Sequence[np.ndarray]
    targets: Sequence[str]
    takes: Sequence[str]
    labels: Sequence[str]
    validation: np.ndarray

    @staticmethod
    def as_rows(features: Sequence[Any]) -> list[Any]:
        """Return features as rows, float32."""
        return [np.asarray(row, np.float32) for row in features]

    @property
    def width(self) -> int:
        """Numbers in one embedding."""
        return int(self.rows[0].shape[-1])

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a take's features; of several lengths the longest."""
        return (*max(row.shape[:-1] for row in self.rows), self.width)

    @property
    def size(self) -> int | tuple[int, ...]:
        """What the head's `build` is told: of pictures their shape, else the width."""
        return self.shape if self.head.feeds == "picture" else self.width

    @property
    def facts(self) -> dict[str, Any]:
        """What the card says of features: `width`, and of pictures their `shape`."""
        picture = {"shape": self.shape} if self.head.feeds == "picture" else {}
        return {"width": self.width, **picture}

    @property
    def longest(self) -> int:
        """Steps of the longest sequence, or rows of the highest picture."""
        return max(map(len, self.rows))

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
                no row to look at, or features are not finite or not what the head
                feeds on.
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
        for take, target in zip(takes, targets, strict=True):
            if target not in labels:
                raise Problem(
                    f"take {take} is labelled {target!r}, which is none of "
                    f"{', '.join(labels)}; leave it out, or add it to the labels."
                )
        self.check_rows()
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
        if both := set(self.seen["takes"]) & set(self.seen["validation_takes"]):
            raise ValueError(f"{min(both)} is fitted on and watched as well")

    def check_rows(self) -> None:
        """Make sure that the head can be fed the rows.

        Raises:
            Problem: If features are not finite or not what the head feeds on.
            ValueError: If widths differ.
        """
        for take, row in zip(self.takes, self.rows, strict=True):
            if row.ndim not in AXES[self.head.feeds] or not row.size:
                raise Problem(
                    f"the {self.head.kind} head is fed {FED[self.head.feeds]}, but the "
                    f"features of take {take} have shape {row.shape}; use another "
                    f"head, or another form of the backbone."
                )
            if not np.isfinite(row).all():
                raise Problem(
                    f"the embedding of take {take} holds values that are not numbers; "
                    f"extract it again."
                )
        if len({row.shape[-1] for row in self.rows}) != 1:
            raise ValueError("embeddings differ in width")
        if len({row.shape[1:] for row in self.rows if row.ndim > 1}) > 1:
            raise ValueError("pictures differ in width or channels")

    def sha256(self) -> str:
        """Return a hash of all numbers and targets, in hexadecimal."""
        state = hashlib.sha256("\n".join(self.targets).encode())
        state.update(self.validation.tobytes())
        for row in self.rows:
            state.update(f"{row.shape}".encode())
            state.update(np.ascontiguousarray(row))
        return state.hexdigest()

    def scaler(self) -> Scaler:
        """Return standard scores of the rows that are fitted on.

        Pictures of one size are scaled cell by cell, so that what is always padding
        stays 0; sequences, and pictures of several lengths, feature by feature.
        """
        sizes = {row.shape for row in self.rows}
        picture = self.head.feeds == "picture" and len(sizes) == 1
        return Scaler.fit(self.fitted, cell_by_cell=picture)

    def unscaled(self) -> Scaler:
        """Return the scaler that changes nothing."""
        return Scaler.none(self.width)

    def scaled(self, scaler: Scaler) -> "Material":
        """Return the material with scaled rows."""
        return dataclasses.replace(self, rows=[scaler(row) for row in self.rows])

    def build(self) -> "keras.Model":
        """Return the untrained network."""
        return self.head.build(self.size, len(self.labels))

    def batch(
        self, chosen: np.ndarray, *, length: Any = None
    ) -> tuple[Any, np.ndarray]:
        """Return inputs and one-hot targets of some rows.

        Args:
            chosen: Which.
            length: Steps to which sequences are padded; None for those of the longest
                of all.
        """
        rows = [self.rows[row] for row in chosen]
        inputs = self.head.inputs(rows, length=length or self.longest)
        positions = [self.labels.index(self.targets[row]) for row in chosen]
        return inputs, np.eye(len(self.labels), dtype=np.float32)[positions]

    def watched(self, size: int) -> Iterator[tuple[Any, np.ndarray]]:
        """Yield batches of the rows that are only looked at, in order.

        Args:
            size: Rows of a batch; the last may have fewer.
        """
        rows = np.flatnonzero(self.validation)
        for start in range(0, len(rows), size):
            yield self.batch(rows[start : start + size])

    def batches(
        self, size: int, *, seed: int, epoch: int, bucketed: bool = False
    ) -> Iterator[tuple[Any, np.ndarray]]:
        """Yield the batches of an epoch, their order drawn from its number.

        Args:
            size: Rows of a batch; the last of an epoch may have fewer.
            seed: Draws the order, with an epoch's number.
            epoch: Its number, from 0.
            bucketed: Whether sequences of like length stand together, padded to the
                longest of them: those of `POOL` batches are sorted by length, then
                batches shuffled. It saves padding; but not all rows can meet in a
                batch, and JAX compiles for each length. Else all batches have one
                length.
        """
        lengths = self.lengths if bucketed else None
        rng = np.random.default_rng([seed, epoch])
        order = rng.permutation(np.flatnonzero(~self.validation))
        starts = np.arange(0, len(order), size)
        if lengths is not None:
            order = _sorted_in_pools(order, lengths, size * POOL)
            rng.shuffle(starts)
        for start in starts:
            chosen = order[start : start + size]
            longest = None if lengths is None else max(lengths[chosen])
            yield self.batch(chosen, length=longest)

    @property
    def lengths(self) -> np.ndarray | None:
        """To how many steps each sequence is padded at least; None where all agree."""
        if self.head.feeds != "sequence":
            return None
        steps = np.array([len(row) for row in self.rows])
        padded = np.minimum(-(-steps // STEPS) * STEPS, self.longest)
        return padded if len(set(padded[~self.validation])) > 1 else None


def _sorted_in_pools(order: np.ndarray, lengths: np.ndarray, pool: int) -> np.ndarray:
    """Return rows of which each so many are sorted by length; ties stay as they are."""
    parts = (order[start : start + pool] for start in range(0, len(order), pool))
    return np.concatenate(
        [part[np.argsort(lengths[part], kind="stable")] for part in parts]
    )
