import datetime as dt
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, t, ttest_ind
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from retail_panel.demo import scaled_order_lines
from retail_panel.errors import UnusableInput
from retail_panel.figures import figures
from retail_panel.insight.contrast import MEANS, SHARES, Contrast, contrast, judged
from retail_panel.insight.interval import difference_of_means
from retail_panel.insight.paired_sums import estimates
from retail_panel.measures import MEASURES, facts
from retail_panel.store import Store, Superseded, Ticket

UCI = Path(__file__).parents[3] / "shared" / "real-data" / "online_retail.csv.gz"
NAMES = tuple(name for name, measure in MEASURES.items() if measure.table == "order_line")
RATIOS = {
    "average_order_value": ("gross", "orders"), "average_transaction_value": ("moved", "transactions"),
    "units_per_order": ("sold", "orders"), "return_rate": ("back", "gross"),
    "return_rate_units": ("units_back", "sold"), "discount_share": ("discounted", "gross"),
    "gross_margin_rate": ("margin", "costed"),
    "purchase_frequency": ("known_orders", "buyers"), "repeat_rate": ("repeat", "buyers"),
}  # fmt: skip


def facts_of(store):
    return facts(store.lines, store.customers)


def by_name(rows):
    return {row.name: row for row in rows}


def plain(text):
    return text.replace("\u00a0", " ")


@pytest.fixture(autouse=True, params=["by the engine", "in memory"])
def way(request, monkeypatch):
    """Sums are asked for, or added up in memory, and all that is told is the same."""
    if request.param == "in memory":
        monkeypatch.setattr("retail_panel.insight.paired_sums.MOST_LINES", math.inf)


@pytest.fixture(scope="module")
def demo():
    store = Store()
    for batch in scaled_order_lines(20_000):
        store.append(batch)
    yield store, store.ask(store.lines).to_pandas()
    store.close()


def per_cluster(lines):
    """The sums of each customer, and of each guest's order, from the raw rows."""
    lines = lines.assign(
        cluster=np.where(lines.customer_key.notna(), lines.customer_key, -1 - lines.order_key),
        amount=lines.amount / 1e4, cost=lines.unit_cost / 1e4 * lines.quantity,
    )  # fmt: skip
    sale, back = lines[~lines.is_return], lines[lines.is_return]
    costed = lines[lines.cost.notna()]
    orders = sale.groupby("cluster").order_key.nunique()
    known = orders[orders.index >= 0]
    found = {
        "gross": sale.groupby("cluster").amount.sum(), "back": -back.groupby("cluster").amount.sum(),
        "moved": lines.amount.abs().groupby(lines.cluster).sum(), "orders": orders,
        "transactions": lines.groupby("cluster").order_key.nunique(),
        "sold": sale.groupby("cluster").quantity.sum(), "units_back": -back.groupby("cluster").quantity.sum(),
        "discounted": sale[sale.kind == "Discount"].groupby("cluster").amount.sum(),
        "margin": (costed.amount - costed.cost).groupby(costed.cluster).sum(),
        "costed": costed.groupby("cluster").amount.sum(),
        "known_orders": known, "buyers": (known > 0).astype(int), "repeat": (known >= 2).astype(int),
    }  # fmt: skip
    return pd.DataFrame(found).fillna(0.0)


def by_linearisation(a, b, top, bottom):
    """Difference, its interval and p, from each cluster's residual in A less that in B."""
    residuals, ratios, variances, clusters = [], [], [], []
    for side in (a, b):
        side = side[(side[top].abs() > 1e-9) | (side[bottom].abs() > 1e-9)]
        x, y = side[top], side[bottom]
        ratio = x.sum() / y.sum()
        residual = (x - ratio * y) / y.sum() * np.sqrt(len(side) / (len(side) - 1))
        residuals.append(residual), ratios.append(ratio), clusters.append(len(side))
        variances.append((residual**2).sum())
    both = pd.concat(residuals, axis=1).fillna(0.0)
    error = np.sqrt(((both.iloc[:, 0] - both.iloc[:, 1]) ** 2).sum())
    df = sum(variances) ** 2 / sum(v**2 / (n - 1) for v, n in zip(variances, clusters, strict=True))
    gap = ratios[0] - ratios[1]
    half = t.ppf(0.975, df) * error
    return gap, gap - half, gap + half, 2 * t.sf(abs(gap) / error, df), tuple(clusters)


# Online and the shops share customers; before and after May as well; Online is part of all.
PAIRS = {
    "channels": (lambda x: x.channel == "Online", lambda x: x.channel == "In-store"),
    "brands": (lambda x: x.brand == "Kestrel Row", lambda x: x.brand == "Bramble & Birch"),
    "part and whole": (lambda x: x.channel == "Online", lambda x: x.order_key == x.order_key),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_equals_pandas_and_scipy_on_the_demo(demo, pair):
    store, raw = demo
    lines = facts_of(store)
    found = by_name(contrast(store, *(lines.filter(pick(lines)) for pick in PAIRS[pair]), NAMES))
    a, b = (per_cluster(raw[pick(raw)]) for pick in PAIRS[pair])
    for name, (top, bottom) in RATIOS.items():
        row = found[name]
        assert row.a == pytest.approx(a[top].sum() / a[bottom].sum(), rel=1e-9), name
        gap, low, high, p, clusters = by_linearisation(a, b, top, bottom)
        assert (row.difference, row.clusters, row.test) == (pytest.approx(gap, rel=1e-7), clusters, MEANS)
        assert (row.low, row.high, row.p) == pytest.approx((low, high, p), rel=1e-6, abs=1e-12), name
    tested = [row for row in found.values() if row.p is not None]
    assert {row.name for row in tested} == set(RATIOS)
    corrected = false_discovery_control([row.p for row in tested])
    assert [row.p_adjusted for row in tested] == pytest.approx(list(corrected))
    for row, p in zip(tested, corrected, strict=True):
        large = abs(row.difference) >= 0.005 if row.unit == "share" else abs(row.relative) >= 0.01
        assert row.beyond_noise == (p <= 0.05 and large)


def test_figures_are_those_of_figures_and_totals_are_not_tested(demo):
    store, _ = demo
    lines = facts_of(store)
    a, b = lines.filter(lines.channel == "Online"), lines.filter(lines.channel == "App")
    found = contrast(store, a, b, NAMES)
    assert [row.name for row in found] == list(NAMES)
    for side, rows in (("a", a), ("b", b)):
        assert {row.name: getattr(row, side) for row in found} == figures(store, {"order_line": rows}, NAMES)
    net = by_name(found)["net_sales"]
    assert net.difference == net.a - net.b and net.relative == pytest.approx(net.a / net.b - 1)
    assert (net.low, net.p, net.beyond_noise, net.test, net.clusters) == (None, None, None, "", ())
    assert "noise" not in net.sentence()
    last = by_name(found)["last_day"]
    assert isinstance(last.a, dt.date) and last.difference is None and " in A, " in last.sentence()


def test_the_return_rate_differs_between_channels_as_the_demo_was_made(demo):
    store, _ = demo
    lines = facts_of(store)
    row = contrast(store, lines.filter(lines.channel == "Online"), lines.filter(lines.channel == "In-store"),
                   ["return_rate"])[0]  # fmt: skip
    assert row.beyond_noise and row.low > 0
    assert "beyond noise" in row.sentence() and " pp)" in plain(row.sentence())
    assert f"{row.a:.1%} in A, {row.b:.1%} in B" in row.sentence()


def test_the_same_lines_on_both_sides_differ_in_nothing(demo):
    store, _ = demo
    lines = facts_of(store)
    for row in contrast(store, lines, lines, NAMES):
        assert row.difference in (0, None)
        if row.test:
            assert (row.low, row.high, row.p, row.beyond_noise) == (0, 0, 1, False)


def shop_of(make_lines, rows):
    """A store of (customer, order, channel, pounds, is back)."""
    customer, order, channel, amount, back = (list(column) for column in zip(*rows, strict=True))
    store = Store(threads=1)
    store.append(make_lines(
        customer_id=customer, order_id=order, channel=channel, amount=amount, quantity=1.0, unit_cost=1,
        kind=["Return" if b else "Full Price" for b in back],
    ))  # fmt: skip
    return store


def sides(store):
    lines = facts_of(store)
    return lines.filter(lines.channel == "A"), lines.filter(lines.channel == "B")


def test_one_order_a_customer_is_welchs_test(make_lines):
    rng = np.random.default_rng(1)
    one, other = rng.lognormal(3, 0.5, 60).round(2), rng.lognormal(3.3, 0.8, 45).round(2)
    rows = [(f"a{i}", f"a{i}", "A", x, False) for i, x in enumerate(one)]
    rows += [(f"b{i}", f"b{i}", "B", x, False) for i, x in enumerate(other)]
    store = shop_of(make_lines, rows)
    row = contrast(store, *sides(store), ["average_order_value"])[0]
    store.close()
    expected = ttest_ind(one, other, equal_var=False)
    assert row.p == pytest.approx(expected.pvalue, rel=1e-9) and row.clusters == (60, 45)
    assert (row.low, row.high) == pytest.approx(tuple(expected.confidence_interval()))


def test_shares_of_different_customers_are_the_chi_square_test(make_lines):
    counts = {"A": (70, 31), "B": (55, 12)}
    rows = []
    for channel, (customers, repeaters) in counts.items():
        for i in range(customers):
            rows += [(f"{channel}{i}", f"{channel}{i}-{j}", channel, 10, False) for j in range(1 + (i < repeaters))]
    store = shop_of(make_lines, rows)
    row = contrast(store, *sides(store), ["repeat_rate"])[0]
    store.close()
    assert row.test == SHARES
    assert row.p == pytest.approx(proportions_ztest([31, 12], [70, 55])[1], rel=1e-9)
    assert (row.low, row.high) == pytest.approx(confint_proportions_2indep(31, 70, 12, 55, method="newcomb"), abs=1e-9)


def test_few_customers_are_not_judged(store):
    lines = facts_of(store)
    rows = contrast(store, lines.filter(lines.channel == "Online"), lines.filter(lines.channel == "In-store"), NAMES)
    found = by_name(rows)
    # Online 860 in six orders; in the shop 570 in eight.
    assert found["average_order_value"].a == pytest.approx(860 / 6) and found["average_order_value"].b == 570 / 8
    assert all(row.beyond_noise is None and row.p is None for row in rows)
    assert found["average_order_value"].low < found["average_order_value"].difference
    assert found["average_order_value"].clusters == (3, 6)
    said = plain(found["average_order_value"].sentence("EUR"))
    assert said == "Average order value: €143.33 in A, €71.25 in B (+101.2%)."


def test_an_empty_side(store):
    lines = facts_of(store)
    for a, b in ((lines, lines.filter(lines.channel == "Mars")), (lines.filter(lines.channel == "Mars"),) * 2):
        for row in contrast(store, a, b, NAMES):
            assert row.beyond_noise is None and row.p is None
            assert row.sentence()


def test_an_unknown_measure_is_told_and_a_cancelled_ticket_stops(store):
    lines = facts_of(store)
    with pytest.raises(UnusableInput, match="profit"):
        contrast(store, lines, lines, ["profit"])
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Superseded):
        contrast(store, lines, lines, ["orders"], ticket=ticket)


def drawn(rng, factor):
    """Compare 80 customers with 80 of the same kind who spend so many times as much, as the engine's sums would."""
    level, orders = rng.lognormal(3, 0.4, 160), 1.0 + rng.poisson(1.5, 160)
    gross = np.array([(mean * rng.lognormal(0, 0.3, int(n))).sum() for mean, n in zip(level, orders, strict=True)])
    gross[80:] *= factor
    figures = {"average_order_value": (gross, orders), "purchase_frequency": (orders, np.ones(160)),
               "repeat_rate": ((orders > 1).astype(float), np.ones(160))}  # fmt: skip
    rows = []
    for name, (x, y) in figures.items():
        sums = {f"{name}_ab_{part}": 0.0 for part in ("xx", "xy", "yx", "yy")}
        for side, own in (("a", slice(0, 80)), ("b", slice(80, 160))):
            parts = (x[own].sum(), y[own].sum(), x[own] @ x[own], x[own] @ y[own], y[own] @ y[own], 80)
            labels = ("x", "y", "xx", "xy", "yy", "clusters")
            sums |= {f"{name}_{side}_{part}": value for part, value in zip(labels, parts, strict=True)}
        one, other, covariance = estimates(name, sums)
        gap = difference_of_means(one, other, covariance)
        rows.append(Contrast(name, name, MEASURES[name].unit, one.value, other.value, gap.value, gap.relative, p=gap.p))
    return judged(rows)


def test_chance_is_not_sold_and_a_third_more_is_found():
    rng = np.random.default_rng(5)
    false = sum(any(row.beyond_noise for row in drawn(rng, 1)) for _ in range(400))
    assert false <= 0.05 * 400
    true = [drawn(rng, 1.4) for _ in range(100)]
    assert sum(rows[0].beyond_noise for rows in true) >= 95
    assert sum(rows[1].beyond_noise or rows[2].beyond_noise for rows in true) <= 10


@pytest.mark.skipif(not UCI.exists(), reason=f"{UCI.name} is not here")
def test_equals_pandas_and_scipy_on_uci(make_lines):
    raw = pd.read_csv(UCI, dtype=str)
    back = raw.InvoiceNo.str.startswith("C")
    batch = make_lines(amount=0, order_id=["x"] * len(raw))
    columns = {
        "order_id": raw.InvoiceNo, "customer_id": raw.CustomerID, "country": raw.Country, "is_return": back,
        "ordered_at": pd.to_datetime(raw.InvoiceDate), "quantity": raw.Quantity.astype(float),
        "amount": (raw.UnitPrice.astype(float) * raw.Quantity.astype(float) * 10_000).round().astype("int64"),
        "kind": np.where(back, "Return", "Full Price"),
    }  # fmt: skip
    for name, values in columns.items():
        place = batch.schema.get_field_index(name)
        batch = batch.set_column(place, batch.schema.field(name), pa.array(values, batch.schema.field(name).type))
    store = Store()
    store.append(batch)
    lines = facts_of(store)
    is_british = lines.country == "United Kingdom"
    found = by_name(contrast(store, lines.filter(is_british), lines.filter(~is_british), RATIOS))
    rows = store.ask(store.lines.select("customer_key", "order_key", "amount", "quantity", "unit_cost", "is_return",
                                        "kind", "country")).to_pandas()  # fmt: skip
    store.close()
    a, b = (per_cluster(rows[(rows.country == "United Kingdom") == own]) for own in (True, False))
    for name in ("average_order_value", "average_transaction_value", "return_rate", "purchase_frequency"):
        gap, low, high, p, clusters = by_linearisation(a, b, *RATIOS[name])
        row = found[name]
        assert (row.difference, row.clusters) == (pytest.approx(gap, rel=1e-7), clusters)
        assert (row.low, row.high, row.p) == pytest.approx((low, high, p), rel=1e-6, abs=1e-12)
    assert found["average_order_value"].beyond_noise and found["gross_margin_rate"].a is None


SOME = ("average_order_value", "return_rate", "repeat_rate")
LINE = st.tuples(
    st.sampled_from([None, "x", "y", "z"]), st.sampled_from([None, "1", "2", "3"]), st.sampled_from("AB"),
    st.integers(0, 500), st.booleans(),
)  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(st.lists(LINE, min_size=1, max_size=25))
def test_a_against_b_is_b_against_a_turned_round(make_lines, rows):
    store = shop_of(make_lines, [(*row[:3], -row[3] if row[4] else row[3], row[4]) for row in rows])
    a, b = sides(store)
    there, back = contrast(store, a, b, SOME), contrast(store, b, a, SOME)
    store.close()
    for one, other in zip(there, back, strict=True):
        assert (one.a, one.b) == (other.b, other.a)
        if one.low is not None:
            assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-6)
            assert one.low <= one.high


def test_an_order_that_two_customers_share_is_one_order(store):
    rows = pd.DataFrame({
        "order_key": [1, 1, 2, 3], "customer_key": pd.array([1, 2, 2, 3], "Int32"), "amount": 10_000,
        "is_return": False, "has_customer": True,
    })  # fmt: skip
    lines = store.keep_table("shared", pa.Table.from_pandas(rows, preserve_index=False))
    found = by_name(contrast(store, lines, lines.filter(lines.order_key == 3), ["orders", "customers"]))
    assert (found["orders"].a, found["orders"].b) == (3, 1)
    assert (found["customers"].a, found["customers"].b) == (3, 1)
