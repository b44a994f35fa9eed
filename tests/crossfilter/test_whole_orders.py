"""Orders told by their first lines: as many as there are distinct ones, and only where a scope has them whole."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from retail_panel.crossfilter.clause import Values
from retail_panel.crossfilter.coded import among
from retail_panel.crossfilter.cube import Cube, fill_sums
from retail_panel.crossfilter.distinct_cube import fill_distinct
from retail_panel.crossfilter.histogram import Key, histograms, opens
from retail_panel.crossfilter.scenes import Scenes, definition_of
from retail_panel.crossfilter.whole_orders import OPENS
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.demo.scaled import scaled_order_lines
from retail_panel.store import Shelf, Store

DEFINITION = definition_of(CustomersPipeline(k=3))
SCOPES = {
    "all": ({}, True),
    "time": ({"ordered_at": "2025-03-03..2026-02-01"}, True),
    "channel and hour": ({"channel": "Online", "hour": "10,11,12"}, True),
    "category": ({"category": "Electronics"}, False),
    "marks": ({"without": "duplicates"}, False),
}


@pytest.fixture(scope="module")
def lines():
    """Some lines of the demo."""
    (whole,) = scaled_order_lines(100_000)
    return whole.take(np.arange(0, 100_000, 8)[:, None].repeat(4, 1).ravel() + np.tile(np.arange(4), 12_500))


def frequencies(store, scope, definition=None):
    """Return orders by customer, whether their first lines told them, and the lines that they are counted from."""
    _, scene = Scenes(store, Shelf(), "GBP").take(scope, {**DEFINITION, **(definition or {})})
    own = scene.coded.own
    bought = own.filter(~own.is_return, own.customer_key.notnull())
    counted = store.ask(bought.group_by("customer_key").aggregate(n=bought.order_key.nunique()))
    found = store.ask(scene.population.table.select("customer_key", "frequency"))
    pairs = [dict(zip(*(each.column(i).to_pylist() for i in (0, 1)), strict=True)) for each in (found, counted)]
    return *pairs, OPENS in own.columns


@pytest.mark.parametrize("name", SCOPES)
def test_frequency_is_the_number_of_distinct_orders(lines, name):
    scope, is_told = SCOPES[name]
    store = Store()
    store.append(lines)
    found, counted, are_told = frequencies(store, scope)
    assert found == counted and len(found) > 100 and are_told == is_told
    store.close()


def test_orders_in_two_channels_are_counted_under_a_channel(lines, empty_store):
    channel = pc.cast(lines.column("channel"), pa.string()).to_pylist()
    channel[1::2] = ["Phone"] * len(channel[1::2])
    place = lines.schema.get_field_index("channel")
    empty_store.append(lines.set_column(place, "channel", pa.array(channel)))
    found, counted, are_told = frequencies(empty_store, {"channel": "Phone"})
    assert found == counted and not are_told
    assert frequencies(empty_store, {"ordered_at": "2025-03-03.."})[2]


def test_orders_at_two_times_are_counted_within_a_span(lines, empty_store):
    times = lines.column("ordered_at").combine_chunks().cast(pa.int64()).to_numpy().copy()
    times[1::2] += 60_000_000
    place = lines.schema.get_field_index("ordered_at")
    empty_store.append(lines.set_column(place, "ordered_at", pa.array(times).cast(pa.timestamp("us"))))
    found, counted, are_told = frequencies(empty_store, {"ordered_at": "2025-03-03..2025-06-01"})
    assert found == counted and not are_told


def test_lines_that_arrive_later_may_be_of_earlier_orders(lines, empty_store):
    empty_store.append(lines.slice(0, 40_001))
    scenes = Scenes(empty_store, Shelf(), "GBP")
    scenes.take({}, DEFINITION)
    empty_store.append(lines.slice(40_001))
    _, scene = scenes.take({"channel": "Online"}, DEFINITION)
    assert OPENS not in scene.coded.own.columns


def test_returns_that_count_as_purchases_are_orders_too(lines, empty_store):
    empty_store.append(lines)
    _, scene = Scenes(empty_store, Shelf(), "GBP").take({}, {**DEFINITION, "returns": "count"})
    own = scene.coded.own
    orders = own.filter(own.customer_key.notnull()).group_by("customer_key").aggregate(n=own.order_key.nunique())
    found = empty_store.ask(scene.population.table.aggregate(n=scene.population.table.frequency.sum()))
    assert found.column(0)[0].as_py() == empty_store.ask(orders.aggregate(n=orders.n.sum())).column(0)[0].as_py()


def distinct(store, coded, dims, lines):
    """Return distinct orders with a sale among lines, by codes; and those of known customers."""
    sold = lines.filter(~lines.is_return, *(lines[f"c_{name}"] < coded.bins[name].size for name in dims))
    orders, known = sold.order_key.nunique(), sold.order_key.nunique(where=sold.has_customer)
    question = sold.group_by([f"c_{name}" for name in dims]).agg(orders=orders, customer_orders=known)
    rows = store.ask(question).to_pylist()
    return {tuple(row[f"c_{name}"] for name in dims): (row["orders"], row["customer_orders"]) for row in rows}


@pytest.mark.parametrize("dims", [("ordered_at",), ("segment",), ("channel", "segment"), ("category",)])
def test_orders_by_pieces_are_distinct_ones(lines, dims):
    store = Store()
    store.append(lines)
    _, scene = Scenes(store, Shelf(), "GBP").take({}, DEFINITION)
    coded, keys = scene.coded, [Key(dims, name) for name in ("orders", "customer_orders")]
    assert opens(coded, "orders", dims) == (dims != ("category",))
    for filters in ({}, {"channel": Values(("Online",))}, {"category": Values(("Electronics",))}):
        found = histograms(store, coded, keys, filters)
        others = {name: clause for name, clause in filters.items() if name not in dims}
        expected = distinct(store, coded, dims, coded.table.filter(True, *among(coded, others)))
        assert {at: tuple(found[key][at] for key in keys) for at in expected} == expected and len(expected) > 2
        assert all(found[key].sum() == sum(each[i] for each in expected.values()) for i, key in enumerate(keys))
    store.close()


@pytest.mark.parametrize("active", ["ordered_at", "recency_days", "amount"])
def test_orders_under_a_brush_add_up_where_pieces_have_them_whole(lines, active):
    store = Store()
    store.append(lines)
    _, scene = Scenes(store, Shelf(), "GBP").take({}, DEFINITION)
    coded, keys = scene.coded, [Key((), "orders"), Key(("segment",), "orders"), Key(("category",), "orders")]
    cube = Cube((active,), (coded.bins[active].size,))
    fill_sums(store, coded, cube, keys, {})
    assert [key in cube for key in keys] == ([True, True, False] if active != "amount" else [False] * 3)
    fill_distinct(store, coded, cube, keys, {})
    clause = coded.bins[active].clause([1, 2, 3])
    expected = histograms(store, coded, keys, {active: clause})
    for key, array in cube.answer(((1, 4),)).items():
        assert (array == expected[key]).all()
    store.close()


def test_where_an_order_is_of_two_customers_no_first_line_tells_it(lines, empty_store):
    customer, order = (pc.cast(lines.column(n), pa.string()).to_pylist() for n in ("customer_id", "order_id"))
    customer[next(at for at in range(1, len(order)) if order[at] == order[at - 1])] = "another"
    place = lines.schema.get_field_index("customer_id")
    empty_store.append(lines.set_column(place, "customer_id", pa.array(customer)))
    _, scene = Scenes(empty_store, Shelf(), "GBP").take({}, DEFINITION)
    assert OPENS in scene.coded.own.columns and not scene.coded.whole
    assert not opens(scene.coded, "orders", ())
