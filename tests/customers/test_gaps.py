import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel.customers.gaps import Gaps, expected_purchase, gaps_of, population_gaps

DAY = dt.date(2024, 3, 31)


def test_gaps_of_all_by_hand(shop):
    # Only Ann has bought on two days, 10 January and 1 March; Cat's two orders are of one day.
    assert population_gaps(shop.ask, shop.lines, DAY) == Gaps(1, 51.0, 51.0, 51.0)
    assert population_gaps(shop.ask, shop.lines, dt.date(2024, 2, 29)) == Gaps(0)


def test_later_rows_change_nothing(fill):
    store = fill([("a", "2024-01-01", 5), ("a", "2024-01-11", 5), ("a", "2024-06-01", 5), ("b", "2024-06-02", 5)])
    assert population_gaps(store.ask, store.lines, DAY) == Gaps(1, 10.0, 10.0, 10.0)


def test_gaps_of_all_against_pandas(uci, uci_rows):
    days = uci_rows.assign(day=uci_rows.InvoiceDate.dt.normalize())[["CustomerID", "day"]].drop_duplicates()
    gaps = days.sort_values("day").groupby("CustomerID").day.diff().dropna().dt.days
    found = population_gaps(uci.ask, uci.lines, days.day.max().date())
    assert (found.count, found.median) == (len(gaps), gaps.median())
    assert (found.low, found.high) == (gaps.quantile(0.25), gaps.quantile(0.75))


@settings(deadline=None)
@given(st.lists(st.integers(0, 900), min_size=2, max_size=60, unique=True))
def test_own_gaps_have_the_quartiles_of_pandas(days):
    days = np.sort(days)
    gaps, found = pd.Series(np.diff(days)), gaps_of(days)
    assert (found.count, found.low, found.median, found.high) == (
        len(gaps), pytest.approx(gaps.quantile(0.25)), pytest.approx(gaps.median()), pytest.approx(gaps.quantile(0.75)),
    )  # fmt: skip


def test_expected_by_the_customers_own_gaps():
    found = expected_purchase(dt.date(2024, 3, 1), Gaps(4, 20.0, 15.0, 29.5), Gaps(99, 7.0, 7.0, 7.0), DAY)
    assert (found.day, found.since, found.until) == (dt.date(2024, 3, 21), dt.date(2024, 3, 16), dt.date(2024, 3, 31))
    assert found.is_own and not found.is_overdue
    assert found.words == (
        "Usually buys again after 20\u00a0days, half of the 4 times after 15\u00a0days to 30\u00a0days. "
        "Next purchase expected on 21 Mar 2024; as of 31 Mar 2024 due."
    )


def test_expected_by_everybodys_gaps_is_said():
    found = expected_purchase(dt.date(2024, 3, 1), Gaps(1, 90.0, 90.0, 90.0), Gaps(99, 7.0, 5.0, 9.0), DAY)
    assert (found.day, found.is_own, found.is_overdue) == (dt.date(2024, 3, 8), False, True)
    assert found.words.startswith("Too few purchases for a rhythm of their own; customers in scope buy again after 7")
    assert found.words.endswith("as of 31 Mar 2024 overdue, 23\u00a0days past that.")
    early = expected_purchase(dt.date(2024, 3, 30), Gaps(0), Gaps(99, 7.0, 5.0, 9.0), DAY)
    assert early.words.endswith("not due yet.")


def test_nothing_to_expect():
    assert expected_purchase(None, Gaps(0), Gaps(9, 7.0, 7.0, 7.0), DAY).words.startswith("No purchase yet")
    found = expected_purchase(DAY, Gaps(0), Gaps(0), DAY)
    assert (found.day, found.is_overdue) == (None, False)
    assert "Nobody in scope" in found.words
