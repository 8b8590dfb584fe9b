import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from evaluation.intervals import (
    difference_interval,
    exact_mcnemar,
    overdispersion,
    resampled_interval,
    wilson,
)
from evaluation.metrics import accuracy, macro_f1, uar


@pytest.mark.parametrize(
    "correct, low, high",
    [
        (272, 0.830, 0.904),  # Beyene 2019, Table 3
        (294, 0.911, 0.963),  # Table 2
        (0.58 * 312, 0.525, 0.633),
        (0.61 * 312, 0.555, 0.662),
    ],
)
def test_wilson_of_the_thesis_figures(correct, low, high):
    assert wilson(correct, 312) == pytest.approx((low, high), abs=5e-4)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_agrees_with_scipy(pair):
    correct, n = pair
    theirs = stats.binomtest(correct, n).proportion_ci(0.95, method="wilson")
    assert wilson(correct, n) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(
    st.integers(1, 500).flatmap(lambda n: st.tuples(st.floats(0, n), st.just(n))),
    st.floats(0.5, 0.999),
    st.floats(1, 10),
)
def test_wilson_contains_the_estimate_and_is_a_share(pair, confidence, spread):
    correct, n = pair
    low, high = wilson(correct, n, confidence=confidence, spread=spread)
    assert 0 <= low <= correct / n + 1e-9 and correct / n - 1e-9 <= high <= 1


@pytest.mark.parametrize("correct, n", [(5, 4), (-1, 4), (0, 0)])
def test_wilson_refuses_what_is_no_proportion(correct, n):
    with pytest.raises(ValueError, match="no proportion"):
        wilson(correct, n)


def test_seeds_that_agree_do_not_narrow_the_interval():
    assert overdispersion(np.array([0.6, 0.6, 0.6]), 100) == 1
    assert overdispersion(np.array([0.6]), 100) == 1


def test_seeds_that_differ_widen_it():
    spread = overdispersion(np.array([0.4, 0.6, 0.8]), 100)
    assert spread == pytest.approx(0.04 * 100 / 0.24)
    low, high = wilson(60, 100, spread=spread)
    assert low < wilson(60, 100)[0] and high > wilson(60, 100)[1]


def test_the_bootstrap_of_accuracy_is_near_wilson():
    confusion = np.array([[[80, 20], [40, 60]]])
    low, high = resampled_interval(accuracy, confusion)
    assert (low, high) == pytest.approx(wilson(140, 200), abs=0.01)


def test_the_bootstrap_over_seeds_is_wider_and_repeats():
    one = np.array([[[45, 5], [5, 45]]])
    two = np.concatenate([one, [[[30, 20], [20, 30]]]])
    narrow, wide = resampled_interval(uar, one), resampled_interval(uar, two)
    assert wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])
    assert wide == resampled_interval(uar, two)


def test_difference_interval_of_one_seed_is_the_paired_bootstrap():
    rng = np.random.default_rng(3)
    differences = rng.choice([-1, 0, 1], size=(300, 1), p=[0.1, 0.6, 0.3])
    low, high = difference_interval(differences, np.ones((300, 1)))
    error = 1.96 * differences.std() / np.sqrt(300)
    middle = differences.mean()
    assert (low, high) == pytest.approx((middle - error, middle + error), abs=0.01)


def test_a_take_tested_in_every_seed_is_not_more_evidence():
    rng = np.random.default_rng(3)
    one = rng.choice([-1, 0, 1], size=(200, 1), p=[0.1, 0.6, 0.3])
    copies = np.repeat(one, 5, axis=1)
    low, high = difference_interval(one, np.ones_like(one))
    low5, high5 = difference_interval(copies, np.ones_like(copies))
    assert high5 - low5 == pytest.approx(high - low, rel=0.1)


def test_difference_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(100):
        differences = rng.choice([-1, 0, 1], size=(80, 1), p=[0.2, 0.5, 0.3])
        low, high = difference_interval(differences, np.ones((80, 1)))
        covered += low <= 0.1 <= high
    assert 88 <= covered <= 100


def test_exact_mcnemar():
    assert exact_mcnemar(0, 0) == 1
    assert exact_mcnemar(5, 5) == 1
    assert exact_mcnemar(10, 0) == pytest.approx(2 / 1024)
    assert exact_mcnemar(0, 10) == exact_mcnemar(10, 0)


counts = st.integers(0, 400)


@given(counts, counts)
def test_mcnemar_is_the_two_sided_binomial_test(gained, lost):
    tail = stats.binom.cdf(min(gained, lost), gained + lost, 0.5)
    assert exact_mcnemar(gained, lost) == pytest.approx(min(1.0, 2 * tail))
    assert exact_mcnemar(gained, lost) == exact_mcnemar(lost, gained)


def test_no_p_is_nothing():
    assert 0 < exact_mcnemar(3000, 0) < 1e-300


matrices = arrays.arrays(
    np.int64,
    st.tuples(st.integers(1, 4), st.just(3), st.just(3)),
    elements=st.integers(0, 30),
).filter(lambda stack: (stack.sum(axis=(1, 2)) > 0).all())


@pytest.mark.parametrize("metric", [accuracy, uar, macro_f1])
def test_the_bootstrap_contains_the_estimate(metric):
    @settings(deadline=None, derandomize=True)
    @given(matrices)
    def holds(confusions):
        low, high = resampled_interval(metric, confusions)
        assert low - 1e-9 <= metric(confusions).mean() <= high + 1e-9
        assert low >= 0 and high <= 1

    holds()


@settings(deadline=None, derandomize=True)
@given(
    arrays.arrays(
        np.int64,
        st.tuples(st.integers(1, 60), st.integers(1, 4)),
        elements=st.integers(-1, 1),
    )
)
def test_the_interval_of_a_difference_contains_it(differences):
    low, high = difference_interval(differences, np.ones_like(differences))
    assert low - 1e-9 <= differences.mean() <= high + 1e-9
    turned = difference_interval(-differences, np.ones_like(differences))
    assert -1 <= turned[0] <= turned[1] <= 1
