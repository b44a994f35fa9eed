"""Merged lines say what order lines say, where each order is one of them and where it is not."""

import datetime as dt

import pytest

from customers.demo_sample import sample_batch
from retail_panel.customers.acquisition import acquisition
from retail_panel.customers.cohorts import cohorts
from retail_panel.customers.evolution import evolution
from retail_panel.customers.merged import by_month, merged, whole
from retail_panel.customers.migration import migration
from retail_panel.customers.pareto import pareto
from retail_panel.customers.repurchase import repurchase
from retail_panel.customers.rfm import RFMDefinition
from retail_panel.store import Store
from retail_panel.trends.monthly import over_time
from retail_panel.trends.periods import periods

DEFINITIONS = ({}, {"monetary": "gross"}, {"frequency": "days"}, {"returns": "count"})
SPAN = (dt.date(2024, 11, 1), dt.date(2026, 10, 31))


@pytest.fixture(scope="module")
def sample():
    store = Store()
    store.append(sample_batch())
    yield store
    store.close()


@pytest.fixture(params=["whole", "torn"])
def tables(request, sample, make_lines):
    """Order lines, and they merged; torn ones hold an order of two days, and one that two customers share."""
    store = sample
    if request.param == "torn":
        store = Store()
        store.append(sample_batch())
        store.append(make_lines(
            order_id=["X1", "X1", "X2", "X2"], customer_id=["Xa", "Xa", "Xa", "Xb"], amount=[5, 7, 11, 13],
            ordered_at=[dt.datetime(2026, 7, 31, 9), dt.datetime(2026, 8, 1, 9), *[dt.datetime(2026, 9, 1, 9)] * 2],
        ))  # fmt: skip
    table = whole(store.keep("merged_lines", merged(store.lines)), store.ask)
    assert ("is_whole" in table.columns) == (request.param == "whole")
    yield store, store.lines, table
    store.forget("merged_lines")
    if store is not sample:
        store.close()


def test_sales_over_time(tables):
    store, lines, table = tables
    for grain in ("day", "month"):
        one, other = (over_time(store.ask, rows, grain, span=SPAN).table for rows in (lines, table))
        assert one.transactions.sum() > 0
        assert one.equals(other)


@pytest.mark.parametrize("definition", DEFINITIONS, ids=str)
def test_segments_over_time_and_between_two_days(tables, definition):
    store, lines, table = tables
    definition = RFMDefinition(**definition)
    one, other = (evolution(store.ask, rows, definition, SPAN[1]) for rows in (lines, table))
    assert one.scales == other.scales and one.table.equals(other.table)
    days = dt.date(2026, 7, 31), dt.date(2026, 10, 31)
    one, other = (migration(store.ask, rows, definition, *days) for rows in (lines, table))
    assert one.customers > 0 and one.table.equals(other.table)


def test_second_purchases_and_the_best(tables):
    store, lines, table = tables
    for second in ("order", "day"):
        one, other = (repurchase(store.ask, rows, second, SPAN[1]) for rows in (lines, table))
        assert one.repeated > 0 and one.table.equals(other.table)
    one, other = (pareto(store.ask, rows) for rows in (lines, table))
    assert one.curve.equals(other.curve) and one.gini == pytest.approx(other.gini)


def test_months_of_customers(tables):
    store, lines, table = tables
    if "is_whole" not in table.columns:
        pytest.skip("orders of several months or customers do not add up")
    months, calendar = by_month(table), periods(*SPAN, "month")
    for grain in ("month", "quarter"):
        one, other = (cohorts(store.ask, lines, grain, SPAN[1], months=found) for found in (None, months))
        assert len(one.table) and one.table.equals(other.table)
    one, other = (acquisition(store.ask, lines, store.customers, calendar, found) for found in (None, months))
    assert one.new_orders.sum() > 0 and one.equals(other)
