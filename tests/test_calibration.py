"""Calibration: bins, their error, and the Brier score."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.calibration import (
    brier_score,
    calibration,
    confidences,
    reliability,
)
from evaluation.predictions import make_rows


def rows(probabilities, true):
    return make_rows(
        [f"t{n}" for n in range(len(true))],
        system="audio",
        part="test",
        seed=0,
        true=true,
        probabilities=np.asarray(probabilities),
        labels=("anger", "fear"),
        protocol="stratified",
        split_digest="d",
    )


def test_the_error_is_the_gap_weighted_by_takes():
    # 4 takes at .95 of which 2 are right, 6 at .65 of which 4 are right.
    confidence = [0.95] * 4 + [0.65] * 6
    right = [True, True, False, False, *[True] * 4, False, False]
    bins = reliability(np.array(confidence), np.array(right))
    assert bins.error == pytest.approx((4 * 0.45 + 6 * abs(4 / 6 - 0.65)) / 10)
    assert bins.overconfidence == pytest.approx((4 * 0.95 + 6 * 0.65) / 10 - 0.6)
    assert bins.count.tolist() == [0, 0, 0, 0, 0, 0, 6, 0, 0, 4]


def test_a_calibrated_system_has_hardly_an_error():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.2, 1, 50_000)
    right = rng.uniform(size=50_000) < confidence
    assert reliability(confidence, right).error < 0.01


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_every_take_is_in_one_bin_and_the_error_is_a_share(takes):
    confidence, right = map(np.array, zip(*takes, strict=True))
    bins = reliability(confidence, right)
    assert bins.count.sum() == len(takes)
    assert 0 <= bins.error <= 1 + 1e-12
    assert bins.overconfidence == pytest.approx(confidence.mean() - right.mean())


def test_confidence_is_that_of_the_named_label():
    table = rows([[0.8, 0.2], [0.3, 0.7]], ["anger", "anger"])
    confidence, right = confidences(table)
    assert confidence.tolist() == [0.8, 0.7]
    assert right.tolist() == [True, False]


def test_brier_is_nothing_for_the_truth_and_two_for_its_opposite():
    assert brier_score(rows([[1, 0], [0, 1]], ["anger", "fear"])) == 0
    assert brier_score(rows([[1, 0], [0, 1]], ["fear", "anger"])) == 2
    assert brier_score(rows([[0.5, 0.5]], ["fear"])) == pytest.approx(0.5)


def test_no_take_is_a_bug():
    with pytest.raises(ValueError, match="one or more"):
        reliability(np.array([]), np.array([]))


def drawn(honest, *, takes=400, seeds=(0, 1)):
    """Predictions that are right as often as they say, or always half the time."""
    tables = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        said = rng.uniform(0.5, 1, takes)
        right = rng.random(takes) < (said if honest else 0.5)
        true = np.where(right, "anger", "fear")
        table = rows(np.stack([said, 1 - said], axis=1), list(true))
        tables.append(table.assign(seed=seed))
    return pd.concat(tables)


def test_an_honest_system_errs_as_much_as_chance_makes_it():
    said = calibration(drawn(honest=True))
    assert said["ece"] == pytest.approx(said["ece_if_calibrated"], abs=0.02)
    assert said["ece"] == pytest.approx(np.mean(said["ece_per_seed"]))
    assert abs(said["overconfidence"]) < 0.03


def test_a_boaster_errs_more():
    said = calibration(drawn(honest=False))
    assert said["ece"] > 4 * said["ece_if_calibrated"]
    assert said["overconfidence"] == pytest.approx(0.25, abs=0.05)
    assert said["brier"] > said["brier_uniform"] == 0.5


def test_a_row_that_sums_to_a_little_more_than_one():
    table = rows([[1.0, 0.0], [0.75, 0.25]], ["anger", "anger"])
    table.loc[0, "p_anger"] = 1.004  # as `read_predictions` lets pass
    assert calibration(table)["ece"] == 0.125


def test_labels_alone_have_no_calibration():
    assert calibration(rows([[1, 0], [0, 1]], ["anger", "anger"])) is None
