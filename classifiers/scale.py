"""Standard scores of features, from the takes that a head is fitted on."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["Scaler", "Scalers", "restored_scaler"]

# Float32 noise around a constant is about 1e-7 of it; what varies less than ten times
# that is taken for constant.
CONSTANT = 1e-6


@dataclasses.dataclass(frozen=True)
class Scaler:
    """Mean and standard deviation of each feature.

    It stands outside the network, so that parameter counts are those of the papers.

    Attributes:
        mean: Shape (width,), or that of a picture; float64.
        std: The same shape, float64; 0 for a feature that was constant.
    """

    mean: np.ndarray
    std: np.ndarray

    @classmethod
    def fit(
        cls,
        features: np.ndarray | Sequence[np.ndarray],
        *,
        cell_by_cell: bool = False,
    ) -> "Scaler":
        """Measure features, those of sequences over all frames of all takes.

        Args:
            features: Shape (n, width), or n arrays of shape (steps, width).
            cell_by_cell: Whether each cell of a picture is a feature by itself; the n
                arrays are then of one shape, whichever.
        """
        rows = [
            row[None] if cell_by_cell else row.reshape(-1, row.shape[-1])
            for row in features
        ]
        frames = sum(len(row) for row in rows)
        # Two passes in float64: large means do not drown small deviations.
        mean = sum(row.sum(axis=0, dtype=np.float64) for row in rows) / frames
        variance = sum(np.square(row - mean).sum(axis=0) for row in rows) / frames
        std = np.sqrt(variance)
        return cls(mean, np.where(std > CONSTANT * np.abs(mean), std, 0.0))

    @classmethod
    def none(cls, width: int) -> "Scaler":
        """Return the scaler that changes nothing."""
        return cls(np.zeros(width), np.ones(width))

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Return standard scores, float32, of shape (..., width); 0 for constants."""
        scores = np.zeros(features.shape, np.float32)
        np.divide(features - self.mean, self.std, out=scores, where=self.std > 0)
        return scores

    def as_json(self) -> dict[str, list[float]]:
        """Return JSON values that `from_json` turns back into the same numbers."""
        return {"mean": self.mean.tolist(), "std": self.std.tolist()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Scaler":
        """Return the scaler that `as_json` described."""
        return cls(np.array(value["mean"]), np.array(value["std"]))


@dataclasses.dataclass(frozen=True)
class Scalers:
    """Those of a joint head.

    Attributes:
        trunks: That of each trunk.
    """

    trunks: tuple[Scaler, ...]

    def __call__(self, features: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        """Return the standard scores of what each trunk is fed of one take."""
        pairs = zip(self.trunks, features, strict=True)
        return tuple(scaler(own) for scaler, own in pairs)

    def as_json(self) -> dict[str, Any]:
        """Return JSON values that `from_json` turns back into the same numbers."""
        return {"trunks": [scaler.as_json() for scaler in self.trunks]}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Scalers":
        """Return the scalers that `as_json` described."""
        return cls(tuple(map(Scaler.from_json, value["trunks"])))


def restored_scaler(value: dict[str, Any]) -> Scaler | Scalers:
    """Return what the `as_json` of either described."""
    return (Scalers if "trunks" in value else Scaler).from_json(value)
