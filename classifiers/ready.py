"""Compiled networks that one training leaves for the next one of the same shape.

TensorFlow traces a network anew for every Keras model, which takes longer than a small
head takes to learn: in a grid of hundreds of heads, most of the time. So a process
keeps the networks that it compiled, and gives them the numbers of a fresh one.
"""

import dataclasses
from collections import OrderedDict
from typing import TYPE_CHECKING

from corpus.files import digest

if TYPE_CHECKING:
    import keras

    from classifiers.lesson import Lesson
    from classifiers.train import Training

__all__ = ["MOST", "ready"]

# A head of the thesis with its optimizer's moments has 5 to 8 MB.
MOST = 24

OPTIMIZERS = {"adam": "Adam", "adamax": "Adamax"}

_kept: OrderedDict[str, "keras.Model"] = OrderedDict()


def ready(lesson: "Lesson", training: "Training") -> "keras.Model":
    """Return the untrained network of a lesson, compiled.

    Its variables are those of a network built now, so that Keras' seeds decide on
    them as ever; only the traced functions may be older. What one call returned, the
    next call for the same settings, shapes and optimizer takes back.
    """
    import keras

    fresh = lesson.build()
    longest = max(map(len, lesson.rows)) if lesson.rows[0].ndim > 1 else 0
    head = dataclasses.asdict(lesson.head)
    shapes = [lesson.width, len(lesson.labels), longest, training.batch]
    key = digest([head, shapes, training.optimizer])
    model = _kept.pop(key, None)
    if model is None:
        model = _compiled(fresh, training)
    else:
        _assign(model.variables, fresh.variables)
        for variable in model.optimizer.variables:
            variable.assign(keras.ops.zeros_like(variable))  # steps and both moments
        model.optimizer.learning_rate = training.learning_rate
    _kept[key] = model
    while len(_kept) > MOST:
        _kept.popitem(last=False)
    return model


def _compiled(model: "keras.Model", training: "Training") -> "keras.Model":
    import keras

    optimizer = getattr(keras.optimizers, OPTIMIZERS[training.optimizer])
    model.compile(
        optimizer=optimizer(learning_rate=training.learning_rate),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.optimizer.build(model.trainable_variables)  # or TensorFlow traces it twice
    return model


def _assign(variables: list, others: list) -> None:
    for variable, other in zip(variables, others, strict=True):
        variable.assign(other)
