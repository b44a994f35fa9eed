import datetime as dt
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trends.shop import Shop

from retail_panel.customers.acquisition import acquisition
from retail_panel.demo import demo_order_lines
from retail_panel.store import Store
from retail_panel.trends.periods import periods

PANDAS = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q"}
MONEY = ("new_net_sales", "returning_net_sales", "guest_net_sales")


@pytest.fixture(scope="module")
def demo():
    """A store with every fifth line of the demo data, the same in pandas, and the first purchase of each customer."""
    rows = demo_order_lines(0).iloc[::5].reset_index(drop=True)
    rows = rows.assign(is_return=rows["kind"] == "Return")
    shop = Shop(rows)
    yield shop.store, rows, rows[~rows["is_return"]].groupby("customer_id")["ordered_at"].min()
    shop.store.close()


def months(first, last, grain="month"):
    return periods(dt.date.fromisoformat(first), dt.date.fromisoformat(last), grain)


def by_hand(rows, first, grain):
    """Work it out in pandas, a frame by period; ``first`` is the first purchase of each customer."""
    freq = PANDAS[grain]
    period = rows["ordered_at"].dt.to_period(freq)
    since = rows["customer_id"].map(first).dt.to_period(freq)
    group = np.where(rows["customer_id"].isna(), "guest", np.where(since == period, "new", "returning"))
    rows = rows.assign(period=period, group=group)
    sold = rows[~rows["is_return"]]
    keys = ["group", "period"]
    parts = {
        "customers": sold.groupby(keys)["customer_id"].nunique(),
        "orders": sold.groupby(keys)["order_id"].nunique(),
        "net_sales": rows.groupby(keys)["amount"].sum(),
    }
    every = pd.period_range(period.min(), period.max(), freq=freq)
    return pd.DataFrame(
        {
            f"{name}_{figure}": part.xs(name).reindex(every, fill_value=0) if name in part.index else 0
            for figure, part in parts.items()
            for name in ("new", "returning", "guest")
            if (name, figure) != ("guest", "customers")
        },
        index=every,
    )


def same(found, expected):
    assert list(found["period"]) == [period.start_time.date() for period in expected.index]
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-6, err_msg=name)


def test_six_customers_by_hand(store):
    found = acquisition(store.ask, store.lines, store.customers, months("2024-01-05", "2024-06-30"))
    assert found["new_customers"].tolist() == [3, 1, 0, 0, 1, 1]
    assert found["returning_customers"].tolist() == [0, 1, 0, 1, 1, 2]
    # Finn's two lines name no order, so they are two orders.
    assert found["new_orders"].tolist() == [3, 1, 0, 0, 2, 1]
    assert found["returning_orders"].tolist() == [0, 1, 0, 1, 1, 3]
    assert found["guest_orders"].tolist() == [0, 0, 1, 0, 0, 0]
    assert found["new_net_sales"].tolist() == [360, 100, 0, 0, 120, 20]
    assert found["returning_net_sales"].tolist() == [0, 100, 0, 80, 30, 220]
    assert found["guest_net_sales"].tolist() == [0, 0, 200, 0, 0, 0]
    assert found["new_share"].round(3).fillna(-1).tolist() == [1, 0.5, -1, 0, 0.5, 0.333]
    assert found["is_partial"].tolist() == [True] + [False] * 5
    assert found["label"].tolist()[:2] == ["Jan 2024", "Feb 2024"]


def test_new_is_new_to_the_store_not_to_the_selection(store):
    online = store.lines.filter(store.lines.channel == "Online")
    found = acquisition(store.ask, online, store.customers, months("2024-01-01", "2024-06-30"))
    # Ben first bought online in June, and in the shop in February.
    assert found["new_customers"].tolist() == [2, 0, 0, 0, 0, 0]
    assert found["returning_customers"].tolist() == [0, 1, 0, 0, 0, 2]
    quarters = acquisition(store.ask, store.lines, store.customers, months("2024-01-01", "2024-06-30", "quarter"))
    assert quarters["new_customers"].tolist() == [4, 2] and quarters["returning_customers"].tolist() == [0, 2]


def test_returns_of_someone_who_never_bought_are_money_of_the_returning(shop):
    found = acquisition(shop.ask, shop.lines, shop.customers, months("2024-01-01", "2024-03-31"))
    assert found["new_customers"].tolist() == [2, 1, 2]
    assert found["returning_customers"].tolist() == [0, 0, 1]
    # March: Ann 30 - 5 and Dan's -8 beside Fay's 15 and Ben's 100 as new. February: Eve's -25.
    assert found["returning_net_sales"].tolist() == [0, -25, 17]
    assert found["new_net_sales"].tolist() == [55, 50, 115]


@pytest.mark.parametrize("grain", ["month", "week", "quarter"])
def test_demo_agrees_with_pandas(demo, grain):
    store, rows, first = demo
    calendar = periods(rows["ordered_at"].min().date(), rows["ordered_at"].max().date(), grain)
    found = acquisition(store.ask, store.lines, store.customers, calendar)
    same(found, by_hand(rows, first, grain))
    # Each buying customer is new exactly once.
    assert found["new_customers"].sum() == len(first)
    online = store.lines.filter(store.lines.channel == "Online")
    same(
        acquisition(store.ask, online, store.customers, calendar).iloc[:3],
        by_hand(rows[rows["channel"] == "Online"], first, grain).iloc[:3],
    )


def test_uci_agrees_with_pandas(uci, uci_rows):
    rows = pd.DataFrame(
        {
            "customer_id": uci_rows.CustomerID, "order_id": uci_rows.InvoiceNo, "ordered_at": uci_rows.InvoiceDate,
            "amount": uci_rows.amount / 10_000, "is_return": False,
        }
    )  # fmt: skip
    found = acquisition(uci.ask, uci.lines, uci.customers, months("2010-12-01", "2011-12-09"))
    same(found, by_hand(rows, rows.groupby("customer_id")["ordered_at"].min(), "month"))
    assert found["new_customers"].sum() == 4338
    assert found["is_partial"].tolist() == [False] * 12 + [True]


def test_lines_after_the_span_change_nothing(store):
    calendar = months("2024-01-05", "2024-04-20")
    past = store.lines.filter(store.lines.ordered_at < dt.datetime(2024, 4, 21))
    found, expected = (acquisition(store.ask, lines, store.customers, calendar) for lines in (store.lines, past))
    pd.testing.assert_frame_equal(found, expected)
    assert found["returning_net_sales"].tolist() == [0, 100, 0, 80]


def test_no_lines(empty_store):
    found = acquisition(empty_store.ask, empty_store.lines, empty_store.customers, periods(None, None, "month"))
    assert found.empty and "new_customers" in found and found["is_partial"].dtype == bool
    quiet = acquisition(empty_store.ask, empty_store.lines, empty_store.customers, months("2024-01-01", "2024-02-29"))
    assert (quiet[["new_customers", "guest_orders", *MONEY]] == 0).all(axis=None) and quiet["new_share"].isna().all()


LINE = st.tuples(
    st.sampled_from(["Ann", "Ben", "Cat", None]),
    st.datetimes(dt.datetime(2023, 11, 20), dt.datetime(2024, 4, 10)),
    st.integers(-50, 100),
)


@settings(max_examples=20, deadline=None)
@given(rows=st.lists(LINE, min_size=1, max_size=12), grain=st.sampled_from(list(PANDAS)))
def test_the_groups_add_up(make_lines, rows, grain):
    who, when, pounds = (list(column) for column in zip(*rows, strict=True))
    kind = ["Return" if amount < 0 else "Full Price" for amount in pounds]
    store = Store()
    try:
        store.append(make_lines(customer_id=who, ordered_at=when, amount=pounds, kind=kind))
        calendar = periods(min(when).date(), max(when).date(), grain)
        found = acquisition(partial(store.ask), store.lines, store.customers, calendar)
    finally:
        store.close()
    assert found[list(MONEY)].sum().sum() == pytest.approx(sum(pounds))
    buyers = {name for name, amount in zip(who, pounds, strict=True) if name and amount >= 0}
    assert found["new_customers"].sum() == len(buyers)
    sold = sum(amount >= 0 for amount in pounds)
    assert found[["new_orders", "returning_orders", "guest_orders"]].sum().sum() == sold
