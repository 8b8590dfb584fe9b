"""VGGish's pretrained weights, from whichever layout they are in, and a check of them.

Layouts: the official V1 checkpoint ("vggish/conv3/conv3_1/weights"), a TF-Hub
SavedModel, the `.h5` files of the Keras ports ("conv3/conv3_1/kernel:0", with and
without the dense layers), and our own `.npz` ("conv3_1/kernel").
"""

import logging
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from corpus.problem import Problem
from embeddings.weights.location import check_tensors, read_tensors
from vggish_features.log_mel import RATE, examples, log_mel
from vggish_features.network import CONV_SHAPES, FC_SHAPES

__all__ = [
    "canonical_names",
    "load_vggish",
    "smoke_embeddings",
    "smoke_figures",
    "verify",
]

SHAPES = {"conv": CONV_SHAPES, "fc": FC_SHAPES}
LAYERS = {name.split("/")[0] for name in (*CONV_SHAPES, *FC_SHAPES)}

# What the official smoke test expects since 2023-07-25 of 3 s of a 1 kHz sine made at
# 16 kHz. Its tolerance is a tenth; the mean is so near zero that its part in 10 is
# narrower than what resamplers and versions differ by (tensorflow/models#9248).
SMOKE_MEAN, SMOKE_STD = 0.000657, 0.343
SMOKE_MEAN_TOLERANCE = 0.01
SMOKE_STD_TOLERANCE = 0.1 * SMOKE_STD

logger = logging.getLogger(__name__)


def load_vggish(
    path: Path, *, need: tuple[str, ...] = ("conv",)
) -> dict[str, np.ndarray]:
    """Read VGGish's tensors under their canonical names ("conv3_1/kernel").

    Args:
        path: A file or folder of any of the layouts above.
        need: "conv", "fc", or both.

    Returns:
        The tensors of `need`, float32; kernels (height, width, in, out) or (in, out).

    Raises:
        Problem: If the file cannot be read, lacks layers, or holds tensors of another
            shape, of one number throughout, or with NaN or infinity.
    """
    tensors = canonical_names(read_tensors(path), path)
    return check_tensors(tensors, _shapes(need), path=path)


def _shapes(need: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    return {name: shape for part in need for name, shape in SHAPES[part].items()}


def canonical_names(
    tensors: Mapping[str, np.ndarray], path: Path
) -> dict[str, np.ndarray]:
    """Rename a file's tensors, by their own names or else by shape and order.

    Args:
        tensors: As `embeddings.weights.location.read_tensors` gives them.
        path: The file, for what is said about it.

    Returns:
        The tensors that are VGGish's; others (an optimizer's) are left out.
    """
    named: dict[str, np.ndarray] = {}
    for name, tensor in tensors.items():
        if canonical := _canonical(name):
            named.setdefault(canonical, tensor)
    if named:
        return named
    ordered = _by_shape_and_order(tensors)
    if ordered:
        logger.info(
            "%s names its tensors in another way; they were told apart by shape and "
            "order",
            path,
        )
    return ordered


def _canonical(name: str) -> str | None:
    """Turn "vggish/conv3/conv3_1/weights" into "conv3_1/kernel"."""
    name = name.removesuffix("/.ATTRIBUTES/VARIABLE_VALUE").removesuffix(":0")
    *scopes, last = name.split("/")
    kind = {"kernel": "kernel", "weights": "kernel", "bias": "bias", "biases": "bias"}
    layers = [scope for scope in scopes if scope in LAYERS]
    if last not in kind or not layers:
        return None
    return f"{layers[-1]}/{kind[last]}"


def _by_shape_and_order(tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Tell kernels by their shapes, which all differ; biases follow their kernels."""
    layer_of = {
        shape: name.split("/")[0]
        for name, shape in {**CONV_SHAPES, **FC_SHAPES}.items()
        if len(shape) > 1
    }
    names = sorted(tensors, key=_natural)
    kernels = [name for name in names if tensors[name].shape in layer_of]
    biases = [name for name in names if tensors[name].ndim == 1]
    outputs = [tensors[name].shape[-1:] for name in kernels]
    if outputs != [tensors[name].shape for name in biases]:
        return {}
    found = {}
    for kernel, bias in zip(kernels, biases, strict=True):
        layer = layer_of[tensors[kernel].shape]
        found[f"{layer}/kernel"] = tensors[kernel]
        found[f"{layer}/bias"] = tensors[bias]
    return found


def _natural(name: str) -> list[tuple[int, str]]:
    """Order "_variables/2" before "_variables/10"."""
    return [
        (int(part or -1), "") if part.isdigit() else (-1, part)
        for part in re.split(r"(\d+)", name)
    ]


def verify(path: Path, *, need: tuple[str, ...]) -> str:
    """Check a file before anything is decoded for it.

    No hash of the official checkpoint is published; its smoke test is the next best
    proof. It needs the dense layers, so files without them stay unverified.

    Args:
        path: As for `load_vggish`.
        need: As for `load_vggish`.

    Returns:
        "smoke" if the network gives the official smoke test's figures, else
        "unverified".

    Raises:
        Problem: As `load_vggish`.
    """
    tensors = canonical_names(read_tensors(path), path)
    check_tensors(tensors, _shapes(need), path=path)
    try:
        tensors = check_tensors(tensors, _shapes(("conv", "fc")), path=path)
    except Problem:
        return "unverified"
    mean, std = smoke_figures(tensors)
    official = (
        abs(mean - SMOKE_MEAN) < SMOKE_MEAN_TOLERANCE
        and abs(std - SMOKE_STD) < SMOKE_STD_TOLERANCE
    )
    return "smoke" if official else "unverified"


def smoke_figures(tensors: Mapping[str, np.ndarray]) -> tuple[float, float]:
    """Mean and standard deviation of the embeddings of the smoke test's sine.

    Args:
        tensors: All of VGGish's, by canonical name.
    """
    x = smoke_embeddings(tensors)
    return float(x.mean()), float(x.std())


def smoke_embeddings(
    tensors: Mapping[str, np.ndarray], *, rate: int = RATE
) -> np.ndarray:
    """Embed the smoke test's 3 s of a 1 kHz sine, without a last ReLU.

    In plain numpy (2.4 billion multiplications), so that naming weights needs no
    Keras.

    Args:
        tensors: All of VGGish's, by canonical name.
        rate: At which the sine is made, in Hz; resampled if need be, as it once was.

    Returns:
        Shape (3, 128).
    """
    if rate == RATE:
        sine = np.sin(2 * np.pi * 1000 * np.arange(0, 3, 1 / RATE))
    else:
        import resampy

        sine = np.sin(2 * np.pi * 1000 * np.linspace(0, 3, 3 * rate))
        sine = resampy.resample(sine, rate, RATE)
    x = examples(log_mel(sine), frames=96, hop=96)[..., None]
    for layer in ("conv1", "conv2", "conv3_1", "conv3_2", "conv4_1", "conv4_2"):
        x = _convolve(x, tensors[f"{layer}/kernel"]) + tensors[f"{layer}/bias"]
        x = np.maximum(x, 0)
        if not layer.endswith("_1"):
            n, height, width, channels = x.shape
            x = x.reshape(n, height // 2, 2, width // 2, 2, channels).max(axis=(2, 4))
    x = x.reshape(len(x), -1)
    for layer in ("fc1_1", "fc1_2", "fc2"):
        x = x @ tensors[f"{layer}/kernel"] + tensors[f"{layer}/bias"]
        if layer != "fc2":
            x = np.maximum(x, 0)
    return x


def _convolve(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """3x3 convolution with zeros around, as nine shifted matrix products."""
    n, height, width, channels = x.shape
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    total = 0.0
    for row in range(3):
        for column in range(3):
            shifted = padded[:, row : row + height, column : column + width]
            total = total + shifted.reshape(-1, channels) @ kernel[row, column]
    return total.reshape(n, height, width, -1)
