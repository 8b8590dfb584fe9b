"""Permutation, Holm and the bootstrap over speakers, against what is known of them."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.intervals import exact_mcnemar
from evaluation.significance import holm, permutation_p, speaker_interval


def test_few_takes_give_the_exact_p():
    differences = [1, 1, 1, 1, -1]
    signs = itertools.product((1, -1), repeat=5)
    sums = [
        abs(sum(s * d for s, d in zip(row, differences, strict=True))) for row in signs
    ]
    expected = np.mean([total >= 3 for total in sums])
    assert permutation_p(differences) == pytest.approx(expected)


def test_equal_systems_differ_by_chance_only():
    assert permutation_p([0, 0, 0]) == 1.0
    assert permutation_p([1, -1] * 50) > 0.9
    assert permutation_p([1] * 40 + [-1] * 5 + [0] * 300) < 0.001


def test_takes_on_which_both_agree_do_not_matter():
    assert permutation_p([1, 1, 1, -1]) == permutation_p([1, 1, 1, -1, *[0] * 90])


def test_the_exact_p_is_that_of_all_signs():
    values = [2, 1, -1, 3, 1, 1, -2, 0]
    signs = itertools.product((1, -1), repeat=len(values))
    sums = np.array([np.dot(row, values) for row in signs])
    assert permutation_p(values) == pytest.approx(np.mean(np.abs(sums) >= 5))


@given(st.lists(st.integers(-3, 3), max_size=40))
def test_a_p_is_a_share_and_the_sign_does_not_matter(values):
    p = permutation_p(values)
    assert 0 < p <= 1
    assert p == permutation_p([-value for value in values])


@pytest.mark.parametrize("takes", [1_000, 5_000])
def test_no_p_is_nothing(takes):
    assert 0 < permutation_p([1] * takes) < 1e-200
    assert 0 < permutation_p([3] * takes) < 1e-200


@given(st.lists(st.sampled_from([-1, 0, 1]), max_size=60))
def test_with_one_seed_it_is_mcnemar_s_test(values):
    p = exact_mcnemar(values.count(1), values.count(-1))
    assert permutation_p(values) == pytest.approx(p)


def test_means_over_seeds_are_a_bug():
    with pytest.raises(ValueError, match="whole numbers"):
        permutation_p([0.5, -0.5])


def test_holm_on_a_worked_example():
    # 0.01 * 4, 0.015 * 3, 0.03 * 2 and 0.04 after it.
    assert holm([0.03, 0.01, 0.04, 0.015]) == pytest.approx([0.06, 0.04, 0.06, 0.045])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_never_makes_a_p_smaller_nor_changes_the_order(values):
    adjusted = holm(values)
    assert all(a >= b for a, b in zip(adjusted, values, strict=True))
    assert max(adjusted) <= 1
    order = np.argsort(values, kind="stable")
    assert (np.diff(np.array(adjusted)[order]) >= 0).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.randoms())
def test_holm_does_not_mind_the_order(values, random):
    order = list(range(len(values)))
    random.shuffle(order)
    again = holm([values[i] for i in order])
    assert again == [holm(values)[i] for i in order]


shares = st.integers(1, 60).flatmap(
    lambda tested: st.tuples(st.integers(0, tested), st.just(tested))
)


@settings(deadline=None, derandomize=True)
@given(st.lists(shares, min_size=3, max_size=24))
def test_the_interval_over_speakers_contains_the_accuracy(speakers):
    right, tested = zip(*speakers, strict=True)
    found = speaker_interval(right, tested)
    if found is not None:
        assert found[0] <= sum(right) / sum(tested) <= found[1]


def test_speakers_who_differ_widen_the_interval():
    alike = speaker_interval([30, 31, 29, 30], [50] * 4)
    unlike = speaker_interval([10, 50, 20, 40], [50] * 4)
    assert np.diff(unlike) > 5 * np.diff(alike)
    assert unlike[0] < 0.6 < unlike[1]


def test_too_few_speakers_give_no_interval():
    assert speaker_interval([10, 20], [30, 30]) is None
    assert speaker_interval([10, 10, 10], [30, 30, 30]) is None
