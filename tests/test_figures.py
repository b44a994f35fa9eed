"""Figures against the hand-worked ones, and against pandas."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel.crossfilter.scope import Scope
from retail_panel.dimensions import DIMENSIONS
from retail_panel.errors import UnusableInput
from retail_panel.figures import explain, figures, questions
from retail_panel.measures import MEASURES, available, facts, scoped_tables
from retail_panel.store import RowPolicy, Store, Superseded, Ticket

UCI = Path(__file__).resolve().parents[2] / "shared" / "real-data" / "online_retail.csv.gz"

BY_HAND = {
    "lines": 17, "gross_sales": 1430, "returns_value": -200, "net_sales": 1230, "absolute_value": 1630,
    "units": 17, "units_sold": 18, "units_returned": 1, "discounted_sales": 110, "discount_value": 50,
    "cost_of_goods_sold": 542, "costed_sales": 1230, "gross_margin": 688, "orders": 14, "transactions": 15,
    "customers": 6, "buyers": 6, "customer_orders": 13, "new_customers": 6, "returning_customers": 3,
    "average_order_value": 1430 / 14, "average_transaction_value": 1630 / 15, "units_per_order": 18 / 14,
    "return_rate": 200 / 1430, "return_rate_units": 1 / 18, "discount_share": 110 / 1430,
    "gross_margin_rate": 688 / 1230, "purchase_frequency": 13 / 6, "repeat_customers": 4, "repeat_rate": 4 / 6,
    "first_day": datetime.date(2024, 1, 5), "last_day": datetime.date(2024, 6, 30),
    "stock_value": 732, "counted_days": 3, "counted_span": 30, "stock_counts": 6, "stock_outs": 1, "closing_stock": 6,
    "counted_cost": 106, "counted_margin": 134, "counted_units": 3, "average_stock_value": 244,
    "inventory_turnover": 106 / 244, "days_of_supply": 244 / (106 / 30), "weeks_of_cover": 6 / (3 / (30 / 7)),
    "sell_through": 3 / 9, "stock_out_rate": 1 / 6, "gmroi": 134 / 244,
    "responses": 7, "csat_responses": 3, "satisfied": 2, "csat_points": 11, "nps_responses": 4, "promoters": 2,
    "detractors": 1, "csat": 2 / 3, "csat_mean": 11 / 3, "nps": 25,
}  # fmt: skip


def tables(store):
    return scoped_tables(store, Scope())


@pytest.mark.parametrize("name", MEASURES)
def test_each_figure_is_the_one_worked_out_by_hand(store, name):
    expected = BY_HAND[name]
    expected = expected if isinstance(expected, datetime.date) else pytest.approx(expected, rel=1e-12)
    assert figures(store, tables(store), [name]) == {name: expected}


def test_all_together_take_one_question_a_table_and_agree(store):
    assert set(questions(tables(store), MEASURES)) == {"order_line", "counted_line", "stock", "feedback"}
    assert figures(store, tables(store), MEASURES) == {
        name: value if isinstance(value, datetime.date) else pytest.approx(value, rel=1e-12)
        for name, value in BY_HAND.items()
    }


def test_counts_are_whole_numbers_and_money_is_not(store):
    found = figures(store, tables(store), ["lines", "units", "counted_span", "gross_sales"])
    assert [type(value) for value in found.values()] == [int, int, int, float]


def test_a_split_has_one_row_a_value_largest_gross_sales_first(store):
    rows = figures(store, tables(store), ["orders", "repeat_customers", "repeat_rate", "csat"], DIMENSIONS["channel"])
    assert rows == [
        # Online: Ada o1 o9 o11, Dan o3 o4, Ben o10. In-store: Ben o2 o6, Finn two, Ada, Cleo, Eve and a guest.
        {"value": "Online", "orders": 6, "repeat_customers": 2, "repeat_rate": 2 / 3, "csat": 1 / 2},
        {"value": "In-store", "orders": 8, "repeat_customers": 2, "repeat_rate": 2 / 5, "csat": 1.0},
    ]


def test_a_split_tells_stock_apart_where_stock_says_so_and_is_silent_where_not(store):
    by_store = figures(store, tables(store), ["inventory_turnover", "stock_out_rate"], "store")
    assert by_store == [
        {"value": "Web", "inventory_turnover": 98 / 180, "stock_out_rate": 1 / 3},
        {"value": "Leeds", "inventory_turnover": 8 / 64, "stock_out_rate": 0.0},
    ]
    by_channel = figures(store, tables(store), ["stock_outs", "stock_out_rate", "gmroi"], "channel")
    assert [row["value"] for row in by_channel] == ["Online", "In-store"]
    assert all(row[name] is None for row in by_channel for name in ("stock_outs", "stock_out_rate", "gmroi"))


def test_a_group_without_counts_has_no_stock_figures(store):
    shoes = {row["value"]: row for row in figures(store, tables(store), ["stock_counts", "gmroi"], "category")}["Shoes"]
    assert (shoes["stock_counts"], shoes["gmroi"]) == (0, None)


def test_a_dimension_with_labels_shows_them(store):
    rows = figures(store, tables(store), ["lines"], DIMENSIONS["weekday"])
    found = {row["value"]: row["lines"] for row in rows}
    assert found == {"Mon": 3, "Tue": 2, "Wed": 4, "Thu": 3, "Fri": 2, "Sun": 3}


def test_a_missing_value_is_a_group_of_its_own_and_sorts_last_among_equals(empty_store, make_lines):
    batch = make_lines(channel=["b", None, "a", None], customer_id=["x", "y", "z", "y"], order_id=list("1234"),
                       amount=[1, 0.5, 1, 0.5])  # fmt: skip
    empty_store.append(batch)
    rows = figures(empty_store, tables(empty_store), ["orders", "repeat_customers"], "channel")
    assert rows == [
        {"value": "a", "orders": 1, "repeat_customers": 0},
        {"value": "b", "orders": 1, "repeat_customers": 0},
        {"value": None, "orders": 2, "repeat_customers": 1},
    ]


def test_a_callable_splits_as_well(store):
    rows = figures(store, tables(store), ["lines"], lambda t: t.is_return)
    assert rows == [{"value": False, "lines": 16}, {"value": True, "lines": 1}]


def test_a_scratch_table_answers_as_the_lines_do(store):
    kept = store.keep("kept", facts(store.lines, store.customers))
    names = [name for name, measure in MEASURES.items() if measure.table == "order_line"]
    for by in (None, "channel"):
        assert figures(store, {"order_line": kept}, names, by) == figures(store, tables(store), names, by)


def test_an_empty_store_has_zeros_and_nothing_to_divide_by(empty_store):
    found = figures(empty_store, tables(empty_store), MEASURES)
    assert found["net_sales"] == 0 and found["orders"] == 0 and found["repeat_customers"] == 0
    assert [found[name] for name in ("average_order_value", "repeat_rate", "last_day", "gmroi", "nps")] == [None] * 5
    assert figures(empty_store, tables(empty_store), MEASURES, "channel") == []


def test_returns_alone_have_no_rate(empty_store, make_lines):
    empty_store.append(make_lines(kind="Return", amount=-5, quantity=-1, customer_id="x"))
    found = figures(empty_store, tables(empty_store), ["return_rate", "customers", "buyers", "repeat_rate"])
    assert found == {"return_rate": None, "customers": 1, "buyers": 0, "repeat_rate": None}


def test_a_table_that_is_not_given_leaves_its_figures_out(store):
    found = figures(store, {"order_line": tables(store)["order_line"]}, ["orders", "csat", "gmroi", "stock_outs"])
    assert found == {"orders": 14, "csat": None, "gmroi": None, "stock_outs": None}


def test_figures_obey_the_row_policy(store):
    online = RowPolicy((("channel", ("Online",)),))
    found = figures(store, tables(store), ["gross_sales", "repeat_customers", "responses"], policy=online)
    assert found == {"gross_sales": 860, "repeat_customers": 2, "responses": 3}


def test_a_cancelled_ticket_stops_them(store):
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Superseded):
        figures(store, tables(store), ["orders"], ticket=ticket)


def test_unknown_names_are_told(store):
    with pytest.raises(UnusableInput, match="'profit'.*gross_margin"):
        figures(store, tables(store), ["profit"])
    with pytest.raises(UnusableInput, match="weather.*channel"):
        figures(store, tables(store), ["orders"], "weather")


def test_a_figure_explains_itself_with_sql_that_runs(store):
    made = explain(store, tables(store), "gmroi")
    assert made["label"] == "GMROI" and "average stock" in made["definition"] and made["source"]
    assert made["parts"] == ["Gross margin while counted", "Average stock at cost"]
    margin, value = (store.ask(sql).to_pylist()[0] for sql in made["sql"])
    assert margin == {"counted_margin": 134 * 10_000}
    assert value == {"stock_value": 732 * 10_000, "counted_days": 3}


def test_the_sql_shown_is_under_the_policy(store):
    online = RowPolicy((("channel", ("Online",)),))
    sql = explain(store, tables(store), "repeat_customers", policy=online)["sql"]
    assert [store.ask(text).to_pylist() for text in sql] == [[{"repeat_customers": 2}]]


def by_pandas(lines):
    """Return figures of a clean batch as pandas counts them, written without a look at the records."""
    frame = pd.DataFrame(lines.to_pylist())
    frame["amount"] = frame.amount / 10_000
    cost = frame.unit_cost.astype(float) / 10_000 * frame.quantity
    frame["order"] = [
        f"line {i}" if line["order_id"] is None else (line["brand"], line["order_id"])
        for i, line in enumerate(lines.to_pylist())
    ]
    frame["day"] = [when.toordinal() for when in frame.ordered_at]
    sales, back = frame[frame.kind != "Return"], frame[frame.kind == "Return"]
    known = sales[sales.customer_id.notna()]
    later = known.day > known.groupby("customer_id").day.transform("min")
    orders = known.groupby("customer_id").order.nunique()
    gross, refunds = sales.amount.sum(), back.amount.sum()

    def share(one, other):
        return one / other if other else None

    return {
        "lines": len(frame), "gross_sales": gross, "returns_value": refunds, "net_sales": gross + refunds,
        "units": frame.quantity.sum(), "units_sold": sales.quantity.sum(), "units_returned": -back.quantity.sum(),
        "orders": sales.order.nunique(), "transactions": frame.order.nunique(),
        "customers": frame.customer_id.nunique(), "buyers": known.customer_id.nunique(),
        "new_customers": known.customer_id.nunique(), "returning_customers": known.customer_id[later].nunique(),
        "average_order_value": share(gross, sales.order.nunique()),
        "average_transaction_value": share(frame.amount.abs().sum(), frame.order.nunique()),
        "return_rate": share(-refunds, gross),
        "discount_share": share(frame.amount[frame.kind == "Discount"].sum(), gross),
        "cost_of_goods_sold": cost.sum(), "gross_margin": (frame.amount - cost).sum(),
        "gross_margin_rate": share((frame.amount - cost).sum(), frame.amount[cost.notna()].sum()),
        "purchase_frequency": share(known.order.nunique(), len(orders)), "repeat_customers": (orders >= 2).sum(),
        "repeat_rate": share((orders >= 2).sum(), len(orders)),
    }  # fmt: skip


def agrees(found, expected):
    for name, value in expected.items():
        assert found[name] == (None if value is None else pytest.approx(float(value), rel=1e-9, abs=1e-9)), name


PENCE = st.integers(0, 10**7).map(lambda pence: pence / 100)
LINE = st.fixed_dictionaries(
    {
        "brand": st.sampled_from([None, "North", "South"]),
        "order_id": st.sampled_from([None, "1", "2", "3", "4"]),
        "customer_id": st.sampled_from([None, "a", "b", "c"]),
        "ordered_at": st.datetimes(datetime.datetime(2024, 1, 1), datetime.datetime(2024, 1, 9)),
        "channel": st.sampled_from([None, "Online", "In-store"]),
        "kind": st.sampled_from(["Full Price", "Full Price", "Discount", "Return"]),
        "amount": PENCE,
        "quantity": st.integers(0, 5),
        "unit_cost": st.none() | PENCE,
    }
)


@settings(max_examples=25, deadline=None)
@given(st.lists(LINE, min_size=1, max_size=25))
def test_any_lines_give_what_pandas_gives(make_lines, drawn):
    for line in drawn:
        sign = -1 if line["kind"] == "Return" else 1
        line["amount"], line["quantity"] = sign * line["amount"], sign * float(line["quantity"])
    batch = make_lines(**{name: [line[name] for line in drawn] for name in drawn[0]})
    store = Store(threads=1)
    store.append(batch)
    names = [*by_pandas(batch)]
    agrees(figures(store, tables(store), names), by_pandas(batch))
    split = figures(store, tables(store), names, "channel")
    gross = [row["gross_sales"] for row in split]
    assert gross == sorted(gross, reverse=True)
    rows = {row["value"]: row for row in split}
    assert set(rows) == {line["channel"] for line in drawn} and len(rows) == len(split)
    for value, row in rows.items():
        part = batch.filter([one == value for one in batch["channel"].to_pylist()])
        # A customer's first purchase is that of the whole store, so these two are not those of the part alone.
        expected = {k: v for k, v in by_pandas(part).items() if k not in ("new_customers", "returning_customers")}
        agrees(row, expected)
    store.close()


@pytest.fixture(scope="module")
def uci_store(make_lines):
    """The UCI lines, read by pandas alone, so that intake is not part of the test."""
    raw = pd.read_csv(UCI, dtype=str)
    money = raw.UnitPrice.astype(float) * raw.Quantity.astype(float)
    back = raw.InvoiceNo.str.startswith("C")
    batch = make_lines(amount=0, order_id=["x"] * len(raw))
    columns = {
        "order_id": raw.InvoiceNo, "customer_id": raw.CustomerID, "country": raw.Country, "product": raw.StockCode,
        "ordered_at": pd.to_datetime(raw.InvoiceDate), "quantity": raw.Quantity.astype(float),
        "amount": (money * 10_000).round().astype("int64"), "is_return": back,
        "kind": np.where(back, "Return", "Full Price"), "is_zero_price": raw.UnitPrice.astype(float) == 0,
    }  # fmt: skip
    for name, values in columns.items():
        place = batch.schema.get_field_index(name)
        batch = batch.set_column(place, batch.schema.field(name), pa.array(values, batch.schema.field(name).type))
    store = Store()
    store.append(batch)
    yield store
    store.close()


@pytest.mark.skipif(not UCI.exists(), reason=f"{UCI.name} is not here")
def test_the_published_counts_of_online_retail(uci_store):
    found = figures(uci_store, tables(uci_store), ["lines", "net_sales", "returns_value", "customers", "transactions"])
    assert found["lines"] == 541_909 and found["customers"] == 4_372 and found["transactions"] == 25_900
    assert found["net_sales"] == 9_747_747.934 and round(found["returns_value"], 2) == -896_812.49
    clean = scoped_tables(uci_store, Scope(leave_out=["guests", "returns", "zero-price"]))
    found = figures(uci_store, clean, ["lines", "net_sales", "gross_sales", "orders", "customers"])
    assert (found["lines"], found["orders"], found["customers"]) == (397_884, 18_532, 4_338)
    assert found["net_sales"] == found["gross_sales"] == 8_911_407.904


@pytest.mark.skipif(not UCI.exists(), reason=f"{UCI.name} is not here")
def test_additive_figures_of_the_countries_add_up(uci_store):
    names = [n for n in available(uci_store)[0] if MEASURES[n].additive]
    whole = figures(uci_store, tables(uci_store), names)
    rows = figures(uci_store, tables(uci_store), names, "country")
    assert len(rows) == 38 and rows[0]["value"] == "United Kingdom"
    for name in names:
        assert sum(row[name] for row in rows) == pytest.approx(whole[name], abs=1e-4)
