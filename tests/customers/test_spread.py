import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel.customers import CustomersPipeline
from retail_panel.customers.profile import EMPTY
from retail_panel.customers.spread import COLUMNS, FIGURES, MEASURES, spread
from retail_panel.demo import scaled_order_lines
from retail_panel.store import Store


@pytest.fixture(scope="module")
def demo():
    store = Store()
    for batch in scaled_order_lines(20_000):
        store.append(batch)
    yield store, CustomersPipeline().run(store, store.lines, "demo")
    store.close()


def by_pandas(rows, by):
    rows = rows.assign(monetary=rows.monetary / 10_000)
    found = {}
    for group, part in [(None, rows), *rows.groupby(by)]:
        for measure in MEASURES:
            told = part[measure].describe()
            found[group, measure] = [told[name] for name in ("count", "mean", "std", "min", "25%", "50%", "75%", "max")]
    return found


def agrees(table, expected):
    keys = list(zip(table.group, table.measure, strict=True))
    assert keys == list(expected)
    for row, figures in zip(table[["customers", *FIGURES]].to_numpy(float), expected.values(), strict=True):
        assert row == pytest.approx(figures, rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("by", ["segment", "cluster"])
def test_equals_pandas_on_the_demo(demo, by):
    store, population = demo
    agrees(spread(store.ask, population.table, by), by_pandas(store.ask(population.table).to_pandas(), by))


def test_by_hand(shop):
    population = CustomersPipeline().run(shop, shop.lines, "shop")
    table = spread(shop.ask, population.table, "segment")
    everybody = table.iloc[:3].set_index("measure")
    assert everybody.group.tolist() == [None, None, None] and everybody.customers.tolist() == [5, 5, 5]
    # Recency 30, 0, 50, 60, 10; monetary 55, 100, 50, 0, 15.
    recency = everybody.loc["recency_days", list(FIGURES)].tolist()
    assert recency == pytest.approx([30, 650**0.5, 0, 10, 30, 50, 60])
    monetary = everybody.loc["monetary", list(FIGURES)].tolist()
    assert monetary == pytest.approx([44, (6070 / 4) ** 0.5, 0, 15, 50, 55, 100])
    alone = table[(table.group == 3) & (table.measure == "monetary")].iloc[0]
    assert (alone.customers, alone["mean"], alone["median"], alone["max"]) == (1, 100, 100, 100)
    assert np.isnan(alone["std"])


def test_nobody(empty_store):
    table = spread(empty_store.ask, empty_store.keep_table("nobody", EMPTY), "cluster")
    assert table.empty and tuple(table.columns) == COLUMNS


ROWS = st.lists(
    st.tuples(st.integers(0, 900), st.integers(1, 60), st.integers(-(10**9), 10**9), st.integers(0, 3)), min_size=1
)


@settings(deadline=None, max_examples=25)
@given(ROWS)
def test_any_customers_give_what_pandas_gives(rows):
    store = Store(threads=1)
    frame = pd.DataFrame(rows, columns=[*MEASURES, "segment"])
    scored = store.keep_table("scored", pa.Table.from_pandas(frame, preserve_index=False))
    agrees(spread(store.ask, scored), by_pandas(frame, "segment"))
    store.close()


def test_equals_pandas_on_uci(uci, uci_rows):
    population = CustomersPipeline(k=4).run(uci, uci.lines, "uci")
    whole = spread(uci.ask, population.table, "cluster").iloc[:3].set_index("measure")
    days = uci_rows.InvoiceDate.dt.normalize()
    rows = uci_rows.assign(day=days).groupby("CustomerID")
    found = pd.DataFrame({
        "recency_days": (days.max() - rows.day.max()).dt.days,
        "frequency": rows.InvoiceNo.nunique(), "monetary": rows.amount.sum(),
    })
    expected = by_pandas(found.assign(all_=0), "all_")
    for measure in MEASURES:
        figures = whole.loc[measure, ["customers", *FIGURES]].to_list()
        assert figures == pytest.approx(expected[None, measure], rel=1e-9)
