"""The most certain mistakes, and what the branches said."""

import numpy as np
import pandas as pd
import pytest

from evaluation.mistakes import mistakes
from evaluation.predictions import make_rows

LABELS = ("anger", "fear")


def rows(system, certainty, *, seed=0, part="test"):
    """Takes t0, t1, ... of anger, and how sure a system is of fear."""
    p = np.array(certainty)
    return make_rows(
        [f"t{n}" for n in range(len(p))],
        system=system,
        part=part,
        seed=seed,
        true=["anger"] * len(p),
        probabilities=np.stack([1 - p, p], axis=1),
        labels=LABELS,
        protocol="stratified",
        split_digest="d",
    )


def test_the_most_certain_comes_first():
    table = mistakes(rows("stacked", [0.6, 0.1, 0.9]), "stacked")
    assert table["take"].tolist() == ["t2", "t0"]
    assert table["confidence"].tolist() == pytest.approx([0.9, 0.6])
    assert table["truth"].tolist() == pytest.approx([0.1, 0.4])
    assert table["said"].tolist() == ["fear", "fear"]


def test_a_take_is_named_once_and_its_seeds_are_counted():
    both = [rows("stacked", [0.6, 0.2]), rows("stacked", [0.8, 0.7], seed=1)]
    table = mistakes(pd.concat(both), "stacked").set_index("take")
    assert table.loc["t0", ["seed", "wrong", "tested"]].tolist() == [1, 2, 2]
    assert table.loc["t1", ["seed", "wrong", "tested"]].tolist() == [1, 1, 2]


def test_what_the_branches_said_is_of_the_same_seed():
    said = [
        *(rows("stacked", [0.9], seed=seed) for seed in (0, 1)),
        rows("audio", [0.3], seed=0),
        rows("audio", [0.8], seed=1),
    ]
    table = mistakes(pd.concat(said), "stacked", others=["audio", "visual"])
    assert table["seed"].tolist() == [0]
    assert table["audio_said"].tolist() == ["anger"]
    assert table["audio_confidence"].tolist() == pytest.approx([0.7])
    assert table["visual_said"].tolist() == [""]
    assert table["visual_confidence"].isna().all()


def test_training_takes_are_no_matter():
    assert mistakes(rows("stacked", [0.9], part="stack"), "stacked").empty
