"""Find the face in a picture: OpenCV's Haar cascade (Viola & Jones 2001)."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from corpus.files import digest
from corpus.problem import Problem
from visual_features.cascade import Box, Cascade
from visual_features.tracking import boxes_near

__all__ = ["LATER", "Box", "HaarDetector"]

ALIKE = 0.2  # by how much of their side the hits of one face differ; OpenCV's own
CHOICES = ("first", "largest", "last")

# Fields that have come since boxes are stored, with the values that change nothing.
# Those are left out of keys, so that older boxes are found again.
LATER: Mapping[str, Any] = {"track": False, "luma": False}


@dataclasses.dataclass(frozen=True, kw_only=True)
class HaarDetector:
    """OpenCV's Haar cascade for frontal faces.

    Attributes:
        scale: Ratio of one search size to the next, above 1.
        neighbours: Overlapping hits a face needs.
        min_size: Side of the smallest face searched for, in pixels, or below 1 as a
            share of the picture's shorter side; 0 searches all sizes. 100 is five
            times as fast on RAVDESS' 1280x720.
        choice: Which of several boxes: the "first" OpenCV lists (Beyene 2019), the
            "largest", or the "last" (the author's demo).
        cascade: Name of the cascade among those that OpenCV ships.
        track: Whether a face is first searched for around where it was in the frame
            before, at like sizes, and in the whole frame only if it is lost. A second
            face is then not noticed while the first is there. Cascades of trees or of
            tilted features search the whole frame all the same.
        luma: Whether the decoder's brightness is searched, and cut, as it is; by
            default OpenCV's grey of the decoded colours is, as in Beyene 2019.
        recipe: Raised when our own code changes a box.
    """

    name: ClassVar[str] = "haar"

    scale: float = 1.3
    neighbours: int = 5
    min_size: float = 0
    choice: str = "first"
    cascade: str = "haarcascade_frontalface_default"
    track: bool = False
    luma: bool = False
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
        if self.min_size >= 1:  # 150.0 and 150 are one setting, and one key
            object.__setattr__(self, "min_size", round(self.min_size))

    @property
    def key(self) -> str:
        """Eight hexadecimal characters that change with every field."""
        return digest(self.settings)[:8]

    @property
    def settings(self) -> dict[str, Any]:
        """The fields by name, as keys and specs have them."""
        fields = vars(self).items()
        return {name: value for name, value in fields if LATER.get(name, ...) != value}

    def detect(self, gray: np.ndarray, last: Box | None = None) -> Box | None:
        """Return the face in a picture, or None.

        Args:
            gray: Shape (height, width), uint8.
            last: The face in the frame before, or in the last one that had a face.

        Raises:
            Problem: If the installed OpenCV has no Haar cascades.
        """
        return self.choose(self.boxes(gray, last))

    def boxes(self, gray: np.ndarray, last: Box | None = None) -> list[Box]:
        """Return all faces in a picture, in the order that OpenCV lists them.

        Of a detector that tracks, only those around the last one, if there are any.
        """
        cascade, height, width = _cascade(self.cascade), *gray.shape
        least = self.min_size
        least = least if least >= 1 else round(least * min(gray.shape))
        if not isinstance(cascade, Cascade):
            return self._by_opencv(cascade, gray, least)
        boxes = []
        if self.track and last:
            boxes = self._merged(boxes_near(cascade, gray, last, scale=self.scale))
        if not boxes:
            hits = cascade.candidates(gray, scale=self.scale, least=least)
            boxes = self._merged(hits)
        # A window may end a pixel or two outside, by rounding.
        return [(x, y, min(w, width - x), min(h, height - y)) for x, y, w, h in boxes]

    def _merged(self, hits: list[Box]) -> list[Box]:
        """Return the boxes of faces that have enough overlapping hits."""
        import cv2

        if hits and self.neighbours:
            hits, _ = cv2.groupRectangles(hits, self.neighbours, ALIKE)
        return [tuple(map(int, box)) for box in hits]

    def _by_opencv(self, cascade, gray: np.ndarray, least: int) -> list[Box]:
        """Return all faces, found by OpenCV itself."""
        import cv2

        threads = cv2.getNumThreads()
        # With several threads the order of the boxes, and so "first", is by chance.
        cv2.setNumThreads(1)
        try:
            boxes = cascade.detectMultiScale(
                gray,
                scaleFactor=self.scale,
                minNeighbors=self.neighbours,
                minSize=(least, least),
            )
        finally:
            cv2.setNumThreads(threads)
        return [tuple(map(int, box)) for box in boxes]

    def choose(self, boxes: Sequence[Box]) -> Box | None:
        """Return the one of several boxes that is taken for the face."""
        if not boxes:
            return None
        if self.choice == "largest":
            boxes = sorted(boxes, key=lambda box: -box[2] * box[3])
        return boxes[-1 if self.choice == "last" else 0]


@functools.cache
def _cascade(name: str):
    """Load a cascade, once a process: `Cascade`, or OpenCV's if it is no such one."""
    import cv2

    if not hasattr(cv2, "CascadeClassifier"):
        raise Problem(
            f"OpenCV {cv2.__version__} has no Haar cascades; install "
            f"'opencv-python-headless>=4.12,<5'."
        )
    file = Path(cv2.data.haarcascades) / f"{name}.xml"
    if not file.is_file():
        raise Problem(f"OpenCV ships no cascade {name!r}; see {file.parent}.")
    return Cascade.read(file) or cv2.CascadeClassifier(str(file))
