import pytest

from classifiers.dense import DenseHead, build_dense
from corpus.problem import Problem


def test_parameters_of_table_1():
    # 512 x 512 + 512, 512 x 256 + 256, 256 x 7 + 7 (Beyene 2019, Table 1)
    assert build_dense(512, 7).count_params() == 395_783


def test_the_penultimate_layer_is_the_last_hidden_one_before_dropout():
    model = build_dense(6, 3, units=(5, 4), dropout=(0.1, 0.2))
    layer = model.get_layer("penultimate")
    assert layer.output.shape == (None, 4)
    assert layer.__class__.__name__ == "Dense"
    after = model.layers[model.layers.index(layer) + 1]
    assert after.__class__.__name__ == "Dropout" and after.rate == 0.2


def test_settings_build_what_they_say():
    head = DenseHead(units=(8,), dropout=(0.0,))
    assert head.build(4, 2).count_params() == 4 * 8 + 8 + 8 * 2 + 2


@pytest.mark.parametrize("units, dropout", [((), (0.5,)), ((8, 4), (0.5,)), ((8,), ())])
def test_each_layer_has_its_rate(units, dropout):
    with pytest.raises(Problem, match="one dropout rate for each"):
        build_dense(4, 2, units=units, dropout=dropout)


def test_parameters_of_a_deep_meta_classifier():
    # Coppola et al. 2024: 6 + 6 probabilities, 128-256-512-128-64, 6 classes
    units = (128, 256, 512, 128, 64)
    assert build_dense(12, 6, units=units, dropout=(0.5,) * 5).count_params() == 240_582


def test_activations_and_batch_normalisation_stand_where_they_are_asked_for():
    # Coban et al. 2020, on VGGish's 6 x 128: 64 tanh, BatchNorm, 64 tanh, 32 tanh
    model = build_dense(
        768,
        8,
        units=(64, 64, 32),
        dropout=(0.5,) * 3,
        activations=("tanh",) * 3,
        batch_norm=(1,),
    )
    names = [layer.name for layer in model.layers]
    assert names[1:5] == ["hidden_1", "batch_norm_1", "dropout_1", "hidden_2"]
    assert model.get_layer("penultimate").activation.__name__ == "tanh"
    assert (
        sum(layer.__class__.__name__ == "BatchNormalization" for layer in model.layers)
        == 1
    )


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"activations": ("tanh",)}, "2 dense layers and the activations"),
        ({"activations": ("tanh", "sin")}, "not 'sin'"),
        ({"dropout": (0.5, 1.0)}, "from 0 to below 1"),
    ],
)
def test_what_cannot_be(changed, said):
    with pytest.raises(Problem, match=said):
        DenseHead(**changed)
