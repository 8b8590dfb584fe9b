"""What moves a network's weights: optimizer, weight decay, learning rate, loss."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

    from classifiers.train import Training

__all__ = ["LOSSES", "OPTIMIZERS", "loss_of", "optimizer_of", "rate_after"]

OPTIMIZERS = {"adam": "Adam", "adamax": "Adamax", "sgd": "SGD"}
LOSSES = {"cross_entropy": "categorical_crossentropy", "mse": "mean_squared_error"}

# By how much a loss must be lower to count: the default of Keras' ReduceLROnPlateau,
# which Coban et al. 2020 leave as it is.
PLATEAU = 1e-4


def optimizer_of(training: "Training") -> "keras.Optimizer":
    """Return a training's optimizer; SGD is without momentum, as Keras has it.

    Weight decay is the one of PyTorch's `Adam(weight_decay=...)` and `SGD`: before
    every step so many times each weight, biases included, is added to its gradient, as
    if half its square were a part of the loss; but the loss that is written down and
    watched stays without it. Adam's moments then see it. Keras' own `weight_decay`
    is another (Loshchilov and Hutter 2019): it shrinks weights beside the step.
    """
    import keras

    kind = getattr(keras.optimizers, OPTIMIZERS[training.optimizer])
    if not training.weight_decay:
        return kind(learning_rate=training.learning_rate)

    class Decaying(kind):
        def update_step(self, gradient, variable, learning_rate):
            value = keras.ops.cast(variable, gradient.dtype)
            gradient = gradient + training.weight_decay * value
            return super().update_step(gradient, variable, learning_rate)

    return Decaying(learning_rate=training.learning_rate, name=training.optimizer)


def loss_of(training: "Training") -> Any:
    """Return what Keras' `compile` takes for a loss."""
    return _double_softmax if training.double_softmax else LOSSES[training.loss]


def rate_after(losses: Iterable[float], training: "Training") -> float:
    """Return the learning rate after some epochs: lower after each plateau.

    The same as Keras' `ReduceLROnPlateau` after the same validation losses. It needs
    them alone, so a training that goes on after a kill has lost nothing.

    Args:
        losses: On validation, of all epochs so far.
        training: Says where it starts, and its `reduce_on_plateau`.
    """
    rate = np.float32(training.learning_rate)  # as an optimizer has it
    if not training.reduce_on_plateau:
        return float(rate)
    factor, patience, minimum = training.reduce_on_plateau
    best, waited = np.inf, 0
    for loss in losses:
        if loss < best - PLATEAU:
            best, waited = loss, 0
            continue
        waited += 1
        if waited >= patience and rate > np.float32(minimum):
            rate, waited = np.float32(max(float(rate) * factor, minimum)), 0
    return float(rate)


def _double_softmax(wanted: Any, said: Any) -> Any:
    """Return the cross-entropy of probabilities taken for logits."""
    import keras

    # Not `from_logits=True`: Keras sees the softmax that made them, and goes around it.
    logits = said * 1.0
    return keras.ops.categorical_crossentropy(wanted, logits, from_logits=True)
