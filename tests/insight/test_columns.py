"""Order lines in memory answer as the engine does."""

import dataclasses

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from retail_panel.customers import CustomersPipeline
from retail_panel.demo import scaled_order_lines
from retail_panel.insight import columns as module
from retail_panel.insight.column_sums import column_moments, customers_sums, growth_sums
from retail_panel.insight.columns import columns_of
from retail_panel.insight.findings import findings
from retail_panel.insight.groups import moments
from retail_panel.insight.overall import customers_question
from retail_panel.insight.period_change import growth_question, moments_of
from retail_panel.insight.segment_facts import segment_facts
from retail_panel.store import Store

BY = ("channel", "category", "tier")
UNITS = dict.fromkeys(BY, ("transaction", "return"))
PERIODS = (pd.Timestamp("2024-01-01").date(), pd.Timestamp("2025-01-01").date()), (
    pd.Timestamp("2025-01-01").date(), pd.Timestamp("2026-01-01").date())  # fmt: skip


@pytest.fixture(scope="module")
def store():
    found = Store()
    for batch in scaled_order_lines(20_000):
        found.append(batch)
    yield found
    found.close()


@pytest.fixture(scope="module", params=["as they came", "rolled up", "nobody known"])
def lines(request, store):
    table = store.lines
    if request.param == "rolled up":
        # Some stand for several lines, an order has no name, and a value is missing.
        found = store.ask(store.lines).to_pandas().head(5_000)
        found["merged"] = np.where(np.arange(len(found)) % 7 == 0, 3.0, np.nan)
        found.loc[found.index % 11 == 0, "category"] = None
        table = store.keep_table("rolled", pa.Table.from_pandas(found, preserve_index=False))
    return table.drop("customer_key") if request.param == "nobody known" else table


@pytest.fixture(params=[1 << 23, 1_000], ids=["at once", "in pieces"])
def held(request, store, lines, monkeypatch):
    monkeypatch.setattr(module, "MOST_CELLS", request.param)
    return columns_of(store.ask, lines, {name: name for name in BY})


def test_moments_growth_and_customers_are_those_of_the_engine(store, lines, held):
    by_engine = moments(store.ask, lines, {name: name for name in BY}, UNITS)
    for key, found in column_moments(held, UNITS).items():
        pd.testing.assert_frame_equal(found.table, by_engine[key].table, check_dtype=False)
        np.testing.assert_allclose(found.covariance, by_engine[key].covariance, rtol=1e-6, atol=1e-9)
    (row,) = store.ask(growth_question(lines, *moments_of(*PERIODS))).to_pylist()
    assert growth_sums(held, *moments_of(*PERIODS)) == pytest.approx(row)
    if "customer_key" in lines.columns:
        (row,) = store.ask(customers_question(lines)).to_pylist()
        assert customers_sums(held) == pytest.approx(row)


def test_findings_read_the_same(store, lines, held):
    asked = (store.ask, lines, {name: name for name in BY})
    plain, quick = (findings(*asked, periods=PERIODS, columns=columns) for columns in (None, held))
    assert [finding.sentence for finding in quick] == [finding.sentence for finding in plain]


def test_facts_of_segments_are_those_of_the_engine(store, lines, held):
    if "customer_key" not in lines.columns:
        return
    scored = CustomersPipeline().run(store, store.lines, "facts").table
    asked = (store.ask, lines, scored, "segment", {"channel": "channel", "category": "category"}, {"tier": "tier"})
    plain, quick = segment_facts(*asked), segment_facts(*asked, columns=held)
    assert len(plain) == len(quick) > 5
    for one, other in zip(plain, quick, strict=True):
        one, other = dataclasses.asdict(one), dataclasses.asdict(other)
        leads, others = one.pop("dominant"), other.pop("dominant")
        assert other == pytest.approx(one)
        for name, lead in leads.items():
            assert others[name].pop("gap") == pytest.approx(lead.pop("gap"), nan_ok=True)
            assert others[name] == pytest.approx(lead)


def test_an_order_of_several_customers_is_left_to_the_engine(store):
    shared = pd.DataFrame({
        "order_key": [1, 1, 2], "customer_key": pd.array([4, 5, None], "Int32"), "amount": [1, 2, 3],
        "is_return": False, "ordered_at": pd.Timestamp("2024-01-01"), "channel": "Online",
    })  # fmt: skip
    table = store.keep_table("shared_order", pa.Table.from_pandas(shared, preserve_index=False))
    assert columns_of(store.ask, table, {"channel": "channel"}) is None
    assert columns_of(store.ask, table.filter(table.customer_key != 5), {"channel": "channel"}) is not None
