"""OpenCV's Haar cascades, searched many windows at a time.

The full search is where the exact path spends its time. This one finds the same
windows in less than half of it, and lists them in the same order (Viola & Jones 2001;
Lienhart & Maydt 2002; what is computed of a window is that of OpenCV's
modules/objdetect, cascadedetect.cpp). `tests/test_cascade.py` holds both against one
another.
"""

import dataclasses
import functools
import math
import threading
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

__all__ = ["Box", "Cascade", "Size"]

Box = tuple[int, int, int, int]
"""Left, top, width and height of a face, in pixels."""

EPSILON = np.float32(1e-5)  # by which OpenCV lowers the threshold of a stage

# Sums of the picture that is searched now; memory that is got anew has to be cleared,
# which takes longer than to fill it.
_kept = threading.local()


@dataclasses.dataclass(frozen=True)
class Size:
    """A size at which a picture is searched.

    Attributes:
        ratio: By which the picture is made smaller.
        picture: Width and height it has then.
        face: Width and height of a window in the picture itself.
    """

    ratio: np.float32
    picture: tuple[int, int]
    face: tuple[int, int]

    @property
    def step(self) -> int:
        """From one window to the next, both ways: OpenCV's."""
        return 1 if self.ratio >= 2 else 2

    def shrink(self, gray: np.ndarray) -> np.ndarray:
        """Return the picture so small."""
        import cv2

        if gray.shape == self.picture[::-1]:
            return gray
        return cv2.resize(gray, self.picture, interpolation=cv2.INTER_LINEAR_EXACT)

    def boxes(self, places: np.ndarray) -> list[Box]:
        """Return windows of the smaller picture as boxes of the picture itself.

        Args:
            places: Shape (n, 2): left and top in the smaller picture.
        """
        corners = np.rint(places.astype(np.float32) * self.ratio).astype(int)
        return [(x, y, *self.face) for x, y in corners.tolist()]


@dataclasses.dataclass(frozen=True, eq=False)
class Cascade:
    """A cascade of stages of stumps.

    Attributes:
        window: Width and height of a window.
        stages: How many stumps each stage has.
        thresholds: Of the stages, float32.
        rectangles: Shape (stumps, 3, 4): left, top, width, height in a window.
        table: Shape (stumps, 6), float32: the weights of the rectangles (0 where there
            is no third), the threshold, and what is added below and above it.
    """

    window: tuple[int, int]
    stages: np.ndarray
    thresholds: np.ndarray
    rectangles: np.ndarray
    table: np.ndarray

    @classmethod
    def read(cls, file: Path) -> "Cascade | None":
        """Read one of OpenCV's files; None if it is of another kind.

        Those are cascades of trees, of tilted features, of other features than Haar's,
        and of the format before OpenCV 2.4: OpenCV alone searches with them.
        """
        root = ElementTree.parse(file).getroot().find("cascade")
        if root is None or root.findtext("featureType") != "HAAR":
            return None
        features = []
        for feature in root.find("features"):
            if feature.findtext("tilted", "0").strip() != "0":
                return None
            features.append([one.text.split() for one in feature.find("rects")])
        stages, thresholds, rectangles, table = [], [], [], []
        for stage in root.find("stages"):
            stumps = stage.find("weakClassifiers")
            stages.append(len(stumps))
            thresholds.append(np.float32(stage.findtext("stageThreshold")) - EPSILON)
            for stump in stumps:
                nodes = stump.findtext("internalNodes").split()
                if len(nodes) != 4:
                    return None
                own = features[int(nodes[2])]
                own = own + [["0"] * 5] * (3 - len(own))
                rectangles.append([[int(number) for number in one[:4]] for one in own])
                leaves = stump.findtext("leafValues").split()
                table.append([*(one[4] for one in own), nodes[3], *leaves])
        return cls(
            window=(int(root.findtext("width")), int(root.findtext("height"))),
            stages=np.array(stages),
            thresholds=np.array(thresholds, np.float32),
            rectangles=np.array(rectangles),
            table=np.array(table, np.float64).astype(np.float32),
        )

    def candidates(
        self, gray: np.ndarray, *, scale: float, least: float = 0
    ) -> list[Box]:
        """Return all windows of a picture that pass, not merged, in OpenCV's order.

        Args:
            gray: Shape (height, width), uint8.
            scale: Ratio of one size to the next.
            least: Side of the smallest face.
        """
        found = []
        for size in self.sizes(gray.shape[1], gray.shape[0], scale=scale):
            if min(size.face) >= least:
                places = self.places(size.shrink(gray), step=size.step)
                found += size.boxes(places)
        return found

    @functools.lru_cache(maxsize=64)  # noqa: B019 - cascades are few, and kept
    def sizes(self, width: int, height: int, *, scale: float) -> tuple[Size, ...]:
        """Return the sizes at which OpenCV searches a picture, in single precision."""
        window, factor, sizes = np.float32(self.window), 1.0, []
        # Rounded as C does, half to even.
        while all(np.rint(np.multiply(self.window, factor)) <= (width, height)):
            ratio = np.float32(factor)
            picture = np.rint(np.float32((width, height)) / ratio)
            face = np.rint(window * ratio)
            pairs = (tuple(map(int, pair)) for pair in (picture, face))
            sizes.append(Size(ratio, *pairs))
            factor *= scale
        return tuple(sizes)

    def places(self, picture: np.ndarray, *, step: int = 1) -> np.ndarray:
        """Return where windows of a picture pass, at its own size.

        Args:
            picture: Shape (height, width), uint8.
            step: From one window to the next: 1 or 2.

        Returns:
            Shape (n, 2): left and top, by rows.
        """
        from visual_features.windows import SLACK, add_up, passing

        # Of one kind, or numba would compile for each.
        picture = np.require(picture, np.uint8, ["C", "W"])
        height, width = picture.shape
        columns = (width - self.window[0]) // step + 1
        rows = (height - self.window[1]) // step + 1
        if columns < 1 or rows < 1:
            return np.empty((0, 2), int)
        shape = step, height + 1, width // step + 1
        sums, squares, places = _memory(math.prod(shape) + SLACK, rows * columns)
        add_up(
            picture,
            *(one[: math.prod(shape)].reshape(shape) for one in (sums, squares)),
        )
        corners, inner = _corners(self, shape)
        count = passing(
            sums,
            squares,
            rows,
            columns,
            step * shape[2],
            corners,
            inner,
            float((self.window[0] - 2) * (self.window[1] - 2)),
            self.table.reshape(-1),
            self.stages,
            self.thresholds,
            places,
        )
        return places[:count] * step


@functools.lru_cache(maxsize=64)
def _corners(
    cascade: Cascade, shape: tuple[int, int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return `corners` and `inner` of `windows.passing`, for sums of some shape."""
    step, rows, wide = shape

    def corners(rectangles):
        left, top, width, height = np.moveaxis(rectangles, -1, 0)
        x = np.stack([left, left + width, left, left + width], axis=-1)
        y = np.stack([top, top, top + height, top + height], axis=-1)
        places = x % step * rows * wide + y * wide + x // step
        return places.astype(np.uint64).reshape(-1)

    inner = np.array([1, 1, cascade.window[0] - 2, cascade.window[1] - 2])
    return corners(cascade.rectangles), corners(inner)


def _memory(sums: int, places: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return arrays of at least such lengths, this thread's own."""
    have = getattr(_kept, "arrays", None)
    if have is None or len(have[0]) < sums or len(have[2]) < places:
        have = _kept.arrays = (
            np.empty(sums, np.int32),
            np.empty(sums, np.int32),
            np.empty((places, 2), np.int32),
        )
    return have
