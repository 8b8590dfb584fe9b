import json

import numpy as np
import pytest

from classifiers.dense import DenseHead
from classifiers.lstm import LSTMHead
from classifiers.saved import TrainedHead
from classifiers.scale import Scaler
from classifiers.train import Training
from corpus.problem import Problem
from stacking.holdout import stack_features
from stacking.meta import META, build_meta, train_meta

LABELS = ["anger", "fear"]


def test_parameters():
    assert build_meta().count_params() == 93_191  # 356 x 256 + 256, 256 x 7 + 7
    assert build_meta(350).count_params() == 91_655  # the thesis' other figure
    assert META.build(356, 7).count_params() == 93_191


def untrained(settings, takes, labels=LABELS, width=6):
    card = {
        "kind": settings.kind,
        "head": json.loads(json.dumps(vars(settings))),
        "labels": labels,
        "width": width,
        "takes": takes,
        "validation_takes": [],
    }
    model = settings.build(width, len(labels))
    return TrainedHead(model, Scaler.none(width), card)


@pytest.fixture(scope="module")
def stage():
    rng = np.random.default_rng(0)
    truth = np.arange(40) % 2
    points = (4 * truth[:, None] + rng.normal(size=(40, 6))).astype(np.float32)
    heads = [
        untrained(DenseHead(units=(8,), dropout=(0.0,)), ["base-1", "base-2"]),
        untrained(LSTMHead(units=(4,), dropout=(0.0,)), ["base-1", "base-2"]),
    ]
    return {
        "heads": heads,
        "activations": stack_features(heads, [points, [row[None] for row in points]]),
        "targets": [LABELS[place] for place in truth],
        "takes": [f"stack-{place}" for place in range(40)],
        "validation": np.arange(40) % 4 == 0,
        "training": Training(learning_rate=0.01, epochs=3),
        "seed": 0,
        "identity": {"system": "stacked"},
    }


def test_it_learns_from_what_the_base_nets_make_of_unseen_takes(stage, tmp_path):
    head = train_meta(folder=tmp_path, **stage)
    assert head.card["kind"] == "meta" and head.card["width"] == 8 + 4
    assert head.labels == tuple(LABELS)
    assert stage["activations"].shape == (40, 12)
    assert TrainedHead.load(tmp_path).settings == META


def test_it_refuses_takes_that_a_base_net_saw(stage, tmp_path):
    takes = ["base-2", *stage["takes"][1:]]
    with pytest.raises(Problem, match="the first base-2"):
        train_meta(folder=tmp_path, **{**stage, "takes": takes})
    groups = {"stack-3": "sound", "base-1": "sound"}
    with pytest.raises(Problem, match="the first stack-3"):
        train_meta(folder=tmp_path, groups=groups, **stage)
    assert not list(tmp_path.iterdir())


def test_base_nets_may_be_watched_on_the_takes_that_watch_it(stage, tmp_path):
    heads = [untrained(DenseHead(units=(8,), dropout=(0.0,)), ["base-1"])]
    heads[0].card["validation_takes"] = ["stack-4"]
    some = {**stage, "heads": heads, "activations": stage["activations"][:, :8]}
    assert train_meta(folder=tmp_path, **some).card["kind"] == "meta"
    fitted = np.arange(40) % 4 == 1
    with pytest.raises(Problem, match="the first stack-4, on which it was validated"):
        train_meta(folder=tmp_path / "x", **{**some, "validation": fitted})


def test_base_nets_must_agree_on_the_labels(stage, tmp_path):
    other = untrained(DenseHead(units=(8,), dropout=(0.0,)), [], LABELS[::-1])
    with pytest.raises(ValueError, match="differ in labels"):
        train_meta(folder=tmp_path, **{**stage, "heads": [stage["heads"][0], other]})
