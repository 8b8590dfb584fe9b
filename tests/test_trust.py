"""Temperatures: fitted on takes that are not tested, and worth something there."""

import numpy as np
import pandas as pd
import pytest

from corpus.labels import THESIS
from evaluation.predictions import make_rows
from experiments.bundle.trust import FEWEST, tempered, trust_of

TAKES = {"base": 200, "stack": 120, "test": 400}
MANY = {
    f"{part}-{n}": f"{n % 5:02d}" for part, size in TAKES.items() for n in range(size)
}


def said_by(system, *, sharpness, seed=0, parts=TAKES):
    """Rows of a system that is `sharpness` times as sure as it should be."""
    rng, tables = np.random.default_rng(seed), []
    for part, count in parts.items():
        logits = rng.normal(scale=1.5, size=(count, len(THESIS)))
        chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        true = [rng.choice(THESIS, p=p) for p in chances]
        sharp = np.exp(logits * sharpness)
        tables.append(
            make_rows(
                [f"{part}-{number}" for number in range(count)],
                system=system,
                part=part,
                seed=0,
                true=true,
                probabilities=sharp / sharp.sum(axis=1, keepdims=True),
                labels=THESIS,
                protocol="stratified",
                split_digest="ab",
            )
        )
    return pd.concat(tables, ignore_index=True)


def card(parts=("base",), watched=()):
    learnt = [f"{part}-{n}" for part in parts for n in range(TAKES[part])]
    left = [take for take in learnt if take not in watched]
    return {"takes": left, "validation_takes": list(watched)}


@pytest.mark.parametrize("sharpness", [3.0, 0.4])
def test_a_base_net_becomes_as_sure_as_it_should_be(sharpness):
    rows = said_by("audio", sharpness=sharpness)
    trust = trust_of(rows, card(), system="audio", speakers=MANY)
    assert trust["temperature"] == pytest.approx(sharpness, rel=0.35)
    assert trust["takes"] == 120 and "stack part" in trust["fitted_on"]
    for figure in ("ece", "log_loss", "brier"):
        assert trust["after"][figure] < trust["before"][figure]
    sure = trust["after"]["accuracy_of_sure"]
    assert sure > trust["accuracy"] and 0 < trust["after"]["unsure"] < 1


def test_the_test_part_moves_no_temperature():
    rows = said_by("audio", sharpness=3.0)
    swapped = rows.copy()
    tested = swapped["part"] == "test"
    swapped.loc[tested, "true"] = swapped.loc[tested, "predicted"]
    one, two = (
        trust_of(table, card(), system="audio", speakers=MANY)
        for table in (rows, swapped)
    )
    assert one["temperature"] == two["temperature"] and two["accuracy"] == 1


def test_a_stacked_system_is_fitted_on_those_that_only_watched():
    rows = said_by("stacked", sharpness=3.0)
    watched = [f"stack-{number}" for number in range(40)]
    trust = trust_of(rows, card(("stack",), watched), system="stacked", speakers=MANY)
    assert trust["takes"] == 40 and trust["temperature"] > 1.5


def test_test_takes_that_watched_are_left_out():
    """As the papers' profile has it."""
    rows = said_by("stacked", sharpness=3.0)
    watched = [f"test-{number}" for number in range(400)]
    trust = trust_of(rows, card(("stack",), watched), system="stacked", speakers=MANY)
    assert trust["temperature"] == 1 and trust["takes"] == 0
    assert f"and {FEWEST} of 3 are needed" in trust["fitted_on"]
    assert trust["before"] == trust["after"]


def test_takes_of_a_single_speaker_say_nothing():
    rows = said_by("audio", sharpness=3.0)
    trust = trust_of(rows, card(), system="audio", speakers=dict.fromkeys(MANY, "07"))
    assert trust["temperature"] == 1 and "of 1 speakers" in trust["fitted_on"]
    unknown = trust_of(rows, card(), system="audio", speakers=dict.fromkeys(MANY, ""))
    assert unknown["temperature"] > 2


def test_tempering_changes_no_order_and_nothing_at_one():
    p = np.random.default_rng(0).dirichlet(np.ones(7), size=50)
    assert tempered(p, 1) is p
    for temperature in (0.3, 4.0):
        other = tempered(p, temperature)
        np.testing.assert_array_equal(np.argsort(other), np.argsort(p))
        np.testing.assert_allclose(other.sum(axis=1), 1)
    # A label that is impossible by float32 stays all but impossible.
    assert tempered(np.array([[1.0, 0.0]]), 2.0)[0, 1] < 1e-3
