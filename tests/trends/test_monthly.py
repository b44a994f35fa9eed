import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel.errors import UnusableInput
from retail_panel.trends.monthly import over_time
from retail_panel.trends.sums import ADDITIVE, MEASURES, span_of
from trends.shop import shop_of

PANDAS = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q"}


def by_hand(rows, grain, by=None):
    """Work the figures out in pandas: a frame by first day of the period (and value of ``by``)."""
    rows = rows.assign(period=rows["ordered_at"].dt.to_period(PANDAS[grain]).dt.start_time.dt.date)
    sold = rows[~rows["is_return"]]
    keys = ["period"] if by is None else ["period", by]

    def grouped(frame):
        return frame.groupby(keys, dropna=False)

    found = pd.DataFrame(
        {
            "transactions": grouped(rows)["document"].nunique(),
            "orders": grouped(sold)["document"].nunique(),
            "customers": grouped(rows)["customer_id"].nunique(),
            "gross_sales": grouped(sold)["money"].sum() / 10_000,
            "net_sales": grouped(rows)["money"].sum() / 10_000,
            "absolute_value": grouped(rows.assign(money=rows["money"].abs()))["money"].sum() / 10_000,
        }
    ).fillna(0)
    return found.assign(average_transaction_value=found["absolute_value"] / found["transactions"])


def same(found, expected):
    """Hold the rows of periods with lines to pandas, and the others to zeros."""
    keys = list(expected.index.names)
    indexed = found.set_index(keys)
    seen = indexed.index.isin(expected.index)
    assert seen.sum() == len(expected)
    pd.testing.assert_frame_equal(
        indexed.loc[seen, list(MEASURES)].sort_index(), expected[list(MEASURES)].sort_index(),
        check_dtype=False, check_index_type=False, check_column_type=False, rtol=1e-12,
    )  # fmt: skip
    quiet = indexed.loc[~seen]
    assert (quiet[[*ADDITIVE, "customers"]] == 0).all(axis=None)
    assert quiet["average_transaction_value"].isna().all()


def test_months_by_hand(six):
    found = over_time(six.ask, six.lines).table
    assert list(found["label"]) == ["Jan 2024", "Feb 2024", "Mar 2024", "Apr 2024", "May 2024", "Jun 2024"]
    assert list(found["transactions"]) == [3, 2, 1, 1, 3, 5]
    assert list(found["orders"]) == [3, 2, 1, 1, 3, 4]
    assert list(found["customers"]) == [3, 2, 0, 1, 2, 3]
    assert list(found["gross_sales"]) == [360, 200, 200, 80, 150, 440]
    assert list(found["net_sales"]) == [360, 200, 200, 80, 150, 240]
    assert list(found["average_transaction_value"]) == [120, 100, 200, 80, 50, 128]
    assert list(found["is_partial"]) == [True] + [False] * 5
    assert found["period"].tolist()[:2] == [dt.date(2024, 1, 1), dt.date(2024, 2, 1)]
    assert found["last_day"].tolist()[:2] == [dt.date(2024, 1, 31), dt.date(2024, 2, 29)]


def test_a_period_without_lines_is_zero_for_each_value(six):
    over = over_time(six.ask, six.lines, by="channel")
    assert over.values == ("In-store", "Online")
    assert len(over.table) == 12
    online = over.of("Online").table
    assert list(online["net_sales"]) == [340, 100, 0, 0, 0, 220]
    assert list(online["transactions"]) == [2, 1, 0, 0, 0, 4]
    assert np.isnan(online["average_transaction_value"][2])
    assert list(online.columns) == list(over_time(six.ask, six.lines).table.columns)


@pytest.mark.parametrize("grain", list(PANDAS))
def test_demo_agrees_with_pandas(demo, grain):
    over = over_time(demo.ask, demo.lines, grain)
    same(over.table, by_hand(demo.rows, grain))
    assert over.table["transactions"].dtype == np.int64


@pytest.mark.parametrize("grain", ["month", "week"])
def test_demo_agrees_with_pandas_by_channel_and_by_a_column_with_gaps(demo, grain):
    same(over_time(demo.ask, demo.lines, grain, "channel").table, by_hand(demo.rows, grain, "channel"))
    shop = demo.rows.assign(channel=demo.rows["channel"].where(demo.rows["channel"] != "App"))
    gaps = demo.lines.mutate(channel=demo.lines.channel.nullif("App"))
    over = over_time(demo.ask, gaps, grain, "channel")
    assert over.values == ("In-store", "Online", None)
    same(over.of(None).table, by_hand(shop[shop["channel"].isna()], grain))


def test_uci_agrees_with_pandas(uci):
    found = over_time(uci.ask, uci.lines).table
    same(found, by_hand(uci.rows, "month"))
    assert list(found["is_partial"]) == [False] * 12 + [True]
    assert found["net_sales"].sum() == pytest.approx(uci.rows["money"].sum() / 10_000, abs=1e-6)
    same(over_time(uci.ask, uci.lines, "quarter", "channel").table, by_hand(uci.rows, "quarter", "channel"))


def test_codes_are_given_back_as_they_are(six):
    coded = six.lines.mutate(c_channel=(six.lines.channel == "Online").ifelse(1, 0).cast("uint8"))
    over = over_time(six.ask, coded, by="c_channel", measures=["net_sales"])
    assert over.values == (0, 1)
    assert list(over.of(1).table["net_sales"]) == [340, 100, 0, 0, 0, 220]


def test_only_the_measures_asked_for(six):
    over = over_time(six.ask, six.lines, measures=["average_transaction_value"])
    assert over.measures == ("average_transaction_value",)
    assert list(over.table["average_transaction_value"]) == [120, 100, 200, 80, 50, 128]


def test_lines_without_customers(six):
    over = over_time(six.ask, six.lines.drop("customer_key"))
    assert over.table["customers"].isna().all()
    assert over.table["transactions"].sum() == 15


def test_the_span_tells_a_quiet_period_from_a_partial_one(six):
    online = six.lines.filter(six.lines.channel == "Online")
    span = dt.date(2024, 1, 1), dt.date(2024, 7, 10)
    found = over_time(six.ask, online, span=span).table
    assert list(found["is_partial"]) == [False] * 6 + [True]
    assert list(found["net_sales"]) == [340, 100, 0, 0, 0, 220, 0]


def test_lines_after_the_span_change_nothing(demo):
    first, last = dt.date(2025, 3, 5), dt.date(2025, 9, 20)
    past = demo.lines.filter(demo.lines.ordered_at < dt.datetime(2025, 9, 21))
    for by in (None, "channel"):
        found = over_time(demo.ask, demo.lines, by=by, span=(first, last)).table
        pd.testing.assert_frame_equal(found, over_time(demo.ask, past, by=by, span=(first, last)).table)
        assert found["is_partial"].sum() == 2 * (1 if by is None else 3)


def test_no_lines(empty_store):
    for by in (None, "channel"):
        over = over_time(empty_store.ask, empty_store.lines, by=by)
        assert over.table.empty and over.values == ()
        assert set(MEASURES) < set(over.table)
    span = dt.date(2024, 1, 1), dt.date(2024, 2, 29)
    found = over_time(empty_store.ask, empty_store.lines, span=span).table
    assert list(found["net_sales"]) == [0, 0] and not found["is_partial"].any()
    assert over_time(empty_store.ask, empty_store.lines, by="channel", span=span).values == ()
    assert span_of(empty_store.ask, empty_store.lines) == (None, None)


def test_one_line(make_shop):
    shop = make_shop([(None, None, "2024-05-17 10:00", "Online", 12.5)])
    found = over_time(shop.ask, shop.lines).table.to_dict("records")
    assert len(found) == 1
    assert (found[0]["net_sales"], found[0]["customers"], found[0]["is_partial"]) == (12.5, 0, True)


def test_what_cannot_be_asked_is_said(six, monkeypatch):
    with pytest.raises(UnusableInput, match="grain 'year'"):
        over_time(six.ask, six.lines, "year")
    with pytest.raises(UnusableInput, match="measure 'profit'; allowed here: transactions"):
        over_time(six.ask, six.lines, measures=["profit"])
    with pytest.raises(UnusableInput, match="channel 'App'; allowed: 'In-store', 'Online'"):
        over_time(six.ask, six.lines, by="channel").of("App")
    monkeypatch.setattr("retail_panel.trends.monthly.MOST_ROWS", 300)
    with pytest.raises(UnusableInput, match="2 values of channel over 178 days; allowed: 300 rows"):
        over_time(six.ask, six.lines, "day", by="channel")


LINE = st.tuples(
    st.sampled_from(["o1", "o2", "o3", None]),
    st.sampled_from(["Ann", "Ben", None]),
    st.datetimes(dt.datetime(2023, 12, 28), dt.datetime(2024, 4, 3)),
    st.sampled_from(["Online", "In-store", None]),
    st.integers(-5000, 5000).map(lambda pence: pence / 100),
)


@settings(max_examples=15, deadline=None)
@given(rows=st.lists(LINE, min_size=1, max_size=12), grain=st.sampled_from(list(PANDAS)))
def test_totals_add_up(rows, grain):
    shop = shop_of(rows)
    try:
        whole, split = (over_time(shop.ask, shop.lines, grain, by).table for by in (None, "channel"))
        for name in ("gross_sales", "net_sales", "absolute_value"):
            together = split.groupby("period")[name].sum()
            assert together.to_numpy() == pytest.approx(whole[name].to_numpy(), abs=1e-9)
        assert whole["net_sales"].sum() == pytest.approx(shop.rows["money"].sum() / 10_000, abs=1e-9)
        same(whole, by_hand(shop.rows, grain))
    finally:
        shop.store.close()
