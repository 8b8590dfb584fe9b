"""VGG16 with its dense layers: Keras' own network, cut at the second of them."""

import numpy as np
import pytest

from corpus.problem import Problem
from embeddings.weights.manifest import MANIFEST
from visual_features.layer_weights import Layout, random_weights, weights_by_name
from visual_features.vgg16top import vgg16top


def test_an_embedding_is_the_second_dense_layer_and_needs_no_map():
    backbone = vgg16top(weights="random:0")
    assert backbone.spec.shape == (4096,)
    assert backbone.view.shape == (224, 224, 3)
    assert "vgg16top" in MANIFEST


@pytest.mark.parametrize("size", [48, 223, 225])
def test_another_size_is_a_sentence(size):
    with pytest.raises(Problem, match="crops of 224 pixels a side"):
        vgg16top(weights="random:0", size=size)


@pytest.mark.slow
def test_it_is_the_network_that_keras_loads_from_the_same_file(tmp_path):
    import keras

    theirs = keras.applications.VGG16(weights=None)
    assert theirs.count_params() == vgg16top.architecture.parameters
    for name, tensor in random_weights(Layout.of(theirs), 0).items():
        weights_by_name(theirs)[name].assign(tensor)
    path = tmp_path / "official.h5"
    theirs.save(path)
    bgr = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    cut = keras.Model(theirs.input, theirs.get_layer("fc2").output)
    shown = keras.applications.vgg16.preprocess_input(bgr[..., ::-1].astype("float32"))
    want = cut.predict_on_batch(shown)
    got = vgg16top(weights=path, batch=2).embed(bgr)
    np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-4 * np.abs(want).max())
