"""Heads that are no networks, through the same door as those that are."""

import subprocess
import sys

import numpy as np
import pytest

from classifiers.heads import KINDS, make_head
from classifiers.penultimate import outputs, penultimate, probabilities
from classifiers.saved import TrainedHead
from classifiers.shallow import ShallowHead
from classifiers.temperature import loss
from classifiers.train import Training, train_head
from corpus.problem import Problem

LABELS = ("sadness", "anger", "fear")  # in no order of the alphabet
# A mapped one learns nothing: tests/test_mapped.py.
SHALLOW = [
    kind
    for kind, head in KINDS.items()
    if issubclass(head, ShallowHead) and kind != "mapped"
]
TWO = LABELS[:2]


def clouds(count, *, seed=0, labels=LABELS, width=12, apart=1.0):
    """Clouds of points; one number is always 5, another is constant in a class."""
    rng = np.random.default_rng(seed)
    truth = np.arange(count) % len(labels)
    centres = apart * np.random.default_rng(9).normal(size=(len(labels), width))
    rows = (centres[truth] + rng.normal(size=(count, width))).astype(np.float32)
    rows[:, 0] = 5
    rows[:, 1] = np.where(truth == 1, 0, rows[:, 1])
    return {
        "features": rows,
        "targets": [labels[place] for place in truth],
        "takes": [f"take-{place:03}" for place in range(count)],
        "validation": np.arange(count) % 7 == 0,
    }


def train(folder, kind, data, *, labels=LABELS, seed=0, normalise=True, **more):
    settings = more.pop("settings", {})
    return train_head(
        make_head(kind, units=(512, 256), dropout=(0.5, 0.5), **settings),
        **{**data, **more},
        labels=labels,
        training=Training(normalise=normalise),
        seed=seed,
        folder=folder,
        identity={"system": "audio"},
    )


def accuracy(head, data, labels=LABELS):
    said = np.array(labels)[probabilities(head, data["features"]).argmax(axis=1)]
    return np.mean(said == data["targets"])


@pytest.mark.parametrize("labels", [LABELS, TWO], ids=["three", "two"])
@pytest.mark.parametrize("kind", SHALLOW)
def test_it_learns_is_saved_and_says_the_same_again(tmp_path, kind, labels):
    data, new = clouds(140, labels=labels), clouds(90, seed=1, labels=labels)
    head = train(tmp_path, kind, data, labels=labels)
    assert accuracy(head, new, labels) > 0.75
    hidden, said = outputs(head, new["features"])
    assert said.shape == (90, len(labels)) and said.dtype == np.float32
    np.testing.assert_allclose(said.sum(axis=1), 1, rtol=1e-5)
    assert hidden.shape == (90, 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "card.json",
        "head.skops",
    ]
    again = TrainedHead.load(tmp_path, expect={"labels": labels, "kind": kind})
    np.testing.assert_array_equal(probabilities(again, new["features"]), said)
    assert again.settings == head.settings == make_head(kind)
    plain = head.model.predict(new["features"].astype(float))
    np.testing.assert_array_equal(said.argmax(axis=1), plain)


@pytest.mark.parametrize("kind", ["forest", "adaboost", "tree"])
def test_the_seed_decides_what_is_drawn(tmp_path, kind):
    data, settings = clouds(70), {"depth": 0} if kind == "tree" else {"trees": 10}
    said = [
        probabilities(
            train(tmp_path / str(name), kind, data, seed=seed, settings=settings),
            data["features"],
        )
        for name, seed in enumerate((4, 4, 5))
    ]
    np.testing.assert_array_equal(said[0], said[1])
    if kind == "forest":
        assert np.abs(said[0] - said[2]).max() > 0.01


@pytest.mark.parametrize("kind", ["naive_bayes", "tree"])
def test_who_is_too_sure_is_cooled(tmp_path, kind):
    data, new = clouds(140, apart=0.4), clouds(300, seed=1, apart=0.4)
    for one in (data, new):  # naive Bayes takes each for a witness of its own
        one["features"] = np.tile(one["features"], 5)
    settings = {"depth": 0} if kind == "tree" else {}
    head = train(tmp_path, kind, data, settings=settings)
    truth = np.array([LABELS.index(target) for target in new["targets"]])
    scores = head.settings.scores(head.model, new["features"])
    assert head.card["temperature"] > 1.5
    assert loss(scores, truth, head.card["temperature"]) < loss(scores, truth, 1.0)


def test_takes_that_watch_are_not_learnt_from(tmp_path):
    data = clouds(70)
    wild = data["features"].copy()
    wild[data["validation"]] *= 1000
    one = train(tmp_path / "one", "logistic", data)
    two = train(tmp_path / "two", "logistic", {**data, "features": wild})
    for step, name in (("scaling", "mean_"), ("classifier", "coef_")):
        np.testing.assert_array_equal(
            getattr(one.model[step], name), getattr(two.model[step], name)
        )
    assert one.card["temperature"] != two.card["temperature"]
    watched = [t for t, v in zip(data["takes"], data["validation"], strict=True) if v]
    assert one.card["validation_takes"] == watched
    assert sorted(one.card["takes"] + watched) == data["takes"]


def test_no_class_need_be_among_those_who_watch(tmp_path):
    validation = np.arange(70) == 1
    head = train(tmp_path, "rbf_svm", {**clouds(70), "validation": validation})
    assert probabilities(head, clouds(5)["features"]).shape == (5, 3)


def test_what_the_card_says(tmp_path):
    rows = []
    head = train(tmp_path, "knn", clouds(70), progress=rows.append)
    assert head.card["kind"] == "knn" and head.card["system"] == "audio"
    assert head.card["head"] == {"kind": "knn", "neighbours": 5}
    assert head.card["normalise"] is True and "training" not in head.card
    assert head.card["parameters"] == 0
    assert "scikit-learn" in head.card["versions"]
    assert [row["val_loss"] for row in rows] == [head.card["best_val_loss"]]
    assert rows[0]["epoch"] == 1 and 0 <= rows[0]["val_accuracy"] <= 1


def test_a_finished_head_is_only_loaded_and_epochs_do_not_matter(tmp_path):
    data = clouds(70)
    first = train(tmp_path, "forest", data)
    written = (tmp_path / "head.skops").stat().st_mtime_ns
    again = train_head(
        make_head("forest"),
        **data,
        labels=LABELS,
        training=Training(epochs=3, batch=1),
        seed=0,
        folder=tmp_path,
        identity={"system": "audio"},
    )
    assert again.card == first.card
    assert (tmp_path / "head.skops").stat().st_mtime_ns == written


@pytest.mark.parametrize("kind", SHALLOW)
def test_scaling_can_be_left_out(tmp_path, kind):
    data = clouds(70)
    head = train(tmp_path, kind, data, normalise=False)
    assert head.model["scaling"] == "passthrough"
    np.testing.assert_array_equal(
        probabilities(TrainedHead.load(tmp_path), data["features"]),
        probabilities(head, data["features"]),
    )


def test_penultimate_stacking_is_refused_with_a_way_out(tmp_path):
    head = train(tmp_path, "linear_svm", clouds(70))
    with pytest.raises(Problem, match=r'fusion.says = "probabilities"') as problem:
        penultimate(head, clouds(5)["features"])
    assert "audio head (linear_svm) has no penultimate layer" in str(problem.value)


def test_sequences_are_not_fed(tmp_path):
    data = clouds(70)
    with pytest.raises(Problem, match=r"fed one embedding a take.*shape \(3, 12\)"):
        train(
            tmp_path,
            "knn",
            {**data, "features": [np.tile(row, (3, 1)) for row in data["features"]]},
        )


@pytest.mark.parametrize(
    "kind, settings, said",
    [
        ("knn", {"neighbours": 61}, "asks 61 neighbours, but there are only 60 takes"),
        ("forest", {"features": -1}, "features of the forest head must be 0 or more"),
        ("qda", {"shrinkage": 1.5}, "from 0 to 1, not 1.5"),
        ("rbf_svm", {"c": 0.0}, "c of the rbf_svm head must be above 0"),
    ],
)
def test_what_cannot_be(tmp_path, kind, settings, said):
    with pytest.raises(Problem, match=said):
        train(tmp_path, kind, clouds(70), settings=settings)


def test_a_class_of_one_take_has_no_covariance(tmp_path):
    data = clouds(70)
    data["targets"] = ["fear", *["anger", "sadness"] * 34, "sadness"]
    data["validation"] = np.arange(70) > 60
    with pytest.raises(Problem, match="the qda head cannot be fitted on 61 takes"):
        train(tmp_path, "qda", data)


def test_no_keras_is_needed(tmp_path):
    code = (
        f"import sys, pathlib; sys.path[:0] = {sys.path!r}\n"
        "import test_shallow as t\n"
        f"t.train(pathlib.Path({str(tmp_path)!r}), 'knn', t.clouds(70))\n"
        "assert 'keras' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
