import numpy as np
import pandas as pd
import pytest

from retail_panel.demo.outages import DISRUPTIONS
from retail_panel.demo.stock import COLUMNS


@pytest.fixture(scope="module")
def shelves(stock):
    """Return units on hand, one row per shelf and one column per count."""
    return stock.set_index(["store", "product", "day"])["on_hand"].unstack()


@pytest.fixture(scope="module")
def sold(sales, shelves):
    sold = sales.drop_duplicates()
    days = shelves.columns.to_numpy()
    count = days[np.searchsorted(days, sold["ordered_at"].dt.normalize().to_numpy().astype(days.dtype))]
    units = sold.groupby(["store", "product", pd.Index(count, name="day")])["quantity"].sum().unstack()
    return units.reindex_like(shelves).fillna(0)


def test_every_product_is_counted_every_saturday(stock):
    assert tuple(stock.columns) == COLUMNS
    assert len(stock) == (12 + 2) * 70 * 105
    assert set(stock["day"].dt.day_of_week) == {5}
    assert (stock["day"].min(), stock["day"].max()) == (pd.Timestamp("2024-11-02"), pd.Timestamp("2026-10-31"))
    assert (stock["on_hand"] >= 0).all() and (stock["unit_cost"] > 0).all()


def test_nothing_is_sold_from_an_empty_shelf(shelves, sold):
    empty = (shelves.to_numpy()[:, 1:] == 0) & (shelves.to_numpy()[:, :-1] == 0)
    assert empty.sum() > 1_000
    assert sold.to_numpy()[:, 1:][empty].sum() == 0


def test_stock_moves_with_sales(shelves, sold):
    delivered = shelves.to_numpy()[:, 1:] - shelves.to_numpy()[:, :-1] + sold.to_numpy()[:, 1:]
    assert delivered.min() >= -1 and (delivered < 0).mean() < 0.01
    assert 0.1 < (delivered > 0).mean() < 0.5


def test_shelves_are_empty_as_stated(stock):
    out = stock["on_hand"] == 0
    assert round(out.mean(), 3) == 0.029
    for store, first, last, categories, _ in DISRUPTIONS:
        concerned = (stock["store"] == store) & stock["day"].between(first, last)
        if categories:
            concerned &= stock["category"].isin(categories)
        assert 0.295 < out[concerned].mean() < 0.475
