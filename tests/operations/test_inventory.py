import pytest

from retail_panel.crossfilter.scope import Scope
from retail_panel.errors import UnusableInput
from retail_panel.measures import scoped_tables
from retail_panel.operations.inventory import SHOWN, inventory
from retail_panel.schema import MONEY_SCALE


def test_the_whole_by_hand(six):
    whole = inventory(six.ask, six.tables).iloc[0]
    assert whole[["inventory_turnover", "days_of_supply", "weeks_of_cover"]].tolist() == pytest.approx(
        [106 / 244, 244 / (106 / 30), 6 / (3 / (30 / 7))]
    )
    assert whole[["sell_through", "gmroi", "stock_out_rate"]].tolist() == pytest.approx([3 / 9, 134 / 244, 1 / 6])


@pytest.mark.parametrize(("by", "coats", "hats"), [("category", "Coats", "Hats"), ("store", "Web", "Leeds")])
def test_by_value_by_hand(six, by, coats, hats):
    found = inventory(six.ask, six.tables, by).set_index("value")
    # At cost 360, 180, 0 and 80, 64, 48; Web also sold a hat that Leeds counts.
    assert found.index.tolist() == [coats, hats]
    assert found.average_stock_value.tolist() == [180, 64]
    assert found.stock_out_rate.tolist() == [1 / 3, 0]
    assert found.counted_cost.tolist() == ([90, 16] if by == "category" else [98, 8])
    assert found.loc[hats, "inventory_turnover"] == (16 / 64 if by == "category" else 8 / 64)
    assert found.loc[coats, "weeks_of_cover"] == 0


@pytest.mark.parametrize("by", ["category", "store", "product"])
def test_demo_against_pandas(demo, by):
    found = inventory(demo.ask, demo.tables, by).set_index("value")
    stock, lines = demo.stock, demo.lines
    first, last = stock.day.min(), stock.day.max()
    span = (last - first).days + 1
    day = lines.ordered_at.dt.date
    sold = lines[(day >= first) & (day <= last)].assign(cost=lambda rows: rows.unit_cost * rows.quantity / MONEY_SCALE)
    by_sold = sold[sold.unit_cost.notna()].groupby(by)
    cost, margin = by_sold.cost.sum(), by_sold.amount.sum() / MONEY_SCALE - by_sold.cost.sum()
    at_cost = stock.assign(value=stock.on_hand * stock.unit_cost / MONEY_SCALE).groupby([by, "day"]).value.sum()
    average = at_cost.groupby(level=0).mean()
    closing = stock[stock.day == last].groupby(by).on_hand.sum()
    units = sold.groupby(by).quantity.sum()
    expected = {
        "inventory_turnover": cost / average,
        "days_of_supply": average / (cost / span),
        "weeks_of_cover": closing / (units / (span / 7)),
        "sell_through": units / (units + closing),
        "stock_out_rate": stock.assign(out=stock.on_hand <= 0).groupby(by).out.mean(),
        "gmroi": margin / average,
        "average_stock_value": average,
    }
    assert set(found.index) == set(stock[by].unique())
    for name, figures in expected.items():
        assert found[name].to_dict() == pytest.approx(figures.reindex(found.index).to_dict()), name
    assert found.average_stock_value.is_monotonic_decreasing


def test_a_scope_on_what_stock_does_not_say_leaves_nothing(six):
    tables = scoped_tables(six.store, Scope(channel=["Online"]))
    found = inventory(six.ask, tables, "store")
    assert found.columns.tolist() == ["value", *SHOWN] and found.empty


@pytest.mark.parametrize("by", [None, "product"])
def test_stock_that_was_never_counted(empty_store, make_lines, by):
    empty_store.append(make_lines(product="x", quantity=1))
    assert inventory(empty_store.ask, scoped_tables(empty_store, Scope()), by).empty


def test_stock_without_costs_and_sales(empty_store, make_stock):
    with empty_store.loading("stock") as load:
        load.append_stock(make_stock(day=["2024-01-01", "2024-01-02"], on_hand=[3, 0], product="x"))
    found = inventory(empty_store.ask, scoped_tables(empty_store, Scope()), "product")
    assert found.value.tolist() == ["x"] and found.stock_out_rate.tolist() == [0.5]
    assert found[["inventory_turnover", "weeks_of_cover", "gmroi"]].isna().all(axis=None)


def test_what_stock_cannot_be_split_by_is_said(six):
    with pytest.raises(UnusableInput, match="stock by 'channel': allowed: brand, store, category, product"):
        inventory(six.ask, six.tables, "channel")
