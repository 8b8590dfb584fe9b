import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.dense import DenseHead
from classifiers.penultimate import penultimate
from classifiers.saved import TrainedHead
from classifiers.scale import Scaler
from corpus.problem import Problem
from stacking.holdout import check_unseen, stack_features


def seen(takes, validation=(), system="audio"):
    card = {"kind": "dense", "system": system}
    card.update(takes=list(takes), validation_takes=list(validation))
    return TrainedHead(None, Scaler.none(1), card)


def test_unseen_takes_pass():
    check_unseen([seen("ab", "c"), seen("ab", "d")], ["e", "f"])


def test_the_first_seen_take_is_named():
    heads = [seen("ab"), seen("acd", system="visual")]
    with pytest.raises(Problem, match=r"2 of 4 takes .* visual base net, the first d,"):
        check_unseen(heads, ["e", "d", "f", "c"])


def test_takes_watched_for_early_stopping_were_seen():
    with pytest.raises(Problem, match="the first c, on which it was validated"):
        check_unseen([seen("ab", "c")], ["c"])


def test_one_sound_under_two_names():
    groups = {"b": "sound-1", "x": "sound-1"}
    check_unseen([seen("ab")], ["x"])
    with pytest.raises(Problem, match=r"the first x \(its sound is that of b\)"):
        check_unseen([seen("ab")], ["y", "x"], groups=groups)


takes = st.sets(st.sampled_from("abcdefgh"))


@settings(deadline=None)
@given(takes, takes, takes, st.booleans())
def test_it_refuses_exactly_what_overlaps(trained, watched, stacked, validated):
    head = seen(trained, watched)
    if stacked & (trained if validated else trained | watched):
        with pytest.raises(Problem):
            check_unseen([head], sorted(stacked), validated=validated)
    else:
        check_unseen([head], sorted(stacked), validated=validated)


def untrained(width, units):
    settings = DenseHead(units=units, dropout=(0.0,) * len(units))
    card = {"kind": "dense", "head": json.loads(json.dumps(vars(settings)))}
    card["width"] = width
    return TrainedHead(settings.build(width, 2), Scaler.none(width), card)


def test_columns_are_in_the_order_of_the_heads():
    heads = [untrained(6, (5, 4)), untrained(3, (2,))]
    rng = np.random.default_rng(0)
    features = [rng.normal(size=(7, 6)), rng.normal(size=(7, 3))]
    stacked = stack_features(heads, features)
    assert stacked.shape == (7, 6)
    np.testing.assert_array_equal(stacked[:, :4], penultimate(heads[0], features[0]))
    np.testing.assert_array_equal(stacked[:, 4:], penultimate(heads[1], features[1]))


def test_takes_must_be_as_many_for_each_head():
    with pytest.raises(ValueError, match="different numbers of takes"):
        stack_features([seen("a"), seen("a")], [np.zeros((2, 1)), np.zeros((3, 1))])
