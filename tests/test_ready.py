"""A network used again learns what a fresh one would, to the last bit."""

import contextlib

import numpy as np
import pytest

from classifiers import ready as module
from classifiers.dense import DenseHead
from classifiers.lstm import LSTMHead
from classifiers.train import Training, train_head
from corpus.problem import Problem

LABELS = ("anger", "fear", "sadness")


def lesson(count, seed, steps=None):
    rng = np.random.default_rng(seed)
    truth = np.arange(count) % 3
    rows = (rng.normal(size=(count, 6)) + truth[:, None]).astype(np.float32)
    lengths = rng.integers(1, steps, count) if steps else None
    return {
        "features": rows
        if steps is None
        else [np.tile(row, (n, 1)) for row, n in zip(rows, lengths, strict=True)],
        "targets": [LABELS[place] for place in truth],
        "takes": [f"take-{place}" for place in range(count)],
        "validation": np.arange(count) % 5 == 0,
        "labels": LABELS,
        "identity": {},
    }


def train(folder, head, data, *, seed=0, optimizer="adam", rate=0.01):
    training = Training(
        optimizer=optimizer, learning_rate=rate, batch=16, epochs=3, patience=3
    )
    head = train_head(head, training=training, seed=seed, folder=folder, **data)
    history = (folder / "history.csv").read_text()
    return [history, *head.model.get_weights()]


HEADS = {
    "dense": (DenseHead(units=(8, 4), dropout=(0.3, 0.3)), None),
    "lstm": (LSTMHead(units=(5, 4), dropout=(0.3, 0.3)), 7),
}


@pytest.mark.parametrize("kind", HEADS)
def test_another_seed_size_and_rate_on_a_kept_network(tmp_path, monkeypatch, kind):
    head, steps = HEADS[kind]
    monkeypatch.setattr(module, "_kept", type(module._kept)())
    with contextlib.suppress(Problem):  # it leaves moments that are not numbers
        train(tmp_path / "first", head, lesson(50, 1, steps), seed=1, rate=np.inf)
    ((_key, network),) = module._kept.items()
    data = lesson(61, 2, steps)
    reused = train(tmp_path / "reused", head, data, seed=2)
    assert list(module._kept.values()) == [network]
    module._kept.clear()
    fresh = train(tmp_path / "fresh", head, data, seed=2)
    for one, two in zip(reused, fresh, strict=True):
        np.testing.assert_array_equal(one, two)


def test_other_settings_are_another_network_and_few_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_kept", type(module._kept)())
    monkeypatch.setattr(module, "MOST", 2)
    data, head = lesson(30, 0), DenseHead(units=(4,), dropout=(0.0,))
    for optimizer in ("adam", "adamax"):
        train(tmp_path / optimizer, head, data, optimizer=optimizer)
    assert len(module._kept) == 2
    train(tmp_path / "wide", DenseHead(units=(6,), dropout=(0.0,)), data)
    assert len(module._kept) == 2
