import numpy as np
import pytest

from corpus.problem import Problem
from embeddings.weights.tensors import random_tensors, write_tensors
from vggish_features import vggish_smoke
from vggish_features.network import CONV_SHAPES, FC_SHAPES
from vggish_features.pretrained import smoke_embeddings
from vggish_features.vggish_smoke import GENERATIONS, smoke_test

OLD, MIDDLE, NOW = GENERATIONS


def embeddings(mean, std):
    values = np.tile([-1.0, 1.0], 3 * 64)
    return (mean + std * values).reshape(3, 128)


@pytest.mark.parametrize("generation", GENERATIONS, ids=lambda one: one.years)
def test_a_generation_knows_its_figures_from_the_others(generation):
    for one in GENERATIONS:
        made = embeddings(one.mean, one.std)
        assert generation.agrees(made) == (one is generation)
    slightly = embeddings(generation.mean, generation.std * 1.09)
    assert generation.agrees(slightly)
    assert not generation.agrees(embeddings(generation.mean, generation.std * 1.11))


def weights(tmp_path, shapes):
    path = tmp_path / "vggish.npz"
    tensors = random_tensors(shapes, 0)
    write_tensors(path, tensors)
    return path, tensors


def test_without_dense_layers_there_is_no_smoke_test(tmp_path):
    path, _ = weights(tmp_path, CONV_SHAPES)
    agrees, said = smoke_test(path)
    assert not agrees
    assert said == ["no dense layers, so the official smoke test cannot be made"]


def test_other_weights_are_refused(tmp_path):
    path, _ = weights(tmp_path, {"conv1/kernel": (3, 3, 3, 64)})
    with pytest.raises(Problem, match="lacks"):
        smoke_test(path)


def test_each_generation_is_told_and_the_current_one_decides(tmp_path, monkeypatch):
    small = {**FC_SHAPES, "fc1_1/kernel": (12_288, 4), "fc1_1/bias": (4,)}
    small |= {"fc1_2/kernel": (4, 4), "fc1_2/bias": (4,), "fc2/kernel": (4, 128)}
    monkeypatch.setattr(vggish_smoke, "FC_SHAPES", small)
    path, _ = weights(tmp_path, {**CONV_SHAPES, **small})
    agrees, said = smoke_test(path)
    assert not agrees
    for one, line in zip(GENERATIONS, said, strict=True):
        assert one.years in line and line.endswith("differs")
    # Weights whose sine gives the official mean and deviation pass.
    right = embeddings(NOW.mean, NOW.std)
    monkeypatch.setattr(vggish_smoke, "smoke_embeddings", lambda tensors, rate: right)
    agrees, said = smoke_test(path)
    assert agrees
    assert said[-1].endswith("agrees") and "since July 2023" in said[-1]
    assert "2017 to mid-2020" in said[0] and said[0].endswith("differs")


def test_the_resampled_sine_is_nearly_the_same_sound():
    tensors = random_tensors(CONV_SHAPES, 0)
    tensors |= {"fc1_1/kernel": np.ones((12_288, 1)), "fc1_1/bias": np.zeros(1)}
    tensors |= {"fc1_2/kernel": np.ones((1, 1)), "fc1_2/bias": np.zeros(1)}
    tensors |= {"fc2/kernel": np.ones((1, 128)), "fc2/bias": np.zeros(128)}
    made, resampled = (smoke_embeddings(tensors, rate=r) for r in (16_000, 44_100))
    assert made.shape == resampled.shape == (3, 128)
    np.testing.assert_allclose(made, resampled, rtol=0.2)
    assert not np.array_equal(made, resampled)
