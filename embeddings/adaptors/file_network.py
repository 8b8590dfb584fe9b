"""The network of any file, from what a backbone prepares to its embeddings."""

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np

from corpus.problem import Problem
from embeddings.adaptors.keras_file import open_keras
from embeddings.adaptors.litert import open_litert
from embeddings.adaptors.onnx import open_onnx
from embeddings.adaptors.opened import Opened
from embeddings.adaptors.saved_model import open_saved_model
from embeddings.described import Output
from embeddings.frozen import Network

__all__ = ["FileNetwork"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class FileNetwork:
    """Opens a file's network when called; picklable, and light until then.

    Attributes:
        path: The file, or a SavedModel folder.
        sha256: Its identity.
        output: What is taken of it.
        enter: What is done to a batch of examples before it enters; picklable.
        channels_first: Whether a map's channels come before its positions.
    """

    path: Path
    sha256: str
    output: Output
    enter: Callable[[np.ndarray], np.ndarray]
    channels_first: bool = False

    def __call__(self) -> Network:
        """Return what turns examples, shape (n, ...), into embeddings, (n, ...).

        Raises:
            Problem: If the file is no network of its kind, or lacks the output.
        """
        opened = self._opened()

        def network(array: np.ndarray) -> np.ndarray:
            return self._pooled(opened(self.enter(array)))

        return network

    def shape(self, array: np.ndarray) -> tuple[int, ...]:
        """Return the shape of one embedding, by running a batch.

        Args:
            array: Examples of the right shape, such as zeros.
        """
        return self()(array).shape[1:]

    @property
    def parameters(self) -> int:
        """How many numbers are frozen in it; 0 where the file does not tell."""
        return self._opened().parameters

    def _opened(self) -> Opened:
        return _opened(self.path, self.sha256, self.output.layer, self.output.tensor)

    def _pooled(self, outputs: np.ndarray) -> np.ndarray:
        if outputs.ndim == 1:  # a single number an example
            return outputs[:, None]
        if self.output.pooling == "none" or outputs.ndim == 2:
            return outputs
        if self.channels_first and outputs.ndim == 4:
            outputs = np.moveaxis(outputs, 1, -1)
        positions = tuple(range(1, outputs.ndim - 1))
        if self.output.pooling == "avg":
            return outputs.mean(axis=positions)
        return outputs.max(axis=positions)


# By content: opened to learn the output's shape, it is not opened again to embed.
@functools.lru_cache(maxsize=4)
def _opened(path: Path, sha256: str, layer: str | None, tensor: str | None) -> Opened:
    if path.is_dir():
        kind, has, open_it = "SavedModel", "tensor", open_saved_model
    elif path.suffix in (".keras", ".h5", ".hdf5"):
        kind, has, open_it = "Keras", "layer", open_keras
    elif path.suffix == ".tflite":
        kind, has, open_it = "LiteRT", "tensor", open_litert
    elif path.suffix == ".onnx":
        kind, has, open_it = "ONNX", "tensor", open_onnx
    else:
        raise Problem(
            f"{path} is of no kind that is known; a backbone's file is .keras, .h5, "
            f".hdf5, .tflite, .onnx, or a SavedModel folder."
        )
    if has == "layer" and tensor:
        raise Problem(f"{path} is a {kind} file; name its `layer`, not a `tensor`.")
    if has == "tensor" and layer:
        raise Problem(f"{path} is a {kind} file; name a `tensor`, not a `layer`.")
    return open_it(path, **{has: layer or tensor})
