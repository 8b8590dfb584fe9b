import numpy as np
import pytest

from classifiers.lstm import LSTMHead, build_lstm
from corpus.problem import Problem
from embeddings.sequences import pad


@pytest.fixture(scope="module")
def model():
    return build_lstm(6, 3, units=(5, 4))


@pytest.fixture(scope="module")
def sequences():
    rng = np.random.default_rng(0)
    return [rng.normal(size=(steps, 6)).astype(np.float32) for steps in (3, 7, 1)]


def predict(model, inputs):
    return model.predict_on_batch(inputs)


def test_parameters():
    # 4 (512 + 200 + 1) 200, 4 (200 + 100 + 1) 100, 100 x 7 + 7
    assert build_lstm(512, 7).count_params() == 691_507


def test_masked_and_unmasked_agree(model, sequences):
    together = predict(model, LSTMHead().inputs(sequences))
    for row, sequence in zip(together, sequences, strict=True):
        array, mask = pad([sequence])
        assert mask.all()
        alone = predict(model, {"sequence": array, "mask": mask})[0]
        np.testing.assert_allclose(row, alone, rtol=1e-5, atol=1e-6)


def test_padding_does_not_matter(model, sequences):
    short = predict(model, LSTMHead().inputs(sequences))
    inputs = LSTMHead().inputs(sequences, length=20)
    inputs["sequence"][~inputs["mask"]] = 1e3  # nor does what stands in it
    np.testing.assert_allclose(short, predict(model, inputs), rtol=1e-5, atol=1e-6)


def test_the_order_of_frames_does(model, sequences):
    forth = predict(model, LSTMHead().inputs(sequences[1:2]))
    back = predict(model, LSTMHead().inputs([sequences[1][::-1]]))
    assert np.abs(forth - back).max() > 1e-4


def test_the_penultimate_layer_is_the_second_lstm(model):
    layer = model.get_layer("penultimate")
    assert layer.__class__.__name__ == "LSTM" and layer.units == 4
    assert layer.output.shape == (None, 4)


def test_activation_is_a_switch():
    model = LSTMHead(activation="relu", units=(3,), dropout=(0.0,)).build(2, 2)
    assert model.get_layer("penultimate").activation.__name__ == "relu"


def test_each_layer_has_its_rate():
    with pytest.raises(Problem, match="one dropout rate for each"):
        build_lstm(4, 2, units=(3,))


def test_parameters_with_a_dense_layer():
    # Coppola et al. 2024: 52 blendshapes, LSTM 64, LSTM 64, Dense 32, 6 classes
    head = LSTMHead(units=(64, 64), dropout=(0.5, 0.5), dense=(32,))
    model = head.build(52, 6)
    assert model.count_params() == 65_254
    assert model.get_layer("penultimate").units == 32


def coban():
    return LSTMHead(
        units=(128,),
        dropout=(0.5,),
        batch_norm=(1,),
        dense=(32, 16),
        dense_activations=("relu", "tanh"),
    )


def test_parameters_with_batch_normalisation():
    # Coban et al. 2020, as their code has it: 30 MFCC, one Dense 32, 8 classes
    model = coban().build(30, 8)
    assert model.count_params() == 86_712
    assert sum(w.size for w in map(np.asarray, model.trainable_weights)) == 86_456
    assert [layer.name for layer in model.layers if "norm" in layer.name]
    assert model.get_layer("penultimate").activation.__name__ == "tanh"


def test_batch_normalisation_does_not_count_padding(sequences):
    import keras

    moving = []
    for length in (None, 30):
        keras.utils.set_random_seed(0)
        head = LSTMHead(units=(5, 4), dropout=(0.0, 0.0), batch_norm=(1,))
        model = head.build(6, 3)
        model(head.inputs(sequences, length=length), training=True)
        moving.append(np.asarray(model.get_layer("batch_norm_1").moving_mean))
    np.testing.assert_allclose(moving[0], moving[1], rtol=1e-4, atol=1e-7)


def test_padding_does_not_matter_to_dense_layers_either(sequences):
    model, head = coban().build(6, 3), coban()
    short = predict(model, head.inputs(sequences))
    np.testing.assert_allclose(
        short, predict(model, head.inputs(sequences, length=20)), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"dense": (4,), "dense_dropout": (0.1, 0.1)}, "dense are|dense is"),
        ({"dense": (4, 4), "dense_activations": ("tanh",)}, "2 dense layers"),
        ({"activation": "step"}, "not 'step'"),
    ],
)
def test_what_cannot_be(changed, said):
    with pytest.raises(Problem, match=said):
        LSTMHead(**changed)
