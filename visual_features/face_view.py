"""How a face is cut out of its frame."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from corpus.files import digest
from corpus.problem import Problem
from visual_features.haar import Box

__all__ = ["FaceView"]

COLOURS = ("gray", "bgr")
NO_FACE = ("full_frame", "previous", "drop")
INTERPOLATIONS = ("bilinear", "area", "cubic")
LARGEST_MARGIN = 4.0  # nine times a box: more than any frame shows around a face


@dataclasses.dataclass(frozen=True, kw_only=True)
class FaceView:
    """How a face is cut out of its frame.

    Attributes:
        size: Side of the crop, in pixels.
        colour: "gray" (OpenCV's) or "bgr".
        margin: What is added to a box on each of its four sides, as a share of that
            side's length; 0.5 cuts out twice the width and height. Beyond the frame
            its border is repeated, so that every crop of a take is of one scale and
            undistorted. The full frame has none.
        interpolation: Of the resizing: "bilinear" (OpenCV's default), "area", "cubic".
        no_face: What stands for a frame without a face. "full_frame": the whole
            frame, squeezed to the crop's size (Beyene 2019, whose loop leaves such
            files as they are). "previous": this frame, cut at the last box found (at
            a take's start, the first one). "drop": nothing, the sequence is shorter.
        jpeg_passes: 0, or 2 as in Beyene 2019, whose crops were written as JPEG, and
            again after resizing (quality 95; a full frame was written only then).
        recipe: Raised when our own code changes a crop.
    """

    size: int = 48
    colour: str = "gray"
    interpolation: str = "bilinear"
    no_face: str = "full_frame"
    jpeg_passes: int = 0
    margin: float = 0.0
    recipe: int = 1

    def __post_init__(self) -> None:
        if self.size < 1:
            raise Problem(f"a face crop's size must be at least 1, not {self.size}.")
        if not 0 <= self.margin <= LARGEST_MARGIN:
            raise Problem(
                f"a face crop's margin must be from 0 to {LARGEST_MARGIN:g} of the "
                f"box's side, not {self.margin}."
            )
        _among("colour", self.colour, COLOURS)
        _among("interpolation", self.interpolation, INTERPOLATIONS)
        _among("no_face", self.no_face, NO_FACE)
        _among("jpeg_passes", self.jpeg_passes, (0, 2))

    @property
    def name(self) -> str:
        """Colour and size, such as "gray48"."""
        return f"{self.colour}{self.size}"

    @property
    def key(self) -> str:
        """Eight hexadecimal characters that change with every field."""
        return digest(dataclasses.asdict(self))[:8]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one crop."""
        sides = (self.size, self.size)
        return sides if self.colour == "gray" else (*sides, 3)

    def cut(self, bgr: np.ndarray, gray: np.ndarray, box: Box | None) -> np.ndarray:
        """Return one crop.

        Args:
            bgr: The frame, shape (height, width, 3), uint8.
            gray: The same in OpenCV's grey, shape (height, width).
            box: Where to cut; None for the full frame.

        Returns:
            Shape `self.shape`, uint8.
        """
        import cv2

        if box is None:
            # In colour until it has its size, as the thesis' files were.
            crop, passes = bgr, self.jpeg_passes // 2
        else:
            source = gray if self.colour == "gray" else bgr
            crop, passes = _inside(source, box, self.margin), self.jpeg_passes
        if passes == 2:
            crop = _through_jpeg(crop)
        flag = {
            "bilinear": cv2.INTER_LINEAR,
            "area": cv2.INTER_AREA,
            "cubic": cv2.INTER_CUBIC,
        }[self.interpolation]
        crop = cv2.resize(crop, (self.size, self.size), interpolation=flag)
        if passes:
            crop = _through_jpeg(crop)
        if self.colour == "gray" and crop.ndim == 3:
            crop = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
        return crop


def _inside(picture: np.ndarray, box: Box, margin: float) -> np.ndarray:
    """Return what is within a box and its margin, the border repeated beyond it."""
    import cv2

    x, y, width, height = box
    across, down = round(margin * width), round(margin * height)
    left, right = x - across, x + width + across
    top, bottom = y - down, y + height + down
    rows, columns = picture.shape[:2]
    crop = picture[max(top, 0) : min(bottom, rows), max(left, 0) : min(right, columns)]
    beyond = (-top, bottom - rows, -left, right - columns)
    if max(beyond) <= 0:
        return crop
    sides = (max(length, 0) for length in beyond)
    return cv2.copyMakeBorder(crop, *sides, cv2.BORDER_REPLICATE)


def _through_jpeg(picture: np.ndarray) -> np.ndarray:
    import cv2

    return cv2.imdecode(cv2.imencode(".jpg", picture)[1], cv2.IMREAD_UNCHANGED)


def _among(field: str, value, allowed: Sequence) -> None:
    if value not in allowed:
        raise Problem(
            f"{field} must be one of {', '.join(map(str, allowed))}, not {value!r}."
        )
