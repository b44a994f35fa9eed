import datetime as dt

import numpy as np
import pandas as pd
import pytest

from retail_panel.errors import UnusableInput
from retail_panel.trends.monthly import over_time
from retail_panel.trends.years import years


def test_by_hand(six):
    found = years(over_time(six.ask, six.lines, span=(dt.date(2023, 12, 1), dt.date(2024, 7, 2))))
    assert list(found.table.columns) == [2023, 2024] and list(found.table.index) == list(range(1, 13))
    assert found.table[2024].tolist()[:7] == [360, 200, 200, 80, 150, 240, 0]
    assert found.table[2024].isna().tolist()[7:] == [True] * 5
    assert found.table[2023].isna().tolist() == [True] * 11 + [False]
    assert found.table.loc[12, 2023] == 0
    assert found.partial.to_numpy().sum() == 1 and found.partial.loc[7, 2024]


@pytest.mark.parametrize("measure", ["transactions", "net_sales", "customers"])
def test_demo_agrees_with_pandas(demo, measure):
    found = years(over_time(demo.ask, demo.lines), measure)
    column, how = {"transactions": ("document", "nunique"), "customers": ("customer_id", "nunique")}.get(
        measure, ("amount", "sum")
    )
    at = demo.rows["ordered_at"].dt
    expected = demo.rows.pivot_table(index=at.month, columns=at.year, values=column, aggfunc=how)
    assert not found.partial.any(axis=None)
    np.testing.assert_allclose(found.table, expected, rtol=1e-9)


def test_uci_marks_its_last_month(uci):
    found = years(over_time(uci.ask, uci.lines))
    at = uci.rows["ordered_at"].dt
    expected = uci.rows.pivot_table(index=at.month, columns=at.year, values="money", aggfunc="sum") / 10_000
    np.testing.assert_allclose(found.table, expected, rtol=1e-9)
    assert found.partial.loc[12].tolist() == [False, True] and found.partial.to_numpy().sum() == 1


def test_one_value_of_a_category(six):
    found = years(over_time(six.ask, six.lines, by="channel"), "net_sales", "Online")
    assert found.table[2024].tolist()[:6] == [340, 100, 0, 0, 0, 220]


def test_no_lines(empty_store):
    found = years(over_time(empty_store.ask, empty_store.lines))
    assert found.table.shape == found.partial.shape == (12, 0)


def test_what_cannot_be_laid_out_is_said(six):
    with pytest.raises(UnusableInput, match="grain 'week'; allowed to lay years over one another: month"):
        years(over_time(six.ask, six.lines, "week"))
    with pytest.raises(UnusableInput, match="measure 'profit'"):
        years(over_time(six.ask, six.lines), "profit")


def test_dates_are_not_timestamps(six):
    """Days are plain dates, which pandas sorts and JSON writes as days."""
    found = over_time(six.ask, six.lines).table
    assert {type(day) for day in found["period"]} == {dt.date}
    assert not isinstance(found["last_day"][0], pd.Timestamp)
