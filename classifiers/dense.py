"""The dense classifier: Table 1 of the thesis, and the meta-classifier's shape."""

import dataclasses
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from corpus.problem import Problem

if TYPE_CHECKING:
    import keras

__all__ = ["DenseHead", "build_dense"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class DenseHead:
    """Settings of a dense classifier of one embedding a take.

    Attributes:
        units: Width of each hidden layer (Beyene 2019, Table 1).
        dropout: Rate after each hidden layer; the thesis names none, 0.5 is our choice.
        kind: What the head is called in its card, "dense" or "meta".
    """

    units: tuple[int, ...] = (512, 256)
    dropout: tuple[float, ...] = (0.5, 0.5)
    kind: str = "dense"

    def build(self, width: int, classes: int) -> "keras.Model":
        """Return the untrained network, see `build_dense`."""
        return build_dense(width, classes, units=self.units, dropout=self.dropout)

    def inputs(
        self, features: Sequence[np.ndarray], *, length: int | None = None
    ) -> np.ndarray:
        """Return what the network takes for a batch: shape (n, width), float32."""
        return np.asarray(features, np.float32)


def build_dense(
    width: int,
    classes: int,
    *,
    units: Sequence[int] = (512, 256),
    dropout: Sequence[float] = (0.5, 0.5),
) -> "keras.Model":
    """Return dense ReLU layers, each followed by dropout, and a softmax.

    The default is the audio network of Beyene 2019, Table 1: 395,783 parameters at
    width 512 and 7 classes. The last hidden layer is called "penultimate"; its output
    is taken before dropout.

    Args:
        width: Numbers in one embedding.
        classes: Numbers of labels.
        units: Width of each hidden layer, one or more.
        dropout: Rate after each hidden layer, 0 for none.

    Raises:
        Problem: If there is no hidden layer, or not one rate for each.
    """
    import keras

    if not units or len(units) != len(dropout):
        raise Problem(
            f"a dense head needs one dropout rate for each of its hidden layers, at "
            f"least one: units are {tuple(units)}, dropout {tuple(dropout)}."
        )
    embedding = hidden = keras.Input((width,), name="embedding")
    for place, (count, rate) in enumerate(zip(units, dropout, strict=True), start=1):
        name = "penultimate" if place == len(units) else f"hidden_{place}"
        hidden = keras.layers.Dense(count, activation="relu", name=name)(hidden)
        # The seed that Keras would draw, but said: without one PyTorch's dropout uses
        # a generator outside the model, and a training could not be resumed exactly.
        drawn = random.randrange(2**31)
        layer = keras.layers.Dropout(rate, seed=drawn, name=f"dropout_{place}")
        hidden = layer(hidden)
    softmax = keras.layers.Dense(classes, activation="softmax", name="probabilities")
    return keras.Model(embedding, softmax(hidden), name="dense")
