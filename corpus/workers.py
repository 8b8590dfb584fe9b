"""Worker processes that decode beside the accelerator and die with their parent."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.synchronize import Event
from typing import Any, TypeVar

from corpus.problem import Problem

__all__ = ["cores", "in_workers"]

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
            try:
                yield item, function(item)
            except Exception as error:  # yielded: the caller lists it
                yield item, error
        return
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_settle, initargs=(stop,)
    )
    waiting: deque[tuple[Item, Future]] = deque()
    source = iter(items)
    try:
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
            try:
                result: Any = future.result()
            except BrokenProcessPool as error:
                raise Problem(
                    "a worker process was killed, most often for want of memory; "
                    "run the command again with fewer --workers."
                ) from error
            except Exception as error:  # yielded: the caller lists it
                result = error
            yield item, result
    except BaseException:  # Ctrl-C, most often: a call may take minutes yet
        stop.set()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _settle(stop: Event) -> None:
    """Make a worker leave Ctrl-C to its parent, and end when told to or left alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def watch(wait: Callable[[], Any]) -> None:
        wait()
        os._exit(1)

    for wait in (parent.join, stop.wait):
        threading.Thread(target=watch, args=(wait,), daemon=True).start()
