"""Who trains: how many processes side by side, and what makes one ready for Keras."""

import functools
import os
from collections.abc import Callable
from pathlib import Path

from corpus.workers import cores
from embeddings.devices import sees_accelerator

__all__ = ["Settle", "ready_to_train", "trainers"]

Settle = Callable[[], None]
"""Called in a process that trains, before Keras is imported; picklable."""


def trainers(workers: int | None = None) -> int:
    """Return how many processes train; 0 stands for this one.

    Heads are small, so that one thread each on every core is fastest; but a GPU is
    best used by one process.

    Args:
        workers: As asked for; None for as many as there are cores, or 0 where Keras
            sees a GPU.
    """
    if workers is not None:
        return workers
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    if not hidden and any(Path("/dev").glob("nvidia[0-9]*")) and sees_accelerator():
        return 0
    return cores()


@functools.cache
def ready_to_train(threads: int, settle: Settle | None) -> None:
    """Make a worker process ready for Keras, once: one of many, and quiet.

    Args:
        threads: Of TensorFlow in this process; 0 leaves all as it is.
        settle: What else is to be done first.
    """
    if not threads:
        return
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = str(threads)
    if settle is not None:
        settle()
