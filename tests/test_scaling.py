"""What enters a network is what its authors' own function makes of the picture."""

import numpy as np
import pytest

from visual_features.scaling import MODES, entering

# A network of keras.applications for each way of scaling.
KERAS = {"caffe": "vgg16", "tf": "mobilenet_v2", "torch": "densenet"}


@pytest.fixture(scope="module")
def bgr():
    return np.random.default_rng(0).integers(0, 256, (2, 5, 4, 3), dtype=np.uint8)


@pytest.mark.parametrize("scaling", KERAS)
def test_colour_enters_as_keras_shows_it(bgr, scaling):
    import keras

    own = getattr(keras.applications, KERAS[scaling]).preprocess_input
    want = own(bgr[..., ::-1].astype(np.float32))
    order = "bgr" if scaling == "caffe" else "rgb"
    got = np.asarray(entering(bgr, scaling=scaling, order=order))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("order", ["rgb", "bgr"])
def test_unit_keeps_the_order_the_network_was_trained_on(bgr, order):
    want = (bgr if order == "bgr" else bgr[..., ::-1]) / np.float32(255)
    got = np.asarray(entering(bgr, scaling="unit", order=order))
    np.testing.assert_allclose(got, want, rtol=1e-6)


@pytest.mark.parametrize("order", ["rgb", "bgr"])
def test_levels_stay_as_opencv_has_them_whatever_the_network(bgr, order):
    np.testing.assert_array_equal(
        np.asarray(entering(bgr, scaling="levels", order=order)), bgr
    )


@pytest.mark.parametrize("scaling", MODES)
@pytest.mark.parametrize("order", ["rgb", "bgr"])
def test_grey_is_copied_to_three_channels(bgr, scaling, order):
    grey = bgr[..., 0]
    copied = np.repeat(grey[..., None], 3, axis=-1)
    np.testing.assert_array_equal(
        np.asarray(entering(grey, scaling=scaling, order=order)),
        np.asarray(entering(copied, scaling=scaling, order=order)),
    )
