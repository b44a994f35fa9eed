from math import comb

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import fisher_exact, ttest_ind
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from retail_panel.operations.answers import (
    difference_of_nps,
    difference_of_shares,
    fisher_p,
    nps_interval,
    share_interval,
)

shares = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(shares)
def test_the_interval_of_a_share_is_wilsons(given_share):
    hits, answers = given_share
    low, high = share_interval(hits, answers)
    assert (low, high) == pytest.approx(proportion_confint(hits, answers, method="wilson"), abs=1e-12)
    assert 0 <= low <= hits / answers <= high <= 1


def test_intervals_without_answers_are_none():
    assert np.isnan(share_interval([0, 3], [0, 4])[0]).tolist() == [True, False]
    assert np.isnan(nps_interval([0], [0], [0])).all()


def test_the_interval_of_an_nps_by_hand():
    # 10 answers, 6 promoters, 2 detractors: 6.75 / 13 less 2.75 / 13, plus or minus 1.96 standard errors.
    low, high = nps_interval(6, 2, 10)
    up, down = 6.75 / 13, 2.75 / 13
    half = 1.959964 * np.sqrt((up + down - (up - down) ** 2) / 13)
    assert (low, high) == pytest.approx((100 * (up - down - half), 100 * (up - down + half)), abs=1e-4)


def test_the_interval_of_an_nps_holds_the_truth_as_often_as_it_says():
    rng, truth = np.random.default_rng(1), 100 * (0.5 - 0.2)
    drawn = rng.multinomial(40, [0.5, 0.2, 0.3], 20_000)
    low, high = nps_interval(drawn[:, 0], drawn[:, 1], np.full(20_000, 40))
    assert ((low <= truth) & (truth <= high)).mean() == pytest.approx(0.95, abs=0.01)


@given(shares, shares)
def test_the_difference_of_shares_is_newcombes_with_fishers_test(one, other):
    (hits, answers), (hits_b, answers_b) = one, other
    low, high, p_value = difference_of_shares((hits, hits_b), (answers, answers_b))
    expected = confint_proportions_2indep(hits, answers, hits_b, answers_b, method="newcomb")
    assert (low, high) == pytest.approx(expected, abs=1e-9)
    assert p_value == pytest.approx(fisher_exact([[hits, answers - hits], [hits_b, answers_b - hits_b]]).pvalue)


def by_counting(hits, answers):
    """Fisher's test in whole numbers: the tables with these margins that are no likelier than the one seen."""
    own, rest, every = *answers, sum(hits)
    ways = [comb(own, k) * comb(rest, every - k) for k in range(min(own, every) + 1) if every - k <= rest]
    seen = comb(own, hits[0]) * comb(rest, hits[1])
    return sum(each for each in ways if each <= seen) / sum(ways)


@given(shares, shares)
@example((1, 2), (1, 2))
@example((0, 30), (0, 45))
@example((30, 30), (45, 45))
@example((0, 60), (60, 60))
def test_fishers_test_is_that_of_counting(one, other):
    hits, answers = zip(one, other, strict=True)
    assert fisher_p(hits, answers) == pytest.approx(by_counting(hits, answers), rel=1e-9)


@pytest.mark.parametrize(
    ("one", "other"),
    [((600, 14_000), (800, 20_000)), ((60_100, 140_000), (8_000, 20_000)), ((3, 1000), (700_000, 2_000_000))],
)
def test_fishers_test_of_many_answers_is_that_of_scipy(one, other):
    hits, answers = zip(one, other, strict=True)
    table = [[n, whole - n] for n, whole in zip(hits, answers, strict=True)]
    assert fisher_p(hits, answers) == pytest.approx(fisher_exact(table).pvalue, rel=1e-6)


def test_the_difference_of_nps_is_welchs():
    rng = np.random.default_rng(2)
    sides = [rng.choice([-100, 0, 100], n, p=p) for n, p in ((80, [0.3, 0.3, 0.4]), (300, [0.2, 0.3, 0.5]))]
    promoters, detractors = ([int((side == value).sum()) for side in sides] for value in (100, -100))
    low, high, p_value = difference_of_nps(promoters, detractors, [80, 300])
    test = ttest_ind(*sides, equal_var=False)
    assert p_value == pytest.approx(test.pvalue)
    assert (low, high) == pytest.approx(tuple(test.confidence_interval()))


def test_the_difference_of_nps_where_nothing_varies():
    assert difference_of_nps([5, 5], [0, 0], [5, 5]) == (0, 0, 1)
    assert difference_of_nps([5, 0], [0, 5], [5, 5]) == (200, 200, 0)
    low, high, p_value = difference_of_nps([5, 2], [0, 2], [5, 5])
    assert low < 100 < high and 0 < p_value < 1
