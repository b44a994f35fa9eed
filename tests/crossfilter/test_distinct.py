"""Counts of orders and customers that new lines are added to equal those of all lines."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from crossfilter.mirror import DEFINITION, as_batch, shop_rows
from retail_panel.crossfilter import distinct
from retail_panel.crossfilter.comparison import WAYS
from retail_panel.crossfilter.histogram import Key
from retail_panel.crossfilter.scenes import Scenes
from retail_panel.figures import figures
from retail_panel.store import Shelf, Store
from retail_panel.tiles import tile_answers

BY_TIME = [Key(("ordered_at",), name) for name in ("orders", "transactions", "customer_orders", "customers", "buyers")]
BY_CHANNEL = [Key(("channel",), name) for name in ("orders", "transactions")]
IN_ALL = [Key((), name) for name in ("orders", "transactions", "customers", "buyers", "repeat_customers")]
SCOPES = ({}, {"channel": "Online"}, {"without": "returns"}, {"ordered_at": "2024-02-21..2024-03-10"})
#: Lines of few orders and customers, days apart and in no order of time, returns and guests among them.
LINES = st.lists(
    st.tuples(st.integers(0, 9), st.one_of(st.none(), st.integers(0, 9)), st.integers(0, 30), st.booleans(),
              st.sampled_from(["Online", "In-store"])),
    min_size=1, max_size=8,
)  # fmt: skip


def batch(lines):
    """Return lines of (order, customer, day, whether it is a return, channel) as a batch."""
    rows = shop_rows(seed=1, lines=len(lines) + 3).head(len(lines)).assign(
        order_id=[f"o{order}" for order, *_ in lines],
        customer_id=[None if who is None else f"c{who}" for _, who, *_ in lines],
        ordered_at=[datetime(2024, 2, 20, 12) + timedelta(day) for _, _, day, *_ in lines],
        kind=["Return" if is_return else "Full Price" for _, _, _, is_return, _ in lines],
        channel=[channel for *_, channel in lines],
        brand="North",
    )
    return as_batch(rows)


def counted(scene):
    """Return the counts that were brought up to date, and the same ones of all lines."""
    coded = scene.coded
    found = coded.added_up([*BY_TIME, *BY_CHANNEL, *IN_ALL])
    expected = {}
    lines = coded.store.ask(coded.table).to_pandas()
    sold = lines[~lines.is_return]
    known = sold.dropna(subset="customer_key")
    of = {"orders": (sold, "order_key"), "transactions": (lines, "order_key"), "customers": (lines, "customer_key"),
          "buyers": (sold, "customer_key"), "customer_orders": (known, "order_key")}  # fmt: skip
    for key in found:
        if key.measure == "repeat_customers":
            expected[key] = (sold.groupby("customer_key").order_key.nunique() > 1).sum()
            continue
        rows, column = of[key.measure]
        expected[key] = rows[column].nunique()
        for name in key.dims:
            each = rows.groupby(f"c_{name}")[column].nunique()
            expected[key] = each.reindex(range(coded.bins[name].size), fill_value=0).to_numpy()
    return found, expected


@settings(max_examples=25, deadline=None)
@given(first=LINES, scope=st.sampled_from(SCOPES), most=st.sampled_from([distinct.MOST_BYTES, 10]),
       arrivals=st.lists(st.tuples(LINES, st.booleans()), min_size=2, max_size=5))  # fmt: skip
def test_any_lines_that_arrive(first, scope, most, arrivals):
    store = Store(threads=1)
    before, distinct.MOST_BYTES = distinct.MOST_BYTES, most
    try:
        store.append(as_batch(shop_rows(seed=4, lines=120, days=31).assign(channel="Online")))
        store.append(batch(first))
        scenes = Scenes(store, Shelf(spare=0), "GBP")
        key, scene = scenes.take(scope, DEFINITION)
        counted(scene)
        for lines, is_asked in arrivals:
            store.append(batch(lines))
            earlier, (key, scene) = key, scenes.take(scope, DEFINITION)
            scenes.give_back(earlier)
            if is_asked:
                found, expected = counted(scene)
                assert all(np.array_equal(found[key], expected[key]) for key in found), (found, expected)
        found, expected = counted(scene)
        assert all(np.array_equal(found[key], expected[key]) for key in found), (found, expected)
    finally:
        distinct.MOST_BYTES = before
        store.close()


def at_work(store):
    """Return scenes of which two versions were looked at, and the key and the scene of the second one."""
    store.append(as_batch(shop_rows(seed=4, lines=300, days=31)))
    scenes = Scenes(store, Shelf(spare=0), "GBP")
    _, scene = scenes.take({}, DEFINITION)
    assert not {key for key in counted(scene)[0] if key.measure in ("customers", "buyers", "repeat_customers")}
    store.append(batch([(1, 1, 30, False, "Online")]))
    key, scene = scenes.take({}, DEFINITION)
    counted(scene)
    return scenes, key, scene


def test_from_the_second_version_on_only_new_lines_and_those_of_their_orders_are_read(empty_store, monkeypatch):
    scenes, _, _ = at_work(empty_store)
    empty_store.append(batch([(1, 1, 30, False, "Online"), (99, 99, 30, False, "Online")]))
    _, scene = scenes.take({}, DEFINITION)
    read, ask = [], empty_store.ask

    def noted(own, *given, **named):
        read.append(ask(*given, **named))
        return read[-1]

    monkeypatch.setattr(type(empty_store), "ask", noted)
    found, expected = counted(scene)
    assert set(found) == {*BY_TIME, *BY_CHANNEL, *IN_ALL}
    assert max(table.num_rows for table in read[:-1]) < 30
    assert all(np.array_equal(found[key], expected[key]) for key in found)


def test_an_earlier_scene_asks_for_itself_and_many_lines_begin_anew(empty_store, monkeypatch):
    scenes, key, second = at_work(empty_store)
    empty_store.append(batch([(7, 8, 30, False, "Online")] * 6))
    _, third = scenes.take({}, DEFINITION)
    of_third = counted(third)[0]
    found, expected = counted(second)
    assert Key((), "customers") not in found and Key((), "orders") in found
    assert all(np.array_equal(found[key], expected[key]) for key in found)
    monkeypatch.setattr("retail_panel.crossfilter.delta.MOST_LINES", 3)
    empty_store.append(batch([(5, 6, 30, False, "Online")] * 6))
    _, fourth = scenes.take({}, DEFINITION)
    found, expected = counted(fourth)
    assert Key((), "customers") not in found and found[Key((), "orders")] >= of_third[Key((), "orders")]
    assert all(np.array_equal(found[key], expected[key]) for key in found)


def test_tiles_say_what_all_lines_say(empty_store):
    scenes, key, scene = at_work(empty_store)
    for day in range(3):
        rows = shop_rows(seed=day, lines=40, first=pd.Timestamp("2024-03-18") + pd.Timedelta(day, "D"), days=2)
        empty_store.append(as_batch(rows))
        _, scene = scenes.take({}, DEFINITION)
        tiles = tile_answers(empty_store, scene, {}, {}, WAYS[0], scene.policy, None)
        assert tiles.now == figures(empty_store, {"order_line": scene.coded.table}, list(tiles.now))
        assert {"orders", "customers", "average_order_value"} <= set(tiles.lines)
        assert not {"repeat_rate"} & set(tiles.lines)
