"""What a change draws: effects that are on, in the ways that its copies have."""

import dataclasses
import pickle
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.problem import Problem
from embeddings.amounts import Amount, Given
from embeddings.change import Change


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bend(Change):
    amounts: ClassVar = {"up": Amount("share", 0, 1), "side": Amount("step", -5, 5)}
    medium = "sound"
    up: Given = 0.0
    side: Given = 0.0

    def apply(self, media, strengths, rng):
        return media


def drawn(change, number=1, seed=0):
    return change.draw(np.random.default_rng(seed), number=number)


def test_what_is_written_otherwise_is_the_same_change_and_pickles():
    assert Bend(side=2) == Bend(side=[-2, 2]) == Bend(side=(-2.0, 2.0), up=0)
    assert Bend(side=2, up=1, ways=["side + up", "up"]).ways == ("up+side", "up")
    change = Bend(side=2, up=1, ways=["up", "side"])
    assert pickle.loads(pickle.dumps(change)) == change
    assert Bend(**dataclasses.asdict(change)) == change


def test_effects_that_are_off_are_not_among_the_settings():
    assert Bend(side=2).settings == {"side": [-2.0, 2.0], "recipe": 1}
    both = Bend(side=2, up=1, ways=["up", "side"])
    assert both.settings["ways"] == ["up", "side"]


@given(st.integers(0, 2**63), st.integers(1, 50))
def test_an_effect_draws_the_same_with_and_without_others(seed, number):
    alone, both = Bend(side=2), Bend(side=2, up=1)
    assert drawn(alone, number, seed)["side"] == drawn(both, number, seed)["side"]
    assert -2 <= drawn(alone, number, seed)["side"] <= 2


def test_copies_have_the_ways_in_turn():
    change = Bend(side=2, up=1, ways=["side", "up", "up+side"])
    got = [set(drawn(change, number)) for number in range(1, 8)]
    ways = [{"side"}, {"up"}, {"up", "side"}]
    assert got == [*ways, *ways, {"side"}]
    assert set(drawn(Bend(side=2, up=1))) == {"side", "up"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "sound changes nothing; set one of up, side"),
        ({"up": 0, "side": []}, "changes nothing"),
        ({"up": 2}, "sound has up from 0 to 1 .* not 2"),
        ({"up": "loud"}, "has up from .* not 'loud'"),
        ({"up": 1, "ways": "up"}, "they are a list of text"),
        ({"up": 1, "ways": [1]}, "1 is no text"),
        ({"up": 1, "ways": ["up", "side"]}, "names 'side', which is off or unknown"),
        ({"up": 1, "ways": ["up+"]}, "names '', which is off or unknown"),
        ({"up": 1, "side": 1, "ways": ["up"]}, "'side' is on, and none names it"),
    ],
)
def test_what_is_wrong_is_one_sentence(settings, said):
    with pytest.raises(Problem, match=said):
        Bend(**settings)
