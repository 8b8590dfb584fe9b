"""The convolutional classifier of pictures: a spectrum, a face, a matrix of frames."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from classifiers.layers import (
    add_dense,
    add_dropout,
    add_softmax,
    check_activations,
    check_layers,
)
from corpus.problem import Problem

if TYPE_CHECKING:
    import keras

__all__ = ["CnnHead"]

PADDINGS = ("same", "valid")


@dataclasses.dataclass(frozen=True, kw_only=True)
class CnnHead:
    """Settings of a convolutional classifier of one picture a take.

    A picture has shape (height, width) or (height, width, channels); a sequence of
    embeddings, (steps, width), is one too. The default is the network of Brambilla
    2020 (000:171): 884,904 parameters at 128 x 216 and 8 classes.

    Attributes:
        filters: How many each convolution has, one or more of them; ReLU follows.
        kernel: Height and width that a filter sees.
        padding: "same" keeps a picture's size, zeros around it; "valid" does not.
        pool: After each convolution the largest of so many by so many numbers is
            kept; rows and columns that do not fill one are left out, and an axis that
            is shorter becomes one number. 1 for no pooling.
        filter_dropout: Rate after each pooling; none for no dropout.
        units: Width of each dense layer before the softmax.
        dropout: Rate after each of those; none for no dropout.
        activations: Of each of those; none for ReLU in all.
        kind: What the head is called in its card.
    """

    filters: tuple[int, ...] = (16,)
    kernel: int = 3
    padding: str = "same"
    pool: int = 2
    filter_dropout: tuple[float, ...] = (0.5,)
    units: tuple[int, ...] = ()
    dropout: tuple[float, ...] = ()
    activations: tuple[str, ...] = ()
    kind: str = "cnn"

    feeds: ClassVar[str] = "picture"

    def __post_init__(self) -> None:
        names = ("filters", "filter_dropout")
        check_layers(
            "a CNN head", self.filters, self.filter_dropout, names=names, optional=True
        )
        check_layers("a CNN head", self.units, self.dropout, optional=True)
        check_activations("a CNN head", self.activations, layers=len(self.units))
        if not self.filters or self.kernel < 1 or self.pool < 1:
            raise Problem(
                f"a CNN head needs at least one convolution, and a kernel and a pool "
                f"of 1 or more: filters are {self.filters}, kernel is {self.kernel}, "
                f"pool {self.pool}."
            )
        if self.padding not in PADDINGS:
            raise Problem(
                f"a CNN head knows the paddings {', '.join(PADDINGS)}, not "
                f"{self.padding!r}; use one of those."
            )

    @property
    def has_penultimate(self) -> bool:
        """Whether there is a dense layer before the softmax.

        Else a softmax stands on the whole map, up to 100,000 numbers a take.
        """
        return bool(self.units)

    def build(self, shape: Sequence[int], classes: int) -> "keras.Model":
        """Return the untrained network; its last dense layer is called "penultimate".

        Args:
            shape: Of a picture, (height, width) or (height, width, channels).
            classes: Number of labels.

        Raises:
            Problem: If a picture is too small for convolutions without padding.
        """
        inputs, hidden = self.trunk(shape)
        return add_softmax(inputs["picture"], hidden, classes, name="cnn")

    def trunk(
        self, shape: Sequence[int], *, prefix: str = ""
    ) -> tuple[dict[str, Any], Any]:
        """Return the inputs by name, and what the softmax stands on.

        Args:
            shape: Of a picture.
            prefix: Before the names of all layers and inputs, to tell those of one
                trunk of a joint network from another's.

        Raises:
            Problem: As `build`.
        """
        import keras

        picture = hidden = keras.Input((*shape, 1)[:3], name=f"{prefix}picture")
        for place, count in enumerate(self.filters, start=1):
            self._check_room(hidden.shape[1:3], place, shape)
            hidden = keras.layers.Conv2D(
                count,
                self.kernel,
                padding=self.padding,
                activation="relu",
                name=f"{prefix}convolution_{place}",
            )(hidden)
            window = tuple(min(self.pool, side) for side in hidden.shape[1:3])
            if max(window) > 1:
                name = f"{prefix}pooling_{place}"
                hidden = keras.layers.MaxPooling2D(window, name=name)(hidden)
            if self.filter_dropout:
                rate = self.filter_dropout[place - 1]
                hidden = add_dropout(hidden, rate, place, prefix=prefix)
        hidden = add_dense(
            keras.layers.Flatten(name=f"{prefix}flat")(hidden),
            self.units,
            activations=self.activations,
            dropout=self.dropout,
            first=len(self.filters) + 1,
            prefix=prefix,
        )
        return {f"{prefix}picture": picture}, hidden

    def _check_room(self, size: Sequence[int], place: int, shape: Sequence[int]):
        if self.padding == "valid" and min(size) < self.kernel:
            raise Problem(
                f"of a picture of {shape[0]} x {shape[1]} only {size[0]} x {size[1]} "
                f"is left for convolution {place}, less than its kernel of "
                f'{self.kernel}; use padding "same", or fewer convolutions.'
            )

    def inputs(
        self, features: Sequence[np.ndarray], *, length: int | None = None
    ) -> np.ndarray:
        """Return what the network takes for a batch.

        Args:
            features: Pictures that differ in their first axis at most.
            length: Of the first axis: below what is shorter there are zeros, and what
                is longer is cut. None for that of the longest.

        Returns:
            Shape (n, length, width, channels), float32.
        """
        length = length or max(map(len, features))
        rest = features[0].shape[1:]
        batch = np.zeros((len(features), length, *rest), np.float32)
        for row, picture in zip(batch, features, strict=True):
            row[: len(picture)] = picture[:length]
        return batch if len(rest) > 1 else batch[..., None]
