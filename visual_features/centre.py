"""Take the centre of a frame for the face: acted corpora are filmed so."""

import dataclasses
from typing import ClassVar

import numpy as np

from corpus.files import digest
from corpus.problem import Problem
from visual_features.haar import Box

__all__ = ["CentreDetector"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class CentreDetector:
    """The centre square of a frame, without any search.

    Every frame has one, so `found` is always true. It costs nothing and does not
    tremble, but takes in what stands around the face.

    Attributes:
        share: Side of the square, as a share of the frame's shorter side; above 0, at
            most 1.
        recipe: Raised when our own code changes a box.
    """

    name: ClassVar[str] = "centre"

    share: float = 1.0
    recipe: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise Problem(
                f"the centre detector takes a share of the frame above 0 and at most "
                f"1, not {self.share}."
            )

    @property
    def key(self) -> str:
        """Eight hexadecimal characters that change with every field."""
        return digest(dataclasses.asdict(self))[:8]

    def detect(self, gray: np.ndarray) -> Box:
        """Return the centre square of a picture.

        Args:
            gray: Shape (height, width), uint8.
        """
        height, width = gray.shape
        side = max(1, round(self.share * min(height, width)))
        return (width - side) // 2, (height - side) // 2, side, side
