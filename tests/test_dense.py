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


@pytest.mark.parametrize("units, dropout", [((), ()), ((8, 4), (0.5,))])
def test_each_layer_has_its_rate(units, dropout):
    with pytest.raises(Problem, match="one dropout rate for each"):
        build_dense(4, 2, units=units, dropout=dropout)
