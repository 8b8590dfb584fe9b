import numpy as np
import pytest

from corpus.problem import Problem
from vggish_features.postprocess import load_pca, postprocess


def test_postprocessing_of_the_mean_is_the_middle():
    means = np.random.default_rng(0).normal(size=128)
    pca = {
        "pca_eigen_vectors": np.random.default_rng(1).normal(size=(128, 128)),
        "pca_means": means,
    }
    middle = postprocess(means[None], **pca)
    np.testing.assert_array_equal(middle, np.zeros((1, 128)))
    np.testing.assert_array_equal(postprocess(means[None], quantise=True, **pca), 127)


@pytest.mark.data
def test_the_real_pca_parameters(real_data):
    pca = load_pca(real_data / "pretrained" / "vggish_pca_params.npz")
    assert pca["pca_eigen_vectors"].shape == (128, 128)
    assert pca["pca_means"].shape == (128,)
    # Principal axes, each over its own spread: at right angles to one another.
    rows = pca["pca_eigen_vectors"].astype("f8")
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    np.testing.assert_allclose(rows @ rows.T, np.eye(128), atol=1e-3)


def test_pca_parameters_of_another_shape_are_refused(tmp_path):
    vectors = np.eye(64)
    np.savez(tmp_path / "p.npz", pca_eigen_vectors=vectors, pca_means=np.ones((64, 1)))
    with pytest.raises(Problem, match=r"\(64, 64\) instead of \(128, 128\)"):
        load_pca(tmp_path / "p.npz")
