"""Take the whole frame for the face, for networks that find it by themselves."""

import dataclasses
from typing import ClassVar

import numpy as np

from corpus.files import digest
from visual_features.haar import Box

__all__ = ["WholeFrame"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class WholeFrame:
    """All of a frame, whatever its shape, without any search.

    A view squeezes it to its own shape: faces in a film of 16:9 become taller in a
    square, and less so in 4:3.

    Attributes:
        recipe: Raised when our own code changes a box.
    """

    name: ClassVar[str] = "frame"

    recipe: int = 1

    @property
    def key(self) -> str:
        """Eight hexadecimal characters that change with every field."""
        return digest({"name": self.name, **dataclasses.asdict(self)})[:8]

    def detect(self, gray: np.ndarray) -> Box:
        """Return all of a picture of shape (height, width), uint8."""
        height, width = gray.shape
        return 0, 0, width, height
