"""Intervals against scipy and statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    proportion_effectsize,
    proportions_chisquare,
)
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from retail_panel.insight.interval import (
    Estimate,
    difference_of_means,
    difference_of_shares,
    mean_interval,
    ratio_interval,
    share_interval,
)

CHANCE = np.random.default_rng(3)
SPENT, OTHER = CHANCE.exponential(40, 57), CHANCE.normal(45, 9, 210)


def of(values):
    return mean_interval(len(values), float(np.mean(values)), float(np.var(values, ddof=1)))


def sums(top, bottom):
    return len(top), top.sum(), bottom.sum(), (top**2).sum(), (top * bottom).sum(), (bottom**2).sum()


def test_a_mean_has_the_t_interval_of_statsmodels():
    found = of(SPENT)
    assert (found.low, found.high) == pytest.approx(DescrStatsW(SPENT).tconfint_mean(), rel=1e-12)
    assert (found.value, found.n, found.df) == (pytest.approx(SPENT.mean()), 57, 56)
    assert (found.std_error, found.std) == (pytest.approx(stats.sem(SPENT)), pytest.approx(SPENT.std(ddof=1)))


def test_a_level_other_than_95_percent_is_obeyed():
    found = mean_interval(57, SPENT.mean(), SPENT.var(ddof=1), level=0.8)
    assert (found.low, found.high) == pytest.approx(DescrStatsW(SPENT).tconfint_mean(alpha=0.2))


@pytest.mark.parametrize("n, variance", [(1, None), (1, float("nan")), (1, 0.0)])
def test_one_observation_has_a_mean_and_no_interval(n, variance):
    assert mean_interval(n, 12.5, variance) == Estimate(12.5, None, None, 1)


def test_nothing_has_no_mean():
    nothing = Estimate(None, None, None, 0)
    assert mean_interval(0, None, None) == share_interval(0, 0) == ratio_interval(0, 0, 0, 0, 0, 0) == nothing


def test_observations_all_alike_have_an_interval_without_width():
    assert (mean_interval(9, 4.0, 0.0).low, mean_interval(9, 4.0, 0.0).high) == (4.0, 4.0)


@pytest.mark.parametrize("count, n", [(0, 20), (1, 1), (7, 40), (999, 1000), (20, 20)])
def test_a_share_has_the_wilson_interval_of_statsmodels(count, n):
    found = share_interval(count, n)
    assert found.value == count / n
    low, high = proportion_confint(count, n, method="wilson")
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-12), pytest.approx(high, abs=1e-12))


def test_a_design_effect_of_four_makes_the_interval_that_of_a_quarter_of_the_observations():
    found, fewer = share_interval(80, 400, design_effect=4), share_interval(20, 100)
    assert (found.low, found.high) == pytest.approx((fewer.low, fewer.high))
    assert (found.n, found.effective_n) == (400, 100)


def test_a_mean_of_clustered_observations_has_the_sandwich_interval_of_statsmodels():
    customer = CHANCE.integers(0, 30, 400)
    spent = CHANCE.normal(0, 10, 30)[customer] + CHANCE.normal(100, 5, 400)
    top, bottom = np.bincount(customer, spent), np.bincount(customer).astype(float)
    found = ratio_interval(*sums(top, bottom))
    fit = sm.OLS(spent, np.ones(400)).fit(cov_type="cluster", cov_kwds={"groups": customer}, use_t=True)
    assert (found.value, found.std_error) == pytest.approx((fit.params[0], fit.bse[0]))
    assert (found.low, found.high) == pytest.approx(tuple(fit.conf_int()[0]))
    assert (found.n, found.df) == (400, 29)
    assert found.high - found.low > 3 * (of(spent).high - of(spent).low), "customers alike make the mean less certain"


def test_a_ratio_has_the_variance_that_the_jackknife_finds():
    bottom = CHANCE.gamma(3, 20, 300)
    top = 0.2 * bottom + CHANCE.normal(0, 5, 300)
    found = ratio_interval(*sums(top, bottom))
    without = (top.sum() - top) / (bottom.sum() - bottom)
    jackknife = np.sqrt(299 / 300 * ((without - without.mean()) ** 2).sum())
    assert found.value == pytest.approx(top.sum() / bottom.sum())
    assert found.std_error == pytest.approx(jackknife, rel=0.02)


def test_one_cluster_has_a_ratio_and_no_interval():
    found = ratio_interval(1, 30.0, 3.0, 900.0, 90.0, 9.0)
    assert (found.value, found.low, found.high) == (10.0, None, None)


def test_the_difference_of_means_is_that_of_scipy():
    found = difference_of_means(of(SPENT), of(OTHER))
    welch = stats.ttest_ind(SPENT, OTHER, equal_var=False)
    assert (found.p, found.df) == pytest.approx((welch.pvalue, welch.df))
    assert (found.low, found.high) == pytest.approx(tuple(welch.confidence_interval()))
    both = CompareMeans(DescrStatsW(SPENT), DescrStatsW(OTHER)).tconfint_diff(usevar="unequal")
    assert (found.low, found.high) == pytest.approx(both)
    assert found.value == pytest.approx(SPENT.mean() - OTHER.mean())
    assert found.relative == pytest.approx(SPENT.mean() / OTHER.mean() - 1)
    assert found.effect == pytest.approx(found.value / np.sqrt((SPENT.var(ddof=1) + OTHER.var(ddof=1)) / 2))


def test_the_difference_of_means_of_the_same_customers_is_that_of_a_paired_test():
    before = CHANCE.normal(50, 10, 80)
    after = before + CHANCE.normal(1, 1, 80)
    covariance = np.cov(after, before)[0, 1] / 80
    found = difference_of_means(of(after), of(before), covariance)
    paired = stats.ttest_rel(after, before)
    assert found.value / (found.high - found.low) == pytest.approx(
        paired.statistic / 2 / stats.t.ppf(0.975, found.df), rel=1e-9
    )
    assert found.p < 1e-6 < difference_of_means(of(after), of(before)).p


def test_means_without_any_spread_differ_for_certain_or_not_at_all():
    low, high = mean_interval(40, 1.0, 0.0), mean_interval(40, 2.0, 0.0)
    assert (difference_of_means(high, low).p, difference_of_means(low, low).p) == (0.0, 1.0)
    assert difference_of_means(high, low).effect is None


def test_a_mean_without_an_interval_gives_a_gap_and_no_test():
    found = difference_of_means(mean_interval(1, 6.0, None), of(OTHER))
    assert (found.value, found.p, found.low) == (pytest.approx(6 - OTHER.mean()), None, None)
    assert difference_of_means(mean_interval(0, None, None), of(OTHER)).value is None


@pytest.mark.parametrize("first, second", [((12, 80), (30, 90)), ((0, 50), (4, 60)), ((50, 50), (3, 40))])
def test_the_difference_of_shares_is_that_of_statsmodels(first, second):
    found = difference_of_shares(share_interval(*first), share_interval(*second))
    assert found.p == pytest.approx(proportions_chisquare([first[0], second[0]], [first[1], second[1]])[1])
    low, high = confint_proportions_2indep(*first, *second, method="newcomb")
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))
    assert found.effect == pytest.approx(proportion_effectsize(first[0] / first[1], second[0] / second[1]))


def test_shares_that_are_both_none_do_not_differ():
    found = difference_of_shares(share_interval(0, 40), share_interval(0, 70))
    assert (found.p, found.value, found.relative) == (1.0, 0.0, None)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 10**7), st.floats(0, 1), st.floats(1, 50))
def test_a_share_lies_within_its_interval_and_that_within_0_and_1(n, part, design_effect):
    found = share_interval(round(part * n), n, design_effect)
    assert 0 <= found.low <= found.value <= found.high <= 1


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=30), st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=30))
def test_swapping_the_sides_turns_the_difference_round(one, other):
    there, back = difference_of_means(of(one), of(other)), difference_of_means(of(other), of(one))
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low), abs=1e-6)
    assert there.p == pytest.approx(back.p, abs=1e-9)
    assert 0 <= there.p <= 1
