import os
import signal
from collections import deque

import pytest

from corpus.problem import Problem
from corpus.workers import as_they_end, in_workers


def threads(_):
    import numpy  # noqa: F401
    import threadpoolctl

    found = threadpoolctl.threadpool_info()
    return [one["num_threads"] for one in found if one["internal_api"] == "openblas"]


def pictures(_):
    import cv2

    return cv2.getNumThreads()


def half(number):
    return 1 / (number - 2)


def killed(_):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("workers", [0, 2])
def test_results_come_in_order_and_errors_are_among_them(workers):
    results = list(in_workers(half, range(5), workers=workers))
    assert [item for item, _ in results] == list(range(5))
    assert isinstance(results[2][1], ZeroDivisionError)
    assert [result for _, result in results if result in (-1, 1)] == [-1, 1]


@pytest.mark.skipif(
    "OPENBLAS_NUM_THREADS" in os.environ, reason="their number is given"
)
def test_a_worker_multiplies_by_one_thread():
    (_, found), *_ = in_workers(threads, [0], workers=1)
    assert set(found) <= {1}


@pytest.mark.skipif(
    "OPENCV_FOR_THREADS_NUM" in os.environ, reason="their number is given"
)
def test_a_worker_resizes_by_one_thread():
    assert list(in_workers(pictures, [0], workers=1)) == [(0, 1)]


@pytest.mark.parametrize("workers", [0, 2])
def test_what_a_result_leads_to_is_done_before_what_waits(workers):
    waiting, seen = deque([3, 4, 5, 6]), []
    for item, result in as_they_end(half, waiting, workers=workers):
        seen.append(item)
        if item in (3, 4):
            assert result == 1 / (item - 2)
            waiting.appendleft(10 * item)
    assert sorted(seen) == [3, 4, 5, 6, 30, 40]
    assert seen.index(30) < seen.index(6)
    assert not waiting


def test_what_a_call_raises_is_its_outcome():
    ((item, outcome),) = as_they_end(half, deque([2]), workers=1)
    assert (item, type(outcome)) == (2, ZeroDivisionError)


@pytest.mark.parametrize("way", [in_workers, as_they_end])
def test_a_killed_worker_is_told_of_in_a_sentence(way):
    with pytest.raises(Problem, match="a worker process was killed"):
        list(way(killed, deque([0]), workers=1))
