import json
import zipfile

import numpy as np
import pytest

from classifiers.dense import DenseHead
from classifiers.lstm import LSTMHead
from classifiers.saved import TrainedHead
from classifiers.scale import Scaler
from corpus.files import sha256
from corpus.problem import Problem

LABELS = ["anger", "fear", "sadness"]


def untrained(head, width=6):
    card = {
        "kind": head.kind,
        "head": json.loads(json.dumps(vars(head))),
        "labels": LABELS,
        "width": width,
        "backbones": {"audio": "051371a2"},
        "split_digest": "9f",
        "takes": ["a"],
        "validation_takes": ["b"],
    }
    rng = np.random.default_rng(0)
    return TrainedHead(
        head.build(width, len(LABELS)), Scaler.fit(rng.normal(size=(9, width))), card
    )


@pytest.fixture
def saved(tmp_path):
    head = untrained(DenseHead(units=(5, 4)))
    head.save(tmp_path)
    return head, tmp_path


@pytest.mark.parametrize("settings", [DenseHead(units=(5, 4)), LSTMHead(units=(5, 4))])
def test_what_is_saved_comes_back(settings, tmp_path):
    head = untrained(settings)
    head.save(tmp_path)
    again = TrainedHead.load(tmp_path)
    assert again.card == head.card and again.settings == settings
    assert again.labels == tuple(LABELS)
    np.testing.assert_array_equal(again.scaler.std, head.scaler.std)
    for old, new in zip(
        head.model.get_weights(), again.model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(old, new)
    assert {path.name for path in tmp_path.iterdir()} == {"card.json", "head.keras"}


def test_what_is_expected_is_found(saved):
    expect = {"labels": tuple(LABELS), "backbones": {"audio": "051371a2"}}
    TrainedHead.load(saved[1], expect=expect)


@pytest.mark.parametrize(
    "field, wanted, found",
    [
        ("labels", ["fear", "anger", "sadness"], "'anger', 'fear'"),
        ("backbones", {"audio": "ffffffff"}, "051371a2"),
        ("split_digest", "a0", "'9f'"),
    ],
)
def test_a_mismatch_is_refused_and_both_values_named(saved, field, wanted, found):
    with pytest.raises(Problem) as problem:
        TrainedHead.load(saved[1], expect={field: wanted})
    assert field in str(problem.value)
    assert found in str(problem.value) and str(wanted) in str(problem.value)


def test_no_head(tmp_path):
    with pytest.raises(Problem, match="holds no trained head"):
        TrainedHead.load(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": 99}'])
def test_a_card_that_is_none(tmp_path, text):
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(Problem, match=r"card\.json"):
        TrainedHead.load(tmp_path)


def test_a_network_that_is_not_the_cards(saved):
    folder = saved[1]
    data = (folder / "head.keras").read_bytes()
    (folder / "head.keras").write_bytes(data[:-100])
    with pytest.raises(Problem, match="train this head again"):
        TrainedHead.load(folder)


def forge(folder, change):
    """Change the architecture in an archive, and the card so that it vouches for it."""
    archive = folder / "head.keras"
    with zipfile.ZipFile(archive) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    config = json.loads(parts["config.json"])
    change(config)
    parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(archive, "w") as new:
        for name, data in parts.items():
            new.writestr(name, data)
    card = json.loads((folder / "card.json").read_text())
    card["network_sha256"] = sha256(archive)
    (folder / "card.json").write_text(json.dumps(card))


def make_lambda(config):
    layer = config["config"]["layers"][1]
    layer["class_name"] = "Lambda"


def borrow_a_name(config):
    config["config"]["layers"][1]["module"] = "os"


def call_a_function(config):
    layer = config["config"]["layers"][1]
    layer["config"]["activation"] = {
        "module": "keras.utils",
        "class_name": "function",
        "config": "get_file",
        "registered_name": "get_file",
    }


@pytest.mark.parametrize(
    "change, named",
    [
        (make_lambda, "keras.layers.Lambda"),
        (borrow_a_name, "os.Dense"),
        (call_a_function, "keras.utils.function"),
    ],
)
def test_archives_that_could_run_code_are_refused(saved, change, named):
    folder = saved[1]
    forge(folder, change)
    with pytest.raises(Problem, match=f"contains {named}"):
        TrainedHead.load(folder)


def test_an_architecture_that_does_not_fit_is_a_problem(saved):
    def shrink(config):
        config["config"]["layers"][1]["config"]["units"] = 3

    forge(saved[1], shrink)
    with pytest.raises(Problem, match="cannot be read as a network of ours"):
        TrainedHead.load(saved[1])
