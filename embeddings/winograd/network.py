"""A Keras network of which a run of 3x3 convolutions is computed in few products.

Most of VGG16, VGG19 and VGGish is such a run. What comes before and after it is left to
Keras, and so is all on an accelerator, whose libraries know Winograd's products
themselves. Numbers are Keras' own but for rounding: some 1e-6 of the largest a layer.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from embeddings.devices import bfloat16_units, sees_accelerator
from embeddings.frozen import Network
from embeddings.winograd.chain import Chain

if TYPE_CHECKING:
    import keras

    from embeddings.winograd.convolution import Convolution, Halving

__all__ = ["quickly"]

# With fewer channels there is more to do about the products than they are.
LEAST_CHANNELS = 16


def quickly(model: "keras.Model") -> Network:
    """Return what a network says of a batch, computed the quickest way known here.

    Args:
        model: One input and one output.

    Returns:
        `model.predict_on_batch`, or what gives the same numbers but for rounding.
    """
    chain = None if sees_accelerator() else _chain(model)
    return chain or model.predict_on_batch


def _chain(model: "keras.Model") -> Chain | None:
    """Return a network whose run of convolutions is taken out of Keras, if it has one.

    The longest is looked for on the way back from its output, as far as all that is
    done there is done to one input.
    """
    import keras

    # A quarter of the products in float32 takes no longer than all in bfloat16, but
    # where the processor has matrix units for that.
    slow = ("float32",) if bfloat16_units() == "AMX" else ("float32", "bfloat16")
    best = _Run([], [], [])
    for layers, entering, leaving in _stretches(model):
        run = _longest(layers, slow)
        if len(run.steps) > len(best.steps):
            best, start, end = run, entering, leaving
    if sum(type(step[0]) is keras.layers.Conv2D for step in best.steps) < 2:
        return None
    tensor = start
    for layer in best.earlier:
        tensor = layer(tensor)
    before = keras.Model(model.inputs, tensor)
    tensor = halfway = keras.Input(best.steps[-1][-1].output.shape[1:])
    for layer in best.later:
        tensor = layer(tensor)
    if end is not model.output:
        tensor = keras.Model(end, model.output)(tensor)
    after = keras.Model(halfway, tensor)
    run = [_made(step) for step in best.steps]
    return Chain(before.predict_on_batch, run, after.predict_on_batch)


def _stretches(model: "keras.Model") -> Iterator[tuple[list["keras.Layer"], Any, Any]]:
    """Yield layers in a row, and what enters and leaves them, the last row first.

    Between rows is what is no layer. A network of layers in a row, within this one, is
    a part of its row.
    """
    tensor = end = model.output
    layers: list = []
    while True:
        operation, at, _ = tensor._keras_history
        entering = operation._inbound_nodes[at].input_tensors
        inside = _inside(operation)
        if len(entering) != 1:  # the network's own input has none
            yield layers, tensor, end
            return
        if inside is None:
            yield layers, tensor, end
            layers, end = [], entering[0]
        else:
            layers = inside + layers
        (tensor,) = entering


def _inside(operation: Any) -> "list[keras.Layer] | None":
    """Return what a layer, or a network of layers in a row, consists of."""
    import keras

    if isinstance(operation, keras.Model):
        (layers, start, _), *others = _stretches(operation)
        return None if others or start is not operation.input else layers
    return [operation] if isinstance(operation, keras.Layer) else None


class _Run(NamedTuple):
    """Layers in a row: those before a run, what each of its steps does, those after."""

    earlier: list
    steps: list[list]
    later: list


def _longest(layers: list["keras.Layer"], slow: tuple[str, ...]) -> _Run:
    """Return the longest run that can be taken out of Keras.

    Args:
        layers: In a row.
        slow: Dtypes in which Keras takes longer.
    """
    best, at = _Run(layers, [], []), 0
    while at < len(layers):
        first, steps = at, []
        while step := _step(layers[at:], slow, begins=not steps):
            steps.append(step)
            at += len(step)
        if len(steps) > len(best.steps):
            best = _Run(layers[:first], steps, layers[at:])
        at = max(at, first + 1)
    return best


def _step(
    layers: list["keras.Layer"], slow: tuple[str, ...], *, begins: bool
) -> list["keras.Layer"]:
    """Return those of the next layers that are one step, none if Keras is to do it.

    A convolution and what is done to each of its numbers, or a pooling, with which no
    run begins.
    """
    import keras

    if not layers or layers[0].compute_dtype not in slow or None in _size(layers[0]):
        return []
    first, *others = layers
    if type(first) is keras.layers.MaxPooling2D:
        return [first] if _halves(first) and not begins else []
    if type(first) is not keras.layers.Conv2D or not _is_plain(first):
        return []
    step = [first]
    if first.activation is keras.activations.linear:
        for fits in (_is_by_channel, _cuts_at_zero):
            if others and fits(others[0]):
                step.append(others.pop(0))
    return step


def _is_plain(layer: "keras.layers.Conv2D") -> bool:
    import keras

    return (
        layer.kernel_size == (3, 3)
        and layer.strides == layer.dilation_rate == (1, 1)
        and layer.padding == "same"
        and layer.groups == 1
        and layer.use_bias
        and layer.data_format == "channels_last"
        and layer.activation in (keras.activations.relu, keras.activations.linear)
        and layer.kernel.shape[2] >= LEAST_CHANNELS
    )


def _halves(layer: "keras.layers.MaxPooling2D") -> bool:
    return (
        layer.pool_size == layer.strides == (2, 2)
        and layer.data_format == "channels_last"
        # Where none is left over, "same" pads nothing.
        and (layer.padding == "valid" or not any(n % 2 for n in _size(layer)[:2]))
    )


def _is_by_channel(layer: "keras.Layer") -> bool:
    import keras

    return (
        type(layer) is keras.layers.BatchNormalization
        and layer.axis in (-1, 3)
        and layer.center
        and layer.scale
    )


def _cuts_at_zero(layer: "keras.Layer") -> bool:
    import keras

    return type(layer) is keras.layers.ReLU and (
        layer.max_value is None and not layer.negative_slope and not layer.threshold
    )


def _size(layer: "keras.Layer") -> tuple[int, ...]:
    return tuple(layer.input.shape[1:])


def _made(step: list["keras.Layer"]) -> "Convolution | Halving":
    """Return a layer of ours that does what some of Keras' do."""
    import keras

    # Numba, only where something is embedded.
    from embeddings.winograd.convolution import Convolution, Halving

    def values(variable: Any) -> np.ndarray:
        return keras.ops.convert_to_numpy(variable).astype(np.float64)

    first, *others = step
    height, width, channels = _size(first)
    if type(first) is keras.layers.MaxPooling2D:
        return Halving(height, width, channels)
    kernel, bias = values(first.kernel), values(first.bias)
    rectified = first.activation is keras.activations.relu
    for layer in others:
        if type(layer) is keras.layers.ReLU:
            rectified = True
            continue
        variance = values(layer.moving_variance) + layer.epsilon
        times = values(layer.gamma) / np.sqrt(variance)
        kernel = kernel * times
        bias = (bias - values(layer.moving_mean)) * times + values(layer.beta)
    return Convolution(kernel, bias, height=height, width=width, rectified=rectified)
