"""Windows of samples: every sample is heard, and none twice but by the hop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.problem import Problem
from corpus.sound import Waveform
from vggish_features.windows import windows

RATE = 1000


def counted(samples):
    """Sound whose samples are their own numbers."""
    return Waveform(np.arange(1, samples + 1, dtype=np.float32)[:, None], RATE)


@given(st.integers(1, 400), st.integers(1, 120), st.integers(1, 120))
def test_padding_hears_every_sample(samples, window, hop):
    cut = windows(
        counted(samples),
        rate=RATE,
        window_seconds=window / RATE,
        hop_seconds=hop / RATE,
    )
    assert cut.array.shape[1] == window
    heard = set(cut.array[cut.array > 0].astype(int))
    if hop <= window:
        assert heard == set(range(1, samples + 1))
    np.testing.assert_allclose(cut.time, np.arange(len(cut.array)) * hop / RATE)
    assert len(cut.array) == 1 or (cut.array[-1] > 0).any() or hop > window


@given(st.integers(50, 400), st.integers(1, 50), st.integers(1, 120))
def test_dropping_gives_whole_windows_only(samples, window, hop):
    cut = windows(
        counted(samples),
        rate=RATE,
        window_seconds=window / RATE,
        hop_seconds=hop / RATE,
        tail="drop",
    )
    assert len(cut.array) == 1 + (samples - window) // hop
    assert (cut.array > 0).all()


def test_channels_are_averaged_and_the_rate_changed():
    stereo = Waveform(np.tile(np.float32([[0.5, -0.5]]), (8000, 1)), 8000)
    cut = windows(stereo, rate=4000, window_seconds=0.5, hop_seconds=0.5)
    assert cut.array.shape == (2, 2000)
    np.testing.assert_allclose(cut.array, 0)


def test_what_is_too_short_is_a_sentence():
    with pytest.raises(Problem, match=r"lasts 0\.050 s, and one window needs 0\.1 s"):
        windows(
            counted(50), rate=RATE, window_seconds=0.1, hop_seconds=0.1, tail="drop"
        )
    with pytest.raises(Problem, match="use pad or drop"):
        windows(counted(9), rate=RATE, window_seconds=1, hop_seconds=1, tail="cut")


@pytest.mark.parametrize("seconds", [0, -1, 0.0001, float("inf"), float("nan")])
@pytest.mark.parametrize("setting", ["window_seconds", "hop_seconds"])
def test_a_length_of_no_sample_is_a_sentence(setting, seconds):
    lengths = {"window_seconds": 0.1, "hop_seconds": 0.1, setting: seconds}
    with pytest.raises(Problem, match=f"{setting} is {seconds}; give a length"):
        windows(counted(500), rate=RATE, **lengths)
