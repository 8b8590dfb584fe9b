import numpy as np
import pytest

from corpus.problem import Problem
from experiments.answers import Answers


def answers():
    rng = np.random.default_rng(0)
    card = {"labels": ["a", "b"], "width": 3, "takes": ["x"], "kind": "dense"}
    card["head"] = {"units": [4], "dropout": [0.0], "kind": "dense"}
    takes = ("one", "two", "three")
    arrays = (rng.normal(size=(3, size)).astype(np.float32) for size in (4, 2))
    return Answers(card, takes, *arrays)


def test_they_come_back_by_take(tmp_path):
    said = answers()
    said.write(tmp_path / "answers.npz")
    again = Answers.read(tmp_path / "answers.npz")
    assert again.card == said.card and again.takes == said.takes
    order = ["three", "one"]
    hidden = again.said(order, says="penultimate")
    np.testing.assert_array_equal(hidden, said.penultimate[[2, 0]])
    chances = again.said(order, says="probabilities")
    np.testing.assert_array_equal(chances, said.probabilities[[2, 0]])
    np.testing.assert_array_equal(again.chances(order), said.probabilities[[2, 0]])
    assert again.witness.labels == ("a", "b") and again.witness.card["takes"] == ["x"]


def test_a_take_that_was_never_asked():
    with pytest.raises(KeyError):
        answers().chances(["four"])


@pytest.mark.parametrize("damage", [None, b"", b"PK\x03\x04 cut"])
def test_damaged_or_missing(tmp_path, damage):
    path = tmp_path / "answers.npz"
    if damage is not None:
        path.write_bytes(damage)
    with pytest.raises(Problem, match="missing or damaged"):
        Answers.read(path)
