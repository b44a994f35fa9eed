"""Moments of groups against pandas on the raw rows and the cluster-robust fits of statsmodels."""

import functools
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel.errors import UnusableInput
from retail_panel.insight import groups
from retail_panel.insight.groups import COLUMNS, group_moments, moments
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import RowPolicy, Store

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo" / "order_lines.csv.gz"
UCI = Path(__file__).resolve().parents[3] / "shared" / "real-data" / "online_retail.csv.gz"


@pytest.fixture(scope="module")
def bench():
    """A store in memory that these tests share."""
    store = Store(threads=1)
    yield store
    store.close()


@pytest.fixture(scope="module")
def demo(bench):
    """The demo's first 20,000 lines: as a pandas frame, and as lines in the store."""
    rows = pd.read_csv(DEMO, nrows=20_000)
    return rows_and_lines(bench, "demo", pd.DataFrame({
        "order_key": pd.factorize(rows.order_id)[0].astype("int64"),
        "customer_key": pd.Series(pd.factorize(rows.customer_id)[0]).replace(-1, pd.NA).astype("Int32"),
        "amount": (rows.amount * MONEY_SCALE).round().astype("int64"),
        "is_return": rows.kind == "Return",
        "channel": rows.channel, "category": rows.category, "tier": rows.tier,
        "c_channel": pd.factorize(rows.channel)[0].astype("uint8"),
    }))  # fmt: skip


def rows_and_lines(store, name, rows):
    return rows, store.keep_table(name, pa.Table.from_pandas(rows, preserve_index=False))


def observations(rows, by, unit):
    """Return one row an observation: value, cluster and x, by pandas."""
    rows = rows[rows[by].notna()]
    guest = -1.0 - rows.order_key
    cluster = rows.customer_key.astype("Float64").fillna(guest).astype(float) if "customer_key" in rows else guest
    rows = rows.assign(cluster=cluster, money=rows.amount / MONEY_SCALE)
    if unit == "return":
        return rows.assign(value=rows[by], x=rows.is_return.astype(float))[["value", "cluster", "x"]]
    if unit == "customer":
        found = rows[rows.cluster >= 0].groupby([by, "cluster"], as_index=False).money.sum()
        return found.set_axis(["value", "cluster", "x"], axis=1)
    spent = rows.assign(money=rows.money.abs()).groupby([by, "order_key"], as_index=False)
    return spent.agg(cluster=("cluster", "max"), x=("money", "sum")).rename(columns={by: "value"})


def robust(y, x, clusters):
    return sm.OLS(np.asarray(y), x).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(clusters)[0], "use_correction": False}
    )


@pytest.mark.parametrize("unit", ["transaction", "customer", "return"])
@pytest.mark.parametrize("by", ["channel", "category", "tier", "c_channel"])
def test_every_figure_is_the_one_of_the_raw_rows(bench, demo, by, unit):
    rows, lines = demo
    found = group_moments(bench.ask, lines, by, unit)
    seen = observations(rows, by, unit)
    plain = seen.groupby("value").x.agg(["count", "mean", "var"])
    assert set(found.table.value) == set(plain.index)
    for row in found.table.itertuples():
        own = seen.value == row.value
        assert row.n == plain["count"][row.value]
        assert (row.mean, row.variance) == pytest.approx(
            (plain["mean"][row.value], plain["var"][row.value]), rel=1e-9, nan_ok=True
        )
        assert row.clusters == seen.cluster[own].nunique()
        assert row.customers == (seen.cluster[own].drop_duplicates() >= 0).sum()
        rest = seen[~own]
        assert (row.rest_n, row.rest_clusters) == (len(rest), rest.cluster.nunique())
        assert (row.rest_mean, row.rest_variance) == pytest.approx((rest.x.mean(), rest.x.var()), rel=1e-9)
        # Two dummies: their covariance matrix has the variances of both means and their covariance.
        fit = robust(seen.x, np.column_stack([own, ~own]).astype(float), seen.cluster)
        if row.clusters == 1:
            assert np.isnan([row.std_error, row.rest_covariance]).all()
            continue
        g, h = row.clusters / (row.clusters - 1), row.rest_clusters / (row.rest_clusters - 1)
        expected = fit.cov_params() * np.array([[g, np.sqrt(g * h)], [np.sqrt(g * h), h]])
        assert (row.std_error**2, row.rest_std_error**2) == pytest.approx(tuple(np.diag(expected)), rel=1e-7)
        assert row.rest_covariance == pytest.approx(expected[0, 1], rel=1e-6, abs=1e-12)


def test_the_covariance_of_the_means_is_that_of_one_fit_with_a_dummy_a_group(bench, demo):
    rows, lines = demo
    found = group_moments(bench.ask, lines, "channel")
    seen = observations(rows, "channel", "transaction")
    dummies = np.column_stack([seen.value == value for value in found.table.value]).astype(float)
    g = np.sqrt(found.table.clusters / (found.table.clusters - 1))
    assert found.covariance == pytest.approx(robust(seen.x, dummies, seen.cluster).cov_params() * np.outer(g, g))
    assert found.covariance[0, 1] > 0, "customers who buy much in one channel do so in the other"


def test_the_mean_is_the_average_transaction_value_of_the_tiles(store):
    from retail_panel.figures import figures
    from retail_panel.measures import facts

    lines = facts(store.lines, store.customers)
    found = group_moments(store.ask, lines, "channel").table
    tiles = figures(store, {"order_line": lines}, ["average_transaction_value", "transactions"], "channel")
    assert {row["value"]: (row["average_transaction_value"], row["transactions"]) for row in tiles} == {
        row.value: (pytest.approx(row.mean), row.n) for row in found.itertuples()
    }


def test_two_units_asked_together_are_those_asked_alone(bench, demo):
    _, lines = demo
    both = moments(bench.ask, lines, {"goods": "category"}, {"goods": ("transaction", "return")})
    for unit in ("transaction", "return"):
        alone = group_moments(bench.ask, lines, "category", unit)
        pd.testing.assert_frame_equal(both["goods", unit].table, alone.table)
        np.testing.assert_allclose(both["goods", unit].covariance, alone.covariance)


def test_of_many_lines_the_engine_finds_the_same(bench, demo, monkeypatch):
    _, lines = demo
    by = {name: f"c_{name}" if f"c_{name}" in lines.columns else name for name in ("channel", "category")}
    units = dict.fromkeys(by, ("transaction", "return"))
    quick = moments(bench.ask, lines, by, units)
    monkeypatch.setattr(groups, "MOST_IN_MEMORY", 0)
    for key, found in moments(bench.ask, lines, by, units).items():
        pd.testing.assert_frame_equal(found.table, quick[key].table)
        np.testing.assert_allclose(found.covariance, quick[key].covariance, rtol=1e-6, atol=1e-9)


def test_a_guest_without_an_order_id_is_no_customer(bench):
    # The store numbers a line without an order id by its negative; customer 4 is somebody else.
    _, lines = rows_and_lines(bench, "guest", pd.DataFrame({
        "order_key": [1, -5], "customer_key": pd.array([4, None], "Int32"), "amount": [10_000, 30_000],
        "is_return": False, "channel": "Online",
    }))  # fmt: skip
    (row,) = group_moments(bench.ask, lines, "channel").table.itertuples()
    assert (row.n, row.clusters, row.customers) == (2, 2, 1)
    (row,) = group_moments(bench.ask, lines.drop("customer_key"), "channel").table.itertuples()
    assert (row.n, row.clusters, row.customers) == (2, 2, 0)


def test_by_hand(store):
    found = group_moments(store.ask, store.lines, "channel").table
    # Online: o1 140, o3 200, o4 100, o10 200, o9 200, r1 200, o11 20 of Ada, Dan and Ben. In the shop: o7 20, o2 100,
    # g1 200, o5 80, Finn's two lines 100 and 20, o6 30, o12 20 of Eve, Ben, a guest, Ada, Finn and Cleo.
    shop, web = found.iloc[0], found.iloc[1]
    assert (shop.value, shop.n, shop["mean"], shop.clusters, shop.customers) == ("In-store", 8, 570 / 8, 6, 5)
    assert (web.value, web.n, web["mean"], web.clusters, web.customers) == (
        "Online", 7, pytest.approx(1060 / 7), 3, 3,
    )  # fmt: skip
    # Of Ada, Dan and Ben online: (140 + 200 + 20) - 3 m, (200 + 100) - 2 m, (200 + 200) - 2 m.
    m = 1060 / 7
    squares = (360 - 3 * m) ** 2 + (300 - 2 * m) ** 2 + (400 - 2 * m) ** 2
    assert web.std_error == pytest.approx(np.sqrt(3 / 2 * squares) / 7)
    net = group_moments(store.ask, store.lines, "channel", "customer").table.set_index("value")
    # Online Ada 360, Dan 300, Ben 200 - 200.
    assert (net.n["Online"], net["mean"]["Online"]) == (3, pytest.approx(220))
    assert net.variance["Online"] == pytest.approx(np.var([360, 300, 0], ddof=1))
    back = group_moments(store.ask, store.lines, "channel", "return").table.set_index("value")
    assert (back.n["Online"], back["mean"]["Online"], back["mean"]["In-store"]) == (8, 1 / 8, 0)


def test_without_customers_each_transaction_stands_for_itself(bench, demo):
    rows, lines = demo
    found = group_moments(bench.ask, lines.drop("customer_key"), "tier").table
    assert found.std_error.to_numpy() == pytest.approx(np.sqrt(found.variance / found.n).to_numpy())
    assert found.customers.tolist() == [0] * len(found)
    assert (found.clusters == found.n).all()


def test_amounts_far_from_zero_keep_their_digits(bench):
    money = np.array([10**15 + i for i in range(100)])
    rows = pd.DataFrame({
        "order_key": np.arange(100), "customer_key": np.arange(100, dtype="int32"), "amount": money,
        "is_return": False, "tier": ["a", "b"] * 50,
    })  # fmt: skip
    _, lines = rows_and_lines(bench, "far", rows)
    found = group_moments(bench.ask, lines, "tier").table
    expected = np.var(np.arange(0, 100, 2) / MONEY_SCALE, ddof=1)
    assert found.variance.to_numpy() == pytest.approx([expected] * 2, rel=1e-3)


def test_values_come_back_as_they_were_found(bench, demo):
    _, lines = demo
    assert {type(v) for v in group_moments(bench.ask, lines, "c_channel").table.value} == {int}
    assert {type(v) for v in group_moments(bench.ask, lines, "tier").table.value} == {str}
    by_flag = group_moments(bench.ask, lines, lambda t: t.is_return, name="sort")
    assert (by_flag.name, by_flag.table.value.tolist()) == ("sort", [False, True])


def test_no_lines_give_no_groups(empty_store):
    for unit in ("transaction", "customer", "return"):
        found = group_moments(empty_store.ask, empty_store.lines, "channel", unit)
        assert (len(found.table), found.covariance.shape) == (0, (0, 0))
        assert tuple(found.table.columns) == COLUMNS


def test_a_column_without_a_value_anywhere_gives_no_groups(store):
    assert group_moments(store.ask, store.lines, "tier").table.empty


def test_one_group_has_no_rest(store):
    found = group_moments(store.ask, store.lines, "currency").table
    assert (found.n.tolist(), found.rest_n.tolist(), found.rest_clusters.tolist()) == ([15], [0], [0])
    assert found.rest_mean.isna().all() and found.rest_std_error.isna().all()


def test_the_row_policy_is_obeyed(store):
    ask = functools.partial(store.ask, policy=RowPolicy((("channel", ("Online",)),)))
    assert group_moments(ask, store.lines, "channel").table.value.tolist() == ["Online"]


def test_wrong_units_and_too_many_values_are_told(bench, demo):
    _, lines = demo
    with pytest.raises(UnusableInput, match="'basket'.*transaction, customer, return"):
        group_moments(bench.ask, lines, "tier", "basket")
    with pytest.raises(UnusableInput, match=r"order_key: [\d,]+ values; at most 60"):
        group_moments(bench.ask, lines, "order_key")


LINE = st.tuples(
    st.integers(0, 6), st.none() | st.integers(0, 3), st.integers(-(10**7), 10**7), st.sampled_from(["a", "b", "c"])
)


@settings(max_examples=30, deadline=None)
@given(st.lists(LINE, min_size=2, max_size=30), st.sampled_from(["transaction", "customer", "return"]))
def test_observations_and_money_add_up_whatever_the_lines(bench, drawn, unit):
    # An order has one customer.
    owner = {order: customer for order, customer, *_ in drawn}
    rows = pd.DataFrame(
        [(order, owner[order], money, value) for order, _, money, value in drawn],
        columns=["order_key", "customer_key", "amount", "g"],
    )
    rows = rows.assign(customer_key=rows.customer_key.astype("Int32"), is_return=rows.amount < 0)
    _, lines = rows_and_lines(bench, "drawn", rows)
    found = group_moments(bench.ask, lines, "g", unit)
    table, seen = found.table, observations(rows, "g", unit)
    assert dict(zip(table.value, table.n, strict=True)) == seen.value.value_counts().to_dict()
    assert (table["mean"] * table.n).sum() == pytest.approx(seen.x.sum(), abs=1e-6)
    assert (table.n + table.rest_n == len(seen)).all()
    assert (table["mean"] * table.n + (table.rest_mean * table.rest_n).fillna(0)).to_numpy() == pytest.approx(
        seen.x.sum(), abs=1e-6
    )
    known = (table.clusters > 1).to_numpy(bool)
    covariance = found.covariance[np.ix_(known, known)]
    assert covariance == pytest.approx(covariance.T)
    assert (np.linalg.eigvalsh(covariance) >= -1e-9 * max(1.0, np.abs(covariance).max(initial=0))).all()


@pytest.mark.skipif(not UCI.exists(), reason="the UCI Online Retail file is not here (../shared/real-data)")
def test_countries_of_the_uci_file(bench):
    raw = pd.read_csv(UCI, usecols=["InvoiceNo", "Quantity", "UnitPrice", "CustomerID", "Country"], dtype=str)
    money = raw.Quantity.astype(float) * raw.UnitPrice.astype(float) * MONEY_SCALE
    rows = pd.DataFrame({
        "order_key": pd.factorize(raw.InvoiceNo)[0].astype("int64"),
        "customer_key": pd.Series(pd.factorize(raw.CustomerID)[0]).replace(-1, pd.NA).astype("Int32"),
        "amount": money.round().astype("int64"), "is_return": raw.InvoiceNo.str.startswith("C"),
        "country": raw.Country,
    })  # fmt: skip
    _, lines = rows_and_lines(bench, "uci", rows)
    table = group_moments(bench.ask, lines, "country").table
    seen = observations(rows, "country", "transaction")
    plain = seen.groupby("value").x.agg(["count", "mean", "var"]).loc[table.value]
    assert table.n.tolist() == plain["count"].tolist()
    assert table["mean"].to_numpy() == pytest.approx(plain["mean"].to_numpy(), rel=1e-9)
    assert table.variance.to_numpy() == pytest.approx(plain["var"].to_numpy(), rel=1e-9, nan_ok=True)
    france = seen[seen.value == "France"]
    fit = robust(france.x, np.ones(len(france)), france.cluster)
    row = table.set_index("value").loc["France"]
    assert row.std_error == pytest.approx(fit.bse[0] * np.sqrt(row.clusters / (row.clusters - 1)))


def test_columns_asked_together_are_those_asked_alone(bench, demo):
    """Also where lines of an order differ, in one column or in who bought them, or have no value."""
    rows, _ = demo
    rng = np.random.default_rng(3)
    codes = {f"c_{i}": pd.Series(rng.integers(0, 4, 400)[rows.order_key % 400]) for i in range(3)}
    codes["c_1"] = codes["c_1"].where(rng.random(len(rows)) < 0.9, 255)
    codes["c_2"] = codes["c_2"].where(rng.random(len(rows)) < 0.9, 3)
    shared = rows.order_key.where(rng.random(len(rows)) < 0.95, 7)
    rows = rows.assign(order_key=shared, **{name: code.astype("uint8") for name, code in codes.items()})
    _, lines = rows_and_lines(bench, "together", rows)
    lines = lines.mutate(c_1=lines.c_1.nullif(255))
    units = {"c_0": ("transaction", "return"), "c_1": ("transaction",), "c_2": ("transaction",)}
    together = moments(bench.ask, lines, {name: name for name in units}, units)
    assert set(together) == {(name, unit) for name, wanted in units.items() for unit in wanted}
    for (name, unit), found in together.items():
        alone = moments(bench.ask, lines, {name: name}, units)[name, unit]
        pd.testing.assert_frame_equal(found.table, alone.table, rtol=1e-9)
        np.testing.assert_allclose(found.covariance, alone.covariance, rtol=1e-7)
        seen = observations(rows[rows[name] < 255], name, unit)
        assert dict(zip(found.table.value, found.table.n, strict=True)) == seen.groupby("value").x.count().to_dict()
