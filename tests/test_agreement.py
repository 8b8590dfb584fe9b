"""Predictions against the split and the index that they should be of."""

import numpy as np
import pytest
from takes import ravdess_index

from corpus.problem import Problem
from corpus.splits import make_split
from evaluation.agreement import check_complete, check_index, check_takes
from evaluation.predictions import make_rows

LABELS = ("anger", "fear")


@pytest.fixture(scope="module")
def index():
    return ravdess_index(range(1, 7), emotions=LABELS)


def rows(index, takes, **changes):
    true = list(index.takes.set_index("take")["emotion"][list(takes)])
    named = {"system": "audio", "part": "test", "seed": 0, "labels": LABELS}
    named |= {"protocol": "", "split_digest": ""}
    p = np.eye(2)[[LABELS.index(emotion) for emotion in true]]
    return make_rows(list(takes), true=true, probabilities=p, **named | changes)


def test_exactly_the_test_part_passes(index):
    split = make_split(index)
    table = rows(index, split.takes("test"), split_digest=split.digest)
    check_complete(table, split, source="theirs.csv")
    check_index(table, index.takes, "theirs.csv")


def test_every_system_and_seed_must_be_whole(index):
    split = make_split(index)
    whole = rows(index, split.takes("test"))
    few = rows(index, split.takes("test")[1:], system="late", seed=3)
    table = whole.merge(few, how="outer")
    said = r"theirs.csv: late \(seed 3\) has no prediction of take 'ravdess-.*; the "
    with pytest.raises(Problem, match=said):
        check_complete(table, split, source="theirs.csv")


def test_a_take_counts_in_its_own_fold(index):
    split = make_split(index, protocol="speaker_folds:3")
    tested = split.table[split.table["part"] == "test"]
    table = rows(index, tested["take"])
    table["fold"] = tested["fold"].to_numpy()
    check_complete(table, split, source="theirs.csv")
    table["fold"] = np.roll(table["fold"], 1)
    with pytest.raises(Problem, match=r"not of the test part of fold \d \(the split"):
        check_complete(table, split, source="theirs.csv")


def test_another_split_and_another_part_are_told(index):
    split, other = make_split(index), make_split(index, seed=1)
    table = rows(index, split.takes("test"), split_digest=other.digest)
    with pytest.raises(Problem, match=f"its split is '{other.digest}', and that of"):
        check_complete(table, split, source="theirs.csv")
    with pytest.raises(Problem, match=r"no predictions of the test part of x\.csv"):
        check_complete(
            rows(index, split.takes("base"), part="base"),
            split,
            source="theirs.csv",
            of="x.csv",
        )


def test_an_index_without_the_take(index):
    table = rows(index, index.takes["take"])
    with pytest.raises(Problem, match=r"line 0, take 'ravdess-.* \(48 such rows\)"):
        check_takes(table, index.takes[48:], "theirs.csv")
    with pytest.raises(Problem, match="its takes are called such as 'ravdess-"):
        check_index(table.assign(take="x"), index.takes, "theirs.csv")
