"""Find the face in a picture: OpenCV's Haar cascade (Viola & Jones 2001)."""

import dataclasses
import functools
from pathlib import Path
from typing import ClassVar

import numpy as np

from corpus.files import digest
from corpus.problem import Problem

__all__ = ["Box", "HaarDetector"]

Box = tuple[int, int, int, int]
"""Left, top, width and height of a face, in pixels."""

CHOICES = ("first", "largest", "last")


@dataclasses.dataclass(frozen=True, kw_only=True)
class HaarDetector:
    """OpenCV's Haar cascade for frontal faces.

    Attributes:
        scale: Ratio of one search size to the next, above 1.
        neighbours: Overlapping hits a face needs.
        min_size: Side of the smallest face searched for, in pixels; 0 searches all
            sizes. 100 is five times as fast on RAVDESS' 1280x720.
        choice: Which of several boxes: the "first" OpenCV lists (Beyene 2019), the
            "largest", or the "last" (the author's demo).
        cascade: Name of the cascade among those that OpenCV ships.
        recipe: Raised when our own code changes a box.
    """

    name: ClassVar[str] = "haar"

    scale: float = 1.3
    neighbours: int = 5
    min_size: int = 0
    choice: str = "first"
    cascade: str = "haarcascade_frontalface_default"
    recipe: int = 1

    def __post_init__(self) -> None:
        if not self.scale > 1 or self.neighbours < 0 or self.min_size < 0:
            raise Problem(
                f"a face search takes a scale above 1, and neighbours and min_size "
                f"from 0, not {self.scale}, {self.neighbours} and {self.min_size}."
            )
        if self.choice not in CHOICES:
            raise Problem(
                f"a detector's choice must be one of {', '.join(CHOICES)}, "
                f"not {self.choice!r}."
            )

    @property
    def key(self) -> str:
        """Eight hexadecimal characters that change with every field."""
        return digest(dataclasses.asdict(self))[:8]

    def detect(self, gray: np.ndarray) -> Box | None:
        """Return the face in a picture, or None.

        Args:
            gray: Shape (height, width), uint8.

        Raises:
            Problem: If the installed OpenCV has no Haar cascades.
        """
        import cv2

        cascade = _cascade(self.cascade)
        threads = cv2.getNumThreads()
        # With several threads the order of the boxes, and so "first", is by chance.
        cv2.setNumThreads(1)
        try:
            boxes = cascade.detectMultiScale(
                gray,
                scaleFactor=self.scale,
                minNeighbors=self.neighbours,
                minSize=(self.min_size, self.min_size),
            )
        finally:
            cv2.setNumThreads(threads)
        if not len(boxes):
            return None
        if self.choice == "largest":
            boxes = sorted(boxes, key=lambda box: -int(box[2]) * int(box[3]))
        x, y, width, height = boxes[-1 if self.choice == "last" else 0]
        return int(x), int(y), int(width), int(height)


@functools.cache
def _cascade(name: str):
    """Load a cascade, once a process."""
    import cv2

    if not hasattr(cv2, "CascadeClassifier"):
        raise Problem(
            f"OpenCV {cv2.__version__} has no Haar cascades; install "
            f"'opencv-python-headless>=4.12,<5'."
        )
    file = Path(cv2.data.haarcascades) / f"{name}.xml"
    if not file.is_file():
        raise Problem(f"OpenCV ships no cascade {name!r}; see {file.parent}.")
    return cv2.CascadeClassifier(str(file))
