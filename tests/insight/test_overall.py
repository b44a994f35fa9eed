"""What top and repeat customers bring, against pandas and a bootstrap."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from retail_panel.crossfilter.clause import Range
from retail_panel.insight.overall import customer_findings, customers_question, top_share
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import Store

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo" / "order_lines.csv.gz"
UCI = DEMO.parents[3] / "shared" / "real-data" / "online_retail.csv.gz"


@pytest.fixture(scope="module")
def bench():
    """A store in memory that these tests share."""
    store = Store(threads=1)
    yield store
    store.close()


@pytest.fixture(scope="module")
def demo(bench):
    """The demo's first 20,000 lines: as a pandas frame, and as lines in the store."""
    raw = pd.read_csv(DEMO, nrows=20_000)
    rows = pd.DataFrame({
        "order_key": pd.factorize(raw.order_id)[0].astype("int64"),
        "customer_key": pd.Series(pd.factorize(raw.customer_id)[0]).replace(-1, pd.NA).astype("Int32"),
        "amount": (raw.amount * MONEY_SCALE).round().astype("int64"), "is_return": raw.kind == "Return",
    })  # fmt: skip
    return rows, bench.keep_table("demo", pa.Table.from_pandas(rows, preserve_index=False))


def by_pandas(rows):
    """Return net sales of each buying customer, most first, and how many orders each has."""
    known = rows[rows.customer_key.notna()]
    orders = known[~known.is_return].groupby("customer_key").order_key.nunique()
    net = known.groupby("customer_key").amount.sum()[orders.index] / MONEY_SCALE
    order = sorted(net.index, key=lambda key: (-net[key], key))
    return net[order], orders[order]


def test_by_hand(store):
    found = store.ask(customers_question(store.lines)).to_pylist()[0]
    # Ada 440, Dan 300, Ben 130, Finn 120, Cleo 20, Eve 20: a fifth of six, rounded up, is Ada and Dan.
    pounds = {name: found[name] / MONEY_SCALE for name in ("net", "edge", "top_net", "repeat_net")}
    assert pounds == {"net": 1030, "edge": 300, "top_net": 740, "repeat_net": 990}
    assert (found["customers"], found["top"], found["repeat"]) == (6, 2, 4)
    assert (found["y"], found["yy"], found["xy"]) == (140, 140**2, 140 * 440)
    assert found["xx"] == 440**2 + 300**2 + 130**2 + 120**2 + 2 * 20**2
    assert customer_findings(store.ask, store.lines) == [], "six customers are too few"


@pytest.fixture(scope="module")
def uci(bench):
    """The UCI file, as :func:`demo`."""
    if not UCI.exists():
        pytest.skip("the UCI Online Retail file is not here (../shared/real-data)")
    raw = pd.read_csv(UCI, usecols=["InvoiceNo", "Quantity", "UnitPrice", "CustomerID"], dtype=str)
    money = raw.Quantity.astype(float) * raw.UnitPrice.astype(float) * MONEY_SCALE
    rows = pd.DataFrame({
        "order_key": pd.factorize(raw.InvoiceNo)[0].astype("int64"),
        "customer_key": pd.Series(pd.factorize(raw.CustomerID)[0]).replace(-1, pd.NA).astype("Int32"),
        "amount": money.round().astype("int64"), "is_return": raw.InvoiceNo.str.startswith("C"),
    })  # fmt: skip
    return rows, bench.keep_table("uci", pa.Table.from_pandas(rows, preserve_index=False))


@pytest.mark.parametrize("shop", ["demo", "uci"])
def test_the_figures_are_those_of_pandas(bench, shop, request):
    rows, lines = request.getfixturevalue(shop)
    net, orders = by_pandas(rows)
    n, top = len(net), -(-len(net) // 5)
    concentration, repeat = customer_findings(bench.ask, lines)
    figure = concentration.evidence.figures[0]
    assert figure.value == pytest.approx(net.iloc[:top].sum() / net.sum()) and figure.n == n
    assert concentration.selection == {"monetary": Range(round(net.iloc[top - 1] * MONEY_SCALE), None)}
    rate = repeat.evidence.figures[0]
    assert rate.value == pytest.approx((orders > 1).mean())
    assert (rate.low, rate.high) == pytest.approx(proportion_confint((orders > 1).sum(), n, method="wilson"))
    assert repeat.evidence.figures[1].value == pytest.approx(net[orders > 1].sum() / net.sum())
    assert repeat.selection == {"frequency": Range(2, None)}
    assert f"{top:,} of {n:,}" in concentration.sentence and f"£{net.sum():,.2f}" in concentration.sentence
    assert f"of {n:,} buying customers have ordered more than once" in repeat.sentence


def test_the_interval_of_the_top_share_is_that_of_a_bootstrap(bench, demo):
    rows, lines = demo
    net = by_pandas(rows)[0].to_numpy()
    chance, shares = np.random.default_rng(0), []
    for _ in range(400):
        drawn = np.sort(chance.choice(net, len(net)))[::-1]
        shares.append(drawn[: -(-len(net) // 5)].sum() / drawn.sum())
    found = top_share(bench.ask(customers_question(lines)).to_pylist()[0])
    assert found.std_error == pytest.approx(np.std(shares), rel=0.1)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(shares, [0.025, 0.975])), abs=0.004)


def test_customers_all_alike_show_no_concentration(bench):
    rows = pd.DataFrame({
        "order_key": np.arange(100), "customer_key": np.arange(100, dtype="int32"), "amount": 50_000,
        "is_return": False,
    })  # fmt: skip
    concentration, repeat = customer_findings(
        bench.ask, bench.keep_table("alike", pa.Table.from_pandas(rows, preserve_index=False)), "EUR"
    )
    figure = concentration.evidence.figures[0]
    assert (figure.value, figure.low, figure.high) == pytest.approx((0.2, 0.2, 0.2), abs=1e-6)
    assert concentration.strength == 0
    assert "€100.00 of €500.00" in concentration.sentence
    assert repeat.evidence.figures[0].value == 0 and len(repeat.evidence.figures) == 1


def test_more_coming_back_than_was_bought_leaves_no_share_to_speak_of(bench):
    rows = pd.DataFrame({
        "order_key": np.arange(80), "customer_key": np.arange(80, dtype="int32") % 40,
        "amount": [10_000] * 40 + [-20_000] * 40, "is_return": [False] * 40 + [True] * 40,
    })  # fmt: skip
    found = customer_findings(bench.ask, bench.keep_table("back", pa.Table.from_pandas(rows, preserve_index=False)))
    assert [one.name for one in found] == ["repeat_rate"]


def test_without_customers_or_lines_there_is_nothing(bench, demo, empty_store):
    assert customer_findings(bench.ask, demo[1].drop("customer_key")) == []
    assert customer_findings(empty_store.ask, empty_store.lines) == []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(-100, 400), st.integers(0, 30)), min_size=1, max_size=40))
def test_any_customers_are_counted_as_pandas_counts_them(bench, drawn):
    rows = pd.DataFrame(drawn, columns=["customer_key", "amount", "order_key"])
    rows = rows.assign(customer_key=rows.customer_key.astype("int32"), is_return=rows.amount < 0)
    rows["amount"] *= MONEY_SCALE
    question = customers_question(bench.keep_table("any", pa.Table.from_pandas(rows, preserve_index=False)))
    found = bench.ask(question).to_pylist()[0]
    net, orders = by_pandas(rows)
    top = -(-len(net) // 5)
    assert (found["customers"], found["top"], found["repeat"]) == (len(net), top, (orders > 1).sum())
    if len(net):
        assert found["top_net"] / MONEY_SCALE == pytest.approx(net.iloc[:top].sum())
        assert found["edge"] / MONEY_SCALE == pytest.approx(net.iloc[top - 1])
        assert found["net"] / MONEY_SCALE == pytest.approx(net.sum())
