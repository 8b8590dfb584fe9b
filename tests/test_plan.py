"""Windows and stretches of a clip."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.problem import Problem
from experiments.prediction.plan import STRETCHES, stretches_of, windows_of

SECONDS = st.floats(0.05, 500)


@settings(deadline=None)  # many windows, each looked at
@given(SECONDS, st.floats(0.3, 20), st.floats(0.3, 20))
def test_windows_are_of_one_length_and_a_hop_apart(seconds, window, hop):
    windows = windows_of(seconds, window, hop)
    assert windows[0][0] == 0
    assert all(end <= seconds for _, end in windows)
    for number, (start, end) in enumerate(windows):
        assert start == pytest.approx(number * hop)
        whole = end - start == pytest.approx(min(window, seconds))
        # Only the last ones may be shorter, down to half.
        assert whole or end == seconds
        assert len(windows) == 1 or end - start >= window / 2 - 1e-6
    # What is left out at the end is less than half a window, and no window fits it.
    after = len(windows) * hop
    assert seconds - after < window / 2 + 1e-6


@settings(deadline=None)  # many windows, each looked at
@given(SECONDS)
def test_stretches_tile_a_clip(seconds):
    stretches = stretches_of(seconds)
    assert 2 <= len(stretches) <= STRETCHES
    assert stretches[0][0] == 0
    assert stretches[-1][1] == pytest.approx(seconds, abs=1e-3)
    assert all(one[1] == two[0] for one, two in itertools.pairwise(stretches))


@pytest.mark.parametrize("window, hop", [(0, 1), (1, 0), (-1, 1), (1, float("inf"))])
def test_windows_without_length(window, hop):
    with pytest.raises(Problem, match="seconds above 0"):
        windows_of(10, window, hop)
