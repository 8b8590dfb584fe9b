import numpy as np
import pytest
import resampy
from hypothesis import given, settings
from hypothesis import strategies as st

from vggish_features import resampling
from vggish_features.resampling import resample


@pytest.mark.parametrize(
    ("source", "target"),
    [
        *((48_000, 16_000), (44_100, 16_000), (22_050, 16_000), (11_025, 16_000)),
        *((8_000, 16_000), (96_000, 16_000), (48_000, 44_100), (16_000, 15_999)),
    ],
)
@pytest.mark.parametrize("length", [6, 100, 6_000, 24_001])
def test_it_is_resampy(source, target, length):
    samples = np.random.default_rng(length).uniform(-1, 1, length)
    want = resampy.resample(samples, source, target)
    got = resample(samples, source, target)
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, atol=1e-10, rtol=0)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([8_000, 12_000, 24_000, 32_000, 48_000]),
    st.integers(10, 3_000),
    st.integers(0, 9),
)
def test_it_is_resampy_at_any_length(source, length, seed):
    samples = np.random.default_rng(seed).normal(size=length)
    want = resampy.resample(samples, source, 16_000)
    np.testing.assert_allclose(resample(samples, source, 16_000), want, atol=1e-10)


def test_what_a_matrix_cannot_hold_is_left_to_resampy(monkeypatch):
    monkeypatch.setattr(resampling, "LARGEST", 10)
    samples = np.random.default_rng(0).uniform(-1, 1, 500)
    want = resampy.resample(samples, 48_000, 16_000)
    np.testing.assert_array_equal(resample(samples, 48_000, 16_000), want)
