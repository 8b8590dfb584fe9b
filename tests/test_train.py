import csv
import dataclasses
import shutil
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from classifiers.dense import DenseHead
from classifiers.lstm import LSTMHead
from classifiers.penultimate import probabilities
from classifiers.saved import TrainedHead
from classifiers.train import Training, train_head
from corpus.problem import Problem

LABELS = ("anger", "fear", "sadness")
SMALL = DenseHead(units=(16, 8), dropout=(0.3, 0.3))
QUICK = Training(learning_rate=0.01, batch=16, epochs=6, patience=6)


@pytest.fixture(scope="module")
def toy():
    """Three clouds of points, 90 takes, every fifth for validation."""
    rng = np.random.default_rng(7)
    truth = np.arange(90) % 3
    centres = 3 * rng.normal(size=(3, 10))
    features = (centres[truth] + rng.normal(size=(90, 10))).astype(np.float32)
    return {
        "features": features,
        "targets": [LABELS[place] for place in truth],
        "takes": [f"take-{place:02}" for place in range(90)],
        "validation": np.arange(90) % 5 == 0,
    }


def train(toy, folder, *, head=SMALL, training=QUICK, seed=0, **changed):
    settings = {"labels": LABELS, "identity": {"system": "audio"}, **toy, **changed}
    return train_head(head, training=training, seed=seed, folder=folder, **settings)


def same(a, b):
    pairs = zip(a.model.get_weights(), b.model.get_weights(), strict=True)
    return all(np.array_equal(x, y) for x, y in pairs)


def history(folder):
    with open(folder / "history.csv", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def uninterrupted(toy, tmp_path_factory):
    folder = tmp_path_factory.mktemp("uninterrupted")
    return train(toy, folder), folder


def accuracy(head, toy, rows):
    guessed = np.array(LABELS)[probabilities(head, toy["features"]).argmax(axis=1)]
    return np.mean((guessed == toy["targets"])[rows])


def test_it_learns_what_can_be_learnt(toy, tmp_path):
    watched = np.flatnonzero(toy["validation"])
    head = train(toy, tmp_path, training=dataclasses.replace(QUICK, epochs=15))
    assert accuracy(head, toy, watched) > 0.9


def test_it_learns_nothing_from_permuted_labels(toy, tmp_path):
    rng = np.random.default_rng(0)
    watched = np.flatnonzero(toy["validation"])
    permuted = {**toy, "targets": list(rng.permutation(toy["targets"]))}
    head = train(permuted, tmp_path)
    # 18 takes of 3 classes: 12 right by chance happen once in 300 times.
    assert accuracy(head, permuted, watched) < 12 / 18


def test_two_runs_give_the_same_numbers(toy, uninterrupted, tmp_path):
    again = train(toy, tmp_path)
    assert same(again, uninterrupted[0])
    assert history(tmp_path) == history(uninterrupted[1])
    assert again.card == uninterrupted[0].card


class Stop(Exception):
    pass


def stopping_after(epochs):
    def progress(row):
        if row["epoch"] == epochs:
            raise Stop

    return progress


@pytest.mark.parametrize("epochs", [2, 6])
def test_an_interrupted_training_ends_as_one_that_was_not(
    toy, uninterrupted, tmp_path, epochs
):
    with pytest.raises(Stop):
        train(toy, tmp_path, progress=stopping_after(epochs))
    assert not (tmp_path / "card.json").exists()
    seen = []
    head = train(toy, tmp_path, progress=seen.append)
    assert [row["epoch"] for row in seen] == list(range(epochs + 1, 7))
    assert same(head, uninterrupted[0])
    assert history(tmp_path) == history(uninterrupted[1])
    assert head.card == uninterrupted[0].card


def test_the_best_before_an_interruption_is_not_forgotten(toy, tmp_path):
    # Wrong labels are watched: the better it learns, the higher the validation loss.
    targets = np.array(toy["targets"])
    targets[toy["validation"]] = np.roll(targets[toy["validation"]], 1)
    wrong = {**toy, "targets": targets.tolist()}
    expected = train(wrong, tmp_path / "whole")
    assert expected.card["best_epoch"] < 4
    with pytest.raises(Stop):
        train(wrong, tmp_path / "cut", progress=stopping_after(4))
    head = train(wrong, tmp_path / "cut")
    assert head.card == expected.card and same(head, expected)


@pytest.mark.slow
def test_sigkill(toy, uninterrupted, tmp_path):
    np.savez(tmp_path / "toy.npz", **{k: np.array(v) for k, v in toy.items()})
    code = f"""
        import os, pathlib, signal, sys
        import numpy as np
        sys.path[:0] = {sys.path!r}
        import test_train as t
        toy = dict(np.load("toy.npz"))
        toy["targets"], toy["takes"] = toy["targets"].tolist(), toy["takes"].tolist()
        def progress(row):
            if row["epoch"] == 3:
                os.kill(os.getpid(), signal.SIGKILL)
        t.train(toy, pathlib.Path("head"), progress=progress)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    killed = subprocess.run(command, cwd=tmp_path, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    seen = []
    head = train(toy, tmp_path / "head", progress=seen.append)
    assert [row["epoch"] for row in seen] == [4, 5, 6]
    assert same(head, uninterrupted[0])


def test_a_finished_head_is_only_loaded(toy, uninterrupted):
    def progress(row):
        raise AssertionError("trained again")

    head, folder = uninterrupted
    assert same(train(toy, folder, progress=progress), head)
    assert sorted(path.name for path in folder.iterdir()) == [
        "card.json",
        "head.keras",
        "history.csv",
    ]


@pytest.fixture(scope="module")
def interrupted(toy, tmp_path_factory):
    folder = tmp_path_factory.mktemp("interrupted")
    with pytest.raises(Stop):
        train(toy, folder, progress=stopping_after(1))
    return folder


@pytest.mark.parametrize(
    "changed",
    [
        {"identity": {"system": "visual"}},
        {"training": dataclasses.replace(QUICK, epochs=7)},
    ],
)
def test_what_another_training_left_is_not_used(toy, interrupted, tmp_path, changed):
    shutil.copytree(interrupted, tmp_path, dirs_exist_ok=True)
    with pytest.raises(Stop):  # and not "goes on with epoch 2"
        train(toy, tmp_path, progress=stopping_after(1), **changed)


def test_early_stopping_keeps_the_best(toy, tmp_path):
    training = dataclasses.replace(QUICK, epochs=60, patience=2, min_delta=0.05)
    head = train(toy, tmp_path, training=training)
    losses = [float(row["val_loss"]) for row in history(tmp_path)]
    assert len(losses) == head.card["epochs"] == head.card["best_epoch"] + 2 < 60
    assert head.card["best_val_loss"] == losses[head.card["best_epoch"] - 1]
    watched = np.flatnonzero(toy["validation"])
    truth = [LABELS.index(toy["targets"][row]) for row in watched]
    chances = probabilities(head, toy["features"])[watched, truth]
    loss = -np.log(chances).mean()
    assert loss == pytest.approx(head.card["best_val_loss"], rel=1e-4)


def test_the_scaler_never_sees_validation(toy, uninterrupted, tmp_path):
    features = toy["features"].copy()
    features[toy["validation"]] *= 100
    other = train({**toy, "features": features}, tmp_path, seed=1)
    assert not same(other, uninterrupted[0])
    np.testing.assert_array_equal(other.scaler.mean, uninterrupted[0].scaler.mean)
    np.testing.assert_array_equal(other.scaler.std, uninterrupted[0].scaler.std)
    fitted = toy["features"][~toy["validation"]].astype(np.float64)
    np.testing.assert_allclose(other.scaler.mean, fitted.mean(axis=0))


def test_normalisation_can_be_left_out(toy, tmp_path):
    training = dataclasses.replace(QUICK, epochs=1, normalise=False)
    head = train(toy, tmp_path, training=training)
    np.testing.assert_array_equal(head.scaler(toy["features"]), toy["features"])


def test_the_card_says_what_was_seen(toy, uninterrupted):
    card = uninterrupted[0].card
    watched = [t for t, v in zip(toy["takes"], toy["validation"], strict=True) if v]
    assert card["validation_takes"] == watched
    assert sorted(card["takes"] + watched) == toy["takes"]
    assert card["system"] == "audio" and card["kind"] == "dense"
    assert card["labels"] == list(LABELS)
    assert card["parameters"] == 10 * 16 + 16 + 16 * 8 + 8 + 8 * 3 + 3


@pytest.mark.parametrize("batch", [8, pytest.param(1, marks=pytest.mark.slow)])
def test_sequences_of_any_length(toy, tmp_path, batch):
    rng = np.random.default_rng(0)
    features = [np.tile(row, (rng.integers(1, 6), 1)) for row in toy["features"]]
    head = train(
        {**toy, "features": features},
        tmp_path,
        head=LSTMHead(units=(6, 4)),
        training=Training(
            optimizer="adamax", learning_rate=0.01, batch=batch, epochs=3
        ),
    )
    assert head.card["kind"] == "lstm"
    losses = [float(row["loss"]) for row in history(tmp_path)]
    assert losses[-1] < losses[0]
    again = TrainedHead.load(tmp_path)
    np.testing.assert_array_equal(
        probabilities(again, features), probabilities(head, features)
    )


def test_what_is_wrong_is_said_before_anything_is_written(toy, tmp_path):
    features = toy["features"].copy()
    features[7, 3] = np.nan
    with pytest.raises(Problem, match="take-07"):
        train({**toy, "features": features}, tmp_path)
    assert not list(tmp_path.iterdir())


def test_identity_may_not_overwrite_what_the_trainer_knows(toy, tmp_path):
    with pytest.raises(ValueError, match="seed"):
        train(toy, tmp_path, identity={"seed": 7})


def test_a_loss_that_is_never_a_number(toy, tmp_path):
    training = dataclasses.replace(QUICK, learning_rate=float("inf"), epochs=2)
    with pytest.raises(Problem, match="lower the learning rate"):
        train(toy, tmp_path, training=training)


@pytest.mark.parametrize(
    "field, value",
    [
        ("optimizer", "lion"),
        ("loss", "hinge"),
        ("batch", 0),
        ("learning_rate", -1.0),
        ("min_delta", -1.0),
        ("weight_decay", -1e-4),
        ("reduce_on_plateau", (0.2, 5)),
        ("reduce_on_plateau", (2.0, 5, 0.0)),
        ("reduce_on_plateau", (0.2, 0.5, 0.0)),
    ],
)
def test_settings_are_checked(field, value):
    with pytest.raises(Problem, match=f"training.{field}"):
        Training(**{field: value})


def test_a_double_softmax_has_a_cross_entropy():
    with pytest.raises(Problem, match="double_softmax is a quirk of the cross-entropy"):
        Training(double_softmax=True, loss="mse")


def test_dropout_in_the_first_epoch_only(toy, uninterrupted, tmp_path):
    training = dataclasses.replace(QUICK, dropout_in_first_epoch_only=True)
    head = train(toy, tmp_path / "whole", training=training)
    first, *others = history(tmp_path / "whole")
    plain = history(uninterrupted[1])
    assert first == plain[0] and others[0] != plain[1]
    # Without dropout the loss in training is that of the network as it is.
    assert float(others[-1]["loss"]) < float(plain[-1]["loss"])
    assert head.model.get_layer("dropout_1").rate == 0.3
    with pytest.raises(Stop):
        train(toy, tmp_path / "cut", training=training, progress=stopping_after(3))
    assert same(train(toy, tmp_path / "cut", training=training), head)
    # What the next training takes back still has its dropout.
    assert same(train(toy, tmp_path / "next"), uninterrupted[0])


def test_a_double_softmax_is_one(toy, tmp_path):
    training = dataclasses.replace(QUICK, double_softmax=True, epochs=2)
    head = train(toy, tmp_path, training=training)
    watched = np.flatnonzero(toy["validation"])
    said = probabilities(head, toy["features"])[watched].astype(float)
    truth = [LABELS.index(toy["targets"][row]) for row in watched]
    again = np.exp(said) / np.exp(said).sum(axis=1, keepdims=True)
    loss = -np.log(again[np.arange(len(watched)), truth]).mean()
    assert loss == pytest.approx(head.card["best_val_loss"], rel=1e-4)
    assert loss > -np.log(np.e / (np.e + 2))  # it can never be lower


def test_the_mean_squared_error_of_probabilities(toy, tmp_path):
    training = dataclasses.replace(QUICK, loss="mse", optimizer="sgd", epochs=2)
    head = train(toy, tmp_path, training=training)
    said = probabilities(head, toy["features"])[toy["validation"]]
    truth = [LABELS.index(target) for target in toy["targets"]]
    wanted = np.eye(3)[truth][toy["validation"]]
    loss = np.square(said - wanted).mean()
    assert loss == pytest.approx(head.card["best_val_loss"], rel=1e-4)
    assert head.card["training"]["loss"] == "mse"


def size(head):
    return sum(np.square(weights).sum() for weights in head.model.get_weights())


def test_weights_that_decay_are_smaller_and_the_loss_is_told_without(
    toy, uninterrupted, tmp_path
):
    training = dataclasses.replace(QUICK, weight_decay=1.0)
    head = train(toy, tmp_path / "whole", training=training)
    assert size(head) < size(uninterrupted[0]) / 2
    watched = np.flatnonzero(toy["validation"])
    truth = [LABELS.index(toy["targets"][row]) for row in watched]
    chances = probabilities(head, toy["features"])[watched, truth]
    loss = -np.log(chances).mean()
    assert loss == pytest.approx(head.card["best_val_loss"], rel=1e-4)
    with pytest.raises(Stop):
        train(toy, tmp_path / "cut", training=training, progress=stopping_after(3))
    assert same(train(toy, tmp_path / "cut", training=training), head)


def test_a_rate_lowered_on_a_plateau_is_lowered_after_a_kill_too(toy, tmp_path):
    # Two epochs do not lower the loss by 1e-4 at this rate, so it is made smaller.
    slow = dataclasses.replace(QUICK, learning_rate=3e-7, patience=7, epochs=7)
    training = dataclasses.replace(slow, reduce_on_plateau=(0.1, 2, 0.0))
    plain = train(toy, tmp_path / "plain", training=slow)
    head = train(toy, tmp_path / "whole", training=training)
    rows, plains = history(tmp_path / "whole"), history(tmp_path / "plain")
    # After the third epoch it is lower than without.
    assert rows[:3] == plains[:3] and rows[4]["loss"] != plains[4]["loss"]
    assert head.card["best_epoch"] > 3 and not same(head, plain)
    for epochs in (2, 3, 4):
        folder = tmp_path / f"cut-{epochs}"
        with pytest.raises(Stop):
            train(toy, folder, training=training, progress=stopping_after(epochs))
        assert same(train(toy, folder, training=training), head)
        assert history(folder) == rows
