import numpy as np
import pytest

from stacking.fuse import mean_of_probabilities


def test_by_hand():
    audio = np.array([[0.9, 0.1], [0.2, 0.8]], np.float32)
    visual = np.array([[0.3, 0.7], [0.0, 1.0]], np.float32)
    mean = mean_of_probabilities([audio, visual])
    np.testing.assert_allclose(mean, [[0.6, 0.4], [0.1, 0.9]], rtol=1e-6)
    assert mean.dtype == np.float32


def test_one_system_is_itself():
    audio = np.array([[0.9, 0.1]], np.float32)
    np.testing.assert_array_equal(mean_of_probabilities([audio]), audio)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="differ in shape"):
        mean_of_probabilities([np.ones((2, 3)), np.ones((3, 3))])
