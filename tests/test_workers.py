import os

import pytest

from corpus.workers import in_workers


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
