"""How a face is cut out of its frame."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from corpus.files import digest
from corpus.problem import Problem
from visual_features.haar import Box

__all__ = ["LATER", "FaceView"]

COLOURS = ("gray", "bgr")
NO_FACE = ("full_frame", "previous", "drop", "zeros")
INTERPOLATIONS = ("bilinear", "area", "cubic")
LARGEST_MARGIN = 4.0  # nine times a box: more than any frame shows around a face

# Fields that have come since crops are stored, with the values that change nothing.
# Those are left out of keys, so that older crops are found again.
LATER: Mapping[str, Any] = {"width": None, "draw_box": False}


@dataclasses.dataclass(frozen=True, kw_only=True)
class FaceView:
    """How a face is cut out of its frame.

    Attributes:
        size: Side of the crop, in pixels; its height where it has a width.
        width: Of a crop that is no square, in pixels; what is cut out is squeezed to
            it. None for a square.
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
            "zeros": a black picture.
        jpeg_passes: 0, or 2 as in Beyene 2019, whose crops were written as JPEG, and
            again after resizing (quality 95; a full frame was written only then).
        draw_box: Whether the box found in a frame is drawn, one pixel wide and white,
            before it is cut out (Brambilla 2020, whose crops keep its upper and its
            left line). A box taken from another frame is not. Bilinear resizing
            leaves nothing of it where a box is three times as large as its crop.
        recipe: Raised when our own code changes a crop.
    """

    size: int = 48
    colour: str = "gray"
    interpolation: str = "bilinear"
    no_face: str = "full_frame"
    jpeg_passes: int = 0
    margin: float = 0.0
    width: int | None = None
    draw_box: bool = False
    recipe: int = 1

    def __post_init__(self) -> None:
        if self.size < 1:
            raise Problem(f"a face crop's size must be at least 1, not {self.size}.")
        if self.width is not None and self.width < 1:
            raise Problem(f"a face crop's width must be at least 1, not {self.width}.")
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
        """Colour and size, such as "gray48" or, width first, "bgr320x240"."""
        width = "" if self.width is None else f"{self.width}x"
        return f"{self.colour}{width}{self.size}"

    @property
    def key(self) -> str:
        """Eight hexadecimal characters that change with every field."""
        fields = dataclasses.asdict(self).items()
        told = {name: value for name, value in fields if LATER.get(name, ...) != value}
        return digest(told)[:8]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one crop."""
        sides = (self.size, self.width or self.size)
        return sides if self.colour == "gray" else (*sides, 3)

    def cut(
        self,
        bgr: np.ndarray,
        gray: np.ndarray,
        box: Box | None,
        *,
        found: bool = True,
    ) -> np.ndarray:
        """Return one crop.

        Args:
            bgr: The frame, shape (height, width, 3), uint8.
            gray: The same in OpenCV's grey, shape (height, width).
            box: Where to cut; None for what stands for a frame without a face.
            found: Whether the box was found in this very frame.

        Returns:
            Shape `self.shape`, uint8.
        """
        import cv2

        if box is None and self.no_face == "zeros":
            return np.zeros(self.shape, np.uint8)
        if box is None:
            # In colour until it has its size, as the thesis' files were.
            crop, passes = bgr, self.jpeg_passes // 2
        else:
            source = gray if self.colour == "gray" else bgr
            crop, passes = _inside(source, box, self.margin), self.jpeg_passes
            if self.draw_box and found:
                crop = _with_box(crop, box, self.margin)
        if passes == 2:
            crop = _through_jpeg(crop)
        flag = {
            "bilinear": cv2.INTER_LINEAR,
            "area": cv2.INTER_AREA,
            "cubic": cv2.INTER_CUBIC,
        }[self.interpolation]
        crop = cv2.resize(crop, self.shape[1::-1], interpolation=flag)
        if passes:
            crop = _through_jpeg(crop)
        if self.colour == "gray" and crop.ndim == 3:
            crop = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
        return crop


def _inside(picture: np.ndarray, box: Box, margin: float) -> np.ndarray:
    """Return what is within a box and its margin, the border repeated beyond it."""
    import cv2

    x, y, width, height = box
    across, down = _added(box, margin)
    left, right = x - across, x + width + across
    top, bottom = y - down, y + height + down
    rows, columns = picture.shape[:2]
    crop = picture[max(top, 0) : min(bottom, rows), max(left, 0) : min(right, columns)]
    beyond = (-top, bottom - rows, -left, right - columns)
    if max(beyond) <= 0:
        return crop
    sides = (max(length, 0) for length in beyond)
    return cv2.copyMakeBorder(crop, *sides, cv2.BORDER_REPLICATE)


def _with_box(crop: np.ndarray, box: Box, margin: float) -> np.ndarray:
    """Return a crop with its box drawn; what lies beyond the crop is cut off."""
    import cv2

    _x, _y, width, height = box
    left, top = _added(box, margin)
    right, bottom = left + width, top + height
    return cv2.rectangle(crop.copy(), (left, top), (right, bottom), (255,) * 3, 1)


def _added(box: Box, margin: float) -> tuple[int, int]:
    """Return what a margin adds at each side, across and down."""
    return round(margin * box[2]), round(margin * box[3])


def _through_jpeg(picture: np.ndarray) -> np.ndarray:
    import cv2

    return cv2.imdecode(cv2.imencode(".jpg", picture)[1], cv2.IMREAD_UNCHANGED)


def _among(field: str, value, allowed: Sequence) -> None:
    if value not in allowed:
        raise Problem(
            f"{field} must be one of {', '.join(map(str, allowed))}, not {value!r}."
        )
