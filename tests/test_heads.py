import dataclasses
import json

import pytest

from classifiers.cnn import CnnHead
from classifiers.dense import DenseHead
from classifiers.heads import KINDS, make_head, restored, written
from classifiers.lstm import LSTMHead
from classifiers.shallow_kinds import ForestHead, QDAHead
from classifiers.train import Training
from corpus.problem import Problem


def test_kinds_call_themselves_what_they_are_called():
    assert all(make_head(kind).kind == kind for kind in KINDS)
    assert {make_head(kind).feeds for kind in KINDS} == {
        *("vector", "sequence", "picture")
    }


def test_what_a_recipe_writes_is_what_is_made():
    assert make_head("dense", units=[8], dropout=[0]) == DenseHead(
        units=(8,), dropout=(0.0,)
    )
    made = make_head("lstm", units=[64, 64], dropout=[0.5, 0.5], dense=[32])
    assert made == LSTMHead(units=(64, 64), dense=(32,))
    made = make_head("cnn", units=[], dropout=[], filters=[16, 32], filter_dropout=[])
    assert made == CnnHead(filters=(16, 32), filter_dropout=())
    made = make_head("forest", units=(512,), dropout=(0.5,), trees=10, depth=5)
    assert made == ForestHead(trees=10, depth=5)
    assert make_head("qda", shrinkage=1) == QDAHead(shrinkage=1.0)


@pytest.mark.parametrize(
    "kind, settings, said",
    [
        ("lstn", {}, "no head is called 'lstn'. Did you mean 'lstm'?"),
        ("forest", {"tree": 3}, "no setting 'tree'. Did you mean 'trees'? It has"),
        ("knn", {"kind": "tree"}, "the knn head has no setting 'kind'"),
        (
            "knn",
            {"neighbours": 2.5},
            "of the knn head must be a whole number, not 2.5",
        ),
        ("knn", {"neighbours": True}, "must be a whole number, not True"),
        ("cnn", {"filters": 16}, "filters of the cnn head must be a list, not 16"),
        ("cnn", {"filters": ["a"]}, "filters of the cnn head must be a whole number"),
        ("linear_svm", {"c": "1"}, "c of the linear_svm head must be a number"),
        ("dense", {"units": [0], "dropout": [0.5]}, "layers of 1 unit or more"),
        ("lstm", {"batch_norm": [3]}, "has the layers 1 to 2, and batch_norm"),
    ],
)
def test_a_users_mistake(kind, settings, said):
    with pytest.raises(Problem) as problem:
        make_head(kind, **settings)
    assert said in str(problem.value)


OTHERS = {
    "dense": {"units": (3,), "dropout": (0.0,), "activations": ("tanh",)},
    "lstm": {"dense": (4,), "dense_activations": ("tanh",), "batch_norm": (1,)},
    "cnn": {"filter_dropout": (), "units": (4,), "dropout": (0.5,)},
    "rbf_svm": {"gamma": 2.0},
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_restored(kind):
    for head in (make_head(kind), make_head(kind, **OTHERS.get(kind, {}))):
        assert restored(kind, json.loads(json.dumps(written(head)))) == head
    assert restored("meta", written(DenseHead(kind="meta"))).kind == "meta"


def test_cards_of_before_are_cards_of_today():
    # Else every finished head would be trained again.
    layers = {"units": (512, 256), "dropout": (0.5, 0.5)}
    assert written(DenseHead()) == {**layers, "kind": "dense"}
    assert written(LSTMHead()) == {
        "units": (200, 100),
        "activation": "tanh",
        "dropout": (0.5, 0.5),
        "kind": "lstm",
    }
    assert [*written(Training(min_delta=0.0))] == [
        *("optimizer", "learning_rate", "batch", "epochs", "patience"),
        *("min_delta", "normalise"),
    ]
    assert written(Training(double_softmax=True))["double_softmax"] is True
    assert written(Training(normalise=False))["normalise"] is False
    later = {"weight_decay": 1e-4, "reduce_on_plateau": (0.2, 5, 1e-6), "loss": "mse"}
    assert later.items() <= written(Training(**later)).items()
    # An empty list that is not the default is told.
    assert written(CnnHead(filter_dropout=()))["filter_dropout"] == ()


def test_a_head_of_a_later_version():
    for kind, settings in (("transformer", {}), ("knn", {"metric": "cosine"})):
        with pytest.raises(Problem, match="this version does not have"):
            restored(kind, settings)


def test_every_setting_is_explained():
    for head in KINDS.values():
        told = "".join(one.__doc__ for one in head.__mro__[:2])
        for field in dataclasses.fields(head):
            assert f"{field.name}: " in told, (head, field.name)
