"""A network in three parts, the one in the middle a run of layers of ours."""

import itertools
import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from corpus.workers import cores
from embeddings.frozen import Network

if TYPE_CHECKING:
    from embeddings.winograd.convolution import Convolution, Halving

__all__ = ["Chain"]

# Bytes of the largest maps at a time, which many at once gain nothing by.
LARGEST = 1 << 26


class Chain:
    """A network of Keras, a run of layers, and a network of Keras again.

    Several threads may ask it at once; it answers one after another.
    """

    def __init__(
        self,
        before: Network,
        run: "Sequence[Convolution | Halving]",
        after: Network,
    ) -> None:
        """Join them.

        Args:
            before: Makes maps of a batch, shape (n, height, width, channels).
            run: What is done to them.
            after: Makes of the maps in the end what the network says.
        """
        from threadpoolctl import ThreadpoolController

        self.before, self.run, self.after = before, run, after
        height, width, channels = run[-1].after
        sizes = [(*layer.bordered, layer.size[2]) for layer in run]
        sizes.append((height + 2, width + 2, channels))
        self.shapes = [(rows, across * wide) for rows, across, wide in sizes]
        self.some = max(1, LARGEST // (4 * max(map(math.prod, self.shapes))))
        self._maps: list[np.ndarray] = []
        self._turn = threading.Lock()  # the maps are there once
        self._threads = ThreadPoolExecutor(cores())
        self._libraries = ThreadpoolController()

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Return what the network says of a batch."""
        entering = self.before(batch)
        starts = range(0, len(entering), self.some)
        # Each of our threads has a core: numpy's products get one thread, too.
        with self._turn, self._libraries.limit(limits=1, user_api="blas"):
            parts = [self._run(entering[at : at + self.some]) for at in starts]
        return self.after(np.concatenate(parts))

    def _run(self, entering: np.ndarray) -> np.ndarray:
        count = len(entering)
        if not self._maps or len(self._maps[0]) < count:
            self._maps = [np.zeros((count, *one), np.float32) for one in self.shapes]
        maps = [own[:count] for own in self._maps]
        _within(maps[0], self.run[0].size)[:] = entering
        pairs = itertools.pairwise(maps)
        for layer, (own, following) in zip(self.run, pairs, strict=True):
            layer(own, following, self._spread)
        return _within(maps[-1], self.run[-1].after).copy()

    def _spread(self, work: Callable[[int, int], None], count: int) -> None:
        """Do a work on 0 .. count in as many threads as there are cores."""
        ends = np.linspace(0, count, min(cores(), count) + 1).round().astype(int)
        parts = itertools.pairwise(ends.tolist())
        for part in [self._threads.submit(work, *both) for both in parts]:
            part.result()


def _within(maps: np.ndarray, size: tuple[int, int, int]) -> np.ndarray:
    """Return a view of bordered maps without their borders."""
    height, width, channels = size
    whole = maps.reshape(*maps.shape[:2], -1, channels)
    return whole[:, 1 : height + 1, 1 : width + 1]
