"""A layer of a chain on bordered maps: a 3x3 convolution in few products, or a pooling.

Both fill in the maps that the next layer begins with. A layer says how large those it
begins with itself must be.
"""

import threading
from collections.abc import Callable

import numpy as np

from corpus.workers import cores
from embeddings.winograd.loops import LOOPS, POINTS, halved

__all__ = ["Convolution", "Halving", "Spread"]

Spread = Callable[[Callable[[int, int], None], int], None]
"""Calls a function of (first, last) on parts of 0 .. count, side by side."""

# Bytes that one product reads and writes, so that they stay in a core's cache; but a
# part of a kernel that is half as large is not read for fewer tiles than these.
CACHE, FEWEST = 1 << 20, 256

# Values and products in the making; memory that is got anew has to be cleared.
_kept = threading.local()


class Convolution:
    """A 3x3 convolution, its bias, and its ReLU if there is one.

    Attributes:
        size: Height, width and channels of what it begins with, without borders.
        after: Of what it makes.
        bordered: Rows and positions in a row that the maps it begins with must have.
    """

    def __init__(
        self,
        kernel: np.ndarray,
        bias: np.ndarray,
        *,
        height: int,
        width: int,
        rectified: bool,
    ) -> None:
        """Take a kernel to its values at the points.

        Args:
            kernel: Shape (3, 3, channels, filters).
            bias: Shape (filters,).
            height: Of the maps.
            width: Likewise.
            rectified: Whether what is below zero becomes zero.
        """

        def needed(side: int) -> int:
            return -(-height // side) * -(-width // side) * (side + 2) ** 2

        channels, filters = kernel.shape[2:]
        self.side = side = min(LOOPS, key=needed)
        self.down, self.across = -(-height // side), -(-width // side)
        self.size, self.after = (height, width, channels), (height, width, filters)
        self.bordered = self.down * side + 2, self.across * side + 2
        to = _to_values(POINTS[side])
        down = to @ kernel.astype(np.float64).reshape(3, -1)
        values = to @ down.reshape(len(to), 3, -1)
        self.kernel = values.reshape(-1, channels, filters).astype(np.float32)
        self.bias = np.ascontiguousarray(bias, np.float32)
        self.least = np.float32(0 if rectified else -np.inf)

    def __call__(self, maps: np.ndarray, following: np.ndarray, spread: Spread) -> None:
        """Convolve bordered maps into those of the next layer."""
        strips = len(maps) * self.down
        enter, leave = LOOPS[self.side]
        count, channels, filters = self.kernel.shape
        here = self.down, self.across
        inside, ends = (*here, *self.after[:2]), (self.bias, self.least)
        a_strip = self.across * (channels + filters) * count * self.kernel.itemsize
        some = max(1, CACHE // a_strip)
        if channels * filters * self.kernel.itemsize >= CACHE // 2:
            some = max(some, -(-FEWEST // self.across))

        def by_strips(first: int, last: int) -> None:
            values, products = _room(self.kernel, min(some, last - first) * self.across)
            for start in range(first, last, some):
                end = min(start + some, last)
                rows = (end - start) * self.across
                enter(maps, _flat(values), start, end, *here, channels)
                np.matmul(values[:, :rows], self.kernel, out=products[:, :rows])
                leave(_flat(products), *ends, following, start, end, *inside)

        if strips >= cores() * some:
            spread(by_strips, strips)
            return
        # Too few tiles to share: each core multiplies them by a part of the kernel.
        rows = strips * self.across
        values, products = _room(self.kernel, rows)
        enter(maps, _flat(values), 0, strips, *here, channels)

        def by_points(first: int, last: int) -> None:
            part = slice(first, last)
            np.matmul(values[part, :rows], self.kernel[part], out=products[part, :rows])

        spread(by_points, count)
        leave(_flat(products), *ends, following, 0, strips, *inside)


def _room(kernel: np.ndarray, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return this thread's arrays for the values and products of so many tiles."""
    count, *sizes = kernel.shape
    both = count * rows * sum(sizes)
    if getattr(_kept, "size", 0) < both:
        _kept.array, _kept.size = np.empty(both, np.float32), both
    middle = count * rows * sizes[0]
    values, products = _kept.array[:middle], _kept.array[middle:both]
    return values.reshape(count, rows, -1), products.reshape(count, rows, -1)


def _flat(tiles: np.ndarray) -> np.ndarray:
    return tiles.reshape(len(tiles), -1)


def _to_values(points: tuple[float, ...]) -> np.ndarray:
    """Return what takes three numbers of a kernel to values at points and infinity.

    They are divided by what interpolation divides by (Lagrange).
    """
    rows = [
        np.array([1.0, point, point**2])
        / np.prod([point - other for other in points if other != point])
        for point in points
    ]
    return np.array([*rows, [0.0, 0.0, 1.0]])


class Halving:
    """The largest number of each two by two positions.

    Attributes are those of `Convolution`.
    """

    def __init__(self, height: int, width: int, channels: int) -> None:
        """Halve maps of this size; an odd last row or column is left out."""
        self.size = height, width, channels
        self.after = height // 2, width // 2, channels
        self.bordered = height + 2, width + 2

    def __call__(self, maps: np.ndarray, following: np.ndarray, spread: Spread) -> None:
        """Halve bordered maps into those of the next layer."""

        def some(first: int, last: int) -> None:
            halved(maps, following, first, last, *self.after)

        spread(some, len(maps))
