"""The LSTM classifier of face sequences: 200 and 100 units, then a softmax."""

import dataclasses
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from corpus.problem import Problem
from embeddings.sequences import pad

if TYPE_CHECKING:
    import keras

__all__ = ["LSTMHead", "build_lstm"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class LSTMHead:
    """Settings of an LSTM classifier of one sequence of embeddings a take.

    Attributes:
        units: Width of each LSTM layer (Beyene 2019, section 4.2).
        activation: Of states and outputs. The thesis' sentence on ReLU "for the
            non-output layers" may include the LSTM; "tanh" is the probable reading,
            and the only one that cuDNN computes.
        dropout: Rate after each LSTM layer; the thesis names none, 0.5 is our choice.
        kind: What the head is called in its card.
    """

    units: tuple[int, ...] = (200, 100)
    activation: str = "tanh"
    dropout: tuple[float, ...] = (0.5, 0.5)
    kind: str = "lstm"

    def build(self, width: int, classes: int) -> "keras.Model":
        """Return the untrained network, see `build_lstm`."""
        return build_lstm(
            width,
            classes,
            units=self.units,
            activation=self.activation,
            dropout=self.dropout,
        )

    def inputs(
        self, features: Sequence[np.ndarray], *, length: int | None = None
    ) -> dict[str, np.ndarray]:
        """Return what the network takes for a batch: padded sequences, their mask."""
        sequence, mask = pad(features, length=length)
        return {"sequence": sequence, "mask": mask}


def build_lstm(
    width: int,
    classes: int,
    *,
    units: Sequence[int] = (200, 100),
    activation: str = "tanh",
    dropout: Sequence[float] = (0.5, 0.5),
) -> "keras.Model":
    """Return LSTM layers, each followed by dropout, and a softmax.

    The default is the visual network of Beyene 2019, section 4.2: 691,507 parameters
    at width 512 and 7 classes. Inputs are "sequence", shape (n, steps, width), and
    "mask", shape (n, steps), True at real steps, which must come first: steps after
    them change nothing, however many there are. The last LSTM layer is called
    "penultimate"; its output is its state after the last real step.

    There is no recurrent dropout: it would rule out cuDNN without a word.

    Args:
        width: Numbers in the embedding of one frame.
        classes: Number of labels.
        units: Width of each LSTM layer, one or more.
        activation: Of states and outputs, "tanh" or "relu".
        dropout: Rate after each LSTM layer, 0 for none.

    Raises:
        Problem: If there is no LSTM layer, or not one rate for each.
    """
    import keras

    if not units or len(units) != len(dropout):
        raise Problem(
            f"an LSTM head needs one dropout rate for each of its LSTM layers, at "
            f"least one: units are {tuple(units)}, dropout {tuple(dropout)}."
        )
    sequence = hidden = keras.Input((None, width), name="sequence")
    mask = keras.Input((None,), dtype="bool", name="mask")
    for place, (count, rate) in enumerate(zip(units, dropout, strict=True), start=1):
        last = place == len(units)
        hidden = keras.layers.LSTM(
            count,
            activation=activation,
            return_sequences=not last,
            name="penultimate" if last else f"hidden_{place}",
        )(hidden, mask=mask)
        # The seed that Keras would draw, but said: without one PyTorch's dropout uses
        # a generator outside the model, and a training could not be resumed exactly.
        drawn = random.randrange(2**31)
        layer = keras.layers.Dropout(rate, seed=drawn, name=f"dropout_{place}")
        hidden = layer(hidden)
    softmax = keras.layers.Dense(classes, activation="softmax", name="probabilities")
    inputs = {"sequence": sequence, "mask": mask}
    return keras.Model(inputs, softmax(hidden), name="lstm")
