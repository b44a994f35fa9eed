import datetime as dt

import pytest

from retail_panel.crossfilter.scope import Scope
from retail_panel.errors import UnusableInput
from retail_panel.measures import scoped_tables
from retail_panel.operations.levels import COLUMNS, levels
from retail_panel.schema import MONEY_SCALE


def test_the_six_by_hand(six):
    found = levels(six.ask, six.tables)
    assert found[["day", "counts", "stock_outs", "on_hand", "at_cost"]].values.tolist() == [
        [dt.date(2024, 6, 1), 2, 0, 14, 440],
        [dt.date(2024, 6, 15), 2, 0, 10, 244],
        [dt.date(2024, 6, 30), 2, 1, 6, 48],
    ]
    assert found.stock_out_rate.tolist() == [0, 0, 0.5] and found.value.isna().all()


def test_demo_by_store_against_pandas(demo):
    found = levels(demo.ask, demo.tables, "store").set_index(["day", "value"])
    stock = demo.stock.assign(out=demo.stock.on_hand <= 0, cost=demo.stock.on_hand * demo.stock.unit_cost / MONEY_SCALE)
    expected = stock.groupby(["day", "store"]).agg(counts=("out", "size"), stock_outs=("out", "sum"),
                                                   on_hand=("on_hand", "sum"), at_cost=("cost", "sum"))  # fmt: skip
    assert found.index.tolist() == expected.index.tolist()
    for name in expected:
        assert found[name].tolist() == pytest.approx(expected[name].tolist())
    whole = levels(demo.ask, demo.tables)
    assert whole.on_hand.tolist() == found.groupby(level="day").on_hand.sum().tolist()


def test_a_scope_on_what_stock_does_not_say(six):
    found = levels(six.ask, scoped_tables(six.store, Scope(channel=["Online"])))
    assert found.columns.tolist() == list(COLUMNS) and found.empty


def test_no_stock_and_no_cost(empty_store, make_stock):
    assert levels(empty_store.ask, scoped_tables(empty_store, Scope())).empty
    with empty_store.loading("stock") as load:
        load.append_stock(make_stock(on_hand=3))
    assert levels(empty_store.ask, scoped_tables(empty_store, Scope())).at_cost.isna().tolist() == [True]


def test_what_stock_cannot_be_split_by_is_said(six):
    with pytest.raises(UnusableInput, match="stock by 'tier': allowed"):
        levels(six.ask, six.tables, "tier")
