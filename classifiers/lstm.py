"""The LSTM classifier of sequences: LSTM layers, dense ones if wished, a softmax."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from classifiers.layers import (
    LATER,
    add_dense,
    add_dropout,
    add_softmax,
    check_activations,
    check_batch_norm,
    check_layers,
    name_of,
)
from corpus.problem import Problem
from embeddings.sequences import pad

if TYPE_CHECKING:
    import keras

__all__ = ["LSTMHead", "build_lstm"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class LSTMHead:
    """Settings of an LSTM classifier of one sequence of embeddings a take.

    There is no recurrent dropout: it would rule out cuDNN without a word.

    Attributes:
        units: Width of each LSTM layer, one or more (Beyene 2019, section 4.2).
        activation: Of states and outputs. The thesis' sentence on ReLU "for the
            non-output layers" may include the LSTM; "tanh" is the probable reading,
            and the only one that cuDNN computes.
        dropout: Rate after each LSTM layer; the thesis names none, 0.5 is our choice.
        kind: What the head is called in its card.
        batch_norm: LSTM layers, counted from 1, after which numbers are normalised
            over the batch and its real steps, before dropout.
        dense: Width of each dense layer between the LSTM and the softmax.
        dense_activations: Of each of those; none for ReLU in all.
        dense_dropout: Rate after each of those; none for no dropout.
        bag: Steps of the pieces that it learns instead of whole sequences, and whose
            mean answers for a take, see `classifiers.bags`; 0 for whole ones.
    """

    units: tuple[int, ...] = (200, 100)
    activation: str = "tanh"
    dropout: tuple[float, ...] = (0.5, 0.5)
    kind: str = "lstm"
    batch_norm: tuple[int, ...] = ()
    dense: tuple[int, ...] = ()
    dense_activations: tuple[str, ...] = ()
    dense_dropout: tuple[float, ...] = ()
    bag: int = dataclasses.field(default=0, metadata=LATER)

    feeds: ClassVar[str] = "sequence"
    has_penultimate: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_layers("an LSTM head", self.units, self.dropout)
        check_batch_norm("an LSTM head", self.batch_norm, layers=len(self.units))
        names = ("dense", "dense_dropout")
        check_layers(
            "an LSTM head", self.dense, self.dense_dropout, names=names, optional=True
        )
        if self.bag < 0:
            raise Problem(
                f"an LSTM head's bag is a number of steps, or 0 for whole sequences, "
                f"not {self.bag}."
            )
        check_activations("an LSTM head", [self.activation], layers=1)
        check_activations(
            "an LSTM head", self.dense_activations, layers=len(self.dense)
        )

    def build(self, width: int, classes: int) -> "keras.Model":
        """Return the untrained network, see `build_lstm`.

        Args:
            width: Numbers in the embedding of one frame.
            classes: Number of labels.
        """
        inputs, hidden = self.trunk(width)
        return add_softmax(inputs, hidden, classes, name="lstm")

    def trunk(self, width: int, *, prefix: str = "") -> tuple[dict[str, Any], Any]:
        """Return the inputs by name, and what the softmax stands on.

        Args:
            width: Numbers in the embedding of one frame.
            prefix: Before the names of all layers and inputs, to tell those of one
                trunk of a joint network from another's.
        """
        import keras

        sequence = hidden = keras.Input((None, width), name=f"{prefix}sequence")
        mask = keras.Input((None,), dtype="bool", name=f"{prefix}mask")
        layers = zip(self.units, self.dropout, strict=True)
        for place, (count, rate) in enumerate(layers, start=1):
            last = place == len(self.units)
            hidden = keras.layers.LSTM(
                count,
                activation=self.activation,
                return_sequences=not last,
                name=f"{prefix}{name_of(place, len(self.units) + len(self.dense))}",
            )(hidden, mask=mask)
            if place in self.batch_norm:
                name = f"{prefix}batch_norm_{place}"
                normalise = keras.layers.BatchNormalization(name=name)
                hidden = normalise(hidden, mask=None if last else mask)
            hidden = add_dropout(hidden, rate, place, prefix=prefix)
        hidden = add_dense(
            hidden,
            self.dense,
            activations=self.dense_activations,
            dropout=self.dense_dropout,
            first=len(self.units) + 1,
            prefix=prefix,
        )
        return {f"{prefix}sequence": sequence, f"{prefix}mask": mask}, hidden

    def inputs(
        self, features: Sequence[np.ndarray], *, length: int | None = None
    ) -> dict[str, np.ndarray]:
        """Return what the network takes for a batch: padded sequences, their mask."""
        sequence, mask = pad(features, length=length)
        return {"sequence": sequence, "mask": mask}


def build_lstm(width: int, classes: int, **settings: Any) -> "keras.Model":
    """Return LSTM layers, each followed by dropout, dense ones, and a softmax.

    The default is the visual network of Beyene 2019, section 4.2: 691,507 parameters
    at width 512 and 7 classes. Inputs are "sequence", shape (n, steps, width), and
    "mask", shape (n, steps), True at real steps, which must come first: steps after
    them change nothing, however many there are. The last layer before the softmax is
    called "penultimate"; of an LSTM its output is its state after the last real step.

    Args:
        width: Numbers in the embedding of one frame.
        classes: Number of labels.
        settings: Those of `LSTMHead`.

    Raises:
        Problem: If there is no LSTM layer, not one rate for each layer, or an
            activation is not known.
    """
    return LSTMHead(**settings).build(width, classes)
