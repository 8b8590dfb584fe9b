import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.cnn import CnnHead
from classifiers.penultimate import outputs, penultimate, probabilities
from classifiers.saved import TrainedHead
from classifiers.train import Training, train_head
from corpus.problem import Problem

LABELS = ("anger", "fear", "sadness")


@pytest.mark.parametrize(
    "shape, count",
    [((128, 216), 884_904), ((30, 216), 207_528), ((32, 512), 524_456)],
)
def test_parameters_of_one_convolution(shape, count):
    # Brambilla 2020 (000:169-171): 16 filters, "same", pooling by 2, 8 classes
    assert CnnHead().build(shape, 8).count_params() == count


def test_parameters_of_four_convolutions():
    # Coppola et al. 2024, as their code has it: 64 x 87 becomes 4 x 5 x 128 = 2,560
    head = CnnHead(
        filters=(16, 32, 64, 128),
        filter_dropout=(),
        units=(512, 256, 128),
        dropout=(0.1, 0.1, 0.1),
    )
    model = head.build((64, 87), 6)
    assert model.get_layer("flat").output.shape == (None, 2560)
    assert model.count_params() == 1_573_382
    assert model.get_layer("penultimate").units == 128


def test_layers_in_their_order():
    model = CnnHead(units=(4,), dropout=(0.2,), activations=("tanh",)).build((6, 5), 2)
    assert [layer.__class__.__name__ for layer in model.layers] == [
        *("InputLayer", "Conv2D", "MaxPooling2D", "Dropout", "Flatten"),
        *("Dense", "Dropout", "Dense"),
    ]
    assert model.get_layer("convolution_1").activation.__name__ == "relu"
    assert model.get_layer("penultimate").activation.__name__ == "tanh"


@settings(deadline=None, max_examples=15)
@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.sampled_from([(), (3,)]),
    st.integers(1, 4),
    st.integers(1, 3),
)
def test_any_picture_is_big_enough(height, width, channels, pool, convolutions):
    head = CnnHead(filters=(2,) * convolutions, filter_dropout=(), pool=pool)
    for side in (height, width):
        for _ in range(convolutions):
            side //= min(pool, side)
        assert side >= 1
    head.build((height, width, *channels), 2)


def test_without_padding_there_must_be_room():
    head = CnnHead(filters=(2, 2), filter_dropout=(), padding="valid")
    assert head.build((8, 8), 2).get_layer("flat").output.shape == (None, 2)
    with pytest.raises(Problem, match="of 7 x 8 only 2 x 3 is left for convolution 2"):
        head.build((7, 8), 2)


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"filters": (), "filter_dropout": ()}, "at least one convolution"),
        ({"pool": 0}, "pool of 1 or more"),
        ({"filter_dropout": (0.1, 0.2)}, "one dropout rate for each"),
        ({"filter_dropout": (1.0,)}, "below 1: filters are"),
        ({"units": (4, 4), "dropout": (0.5,)}, "one dropout rate for each"),
        ({"units": (4,), "activations": ("step",)}, "not 'step'"),
        ({"padding": "full"}, "not 'full'"),
    ],
)
def test_what_cannot_be(changed, said):
    with pytest.raises(Problem, match=said):
        CnnHead(**changed)


def test_what_the_network_takes():
    rng = np.random.default_rng(0)
    ragged = [rng.normal(size=(steps, 4)) for steps in (2, 6)]
    batch = CnnHead().inputs(ragged, length=5)
    assert batch.shape == (2, 5, 4, 1) and batch.dtype == np.float32
    assert not batch[0, 2:].any()
    np.testing.assert_array_equal(batch[1, ..., 0], ragged[1][:5].astype(np.float32))
    assert CnnHead().inputs([np.ones((2, 3, 3))] * 4).shape == (4, 2, 3, 3)


def pictures(count, *, seed=0, steps=None):
    """Where the bright spot is tells the class; one corner is always 7."""
    rng = np.random.default_rng(seed)
    truth = np.arange(count) % 3
    rows = rng.normal(size=(count, 8, 6)).astype(np.float32)
    for row, place in zip(rows, truth, strict=True):
        row[1, 2 * place] += 9
    rows[:, 0, 0] = 7
    lengths = rng.integers(3, 9, count) if steps else [8] * count
    return {
        "features": [row[:n] for row, n in zip(rows, lengths, strict=True)],
        "targets": [LABELS[place] for place in truth],
        "takes": [f"take-{place:02}" for place in range(count)],
        "validation": np.arange(count) % 5 == 0,
    }


def train(folder, data, head, **changed):
    training = Training(learning_rate=0.02, batch=16, epochs=10, **changed)
    return train_head(
        head,
        **data,
        labels=LABELS,
        training=training,
        seed=0,
        folder=folder,
        identity={},
    )


SMALL = CnnHead(filters=(4,), filter_dropout=(0.1,))


def test_it_learns_is_saved_and_says_the_same_again(tmp_path):
    data, new = pictures(240), pictures(45, seed=1)
    head = train(tmp_path, data, SMALL)
    said = probabilities(head, new["features"])
    assert np.mean(np.array(LABELS)[said.argmax(axis=1)] == new["targets"]) > 0.75
    again = TrainedHead.load(tmp_path)
    np.testing.assert_array_equal(probabilities(again, new["features"]), said)
    assert again.settings == SMALL and again.card["shape"] == [8, 6]
    assert head.scaler.mean.shape == (8, 6)
    assert not head.scaler(new["features"][0])[0, 0]  # what never varies
    same = train(tmp_path / "again", data, SMALL)
    for one, two in zip(
        head.model.get_weights(), same.model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, two)


def test_sequences_of_any_length(tmp_path):
    head = train(tmp_path, pictures(60, steps=True), SMALL)
    assert head.card["shape"] == [8, 6] and head.scaler.mean.shape == (6,)
    new = pictures(40, seed=1, steps=True)["features"]
    said = probabilities(head, new)
    longer = [np.concatenate([row, row, row]) for row in new[:2]]
    assert probabilities(head, longer).shape == (2, 3)
    alone = probabilities(head, new[39:])[0]
    np.testing.assert_allclose(alone, said[39], rtol=1e-5, atol=1e-6)


def test_there_is_a_penultimate_layer_where_there_is_a_dense_one(tmp_path):
    data = pictures(30)
    with pytest.raises(Problem, match=r"cnn head \(cnn\) has no penultimate layer"):
        penultimate(train(tmp_path / "none", data, SMALL), data["features"])
    deep = CnnHead(filters=(4,), filter_dropout=(), units=(5,), dropout=(0.5,))
    hidden, said = outputs(train(tmp_path / "one", data, deep), data["features"])
    assert hidden.shape == (30, 5) and said.shape == (30, 3)


def test_pictures_of_another_size(tmp_path):
    head = train(tmp_path, pictures(30), SMALL)
    with pytest.raises(Problem, match=r"trained on pictures of \(8, 6\)"):
        probabilities(head, [np.zeros((9, 6))])


def test_vectors_are_not_fed(tmp_path):
    data = pictures(30)
    data["features"] = [row.ravel() for row in data["features"]]
    with pytest.raises(Problem, match=r"cnn head is fed pictures.*shape \(48,\)"):
        train(tmp_path, data, SMALL)
