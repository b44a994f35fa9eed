import calendar
import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel.errors import UnusableInput
from retail_panel.trends.patterns import KINDS, pattern
from trends.shop import shop_of

OF_TIME = {
    "quarter": lambda times: times.dt.quarter,
    "month": lambda times: times.dt.month,
    "weekday": lambda times: times.dt.day_of_week,
    "hour": lambda times: times.dt.hour,
}


def by_hand(rows, by):
    """Work sums, days and occurrences out in pandas, a frame by value."""
    rows = rows.assign(value=OF_TIME[by](rows["ordered_at"]))
    sold, grouped = rows[~rows["is_return"]].groupby("value"), rows.groupby("value")
    days = pd.Series(pd.date_range(rows["day"].min(), rows["day"].max()))
    months = {"month": days.dt.to_period("M"), "quarter": days.dt.to_period("Q")}.get(by, days)
    found = pd.DataFrame(
        {
            "transactions": grouped["document"].nunique(),
            "orders": sold["document"].nunique(),
            "gross_sales": sold["money"].sum() / 10_000,
            "net_sales": grouped["money"].sum() / 10_000,
            "average_transaction_value": rows.assign(money=rows["money"].abs()).groupby("value")["money"].sum()
            / 10_000 / grouped["document"].nunique(),
        }
    ).reindex(range(KINDS[by][0], KINDS[by][0] + len(KINDS[by][1])))  # fmt: skip
    found[found.columns[:-1]] = found[found.columns[:-1]].fillna(0)
    if by == "hour":
        return found.assign(days=len(days), occurrences=len(days))
    values = OF_TIME[by](days)
    held = pd.DataFrame({"days": days.groupby(values).size(), "occurrences": months.groupby(values).nunique()})
    return found.join(held).fillna({"days": 0, "occurrences": 0})


def same(table, expected):
    pd.testing.assert_frame_equal(
        table.set_index("value")[expected.columns.tolist()], expected,
        check_dtype=False, check_index_type=False, check_names=False, rtol=1e-12,
    )  # fmt: skip
    for name in ("transactions", "orders", "gross_sales", "net_sales"):
        per_day = expected[name] / expected["days"].replace(0, np.nan)
        np.testing.assert_allclose(table[f"{name}_per_day"], per_day, rtol=1e-12)


def test_quarters_by_hand(six):
    table = pattern(six.ask, six.lines, "quarter").table
    assert list(table["label"]) == ["Q1", "Q2", "Q3", "Q4"]
    assert list(table["transactions"]) == [6, 9, 0, 0]
    assert list(table["net_sales"]) == [760, 470, 0, 0]
    assert list(table["days"]) == [87, 91, 0, 0]
    assert list(table["occurrences"]) == [1, 1, 0, 0]
    assert list(table["is_partial"]) == [True, False, False, False]
    assert table["net_sales_per_day"].tolist()[:2] == [760 / 87, 470 / 91]
    assert table["net_sales_per_day"].isna().tolist() == [False, False, True, True]


def test_a_weekday_by_hand(six):
    table = pattern(six.ask, six.lines, "weekday").table
    assert list(table["label"]) == list(calendar.day_name)
    # On Fridays: Eve on 5 January, Ben's return on 28 June.
    assert table.loc[4, ["transactions", "orders", "net_sales", "average_transaction_value"]].tolist() == [
        2, 1, -180, 110
    ]  # fmt: skip
    assert table["days"].sum() == 178


@pytest.mark.parametrize("by", list(KINDS))
def test_demo_agrees_with_pandas(demo, by):
    same(pattern(demo.ask, demo.lines, by).table, by_hand(demo.rows, by))


def test_uci_agrees_with_pandas(uci):
    for by in KINDS:
        same(pattern(uci.ask, uci.lines, by).table, by_hand(uci.rows, by))
    december = pattern(uci.ask, uci.lines, "month").table.iloc[11]
    assert (december["days"], december["occurrences"], december["is_partial"]) == (40, 2, True)


def test_a_month_that_comes_twice_is_not_twice_as_busy(make_shop):
    rows = [
        (f"o{i}", "Ann", day, "Online", 10) for i, day in enumerate(pd.date_range("2023-01-01", "2024-01-31", freq="D"))
    ]
    shop = make_shop(rows)
    table = pattern(shop.ask, shop.lines, "month").table
    assert list(table["transactions"])[:2] == [62, 28]
    assert set(table["transactions_per_day"]) == {1.0} and set(table["net_sales_per_day"]) == {10.0}
    assert list(table["occurrences"]) == [2] + [1] * 11


def test_closed_days_at_the_ends_count_when_the_span_says_so(six):
    span = dt.date(2024, 1, 1), dt.date(2024, 12, 31)
    table = pattern(six.ask, six.lines, "quarter", span).table
    assert list(table["days"]) == [91, 91, 92, 92] and not table["is_partial"].any()
    assert list(table["net_sales_per_day"]) == [760 / 91, 470 / 91, 0, 0]


def test_lines_after_the_span_change_nothing(six):
    span = dt.date(2024, 1, 5), dt.date(2024, 4, 15)
    past = six.lines.filter(six.lines.ordered_at < dt.datetime(2024, 4, 16))
    for by in KINDS:
        found = pattern(six.ask, six.lines, by, span).table
        pd.testing.assert_frame_equal(found, pattern(six.ask, past, by, span).table)


def test_no_lines(empty_store):
    for by, (_, labels) in KINDS.items():
        table = pattern(empty_store.ask, empty_store.lines, by).table
        assert list(table["label"]) == list(labels)
        assert not table[["transactions", "net_sales", "days", "occurrences", "is_partial"]].any(axis=None)
        assert table["net_sales_per_day"].isna().all()


def test_what_cannot_be_asked_is_said(six):
    with pytest.raises(UnusableInput, match="pattern by 'year'; allowed: quarter, month, weekday, hour"):
        pattern(six.ask, six.lines, "year")


@settings(max_examples=15, deadline=None)
@given(
    moments=st.lists(st.datetimes(dt.datetime(1969, 12, 1), dt.datetime(1971, 2, 1)), min_size=1, max_size=10),
    by=st.sampled_from(list(KINDS)),
)
def test_totals_add_up_and_days_fill_the_span(moments, by):
    shop = shop_of([(f"o{i}", "Ann", moment, "Online", i + 0.5) for i, moment in enumerate(moments)])
    try:
        table = pattern(shop.ask, shop.lines, by).table
        assert table["transactions"].sum() == len(moments)
        assert table["net_sales"].sum() == pytest.approx(sum(i + 0.5 for i in range(len(moments))))
        days = (max(moments).date() - min(moments).date()).days + 1
        assert (table["days"] == days).all() if by == "hour" else table["days"].sum() == days
    finally:
        shop.store.close()
