"""Trunks that are trained together: two views, neither of which tells all classes."""

import json

import numpy as np
import pytest

from classifiers.cnn import CnnHead
from classifiers.dense import DenseHead
from classifiers.heads import make_head, make_joint, restored, written
from classifiers.joint import JointHead
from classifiers.joint_material import JointMaterial
from classifiers.lstm import LSTMHead
from classifiers.penultimate import outputs, penultimate, probabilities
from classifiers.saved import TrainedHead
from classifiers.train import Training, train_head
from corpus.problem import Problem

LABELS = ("anger", "fear", "joy", "sadness")
CNN = CnnHead(filters=(3,), filter_dropout=(0.1,))
LSTM = LSTMHead(units=(6,), dropout=(0.1,))
DENSE = DenseHead(units=(6,), dropout=(0.1,))
QUICK = Training(learning_rate=0.02, batch=16, epochs=5, patience=5)


def test_parameters_of_two_convolutional_trunks():
    # Brambilla 2020 (000:173): a mel spectrum and 32 faces of 512 numbers, 8 classes
    model = JointHead(trunks=(CnnHead(), CnnHead())).build(((128, 216), (32, 512)), 8)
    assert model.count_params() == 1_409_352
    assert model.get_layer("joined").output.shape == (None, 176_128)


def test_each_layer_has_a_name_of_its_own():
    deep = LSTMHead(units=(4, 4), batch_norm=(1, 2), dense=(3,), dense_dropout=(0.5,))
    normal = DenseHead(units=(4, 4), batch_norm=(1,))
    trunks = (deep, deep, normal, CnnHead(units=(3,)))
    head = JointHead(trunks=trunks, units=(5, 4), dropout=(0.1, 0.1))
    model = head.build((7, 7, 6, (8, 6)), 3)
    names = [layer.name for layer in model.layers]
    assert len({*names}) == len(names)
    assert model.get_layer("penultimate").units == 4
    assert model.get_layer("trunk_1_penultimate").units == 3
    assert model.get_layer("joined").output.shape == (None, 3 + 3 + 4 + 3)


def views(count, *, seed=0, second="picture"):
    """Of four classes the first view tells two from two, and the second others."""
    rng = np.random.default_rng(seed)
    truth = np.arange(count) % 4
    vectors = rng.normal(size=(count, 5)).astype(np.float32)
    vectors[:, 1] += 4 * (truth // 2)
    rows = rng.normal(size=(count, 8, 6)).astype(np.float32)
    rows[..., 3] += 3 * (truth % 2)[:, None]
    if second == "sequence":
        lengths = rng.integers(2, 9, count)
        rows = [row[:steps] for row, steps in zip(rows, lengths, strict=True)]
    return {
        "features": list(zip(vectors, rows, strict=True)),
        "targets": [LABELS[place] for place in truth],
        "takes": [f"take-{place:03}" for place in range(count)],
        "validation": np.arange(count) % 5 == 0,
    }


def train(folder, data, head, *, training=QUICK, **changed):
    settings = {"labels": LABELS, "seed": 0, "identity": {}, **data, **changed}
    return train_head(head, training=training, folder=folder, **settings)


def same(one, two):
    pairs = zip(one.model.get_weights(), two.model.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


class Stop(Exception):
    pass


def stop_after_two(row):
    if row["epoch"] == 2:
        raise Stop


@pytest.mark.parametrize(
    "second, trunk", [("picture", CNN), ("sequence", LSTM)], ids=["cnn", "lstm"]
)
def test_it_learns_is_saved_and_goes_on_after_a_kill(tmp_path, second, trunk):
    data, new = views(200, second=second), views(60, seed=1, second=second)
    head = JointHead(trunks=(DENSE, trunk), units=(8,), dropout=(0.1,))
    trained = train(tmp_path / "whole", data, head)
    said = probabilities(trained, new["features"])
    # One view alone cannot be right more often than half of the time.
    assert np.mean(np.array(LABELS)[said.argmax(axis=1)] == new["targets"]) > 0.7
    again = TrainedHead.load(tmp_path / "whole")
    assert again.settings == head and again.card == trained.card
    np.testing.assert_array_equal(probabilities(again, new["features"]), said)
    assert penultimate(again, new["features"]).shape == (60, 8)
    with pytest.raises(Stop):
        train(tmp_path / "cut", data, head, progress=stop_after_two)
    seen = []
    resumed = train(tmp_path / "cut", data, head, progress=seen.append)
    assert [row["epoch"] for row in seen] == [3, 4, 5]
    assert same(resumed, trained) and resumed.card == trained.card


@pytest.fixture(scope="module")
def sequences(tmp_path_factory):
    """Two trunks of sequences, of which each take has its own lengths."""
    rng = np.random.default_rng(0)
    data = views(40, second="sequence")
    data["features"] = [
        (rng.normal(size=(rng.integers(1, 40), 4)), row) for _, row in data["features"]
    ]
    head = JointHead(trunks=(LSTM, LSTM))
    once = Training(epochs=1)
    return train(tmp_path_factory.mktemp("joint"), data, head, training=once), data


def test_company_does_not_matter(sequences):
    trained, data = sequences
    together = probabilities(trained, data["features"])
    alone = probabilities(trained, data["features"][39:])
    np.testing.assert_allclose(alone[0], together[39], rtol=1e-5, atol=1e-6)
    with pytest.raises(Problem, match="no penultimate layer"):
        penultimate(trained, data["features"])
    assert outputs(trained, data["features"])[0].shape == (40, 0)


def test_what_each_trunk_was_trained_on_is_on_the_card(sequences, tmp_path):
    assert sequences[0].card["width"] == [4, 6]
    assert sequences[0].card["shape"] == [None, None]
    once, data = Training(epochs=1), views(40)
    head = JointHead(trunks=(DENSE, CNN), unscaled=(1,))
    trained = train(tmp_path, data, head, training=once)
    assert trained.card["shape"] == [None, [8, 6]]
    vector, picture = trained.scaler(data["features"][3])
    np.testing.assert_array_equal(vector, data["features"][3][0])
    assert trained.scaler.trunks[1].mean.shape == (8, 6)  # cell by cell
    assert not np.array_equal(picture, data["features"][3][1])
    with pytest.raises(Problem, match=r"pictures of \(8, 6\).*one of \(9, 6\)"):
        probabilities(trained, [(np.zeros(5), np.zeros((9, 6)))])
    for wrong in ([], [(np.zeros(4), np.zeros((8, 6)))], [(np.zeros(5),)]):
        with pytest.raises(ValueError):
            probabilities(trained, wrong)


def material(rows, head):
    count = len(rows)
    return JointMaterial(
        head=head,
        rows=JointMaterial.as_rows(rows),
        targets=[LABELS[place % 4] for place in range(count)],
        takes=[f"take-{place:03}" for place in range(count)],
        labels=LABELS,
        validation=np.arange(count) % 5 == 0,
    )


def test_each_trunk_is_fed_what_that_head_is_fed():
    rows = views(20)["features"]
    head = JointHead(trunks=(DENSE, CNN))
    material(rows, head).check()
    with pytest.raises(Problem, match="the lstm head is fed sequences"):
        material(rows, JointHead(trunks=(LSTM, CNN))).check()
    with pytest.raises(ValueError, match="a row of 2 arrays for 3 trunks"):
        material(rows, JointHead(trunks=(DENSE, CNN, CNN))).check()
    broken = [*rows[:7], (rows[7][0], np.full((8, 6), np.nan)), *rows[8:]]
    with pytest.raises(Problem, match="take-007 holds values that are not numbers"):
        material(broken, head).check()


@pytest.mark.parametrize("trunk", [0, 1])
def test_the_hash_moves_with_each_trunk(trunk):
    rows = views(20)["features"]
    head = JointHead(trunks=(DENSE, CNN))
    other = [tuple(a + (place == trunk) for place, a in enumerate(r)) for r in rows]
    hashes = {material(each, head).sha256() for each in (rows, rows, other)}
    assert len(hashes) == 2


def test_what_is_written_is_restored():
    head = make_joint([make_head("cnn"), LSTM], units=[8], dropout=[0], unscaled=[2])
    assert head.units == (8,) and head.dropout == (0.0,) and head.unscaled == (2,)
    card = json.loads(json.dumps(written(head)))
    assert [trunk["kind"] for trunk in card["trunks"]] == ["cnn", "lstm"]
    assert "activations" not in card
    assert restored("joint", card) == head
    with pytest.raises(Problem, match="this version does not have"):
        restored("joint", {**card, "trunks": [{"kind": "transformer"}, {}]})


@pytest.mark.parametrize(
    "trunks, settings, said",
    [
        ([DENSE], {}, "two trunks or more, not 1"),
        ([DENSE, make_head("forest")], {}, "a forest head cannot be trained together"),
        ([DENSE, CNN], {"unit": [8]}, "Did you mean 'units'?"),
        ([DENSE, CNN], {"units": 8}, "must be a list, not 8"),
        ([DENSE, CNN], {"units": [8], "dropout": [0.5, 0.5]}, "one dropout rate"),
        ([DENSE, CNN], {"unscaled": [3]}, "has the trunks 1 to 2, and unscaled"),
    ],
)
def test_a_users_mistake(trunks, settings, said):
    with pytest.raises(Problem) as problem:
        make_joint(trunks, **settings)
    assert said in str(problem.value)
