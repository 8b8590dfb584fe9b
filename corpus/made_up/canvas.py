"""Draw shapes given in a head's own measure onto a picture, wherever the head is.

The measure: half heights of the head from the middle of the face, x to the right of
the picture, y down; the chin is at y = 1.
"""

import dataclasses
import math

import cv2
import numpy as np

__all__ = ["SHIFT", "Canvas", "bow", "curve", "ellipse"]

SHIFT = 4  # corners are given in sixteenths of a pixel: OpenCV then draws in integers
CHIN = 1.0


@dataclasses.dataclass(frozen=True)
class Canvas:
    """A picture, and where in it the head is.

    Attributes:
        image: Shape (height, width, 3), uint8, blue-green-red; drawn upon.
        unit: Half height of the head, in pixels.
        x, y: Middle of the face, in pixels.
        tilt: Lean of the head about its chin, in degrees.
        slide: How far the features are off their place, for a head that turns or
            nods; in half heights of the head.
    """

    image: np.ndarray
    unit: float
    x: float
    y: float
    tilt: float = 0.0
    slide: tuple[float, float] = (0.0, 0.0)

    def corners(self, points, *, slides: bool = True) -> np.ndarray:
        """Take points of the head to corners of the picture, as OpenCV takes them.

        Args:
            points: Shape (n, 2).
            slides: Whether they are of a feature, or of the head itself.

        Returns:
            Shape (n, 2), int32, in sixteenths of a pixel.
        """
        x, y = np.asarray(points, float).T
        if slides:
            x, y = x + self.slide[0], y + self.slide[1]
        angle = math.radians(self.tilt)
        cos, sin = math.cos(angle), math.sin(angle)
        across = self.x + self.unit * (x * cos - (y - CHIN) * sin)
        along = self.y + self.unit * (CHIN + x * sin + (y - CHIN) * cos)
        return np.round(np.stack([across, along], 1) * 2**SHIFT).astype(np.int32)

    def fill(self, points, colour, *, slides: bool = True) -> None:
        """Fill a polygon."""
        corners = self.corners(points, slides=slides)
        cv2.fillPoly(self.image, [corners], _colour(colour), cv2.LINE_AA, SHIFT)

    def line(self, points, colour, width: float, *, slides: bool = True) -> None:
        """Draw a line of some width through points."""
        corners = self.corners(points, slides=slides)
        thick = max(1, round(width * self.unit))
        cv2.polylines(
            self.image, [corners], False, _colour(colour), thick, cv2.LINE_AA, SHIFT
        )

    def mask(self, points, *, slides: bool = True, soft: bool = True) -> np.ndarray:
        """Return a polygon as weights; shape (height, width), uint8."""
        mask = np.zeros(self.image.shape[:2], np.uint8)
        corners = self.corners(points, slides=slides)
        cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA if soft else cv2.LINE_8, SHIFT)
        return mask


def _colour(values) -> tuple[int, ...]:
    return tuple(int(min(255, max(0, value))) for value in np.atleast_1d(values))


def ellipse(x: float, y: float, wide: float, high: float) -> np.ndarray:
    """Return 32 points of an ellipse, clockwise from its top."""
    angle = np.linspace(0, 2 * np.pi, 33)[:-1]
    return np.stack([x + wide * np.sin(angle), y - high * np.cos(angle)], 1)


def bow(
    x: float,
    y: float,
    wide: float,
    rise: float,
    *,
    lean: float = 0.0,
    power: float = 1.0,
) -> np.ndarray:
    """Return an arc from corner to corner whose middle is `rise` below them.

    Args:
        x, y: Midpoint between the corners.
        wide: Half the distance of the corners.
        rise: How far the middle hangs down; below 0, up.
        lean: How much lower the right corner is, for its distance from the middle.
        power: 1 for a parabola, 0.5 for half an ellipse.
    """
    way = -np.cos(np.linspace(0, np.pi, 17))
    sag = rise * (1 - way**2) ** power
    return np.stack([x + wide * way, y + sag + lean * wide * way], 1)


def curve(points) -> np.ndarray:
    """Return a smooth line through points (Catmull & Rom 1974)."""
    given = np.asarray(points, float)
    before, after = 2 * given[0] - given[1], 2 * given[-1] - given[-2]
    a, b, c, d = (
        np.stack([before, *given, after])[i : i + len(given) - 1, None]
        for i in range(4)
    )
    way = np.linspace(0, 1, 7)[:-1, None]
    line = b + 0.5 * way * (c - a)
    line = line + way**2 * (a - 2.5 * b + 2 * c - 0.5 * d)
    line = line + way**3 * (-0.5 * a + 1.5 * b - 1.5 * c + 0.5 * d)
    return np.concatenate([line.reshape(-1, 2), given[-1:]])
