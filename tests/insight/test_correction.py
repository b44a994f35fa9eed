"""Adjusted p values against statsmodels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from retail_panel.insight.correction import Q, adjusted

P = st.floats(0, 1)


def test_by_hand():
    # Three tests: 0.01 x 3/1, 0.02 x 3/2 and 0.9 x 3/3; nothing is ever below what follows it.
    assert adjusted([0.9, 0.01, 0.02]) == pytest.approx([0.9, 0.03, 0.03])


def test_what_could_not_be_tested_keeps_its_place_and_counts_for_nothing():
    assert adjusted([None, 0.01, None, 0.04]) == [None, pytest.approx(0.02), None, pytest.approx(0.04)]
    assert adjusted([]) == [] and adjusted([None]) == [None]


@given(st.lists(st.none() | P, max_size=30))
def test_any_p_values_are_adjusted_as_statsmodels_does(p_values):
    tested = [p for p in p_values if p is not None]
    found = [p for p in adjusted(p_values) if p is not None]
    if tested:
        assert found == pytest.approx(multipletests(tested, Q, method="fdr_bh")[1].tolist())
    assert [p is None for p in adjusted(p_values)] == [p is None for p in p_values]
    assert all(1 >= after >= before for before, after in zip(tested, found, strict=True))
