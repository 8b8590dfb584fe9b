"""Layers that several networks end in: dense ones, dropout, and the softmax."""

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from corpus.problem import Problem

if TYPE_CHECKING:
    import keras

__all__ = [
    "ACTIVATIONS",
    "LATER",
    "add_dense",
    "add_dropout",
    "add_softmax",
    "check_activations",
    "check_batch_norm",
    "check_layers",
    "name_of",
]

# Of a field that came after the first cards: its default is not written.
LATER = {"later": True}

ACTIVATIONS = ("relu", "tanh", "sigmoid", "elu")


def check_layers(
    head: str,
    units: Sequence[int],
    dropout: Sequence[float],
    *,
    names: tuple[str, str] = ("units", "dropout"),
    optional: bool = False,
) -> None:
    """See that layers have a width, and a dropout rate each.

    Args:
        head: What to call the head, "a dense head".
        units: Width of each layer.
        dropout: Rate after each layer.
        names: What both settings are called.
        optional: Whether there may be no layer, or layers but no rates.

    Raises:
        Problem: If not.
    """
    told = f"{names[0]} are {tuple(units)}, {names[1]} {tuple(dropout)}"
    if optional and not dropout:
        dropout = [0.0] * len(units)
    if len(units) != len(dropout) or not (units or optional):
        count = "" if optional else ", at least one"
        raise Problem(
            f"{head} needs one dropout rate for each of its layers{count}: {told}."
        )
    if any(count < 1 for count in units) or not all(0 <= r < 1 for r in dropout):
        raise Problem(
            f"{head} needs layers of 1 unit or more, and rates from 0 to below 1: "
            f"{told}."
        )


def check_activations(head: str, activations: Sequence[str], *, layers: int) -> None:
    """See that each of some layers has an activation that we know, or none has one.

    Args:
        head: What to call the head, "a dense head".
        activations: Of each layer.
        layers: How many there are.

    Raises:
        Problem: If not.
    """
    if activations and len(activations) != layers:
        raise Problem(
            f"{head} has {layers} dense layers and the activations "
            f"{tuple(activations)}; give one for each, or none for ReLU in all."
        )
    for name in activations:
        if name not in ACTIVATIONS:
            raise Problem(
                f"{head} knows the activations {', '.join(ACTIVATIONS)}, not {name!r}; "
                f"use one of those."
            )


def check_batch_norm(head: str, places: Sequence[int], *, layers: int) -> None:
    """See that numbers are normalised after layers that there are.

    Args:
        head: What to call the head, "a dense head".
        places: Of layers, counted from 1.
        layers: How many there are.

    Raises:
        Problem: If not.
    """
    if not set(places) <= {*range(1, layers + 1)}:
        raise Problem(
            f"{head} has the layers 1 to {layers}, and batch_norm {tuple(places)}; "
            f"name layers that it has."
        )


def name_of(place: int, last: int) -> str:
    """Return what a hidden layer is called: the last one "penultimate"."""
    return "penultimate" if place == last else f"hidden_{place}"


def add_dense(
    tensor: Any,
    units: Sequence[int],
    *,
    activations: Sequence[str] = (),
    dropout: Sequence[float] = (),
    batch_norm: Sequence[int] = (),
    first: int = 1,
    prefix: str = "",
) -> Any:
    """Put dense layers on a tensor; the last is called "penultimate".

    Args:
        tensor: Shape (n, width).
        units: Width of each layer.
        activations: Of each layer; none for ReLU in all.
        dropout: Rate after each layer; none for no dropout at all.
        batch_norm: Layers after which numbers are normalised over the batch, before
            dropout.
        first: What number the first of them has in its network.
        prefix: Before the layers' names.

    Returns:
        What the last layer leaves, after its dropout.
    """
    import keras

    last = first + len(units) - 1
    for place, count in enumerate(units, start=first):
        own = place - first
        activation = activations[own] if activations else "relu"
        name = f"{prefix}{name_of(place, last)}"
        tensor = keras.layers.Dense(count, activation=activation, name=name)(tensor)
        if place in batch_norm:
            name = f"{prefix}batch_norm_{place}"
            tensor = keras.layers.BatchNormalization(name=name)(tensor)
        if dropout:
            tensor = add_dropout(tensor, dropout[own], place, prefix=prefix)
    return tensor


def add_dropout(tensor: Any, rate: float, place: int, *, prefix: str = "") -> Any:
    """Put dropout on a tensor.

    Args:
        tensor: What to drop of.
        rate: Share of the numbers that become 0 in training; 0 for none.
        place: The number of the layer before it.
        prefix: Before the layer's name.
    """
    import keras

    # The seed that Keras would draw, but said: without one PyTorch's dropout uses
    # a generator outside the model, and a training could not be resumed exactly.
    drawn = random.randrange(2**31)
    name = f"{prefix}dropout_{place}"
    return keras.layers.Dropout(rate, seed=drawn, name=name)(tensor)


def add_softmax(inputs: Any, tensor: Any, classes: int, *, name: str) -> "keras.Model":
    """Return the network that ends in a softmax on a tensor.

    Args:
        inputs: Of the network.
        tensor: Shape (n, width).
        classes: Number of labels.
        name: Of the network.
    """
    import keras

    softmax = keras.layers.Dense(classes, activation="softmax", name="probabilities")
    return keras.Model(inputs, softmax(tensor), name=name)
