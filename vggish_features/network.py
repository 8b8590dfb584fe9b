"""VGGish as Keras models: the convolutions of the thesis, and the whole official net.

Hershey et al. 2017; `vggish_slim.py` in tensorflow/models. Layers are called
"conv3_1" where the official scopes say "conv3/conv3_1": Keras allows no "/".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

__all__ = [
    "CONV_PARAMETERS",
    "CONV_SHAPES",
    "FC_SHAPES",
    "build_conv",
    "build_full",
    "set_tensors",
]

CONV_PARAMETERS = 4_499_712

# Outputs of each convolution; a "pool" halves time and frequency.
_CONV = (
    ("conv1", 64),
    ("pool1", None),
    ("conv2", 128),
    ("pool2", None),
    ("conv3_1", 256),
    ("conv3_2", 256),
    ("pool3", None),
    ("conv4_1", 512),
    ("conv4_2", 512),
    ("pool4", None),
)
# 96x64 halved four times is 6x4.
_FC = (("fc1_1", 6 * 4 * 512, 4096), ("fc1_2", 4096, 4096), ("fc2", 4096, 128))


def _conv_shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    channels = 1
    for name, filters in _CONV:
        if filters:
            shapes[f"{name}/kernel"] = (3, 3, channels, filters)
            shapes[f"{name}/bias"] = (filters,)
            channels = filters
    return shapes


CONV_SHAPES: Mapping[str, tuple[int, ...]] = _conv_shapes()
FC_SHAPES: Mapping[str, tuple[int, ...]] = {
    tensor: shape
    for name, inputs, units in _FC
    for tensor, shape in (
        (f"{name}/kernel", (inputs, units)),
        (f"{name}/bias", (units,)),
    )
}


def build_conv(
    input_shape: tuple[int, int, int] = (496, 64, 1),
    *,
    pooling: str | None = "max",
    precision: str = "float32",
) -> keras.Model:
    """Build the six convolutions and four poolings, without weights.

    Args:
        input_shape: (frames, mel bands, 1).
        pooling: Over time and frequency of pool4: "max" (Beyene 2019) or "avg" (the
            default of the Keras port), both giving (512,); None leaves pool4 as it is.
        precision: A Keras dtype policy.
    """
    import keras

    pooled = {
        "max": keras.layers.GlobalMaxPooling2D,
        "avg": keras.layers.GlobalAveragePooling2D,
    }
    inputs = x = keras.Input(input_shape, name="log_mel")
    for name, filters in _CONV:
        if filters:
            layer = keras.layers.Conv2D(
                filters,
                3,
                padding="same",
                activation="relu",
                kernel_initializer="zeros",  # real ones follow; see `set_tensors`
                name=name,
                dtype=precision,
            )
        else:
            layer = keras.layers.MaxPooling2D(
                2, padding="same", name=name, dtype=precision
            )
        x = layer(x)
    if pooling is not None:
        x = pooled[pooling](name=f"global_{pooling}", dtype=precision)(x)
    return keras.Model(inputs, x, name="vggish_conv")


def build_full(*, precision: str = "float32") -> keras.Model:
    """Build the official network, 96x64 to 128, linear at its end, without weights.

    Until mid-2020 a ReLU followed (tensorflow/models#9220).
    """
    import keras

    conv = build_conv((96, 64, 1), pooling=None, precision=precision)
    x = keras.layers.Flatten(name="flatten", dtype=precision)(conv.output)
    for name, _inputs, units in _FC:
        x = keras.layers.Dense(
            units,
            activation=None if name == "fc2" else "relu",
            kernel_initializer="zeros",
            name=name,
            dtype=precision,
        )(x)
    return keras.Model(conv.input, x, name="vggish")


def set_tensors(model: keras.Model, tensors: Mapping[str, np.ndarray]) -> None:
    """Put tensors by canonical name ("conv3_1/kernel") into a model's layers."""
    for layer in model.layers:
        if layer.weights:
            kernel, bias = (
                tensors[f"{layer.name}/kernel"],
                tensors[f"{layer.name}/bias"],
            )
            layer.set_weights([kernel, bias])
