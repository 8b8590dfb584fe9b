"""Search for a face where it was: the windows of the full search around it, alone."""

import math

import numpy as np

from visual_features.cascade import Box, Cascade

__all__ = ["boxes_near"]

# A face is searched for at sizes between these times its last side, its centre moved by
# at most so many times that side. At those sizes are the hits that are merged with the
# face's own; without one of them the merged box is another.
SMALLER, LARGER, REACH = 0.6, 1.7, 0.25


def boxes_near(
    cascade: Cascade, gray: np.ndarray, last: Box, *, scale: float
) -> list[Box]:
    """Return the windows around the last face, of like size, that pass; not merged.

    Looked at are windows of a search of the whole picture, at the same sizes and on the
    same pixels, so that most boxes are the same. A search of a cut-out would resize it
    to a grid of its own, and its boxes tremble by some pixels.

    Args:
        cascade: What is searched with.
        gray: The picture, shape (height, width), uint8.
        last: Where the face was, a square of at least 80 pixels; smaller ones are
            searched for on a grid that is twice as fine as that of the full search.
        scale: Ratio of one search size to the next.
    """
    (height, width), (x, y, side, _) = gray.shape, last
    hits = []
    for size in cascade.sizes(width, height, scale=scale):
        if size.face[0] > LARGER * side:
            break
        if size.face[0] < SMALLER * side:
            continue
        reach, window = REACH * side / size.ratio, cascade.window[0]
        # Even, as a search goes on by two where nothing at all is like a face.
        left, top = (
            max(0, int((start + side / 2) / size.ratio - window / 2 - reach)) // 2 * 2
            for start in (x, y)
        )
        around = math.ceil(window + 2 * reach) + 2
        small = size.shrink(gray)[top : top + around, left : left + around]
        hits += size.boxes(cascade.places(small) + (left, top))
    return hits
