"""Worker processes that decode beside the accelerator and die with their parent."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from typing import TypeVar

from corpus.problem import Problem

__all__ = ["as_they_end", "cores", "in_workers"]

# How many threads they may have: what numpy and OpenCV read when they are imported.
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores() -> int:
    """Return how many processors this process may use."""
    return (
        len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else (os.cpu_count() or 1)
    )


def in_workers(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    workers: int,
    ahead: int = 2,
) -> Iterator[tuple[Item, Result | Exception]]:
    """Call a function on each item in worker processes; yield in the items' order.

    Processes are spawned, never forked (TensorFlow's threads do not survive a
    fork). Only `ahead` items a worker wait at any time, so memory stays flat
    however many items there are. What a call raises is yielded, not raised: one
    bad file must not end the batch.

    Args:
        function: Picklable; must not import Keras, to start fast.
        items: Picklable; drawn lazily.
        workers: Number of processes; 0 calls the function in this process.
        ahead: Items in flight a worker.

    Raises:
        Problem: If a worker process was killed (out of memory, most often).
    """
    if workers == 0:
        for item in items:
            yield item, _outcome(function, item)
        return
    waiting: deque[tuple[Item, Future]] = deque()
    source = iter(items)
    with _pool(workers) as pool:
        while True:
            while len(waiting) < workers * ahead:
                try:
                    item = next(source)
                except StopIteration:
                    break
                waiting.append((item, pool.submit(function, item)))
            if not waiting:
                return
            item, future = waiting.popleft()
            yield item, _outcome(future.result)


def as_they_end(
    function: Callable[[Item], Result], items: deque[Item], *, workers: int
) -> Iterator[tuple[Item, Result | Exception]]:
    """Call a function on each item in worker processes; yield what has ended.

    An item is taken from the left when a process is free for it, so that whoever is
    given a result may put what can be done now before all that still waits.

    Args:
        function: As of `in_workers`.
        items: Picklable; empty in the end.
        workers: As of `in_workers`.

    Raises:
        Problem: As `in_workers`.
    """
    if workers == 0:
        while items:
            item = items.popleft()
            yield item, _outcome(function, item)
        return
    running: dict[Future, Item] = {}
    with _pool(workers) as pool:
        while items or running:
            while items and len(running) < workers:
                item = items.popleft()
                running[pool.submit(function, item)] = item
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                yield running.pop(future), _outcome(future.result)


def _outcome(function: Callable[..., Result], *inputs: Item) -> Result | Exception:
    """Return what a call returns or raises."""
    try:
        return function(*inputs)
    except BrokenProcessPool as error:
        raise Problem(
            "a worker process was killed, most often for want of memory; "
            "run the command again with fewer --workers."
        ) from error
    except Exception as error:  # yielded: the caller lists it
        return error


@contextlib.contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Start processes that end with this one."""
    context = multiprocessing.get_context("spawn")
    open_here, lifeline = context.Pipe(duplex=False)[::-1]
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_settle, initargs=(lifeline,)
    )
    try:
        yield pool
    finally:
        open_here.close()  # after Ctrl-C a call might take minutes yet
        pool.shutdown(wait=False, cancel_futures=True)


def _settle(lifeline: Connection) -> None:
    """Make a worker leave Ctrl-C to its parent, and end when that lets go or is gone.

    It has a core for itself, so numpy's products and OpenCV, too, get one thread: of
    several, in as many processes as there are cores, most would wait for one another.

    Args:
        lifeline: Has nothing to read until the parent's end is closed.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ONE_THREAD:  # before they are imported
        os.environ.setdefault(name, "1")

    def watch() -> None:
        with contextlib.suppress(EOFError, OSError):
            lifeline.recv()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
