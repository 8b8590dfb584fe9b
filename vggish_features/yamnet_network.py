"""YAMNet's network: MobileNet v1 on log-mel patches, and the layouts of its weights.

Plakal and Ellis 2020, `yamnet.py` in tensorflow/models (research/audioset/yamnet);
Howard et al. 2017, MobileNets, table 1, with one input channel and no class of
ImageNet's.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from embeddings.adaptors.litert import read_constants
from embeddings.weights.tensors import check_tensors, random_tensors, read_tensors

__all__ = ["CLASSES", "PARAMETERS", "SHAPES", "build", "load", "random"]

PATCH = (96, 64)  # 0.96 s of log-mel
CLASSES = 521
PARAMETERS = 3_751_369  # with the classes; the embedding needs 3,217,344 of them
EPSILON = 1e-4  # of batch normalisation, which has no scale here

# Stride and filters of layer 1 (a convolution) and of 2 to 14 (separable ones).
LAYERS = (
    *((2, 32), (1, 64), (2, 128), (1, 128), (2, 256), (1, 256)),
    *((2, 512), *[(1, 512)] * 5, (2, 1024), (1, 1024)),
)
STATES = ("beta", "moving_mean", "moving_variance")


def _shapes() -> dict[str, tuple[int, ...]]:
    """Shape of every weight, by canonical name: "layer2/depthwise_conv/kernel"."""
    shapes: dict[str, tuple[int, ...]] = {}
    channels = 1
    for number, (_, filters) in enumerate(LAYERS, start=1):
        layer = f"layer{number}"
        parts = {"conv": ((3, 3, channels, filters), filters)}
        if number > 1:
            parts = {
                "depthwise_conv": ((3, 3, channels, 1), channels),
                "pointwise_conv": ((1, 1, channels, filters), filters),
            }
        for part, (kernel, width) in parts.items():
            shapes[f"{layer}/{part}/kernel"] = kernel
            shapes |= {f"{layer}/{part}/bn/{state}": (width,) for state in STATES}
        channels = filters
    return {**shapes, "logits/kernel": (1024, CLASSES), "logits/bias": (CLASSES,)}


SHAPES: Mapping[str, tuple[int, ...]] = _shapes()


def build(tensors: Mapping[str, np.ndarray], *, scores: bool, precision: str):
    """Return the network: patches (n, 96, 64) in, (n, 1024) or (n, 521) out.

    Args:
        tensors: All of `SHAPES`.
        scores: Whether to end in the classes' probabilities instead of the embedding.
        precision: A Keras dtype policy, such as "float32".
    """
    import keras
    from keras import layers

    plain = {"padding": "same", "use_bias": False, "dtype": precision}
    patch = keras.Input(PATCH, name="log_mel")
    hidden = layers.Reshape((*PATCH, 1))(patch)
    for number, (stride, filters) in enumerate(LAYERS, start=1):
        if number == 1:
            parts = {"conv": layers.Conv2D(filters, 3, stride, **plain)}
        else:
            parts = {
                "depthwise_conv": layers.DepthwiseConv2D(3, stride, **plain),
                "pointwise_conv": layers.Conv2D(filters, 1, **plain),
            }
        for part, convolution in parts.items():
            normalise = layers.BatchNormalization(
                scale=False, epsilon=EPSILON, dtype=precision
            )
            hidden = layers.ReLU(dtype=precision)(normalise(convolution(hidden)))
            name = f"layer{number}/{part}"
            convolution.kernel.assign(tensors[f"{name}/kernel"])
            for state in STATES:
                getattr(normalise, state).assign(tensors[f"{name}/bn/{state}"])
    outputs = layers.GlobalAveragePooling2D(dtype="float32")(hidden)
    if scores:
        classes = layers.Dense(CLASSES, activation="sigmoid", dtype="float32")
        outputs = classes(outputs)
        classes.kernel.assign(tensors["logits/kernel"])
        classes.bias.assign(tensors["logits/bias"])
    return keras.Model(patch, outputs, name="yamnet")


def load(path: Path) -> dict[str, np.ndarray]:
    """Read YAMNet's weights from any of the forms it goes about in.

    Args:
        path: The official `yamnet.h5`; TF-Hub's SavedModel folder; TF-Hub's
            `yamnet.tflite`, whose batch normalisation is folded into kernels and
            biases, and whose kernels are rounded to 8 bits; or an npz of canonical
            names.

    Returns:
        All of `SHAPES`, float32.

    Raises:
        Problem: If it is none of these, or not YAMNet's.
    """
    if path.suffix.lower() == ".tflite":
        tensors = _unfolded(read_constants(path))
    else:
        tensors = _renamed(read_tensors(path))
    return check_tensors(tensors, SHAPES, path=path)


def _renamed(tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Give weights their canonical names: by their own, or else by kind and order."""
    named: dict[str, np.ndarray] = {}
    for name, tensor in tensors.items():
        named.setdefault(_canonical(name), tensor)
    return named if "layer1/conv/kernel" in named else _by_kind_and_order(tensors)


def _canonical(name: str) -> str:
    """Find the canonical name in a file's.

    The h5 says "layer1/conv/layer1/conv/kernel:0", "...depthwise_kernel:0", and
    "logits/logits/kernel:0"; the official code of today leaves its last layer without
    a name, so that what it saves says "dense" or "dense_1" there.
    """
    found = NAME.search(_plain(name))
    if not found:
        return name
    layer, kind = found.groups()
    return f"{'logits' if layer.startswith('dense') else layer}/{kind}"


NAME = re.compile(
    r"(layer\d+/(?:conv|depthwise_conv|pointwise_conv)(?:/bn)?"
    r"|logits|(?<!\w)dense(?:_\d+)?)"
    r"/(?:depthwise_)?(kernel|bias|beta|moving_mean|moving_variance)$"
)


def _plain(name: str) -> str:
    return name.removesuffix("/.ATTRIBUTES/VARIABLE_VALUE").removesuffix(":0")


def _by_kind_and_order(tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Tell weights apart where layers are numbered and not named.

    A SavedModel of a Keras model, such as TF-Hub's, holds paths of objects:
    "_yamnet/layer_with_weights-12/depthwise_kernel".
    """
    found: dict[str, np.ndarray] = {}
    for kind in ("kernel", "bias", *STATES):
        theirs = [
            name
            for name in tensors
            if _plain(name).rpartition("/")[2].removeprefix("depthwise_") == kind
        ]
        ours = [name for name in SHAPES if name.endswith(f"/{kind}")]
        if len(theirs) == len(ours):
            theirs.sort(key=_numbers)
            found |= {
                name: tensors[their] for name, their in zip(ours, theirs, strict=True)
            }
    return found


def _numbers(name: str) -> list[int]:
    """Order layer 9 before layer 10."""
    return [int(digits) for digits in re.findall(r"\d+", name)]


def _unfolded(constants: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return a LiteRT file's weights as those of a network that still normalises."""
    tensors = {}
    names = [(name.split(";")[0], array) for name, array in constants.items()]
    for name, shape in SHAPES.items():
        layer, _, state = name.rpartition("/")
        layer = layer.removesuffix("/bn")
        if state == "moving_mean":
            tensors[name] = np.zeros(shape, np.float32)
        elif state == "moving_variance":
            tensors[name] = np.full(shape, 1 - EPSILON, np.float32)
        elif found := [a for n, a in names if _is_folded(n, layer, state, a)]:
            tensors[name] = _as_keras(found[0])
    return tensors


def _is_folded(name: str, layer: str, state: str, array: np.ndarray) -> bool:
    """Say whether a LiteRT tensor is a layer's kernel, or its bias and beta in one."""
    layer = layer.replace("logits", "dense")
    if not name.startswith(f"yamnet_frames/{layer}/"):
        return False
    return array.ndim == (
        1 if state in ("beta", "bias") else 2 if layer == "dense" else 4
    )


def _as_keras(array: np.ndarray) -> np.ndarray:
    """Move LiteRT's first axis, a convolution's or a dense layer's outputs, to the end.

    A depthwise kernel has one there, as Keras' has at its end.
    """
    return np.moveaxis(array, 0, -1)


def random(seed: int) -> dict[str, np.ndarray]:
    """Return random weights, see `embeddings.weights.tensors.random_tensors`."""
    drawn = random_tensors({name: _fan(name, SHAPES[name]) for name in SHAPES}, seed)
    return {
        name: np.ones(shape, np.float32)
        if name.endswith("moving_variance")
        else drawn[name].reshape(shape)
        for name, shape in SHAPES.items()
    }


def _fan(name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """A depthwise kernel sums over its window only, not over the channels."""
    return (
        (*shape[:2], 1, shape[2]) if name.endswith("depthwise_conv/kernel") else shape
    )
