"""The dense classifier: Table 1 of the thesis, and the meta-classifier's shape."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from classifiers.layers import (
    add_dense,
    add_softmax,
    check_activations,
    check_batch_norm,
    check_layers,
)

if TYPE_CHECKING:
    import keras

__all__ = ["DenseHead", "build_dense"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class DenseHead:
    """Settings of a dense classifier of one embedding a take.

    Attributes:
        units: Width of each hidden layer (Beyene 2019, Table 1); none leaves a softmax
            on the embedding itself.
        dropout: Rate after each hidden layer; the thesis names none, 0.5 is our choice.
        kind: What the head is called in its card, "dense" or "meta".
        activations: Of each hidden layer; none for ReLU in all.
        batch_norm: Hidden layers, counted from 1, after which numbers are normalised
            over the batch, before dropout.
    """

    units: tuple[int, ...] = (512, 256)
    dropout: tuple[float, ...] = (0.5, 0.5)
    kind: str = "dense"
    activations: tuple[str, ...] = ()
    batch_norm: tuple[int, ...] = ()

    feeds: ClassVar[str] = "vector"

    def __post_init__(self) -> None:
        # As many rates as layers, unlike where dropout may be left out.
        check_layers("a dense head", self.units, self.dropout, optional=not self.units)
        check_activations("a dense head", self.activations, layers=len(self.units))
        check_batch_norm("a dense head", self.batch_norm, layers=len(self.units))

    @property
    def has_penultimate(self) -> bool:
        """Whether there is a hidden layer before the softmax."""
        return bool(self.units)

    def build(self, width: int, classes: int) -> "keras.Model":
        """Return the untrained network, see `build_dense`.

        Args:
            width: Numbers in one embedding.
            classes: Number of labels.
        """
        inputs, hidden = self.trunk(width)
        return add_softmax(inputs["embedding"], hidden, classes, name="dense")

    def trunk(self, width: int, *, prefix: str = "") -> tuple[dict[str, Any], Any]:
        """Return the inputs by name, and what the softmax stands on.

        Args:
            width: Numbers in one embedding.
            prefix: Before the names of all layers and inputs, to tell those of one
                trunk of a joint network from another's.
        """
        import keras

        embedding = keras.Input((width,), name=f"{prefix}embedding")
        hidden = add_dense(
            embedding,
            self.units,
            activations=self.activations,
            dropout=self.dropout,
            batch_norm=self.batch_norm,
            prefix=prefix,
        )
        return {f"{prefix}embedding": embedding}, hidden

    def inputs(
        self, features: Sequence[np.ndarray], *, length: int | None = None
    ) -> np.ndarray:
        """Return what the network takes for a batch: shape (n, width), float32."""
        return np.asarray(features, np.float32)


def build_dense(width: int, classes: int, **settings: Any) -> "keras.Model":
    """Return dense ReLU layers, each followed by dropout, and a softmax.

    The default is the audio network of Beyene 2019, Table 1: 395,783 parameters at
    width 512 and 7 classes. The last hidden layer is called "penultimate"; its output
    is taken before dropout.

    Args:
        width: Numbers in one embedding.
        classes: Number of labels.
        settings: Those of `DenseHead`.

    Raises:
        Problem: If there is not one rate or one activation for each layer, or an
            activation is not known.
    """
    return DenseHead(**settings).build(width, classes)
