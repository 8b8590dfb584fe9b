import numpy as np
import pytest

from vggish_features.network import (
    CONV_PARAMETERS,
    CONV_SHAPES,
    FC_SHAPES,
    build_conv,
    set_tensors,
)


def test_the_convolutions_have_their_published_size():
    model = build_conv()
    assert model.count_params() == CONV_PARAMETERS == 4_499_712
    assert sum(np.prod(shape) for shape in CONV_SHAPES.values()) == CONV_PARAMETERS
    assert model.get_layer("pool4").output.shape == (None, 31, 4, 512)
    assert model.output.shape == (None, 512)
    assert FC_SHAPES["fc1_1/kernel"] == (12_288, 4096)
    assert FC_SHAPES["fc2/kernel"] == (4096, 128)


@pytest.mark.parametrize("pooling", ["max", "avg"])
def test_tensors_reach_their_layers_and_are_pooled_as_asked(pooling):
    rng = np.random.default_rng(0)
    tensors = {n: rng.normal(0, 0.05, s).astype("f4") for n, s in CONV_SHAPES.items()}
    whole = build_conv((32, 64, 1), pooling=None)
    pooled = build_conv((32, 64, 1), pooling=pooling)
    for model in (whole, pooled):
        set_tensors(model, tensors)
    np.testing.assert_array_equal(
        whole.get_layer("conv3_2").get_weights()[0], tensors["conv3_2/kernel"]
    )
    x = rng.normal(-3, 2, (2, 32, 64, 1)).astype("f4")
    pool4 = np.asarray(whole(x))
    assert pool4.shape == (2, 2, 4, 512)
    expected = pool4.max((1, 2)) if pooling == "max" else pool4.mean((1, 2))
    np.testing.assert_allclose(np.asarray(pooled(x)), expected, rtol=1e-5, atol=1e-6)


def test_a_missing_tensor_is_not_left_at_zero():
    with pytest.raises(KeyError):
        set_tensors(build_conv((32, 64, 1)), {})
