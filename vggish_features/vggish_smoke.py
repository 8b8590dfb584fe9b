"""VGGish's official smoke test, in the three generations that have been about.

The test of tensorflow/models (research/audioset/vggish/vggish_smoke_test.py) embeds 3 s
of a 1 kHz sine and compares mean and standard deviation. Its figures changed twice
while the weights stayed: in mid-2020 the last ReLU went, and on 2023-07-25 the sine was
made at 16 kHz, so that no resampler matters any more (tensorflow/models#9248).
"""

import dataclasses
from pathlib import Path

import numpy as np

from corpus.problem import Problem
from embeddings.weights.location import check_tensors, read_tensors
from vggish_features.network import CONV_SHAPES, FC_SHAPES
from vggish_features.pretrained import (
    SMOKE_MEAN_TOLERANCE,
    canonical_names,
    smoke_embeddings,
)

__all__ = ["GENERATIONS", "Generation", "smoke_test"]


@dataclasses.dataclass(frozen=True)
class Generation:
    """What one generation of the test does, and expects.

    Attributes:
        years: When it was the official one.
        rate: At which its sine is made, in Hz.
        relu: Whether the network ended in one.
        mean: Of the embeddings.
        std: Of the embeddings.
    """

    years: str
    rate: int
    relu: bool
    mean: float
    std: float

    def agrees(self, embeddings: np.ndarray) -> bool:
        """Say whether embeddings have its figures, to a tenth as it asks for."""
        # A mean near zero is no measure of itself: a hundredth is what it may miss.
        slack = max(0.1 * abs(self.mean), SMOKE_MEAN_TOLERANCE)
        near = abs(embeddings.mean() - self.mean) < slack
        return bool(near and abs(embeddings.std() - self.std) < 0.1 * self.std)


GENERATIONS = (
    Generation("2017 to mid-2020", 44_100, True, 0.131, 0.238),
    Generation("mid-2020 to July 2023", 44_100, False, -0.0333, 0.380),
    Generation("since July 2023", 16_000, False, 0.000657, 0.343),
)


def smoke_test(path: Path) -> tuple[bool, list[str]]:
    """Make the official smoke test with a file of weights.

    Args:
        path: Of any layout that `vggish_features.pretrained.load_vggish` reads.

    Returns:
        Whether the current generation's figures came out, and what each gave, the
        current one last.

    Raises:
        Problem: If the file holds no weights of VGGish.
    """
    tensors = canonical_names(read_tensors(path), path)
    check_tensors(tensors, CONV_SHAPES, path=path)
    try:
        tensors = check_tensors(tensors, {**CONV_SHAPES, **FC_SHAPES}, path=path)
    except Problem:
        return False, ["no dense layers, so the official smoke test cannot be made"]
    made = {rate: smoke_embeddings(tensors, rate=rate) for rate in (44_100, 16_000)}
    said, agrees = [], False
    for one in GENERATIONS:
        embeddings = made[one.rate]
        embeddings = np.maximum(embeddings, 0) if one.relu else embeddings
        agrees = one.agrees(embeddings)
        said.append(
            f"smoke test {one.years}: mean {embeddings.mean():.3g}, std "
            f"{embeddings.std():.3g} (official {one.mean:g}, {one.std:g}): "
            f"{'agrees' if agrees else 'differs'}"
        )
    return agrees, said
