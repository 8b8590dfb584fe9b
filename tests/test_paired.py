"""Systems on the same takes: published pairs, many seeds, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from run_folders import SYSTEMS, predictions_of

from corpus.problem import Problem
from evaluation.paired import differences, paired_difference
from evaluation.predictions import make_rows


def rows_of(right, *, system, seed=0):
    """Predictions of takes t-0, t-1, ... that are right where said so."""
    right = np.asarray(right)
    return make_rows(
        [f"t-{i}" for i in range(len(right))],
        system=system,
        part="test",
        seed=seed,
        true=["anger"] * len(right),
        probabilities=np.where(right[:, None], [1.0, 0.0], [0.0, 1.0]),
        labels=["anger", "fear"],
        protocol="stratified",
        split_digest="",
    )


def test_58_against_61_percent_on_312_takes_is_no_difference():
    rng = np.random.default_rng(0)
    ours = rows_of(rng.permutation(312) < 190, system="stacked")
    other = rows_of(rng.permutation(312) < 181, system="audio")
    one = paired_difference(ours, other)
    assert one["mean"] == pytest.approx(9 / 312)
    assert one["interval"][0] < 0 < one["interval"][1]
    assert one["p"] > 0.3 and one["mcnemar_p"][0] > 0.3


def test_the_12_takes_that_paper_004_gains_may_be_chance():
    # 71 and 59 of 160 (Mitseas 2022); here 44 takes are right with both.
    sound = np.arange(160) < 59
    both = np.r_[np.arange(59) < 44, np.arange(101) < 27]
    one = paired_difference(
        rows_of(both, system="stacked"), rows_of(sound, system="audio")
    )
    assert one["mean"] == pytest.approx(12 / 160)
    assert 0.05 < one["p"] < 0.1


def test_87_against_61_percent_is_one():
    one = paired_difference(
        rows_of(np.arange(312) < 272, system="stacked"),
        rows_of(np.arange(312) >= 312 - 190, system="visual"),
    )
    assert one["p"] < 1e-6 and one["interval"][0] > 0.15


def test_with_one_seed_permutation_and_mcnemar_are_one_test():
    found = differences(predictions_of(seeds=(3,)))["stacked"]
    assert set(found) == set(SYSTEMS) - {"stacked"}
    for one in found.values():
        assert one["mcnemar_p"] == [pytest.approx(one["p"])]
        assert one["mcnemar_p_holm"] == [pytest.approx(one["p_holm"])]


def test_all_comparisons_are_corrected_together():
    found = differences(predictions_of(seeds=(0, 1)))["stacked"]
    least = min(one["p"] for one in found.values())
    assert min(one["p_holm"] for one in found.values()) == pytest.approx(6 * least)
    assert all(one["p_holm"] >= one["p"] for one in found.values())


def test_out_of_fold_stands_beside_stacked_or_for_it():
    both = predictions_of(
        seeds=(0,), systems={"audio": 1.0, "stacked": 2, "stacked_out_of_fold": 2.2}
    )
    assert set(differences(both)["stacked"]) == {"audio", "stacked_out_of_fold"}
    alone = both[both["system"] != "stacked"]
    assert list(differences(alone)) == ["stacked_out_of_fold"]


def test_one_system_has_nothing_to_differ_from():
    assert differences(predictions_of(systems={"audio": 1.0})) == {}
    assert differences(predictions_of(systems={"stacked": 1.0})) == {"stacked": {}}


def test_the_same_takes_are_needed():
    table = rows_of([True] * 8, system="stacked")
    other = rows_of([False] * 8, system="audio")
    with pytest.raises(Problem, match=r"'t-7' \(seed 0\) was predicted by stacked and"):
        paired_difference(table, other[:-1])
    with pytest.raises(Problem, match="was predicted by audio and not by stacked"):
        paired_difference(table[:-1], other)


def test_and_the_same_truth():
    table = rows_of([True] * 8, system="stacked")
    other = rows_of([True] * 8, system="audio")
    other.loc[3, "true"] = "fear"
    with pytest.raises(Problem, match="'t-3' is anger in one table and fear in the"):
        paired_difference(table, other)


def test_seeds_may_share_takes():
    tables = [
        pd.concat([rows_of(np.arange(40) < n + s, system=name, seed=s) for s in (0, 1)])
        for name, n in (("stacked", 30), ("audio", 20))
    ]
    one = paired_difference(*tables)
    assert one["n"] == 40 and one["per_seed"] == [0.25, 0.25]
    assert len(one["mcnemar_p"]) == 2 and one["p"] == pytest.approx(2**-9, rel=0.5)
