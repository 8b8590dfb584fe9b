"""Trunks trained together: what several networks end in, side by side, one softmax."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from classifiers.cnn import CnnHead
from classifiers.dense import DenseHead
from classifiers.layers import (
    add_dense,
    add_softmax,
    check_activations,
    check_layers,
)
from classifiers.lstm import LSTMHead
from corpus.problem import Problem

if TYPE_CHECKING:
    import keras

__all__ = ["JointHead", "Trunk"]

Trunk = CnnHead | DenseHead | LSTMHead

# What a trunk with a single input calls it.
INPUTS = {"vector": "embedding", "picture": "picture"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class JointHead:
    """Settings of several networks without their softmax, trained as one.

    What each trunk's softmax would have stood on is put side by side: the last dense
    layer, the last state of an LSTM, or the flattened map of a CNN without dense
    layers, after its dropout. Dense layers may follow, then one softmax. Brambilla 2020
    (000:173) joins a CNN of a mel spectrum and one of 32 faces so: 1,409,352
    parameters at 128 x 216, 32 x 512 and 8 classes.

    Attributes:
        trunks: The settings of each network, two or more; their own softmax is left
            out.
        units: Width of each dense layer on what the trunks leave; may be none.
        dropout: Rate after each of those; none for no dropout.
        activations: Of each of those; none for ReLU in all.
        unscaled: Trunks, counted from 1, whose features stay as they are though
            others become standard scores (the faces of Brambilla 2020, as its code
            has it).
        kind: What the head is called in its card.
    """

    trunks: tuple[Trunk, ...]
    units: tuple[int, ...] = ()
    dropout: tuple[float, ...] = ()
    activations: tuple[str, ...] = ()
    unscaled: tuple[int, ...] = ()
    kind: str = "joint"

    feeds: ClassVar[str] = "several"

    def __post_init__(self) -> None:
        for trunk in self.trunks:
            if not isinstance(trunk, Trunk):
                kind = getattr(trunk, "kind", trunk)
                raise Problem(
                    f"a {kind} head cannot be trained together with another; use "
                    f"networks: cnn, dense or lstm."
                )
            if getattr(trunk, "bag", 0):
                raise Problem(
                    "an LSTM head in bags cannot be trained together with another; "
                    "set its bag to 0."
                )
        if len(self.trunks) < 2:
            raise Problem(
                f"a joint head has two trunks or more, not {len(self.trunks)}; give "
                f"a recipe both branches, or train the one alone."
            )
        check_layers("a joint head", self.units, self.dropout, optional=True)
        check_activations("a joint head", self.activations, layers=len(self.units))
        if not set(self.unscaled) <= {*range(1, len(self.trunks) + 1)}:
            raise Problem(
                f"a joint head has the trunks 1 to {len(self.trunks)}, and unscaled "
                f"{tuple(self.unscaled)}; name trunks that it has."
            )

    @property
    def has_penultimate(self) -> bool:
        """Whether there is a dense layer between the trunks and the softmax."""
        return bool(self.units)

    def build(
        self, sizes: Sequence[int | Sequence[int]], classes: int
    ) -> "keras.Model":
        """Return the untrained network; names of a trunk's layers begin "trunk_1_".

        Args:
            sizes: What `build` of each trunk is told: width, or shape of a picture.
            classes: Number of labels.

        Raises:
            Problem: If a trunk cannot be built.
        """
        import keras

        inputs, ends = {}, []
        for (prefix, trunk), size in zip(self._named(), sizes, strict=True):
            own, end = trunk.trunk(size, prefix=prefix)
            inputs |= own
            ends.append(end)
        hidden = add_dense(
            keras.layers.Concatenate(name="joined")(ends),
            self.units,
            activations=self.activations,
            dropout=self.dropout,
        )
        return add_softmax(inputs, hidden, classes, name="joint")

    def inputs(
        self,
        features: Sequence[tuple[np.ndarray, ...]],
        *,
        length: Sequence[int | None] | None = None,
    ) -> dict[str, np.ndarray]:
        """Return what the network takes for a batch, by the names of its inputs.

        Args:
            features: Of each take what each trunk is fed.
            length: For each trunk, see the `inputs` of that head.
        """
        length = length or [None] * len(self.trunks)
        columns = zip(*features, strict=True)
        inputs = {}
        for (prefix, trunk), rows, own in zip(
            self._named(), columns, length, strict=True
        ):
            batch: Any = trunk.inputs(rows, length=own)
            if not isinstance(batch, dict):
                batch = {INPUTS[trunk.feeds]: batch}
            inputs |= {f"{prefix}{name}": array for name, array in batch.items()}
        return inputs

    def _named(self) -> list[tuple[str, Trunk]]:
        """Return each trunk and what the names of its layers begin with."""
        return [
            (f"trunk_{place}_", trunk) for place, trunk in enumerate(self.trunks, 1)
        ]
