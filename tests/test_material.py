import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.cnn import CnnHead
from classifiers.dense import DenseHead
from classifiers.lstm import LSTMHead
from classifiers.material import Material
from classifiers.scale import Scaler
from corpus.problem import Problem

LABELS = ("anger", "fear", "sadness")


def material(count=30, **changed):
    fields = {
        "head": DenseHead(),
        # Row i holds i, so that it can be recognised.
        "rows": [np.full(4, place, np.float32) for place in range(count)],
        "targets": [LABELS[place % 3] for place in range(count)],
        "takes": [f"take-{place:02}" for place in range(count)],
        "labels": LABELS,
        "validation": np.arange(count) % 5 == 0,
    }
    return Material(**{**fields, **changed})


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(0, 3), st.integers(0, 5))
def test_an_epoch_shows_each_fitted_row_once_and_no_other(size, seed, epoch):
    plain = material()
    batches = list(plain.batches(size, seed=seed, epoch=epoch))
    shown = np.concatenate([inputs[:, 0] for inputs, _ in batches])
    assert sorted(shown) == [place for place in range(30) if place % 5]
    assert all(len(inputs) == size for inputs, _ in batches[:-1])
    for inputs, one_hot in batches:
        np.testing.assert_array_equal(one_hot.argmax(axis=1), inputs[:, 0] % 3)
        assert (one_hot.sum(axis=1) == 1).all()


def order(**drawn):
    return [inputs[0, 0] for inputs, _ in material().batches(1, **drawn)]


def test_the_order_depends_on_seed_and_epoch_alone():
    assert order(seed=0, epoch=2) == order(seed=0, epoch=2)
    assert order(seed=0, epoch=0) != order(seed=0, epoch=1)
    assert order(seed=0, epoch=0) != order(seed=1, epoch=0)


def test_all_batches_of_sequences_have_one_length():
    rows = [np.ones((1 + place % 7, 4), np.float32) for place in range(30)]
    ragged = material(head=LSTMHead(), rows=rows)
    for inputs, _ in ragged.batches(8, seed=0, epoch=0):
        assert inputs["sequence"].shape[1:] == (7, 4)
    ((inputs, _),) = ragged.watched(8)
    assert inputs["mask"].shape == (6, 7)


def ragged(count=100):
    """Sequences of 1 to 40 steps; every number of one is its row's."""
    steps = np.random.default_rng(1).integers(1, 41, count)
    rows = [np.full((n, 4), place, np.float32) for place, n in enumerate(steps)]
    return material(count, head=LSTMHead(), rows=rows)


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(0, 3), st.booleans())
def test_sequences_are_shown_once_and_whole_however_long_their_batch(
    size, epoch, bucketed
):
    some, shown = ragged(), []
    how = {"seed": 0, "epoch": epoch, "bucketed": bucketed}
    for inputs, one_hot in some.batches(size, **how):
        for row, mask, hot in zip(*inputs.values(), one_hot, strict=True):
            place = int(row[0, 0])
            assert mask.sum() == len(some.rows[place])
            assert (row[mask] == place).all() and not row[~mask].any()
            assert hot.argmax() == place % 3
            shown.append(place)
    assert sorted(shown) == list(np.flatnonzero(~some.validation))


def padded(bucketed):
    some = ragged()
    how = {"seed": 0, "bucketed": bucketed}
    return [
        inputs["mask"].shape
        for epoch in range(5)
        for inputs, _ in some.batches(8, epoch=epoch, **how)
    ]


def test_like_lengths_together_need_less_padding():
    steps = {on: sum(n * length for n, length in padded(on)) for on in (True, False)}
    assert steps[True] < 0.8 * steps[False]


def test_what_is_no_sequence_is_in_the_same_order():
    plain = [inputs.tolist() for inputs, _ in material().batches(8, seed=0, epoch=0)]
    how = {"seed": 0, "epoch": 0, "bucketed": True}
    assert [inputs.tolist() for inputs, _ in material().batches(8, **how)] == plain


def test_watched_rows_are_those_of_validation():
    shown = [inputs[:, 0].tolist() for inputs, _ in material().watched(4)]
    assert shown == [[0, 5, 10, 15], [20, 25]]
    assert material().seen["validation_takes"][1] == "take-05"


def test_scaling_makes_a_new_material():
    plain = material()
    scaled = plain.scaled(Scaler.fit(plain.fitted))
    assert plain.rows[3][0] == 3 and scaled.rows[3][0] < 0


def test_pictures_are_scaled_cell_by_cell_and_sequences_by_feature():
    rng = np.random.default_rng(0)
    rows = [rng.normal(size=(3, 4)).astype(np.float32) for _ in range(30)]
    assert material(head=CnnHead(), rows=rows).scaler().mean.shape == (3, 4)
    assert material(head=LSTMHead(), rows=rows).scaler().mean.shape == (4,)
    ragged = material(head=CnnHead(), rows=[rows[0][:2], *rows[1:]])
    assert ragged.scaler().mean.shape == (4,) and ragged.shape == (3, 4)


@pytest.mark.parametrize(
    "head, shape, wanted",
    [
        (DenseHead(), (3, 4), "the dense head is fed one embedding a take"),
        (LSTMHead(), (4,), "the lstm head is fed sequences"),
        (CnnHead(), (2, 2, 2, 4), "the cnn head is fed pictures"),
        (LSTMHead(), (0, 4), "shape \\(0, 4\\)"),
    ],
)
def test_a_head_is_fed_what_it_can_eat(head, shape, wanted):
    rows = [np.zeros(shape, np.float32)] * 30
    with pytest.raises(Problem, match=wanted):
        material(head=head, rows=rows).check()


@pytest.mark.parametrize("field", ["rows", "targets", "validation"])
def test_the_hash_moves_with(field):
    changed = {
        "rows": [np.full(4, place + 1, np.float32) for place in range(30)],
        "targets": ["fear", *material().targets[1:]],
        "validation": np.arange(30) % 6 == 0,
    }
    other = dataclasses.replace(material(), **{field: changed[field]})
    assert other.sha256() != material().sha256() == material().sha256()


def test_good_material_passes():
    material().check()


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"labels": LABELS[:2]}, "take-02 is labelled 'sadness', which is none of"),
        ({"validation": np.arange(30) % 3 == 1}, "no take of fear is left"),
        ({"validation": np.zeros(30, bool)}, "no take is left to watch"),
        ({"rows": [np.full(4, np.inf, np.float32)] * 30}, "take take-00 holds values"),
    ],
)
def test_a_users_mistake(changed, said):
    with pytest.raises(Problem, match=said):
        material(**changed).check()


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"takes": ["one"]}, "1 takes"),
        ({"rows": [*material(29).rows, np.zeros(3, np.float32)]}, "width"),
        ({"takes": ["take-01", *material().takes[1:]]}, "take-01 is fitted on and"),
    ],
)
def test_our_own_mistake(changed, said):
    with pytest.raises(ValueError, match=said):
        material(**changed).check()


def test_flags_are_not_positions():
    with pytest.raises(TypeError, match="bool"):
        material(validation=np.arange(30)).check()
