"""Out-of-fold rows: folds that part no group, and nets that never saw a take."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.dense import DenseHead
from classifiers.penultimate import outputs
from classifiers.saved import TrainedHead
from classifiers.scale import Scaler
from corpus.problem import Problem
from stacking.out_of_fold import assign_folds, out_of_fold_features

LABELS = ["anger", "fear"]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(LABELS)),
        min_size=2,
        max_size=60,
    ),
    st.integers(0, 5),
    st.randoms(use_true_random=False),
)
def test_no_group_is_parted_and_the_order_of_takes_does_not_matter(rows, seed, random):
    groups, targets = zip(*rows, strict=True)
    if len(set(groups)) < 2:
        with pytest.raises(Problem, match="cannot be cut into 2 folds"):
            assign_folds(groups, targets, count=2, seed=seed)
        return
    folds = assign_folds(groups, targets, count=2, seed=seed)
    assert set(folds) == {0, 1}
    for name in set(groups):
        assert len(set(folds[np.array(groups) == name])) == 1
    shuffled = random.sample(range(len(rows)), len(rows))
    again = assign_folds(
        [groups[i] for i in shuffled],
        [targets[i] for i in shuffled],
        count=2,
        seed=seed,
    )
    assert (again == folds[shuffled]).all()


def test_classes_are_spread_evenly_when_takes_are_their_own_groups():
    takes = [f"take-{n}" for n in range(103)]
    targets = [LABELS[n < 40] for n in range(103)]
    folds = assign_folds(takes, targets, count=5, seed=1)
    for label in LABELS:
        counts = np.bincount(folds[np.array(targets) == label])
        assert counts.max() - counts.min() <= 1
    assert (folds != assign_folds(takes, targets, count=5, seed=2)).any()


def head_without(takes):
    settings = DenseHead(units=(8,), dropout=(0.0,))
    card = {
        "kind": "dense",
        "head": json.loads(json.dumps(vars(settings))),
        "labels": LABELS,
        "width": 3,
        "takes": list(takes),
        "validation_takes": [],
    }
    return TrainedHead(settings.build(3, 2), Scaler.none(3), card)


def test_each_take_is_told_by_the_net_that_never_saw_it():
    takes, folds = list("abcdef"), np.array([0, 1, 0, 1, 1, 0])
    features = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    heads = [head_without("bde"), head_without("acf")]
    for says, place in (("penultimate", 0), ("probabilities", 1)):
        rows = out_of_fold_features(
            heads, features, takes=takes, folds=folds, says=says
        )
        each = [outputs(head, features)[place] for head in heads]
        np.testing.assert_allclose(rows, np.stack(each)[folds, np.arange(6)], rtol=1e-5)


def test_a_net_that_saw_a_take_of_its_fold_is_refused():
    features = np.zeros((2, 3), np.float32)
    heads = [head_without("a"), head_without("a")]
    with pytest.raises(Problem, match="the first a, on which it was trained"):
        out_of_fold_features(heads, features, takes="ab", folds=np.array([0, 1]))
