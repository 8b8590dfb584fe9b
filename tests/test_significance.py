"""Permutation, Holm and the bootstrap over speakers, against what is known of them."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_speakers_who_differ_widen_the_interval():
    alike = speaker_interval([30, 31, 29, 30], [50] * 4)
    unlike = speaker_interval([10, 50, 20, 40], [50] * 4)
    assert np.diff(unlike) > 5 * np.diff(alike)
    assert unlike[0] < 0.6 < unlike[1]


def test_too_few_speakers_give_no_interval():
    assert speaker_interval([10, 20], [30, 30]) is None
    assert speaker_interval([10, 10, 10], [30, 30, 30]) is None
