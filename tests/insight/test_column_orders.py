"""Orders in memory, against pandas."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from retail_panel.baskets.size import sizes, sizes_held
from retail_panel.insight import column_orders as module
from retail_panel.insight.column_orders import column_orders_of
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import Store

MANY = {"channel": 3, "tier": 4, "weekday": 7, "hour": 24}


@pytest.fixture(scope="module")
def rows():
    """2,000 lines of 700 orders, not in their order: some orders are guests', some lines stand for several."""
    random = np.random.default_rng(5)
    orders = pd.DataFrame({"customer_key": pd.array(random.integers(0, 90, 700), "Int32")})
    orders["order_key"] = random.permutation(700).astype("int64") * 10**15 + 3
    for name, many in MANY.items():
        # One code more than there are words for stands for no value.
        orders[f"c_{name}"] = random.integers(0, many + 1, 700).astype("uint8")
    orders["is_return"] = random.random(700) < 0.2
    orders.loc[random.random(700) < 0.1, "customer_key"] = pd.NA
    rows = orders.iloc[random.integers(0, 700, 2000)].reset_index(drop=True)
    rows["amount"] = random.integers(1, 900_000, 2000) * np.where(rows.is_return, -1, 1)
    rows["quantity"] = np.where(random.random(2000) < 0.3, np.nan, random.integers(1, 5, 2000))
    rows["merged"] = np.where(random.random(2000) < 0.2, 3.0, np.nan)
    rows["c_kind"] = random.integers(0, 3, 2000).astype("uint8")
    rows["c_category"] = random.integers(0, 6, 2000).astype("uint8")
    return rows


@pytest.fixture(scope="module")
def store():
    found = Store()
    yield found
    found.close()


@pytest.fixture(scope="module")
def people(store):
    keys = np.arange(80, dtype="int32")[::-1]
    table = pa.table({"customer_key": keys, "c_segment": (keys % 3).astype("uint8")})
    return store.keep_table("people", table)


def held_of(store, rows, people=None):
    table = store.keep_table("shop", pa.Table.from_pandas(rows, preserve_index=False))
    return column_orders_of(store.ask, table, people), table


def test_sums_by_what_orders_share(store, rows):
    held, _ = held_of(store, rows)
    for names in (("channel",), ("weekday", "hour")):
        found = held.by({name: MANY[name] for name in names})
        kept = rows[np.logical_and.reduce([rows[f"c_{name}"] < MANY[name] for name in names])]
        grouped = kept.assign(moved=kept.amount.abs()).groupby([f"c_{name}" for name in names])
        assert found.transactions.tolist() == grouped.order_key.nunique().tolist()
        assert found.net_sales.to_numpy() == pytest.approx(grouped.amount.sum() / MONEY_SCALE)
        assert found.moved.to_numpy() == pytest.approx(grouped.moved.sum() / MONEY_SCALE)


def test_lines_that_were_rolled_up_count_as_many(store, rows):
    held, _ = held_of(store, rows)
    found = held.lines_by("kind", 2)
    kinds = rows.merged.fillna(1).groupby(rows.c_kind).sum().loc[:1]
    assert found.lines.tolist() == kinds.tolist() and found.c_kind.tolist() == [0, 1]


@pytest.mark.parametrize(("name", "many"), [("tier", 4), ("category", 5)])
def test_transactions_by_segment_and_value(store, rows, people, name, many):
    held, _ = held_of(store, rows, people)
    found = held.transactions(name, many, True)
    kept = rows[rows[f"c_{name}"] < many]
    segment = (kept.customer_key % 3).where(kept.customer_key < 80).fillna(255).astype(int)
    keys = kept.assign(segment=segment, value=kept[f"c_{name}"], moved=kept.amount.abs() / MONEY_SCALE)
    keys["cluster"] = kept.customer_key.astype("Int64").fillna(kept.order_key)
    orders = keys.groupby(["segment", "value", "cluster", "order_key"]).moved.sum().reset_index()
    each = orders.groupby(["segment", "value", "cluster"]).moved.agg(["count", "sum"])
    expected = each.assign(ss=each["sum"] ** 2, sn=each["sum"] * each["count"], nn=each["count"] ** 2)
    expected = expected.groupby(level=[0, 1]).sum()
    cells = found.cells().set_index(["segment", "value_"])
    assert cells.index.tolist() == expected.index.tolist()
    assert cells.clusters.tolist() == each.groupby(level=[0, 1]).size().tolist()
    for column, name_ in (("n", "count"), ("s", "sum"), ("ss", "ss"), ("sn", "sn"), ("nn", "nn")):
        assert cells[column].to_numpy() == pytest.approx(expected[name_].to_numpy())
    groups = found.groups(name).table.set_index("value")
    means = orders.groupby("value").moved.mean()
    assert groups["mean"].sort_index().to_numpy() == pytest.approx(means.to_numpy())
    assert (groups["n"].sort_index() == orders.groupby("value").size()).all()


def test_sizes_are_those_of_the_engine(store, rows):
    held, table = held_of(store, rows)
    sold = ~held.is_return
    figures = {"lines": held.lines[sold], "units": held.units[sold], "amount": held.amount[sold] / MONEY_SCALE}
    found, by_engine = sizes_held(figures), sizes(store.ask, table)
    pd.testing.assert_frame_equal(found.summary, by_engine.summary, check_dtype=False)
    pd.testing.assert_frame_equal(found.histogram, by_engine.histogram, check_dtype=False)
    assert (found.orders, found.notes) == (by_engine.orders, by_engine.notes)


@pytest.mark.parametrize("column", ["customer_key", "c_channel", "c_hour", "is_return"])
def test_an_order_that_is_not_whole_is_not_taken(store, rows, column):
    other, twice = rows.copy(), rows.index[rows.order_key == rows.order_key.value_counts().index[0]]
    other.loc[twice[0], column] = not rows.is_return[twice[0]] if column == "is_return" else 77
    assert held_of(store, other)[0] is None


def test_too_many_places_are_not_laid_out(store, rows, monkeypatch):
    monkeypatch.setattr(module, "MOST_CELLS", 100)
    held, _ = held_of(store, rows)
    assert held.transactions("category", 5, False) is None and held.transactions("tier", 4, False) is not None
