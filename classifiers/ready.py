"""Compiled networks that one training leaves for the next one of the same shape.

TensorFlow traces a network anew for every Keras model, which takes longer than a small
head takes to learn: in a grid of hundreds of heads, most of the time. So a process
keeps the networks that it compiled, and gives them the numbers of a fresh one.
"""

from collections import OrderedDict
from typing import TYPE_CHECKING

from classifiers.heads import written
from classifiers.hoisted import hoisted
from classifiers.optimizers import loss_of, optimizer_of
from corpus.files import digest

if TYPE_CHECKING:
    import keras

    from classifiers.material import Material
    from classifiers.train import Training

__all__ = ["MOST", "ready"]

# A head of the thesis with its optimizer's moments has 5 to 8 MB.
MOST = 24

_kept: OrderedDict[str, "keras.Model"] = OrderedDict()


def ready(material: "Material", training: "Training") -> "keras.Model":
    """Return the untrained network for some material, compiled.

    Its variables are those of a network built now, so that Keras' seeds decide on
    them as ever; only the traced functions may be older, and LSTM layers are ones that
    compute the same in less time (`classifiers.hoisted`). What one call returned, the
    next call for the same settings, shapes and optimizer takes back.
    """
    import keras

    fresh = material.build()
    if training.dropout_in_first_epoch_only:
        return _compiled(fresh, training)  # it is changed on the way
    shapes = [material.shape, len(material.labels), training.batch]
    how = [training.optimizer, training.weight_decay]
    how += [training.loss, training.double_softmax]
    key = digest([written(material.head), shapes, how])
    model = _kept.pop(key, None)
    if model is None:
        model = _compiled(fresh, training)
    else:
        _assign(model.variables, fresh.variables)
        for variable in model.optimizer.variables:
            # Steps and both moments; JAX knows no zeros like a variable.
            variable.assign(keras.ops.zeros(variable.shape, variable.dtype))
        model.optimizer.learning_rate = training.learning_rate
    _kept[key] = model
    while len(_kept) > MOST:
        _kept.popitem(last=False)
    return model


def _compiled(fresh: "keras.Model", training: "Training") -> "keras.Model":
    model = hoisted(fresh)
    model.compile(
        optimizer=optimizer_of(training),
        loss=loss_of(training),
        metrics=["accuracy"],
    )
    model.optimizer.build(model.trainable_variables)  # or TensorFlow traces it twice
    return model


def _assign(variables: list, others: list) -> None:
    for variable, other in zip(variables, others, strict=True):
        variable.assign(other)
