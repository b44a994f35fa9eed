import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact, hypergeom

from retail_panel.baskets.exact import over_representation


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 400), st.data())
def test_it_is_the_tail_of_the_hypergeometric_distribution(number, data):
    left, right = (data.draw(st.integers(0, number)) for _ in range(2))
    both = data.draw(st.integers(max(0, left + right - number), min(left, right)))
    found = over_representation(np.array([both]), np.array([left]), np.array([right]), number)[0]
    assert found == pytest.approx(hypergeom.sf(both - 1, number, left, right), rel=1e-9, abs=1e-12)


def test_it_is_fishers_exact_test():
    for both, left, right, number in ((8, 10, 12, 40), (1, 10, 12, 40), (3, 3, 3, 6), (0, 5, 5, 20)):
        table = [[both, left - both], [right - both, number - left - right + both]]
        found = over_representation(np.array([both]), np.array([left]), np.array([right]), number)[0]
        assert found == pytest.approx(fisher_exact(table, alternative="greater").pvalue)


@pytest.mark.parametrize("number", [20_000, 458_891, 10_000_000])
def test_large_counts_at_once(number):
    rng = np.random.default_rng(number)
    left, right = rng.integers(1, number // 20, (2, 400))
    both = np.minimum(rng.poisson(left * right / number * rng.choice([0.8, 1, 1.1], 400)), np.minimum(left, right))
    found, expected = over_representation(both, left, right, number), hypergeom.sf(both - 1, number, left, right)
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-250)
    assert ((found >= 0) & (found <= 1)).all()


def test_each_pair_may_have_its_own_number():
    both, left, right, number = np.array([[2, 3], [3, 3], [3, 3], [6, 9]])
    assert over_representation(both, left, right, number).tolist() == pytest.approx(
        hypergeom.sf(both - 1, number, left, right).tolist()
    )


def test_no_pairs():
    assert over_representation(np.empty(0), np.empty(0), np.empty(0), 0).tolist() == []
