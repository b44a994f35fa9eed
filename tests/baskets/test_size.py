import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retail_panel.baskets.size import sizes
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import Store


def orders_of(rows, by=()):
    """Return the orders of a frame of lines: lines, units, amount."""
    sales = rows[~rows.is_return]
    return sales.groupby([*by, "order_key"], dropna=False).agg(
        lines=("amount", "size"), units=("quantity", "sum"), amount=("amount", lambda money: money.sum() / MONEY_SCALE)
    )


def test_the_six_by_hand(store):
    found = sizes(store.ask, store.lines)
    assert (found.orders, found.notes) == (14, ())
    summary = found.summary.set_index("measure")
    # Lines: o1 and g1 have two, the other twelve one.
    assert summary["mean"].to_dict() == {"lines": 16 / 14, "units": 18 / 14, "amount": pytest.approx(1430 / 14)}
    assert summary["median"].to_dict() == {"lines": 1, "units": 1, "amount": 100}
    assert summary.single_line_share.tolist() == [12 / 14] * 3
    lines = found.histogram[found.histogram.measure == "lines"]
    assert lines[["label", "orders"]].values.tolist() == [["1", 12], ["2", 2]]
    money = found.histogram[found.histogram.measure == "amount"]
    assert money.label.iloc[0] == "£0 to under £10" and money.orders.sum() == 14
    # £20: Eve, Finn's hats, Cleo, Ada's last.
    assert money.set_index("low").orders[20] == 4


def test_by_channel_by_hand(store):
    found = sizes(store.ask, store.lines, "channel").summary.set_index(["value", "measure"])
    assert found.loc[("In-store", "amount"), ["orders", "mean", "median"]].tolist() == [8, 570 / 8, 55]
    assert found.loc[("Online", "amount"), ["orders", "mean", "median"]].tolist() == [6, 860 / 6, pytest.approx(170)]


def test_demo_against_pandas(demo):
    store, rows = demo
    orders, found = orders_of(rows), sizes(store.ask, store.lines)
    assert found.orders == len(orders)
    summary = found.summary.set_index("measure")
    for name in ("lines", "units", "amount"):
        assert summary.loc[name, "mean"] == pytest.approx(orders[name].mean())
        assert summary.loc[name, "median"] == pytest.approx(orders[name].median())
        pieces = found.histogram[found.histogram.measure == name]
        edges = [-np.inf, *pieces.low.iloc[1:], np.inf]
        expected = pd.cut(orders[name], edges, right=False).value_counts(sort=False)
        assert pieces.orders.tolist() == expected.tolist()
        assert pieces.share.sum() == pytest.approx(1)
        assert (pieces.low.to_numpy()[1:] == pieces.high.to_numpy()[:-1]).all()
        assert pieces.high.iloc[-1] == np.inf or (orders[name] < pieces.high.iloc[-1]).all()
        # Most pieces are of use: half of the orders do not lie in one, unless they are all alike.
        assert len(pieces) >= 12
    assert summary.single_line_share.iloc[0] == pytest.approx((orders.lines == 1).mean())


def test_demo_by_category_against_pandas(demo):
    store, rows = demo
    orders, found = orders_of(rows, ["category"]), sizes(store.ask, store.lines, "category")
    assert found.orders == len(orders)
    got = found.summary.set_index(["value", "measure"])
    for value, group in orders.groupby(level="category"):
        assert got.loc[(value, "amount"), "mean"] == pytest.approx(group.amount.mean())
        assert got.loc[(value, "units"), "median"] == pytest.approx(group.units.median())
        assert got.loc[(value, "lines"), "single_line_share"] == pytest.approx((group.lines == 1).mean())
    assert found.histogram.groupby(["value", "measure"], dropna=False).share.sum().tolist() == pytest.approx([1] * 33)
    assert found.summary.value.isna().sum() == 3


def test_uci_against_pandas(uci):
    store, rows = uci
    found = sizes(store.ask, store.lines).summary.set_index("measure")
    orders = rows.assign(amount=rows.Quantity * rows.UnitPrice).groupby("InvoiceNo")
    assert found.loc["lines", ["orders", "mean", "median"]].tolist() == pytest.approx(
        [18_532, orders.size().mean(), orders.size().median()]
    )
    assert found.loc["units", "median"] == orders.Quantity.sum().median()
    assert found.loc["amount", "mean"] == pytest.approx(orders.amount.sum().mean())


def test_lines_without_orders_are_said(empty_store, make_lines):
    empty_store.append(make_lines(customer_id=["a", "a", "b"], amount=[5, 5, 5]))
    found = sizes(empty_store.ask, empty_store.lines)
    assert found.notes == ("No line names its order, so each line is an order of its own.",)
    assert found.summary.measure.tolist() == ["lines", "amount"]
    assert found.summary.single_line_share.tolist() == [1, 1]


def test_orders_of_unknown_quantity_have_no_size_in_units(empty_store, make_lines):
    empty_store.append(make_lines(order_id=["a", "b", "b"], amount=[5, 5, 5], quantity=[2, None, None]))
    found = sizes(empty_store.ask, empty_store.lines)
    assert found.histogram[found.histogram.measure == "units"].orders.sum() == 1
    assert found.histogram[found.histogram.measure == "amount"].orders.sum() == 2


@pytest.mark.parametrize("by", [None, "channel"])
def test_nothing_sold(empty_store, make_lines, by):
    for _ in range(2):
        found = sizes(empty_store.ask, empty_store.lines, by)
        assert (found.orders, len(found.summary), len(found.histogram), found.notes) == (0, 0, 0, ())
        empty_store.append(make_lines(kind="Return", amount=-5, quantity=-1))


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-20, 100_000), st.integers(1, 500)), min_size=1, max_size=30))
def test_every_order_is_in_one_piece(make_lines, given_lines):
    order, amount, quantity = (list(column) for column in zip(*given_lines, strict=True))
    store = Store()
    store.append(make_lines(order_id=[f"o{i}" for i in order], amount=amount, quantity=quantity))
    found = sizes(store.ask, store.lines)
    store.close()
    assert found.orders == len(set(order))
    assert found.histogram.groupby("measure").orders.sum().tolist() == [len(set(order))] * 3
    assert (found.histogram.groupby("measure").size() <= 21).all()
