"""The official postprocessing of VGGish's 128 numbers: PCA, clipping, quantisation.

`vggish_postprocess.py` in tensorflow/models; AudioSet's released features have it.
"""

from pathlib import Path

import numpy as np

from embeddings.weights.location import (
    Located,
    check_tensors,
    random_tensors,
    read_tensors,
)

__all__ = ["load_pca", "pca_tensors", "postprocess"]

PCA_SHAPES = {"pca_eigen_vectors": (128, 128), "pca_means": (128,)}
CLIP = 2.0  # cut to [-2, 2], then quantised to 0..255


def pca_tensors(located: Located) -> dict[str, np.ndarray]:
    """Return the PCA parameters that `embeddings.weights.location.locate` found."""
    if located.path is None:
        return random_tensors(PCA_SHAPES, located.seed)
    return load_pca(located.path)


def load_pca(path: Path) -> dict[str, np.ndarray]:
    """Read the official PCA parameters: `pca_eigen_vectors`, `pca_means`.

    Raises:
        Problem: If the file is not that.
    """
    tensors = dict(read_tensors(path))
    if "pca_means" in tensors:  # some copies have a column, (128, 1)
        tensors["pca_means"] = np.ravel(tensors["pca_means"])
    return check_tensors(tensors, PCA_SHAPES, path=path)


def postprocess(
    embeddings: np.ndarray,
    *,
    pca_eigen_vectors: np.ndarray,
    pca_means: np.ndarray,
    quantise: bool = False,
) -> np.ndarray:
    """Apply PCA with whitening, clip, and quantise if wanted.

    Args:
        embeddings: Shape (n, 128), before any ReLU.
        pca_eigen_vectors: Shape (128, 128), one row a component.
        pca_means: Shape (128,).
        quantise: Whether to map [-2, 2] to whole numbers 0..255, rounded down.

    Returns:
        Shape (n, 128), float32.
    """
    # Not one matrix product: its rounding would depend on the number of rows.
    centred = embeddings - pca_means
    rotated = np.einsum("nd,cd->nc", centred, pca_eigen_vectors)
    clipped = np.clip(rotated, -CLIP, CLIP)
    if quantise:
        clipped = np.floor((clipped + CLIP) * (255.0 / (2 * CLIP)))
    return clipped.astype(np.float32)
