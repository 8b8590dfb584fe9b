"""Search for a face where it was: the windows of the full search around it, alone."""

import math

import numpy as np

__all__ = ["Box", "boxes_near"]

Box = tuple[int, int, int, int]
"""Left, top, width and height of a face, in pixels."""

SIDE = 24  # of a window of OpenCV's cascades for faces, in pixels
ALIKE = 0.2  # by how much of their side the hits of one face differ; OpenCV's own

# A face is searched for at sizes between these times its last side, its centre moved by
# at most so many times that side. At those sizes are the hits that OpenCV merges with
# the face's own; without one of them the merged box is another.
SMALLER, LARGER, REACH = 0.6, 1.7, 0.25


def boxes_near(
    cascade, gray: np.ndarray, last: Box, *, scale: float, neighbours: int
) -> list[Box]:
    """Return the faces around the last one, of like size.

    Looked at are windows of a search of the whole picture, at the same sizes and on the
    same pixels, so that most boxes are the same. A search of a cut-out would resize it
    to a grid of its own, and its boxes tremble by some pixels.

    Args:
        cascade: OpenCV's, of windows of 24x24.
        gray: The picture, shape (height, width), uint8.
        last: Where the face was, a square of at least 80 pixels; smaller ones are
            searched for on a grid that is twice as fine as OpenCV's.
        scale: Ratio of one search size to the next.
        neighbours: Overlapping hits a face needs.
    """
    import cv2

    height, width = gray.shape
    x, y, side, _ = last
    hits, factor = [], 1.0
    while (window := round(SIDE * factor)) <= min(LARGER * side, width, height):
        if window >= SMALLER * side:
            ratio = float(np.float32(factor))  # OpenCV counts in single precision
            size = round(width / ratio), round(height / ratio)
            small = cv2.resize(gray, size, interpolation=cv2.INTER_LINEAR_EXACT)
            reach = REACH * side / ratio
            # Even, as a search goes on by two where nothing at all is like a face.
            left, top = (
                max(0, int((start + side / 2) / ratio - SIDE / 2 - reach)) // 2 * 2
                for start in (x, y)
            )
            around = math.ceil(SIDE + 2 * reach) + 2
            small = small[top : top + around, left : left + around]
            for column, row in _windows(cascade, small):
                place = np.float32((left + column, top + row)) * np.float32(ratio)
                hits.append((*np.rint(place).astype(int).tolist(), window, window))
        factor *= scale
    if hits and neighbours:
        hits, _ = cv2.groupRectangles(hits, neighbours, ALIKE)
    return [tuple(map(int, box)) for box in hits]


def _windows(cascade, picture: np.ndarray) -> list[tuple[int, int]]:
    """Return where windows of a picture pass for faces, at its own size."""
    import cv2

    if min(picture.shape) < SIDE:
        return []
    # Twice as large, and halved again by the search, to the very same pixels: at a
    # ratio of 1 it would leave out every second window, as it does below 2.
    double = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    only = (2 * SIDE, 2 * SIDE)
    found = cascade.detectMultiScale(double, 2.0, 0, minSize=only, maxSize=only)
    return [(int(x) // 2, int(y) // 2) for x, y, *_ in found]
