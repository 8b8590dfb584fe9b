"""What one number or a range stands for, and what is drawn from it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.amounts import Amount

STEP = Amount("step", -12.0, 12.0, " semitones")
SHARE = Amount("share", 0.0, 1.0)
FACTOR = Amount("factor", 0.5, 2.0)
LEVEL = Amount("level", -20.0, 100.0, " dB")
CHANCE = Amount("chance", 0.0, 1.0)
ALL = [STEP, SHARE, FACTOR, LEVEL, CHANCE]


@pytest.mark.parametrize(
    ("amount", "number", "drawn"),
    [
        (STEP, 3, (-3.0, 3.0)),
        (SHARE, 0.25, (0.0, 0.25)),
        (FACTOR, 1.25, (0.8, 1.25)),
        (LEVEL, 20, (20.0, 20.0)),
        (CHANCE, 0.5, (0.5, 0.5)),
    ],
)
def test_one_number_is_short_for_a_range(amount, number, drawn):
    assert amount.read(number) == drawn
    assert amount.read(list(drawn)) == amount.read(drawn) == drawn


@pytest.mark.parametrize("amount", ALL)
def test_off_has_one_look(amount):
    assert amount.read(0) is amount.read([]) is amount.read(()) is None


@pytest.mark.parametrize(
    ("amount", "neutral"),
    [(STEP, [0, 0]), (SHARE, [0, 0]), (FACTOR, 1), (FACTOR, [1, 1])],
)
def test_what_can_only_change_nothing_is_off(amount, neutral):
    assert amount.read(neutral) is None


def test_a_level_of_nought_can_be_asked_for():
    assert LEVEL.read([0, 0]) == (0.0, 0.0)


@given(st.sampled_from(ALL), st.floats(0, 1, exclude_max=True), st.data())
def test_what_is_drawn_lies_within(amount, share, data):
    inside = st.floats(amount.lowest, amount.highest)
    low, high = sorted((data.draw(inside), data.draw(inside)))
    if amount.kind == "chance":
        low = high
    drawn = amount.read([low, high])
    if drawn is None:
        return
    value = amount.draw(drawn, share)
    if amount.kind == "chance":
        assert value == (share < high)
    else:
        assert low - 1e-9 <= value <= high + 1e-9


def test_a_factor_is_drawn_evenly_by_its_logarithm():
    assert math.isclose(FACTOR.draw((0.5, 2.0), 0.5), 1.0)


@pytest.mark.parametrize(
    "given",
    [
        *("1", True, None, math.nan, math.inf, -1, 13, {}),
        *([1], [1, 2, 3], [2, 1], [-13, 0], [0, math.nan], ["0", "1"], [True, True]),
    ],
)
def test_anything_else_is_refused(given):
    with pytest.raises(ValueError, match=r"^from 0 to 12 semitones \(0 is off\), or "):
        STEP.read(given)


@pytest.mark.parametrize(
    ("amount", "given"),
    [(FACTOR, 0.8), (FACTOR, 5e-324), (SHARE, -0.1), (CHANCE, [0, 1]), (LEVEL, -21)],
)
def test_each_kind_has_its_bounds(amount, given):
    with pytest.raises(ValueError, match="0 is off"):
        amount.read(given)
