"""Growth between two named periods, against pandas and statsmodels."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from retail_panel.insight.period_change import growth_estimate, growth_finding
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import Store

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo" / "order_lines.csv.gz"
FIRST = dt.date(2024, 11, 1), dt.date(2024, 12, 1)
SECOND = dt.date(2024, 12, 1), dt.date(2025, 1, 1)


def plain(text):
    return text.replace("\u00a0", " ")


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
        "ordered_at": pd.to_datetime(raw.ordered_at),
    })  # fmt: skip
    return rows, bench.keep_table("demo", pa.Table.from_pandas(rows, preserve_index=False))


def sold(rows, since, until):
    inside = (rows.ordered_at >= pd.Timestamp(since)) & (rows.ordered_at < pd.Timestamp(until))
    return rows.amount.where(inside, 0) / MONEY_SCALE


def test_the_change_is_that_of_pandas_and_its_error_that_of_a_bootstrap_of_customers(bench, demo):
    rows, lines = demo
    ratio, p, before, after = growth_estimate(bench.ask, lines, FIRST, SECOND)
    assert (before, after) == pytest.approx((sold(rows, *FIRST).sum(), sold(rows, *SECOND).sum()))
    assert ratio.value == pytest.approx(after / before)
    cluster = rows.customer_key.astype("Float64").fillna(-1.0 - rows.order_key)
    each = pd.DataFrame({"b": sold(rows, *FIRST), "a": sold(rows, *SECOND)}).groupby(cluster).sum().to_numpy()
    each = each[(each != 0).any(axis=1)]
    assert ratio.df == len(each) - 1
    residual = each[:, 1] - ratio.value * each[:, 0]
    expected = np.sqrt(len(each) / (len(each) - 1) * (residual**2).sum()) / each[:, 0].sum()
    assert ratio.std_error == pytest.approx(expected)
    chance = np.random.default_rng(0)
    drawn = np.array([each[chance.integers(0, len(each), len(each))].sum(0) for _ in range(500)])
    assert ratio.std_error == pytest.approx((drawn[:, 1] / drawn[:, 0]).std(), rel=0.12)
    assert p < 0.05


def test_rows_outside_both_periods_change_nothing(bench, demo):
    rows, lines = demo
    later = rows.assign(ordered_at=rows.ordered_at + pd.Timedelta(days=900), amount=rows.amount * 7)
    more = pa.Table.from_pandas(pd.concat([rows, later]), preserve_index=False)
    found = growth_estimate(bench.ask, bench.keep_table("more", more), FIRST, SECOND)
    assert found[0].value == pytest.approx(growth_estimate(bench.ask, lines, FIRST, SECOND)[0].value, rel=1e-12)
    assert found[1:] == pytest.approx(growth_estimate(bench.ask, lines, FIRST, SECOND)[1:], rel=1e-9)


def test_a_period_holds_its_first_day_and_not_the_day_it_ends(bench):
    when = ["2024-11-01 00:00", "2024-11-30 23:59:59", "2024-12-01 00:00", "2024-12-31 23:59:59", "2025-01-01 00:00"]
    rows = pd.DataFrame({
        "order_key": np.arange(5), "amount": [MONEY_SCALE * 10**i for i in range(5)], "is_return": False,
        "ordered_at": pd.to_datetime(when, format="ISO8601"),
    })  # fmt: skip
    lines = bench.keep_table("edges", pa.Table.from_pandas(rows, preserve_index=False))
    ratio, p, before, after = growth_estimate(bench.ask, lines, FIRST, SECOND)
    assert (before, after, ratio.value, p) == (11, 1100, 100, None)


def drawn(bench, name, factor, customers=400):
    """Orders of customers in both periods; the second ``factor`` times the first but for chance."""
    chance = np.random.default_rng(1)
    rows = pd.DataFrame({
        "order_key": np.arange(2 * customers), "customer_key": np.arange(2 * customers, dtype="int32") % customers,
        "amount": (chance.normal(100, 20, 2 * customers) * np.repeat([1, factor], customers) * MONEY_SCALE).astype(int),
        "is_return": False,
        "ordered_at": np.repeat(pd.to_datetime(["2024-11-10", "2024-12-10"]), customers),
    })  # fmt: skip
    return bench.keep_table(name, pa.Table.from_pandas(rows, preserve_index=False))


@pytest.mark.parametrize("factor, verb", [(1.2, "grew by"), (0.8, "fell by")])
def test_a_change_names_both_periods_and_its_interval(bench, factor, verb):
    found = growth_estimate(bench.ask, drawn(bench, "change", factor), FIRST, SECOND)
    made = growth_finding(found, FIRST, SECOND, found[1], "EUR")
    assert plain(made.sentence).startswith(f"Net sales {verb} ") and made.beyond_noise
    for part in ("(1 Nov 2024 to 30 Nov 2024)", "(1 Dec 2024 to 31 Dec 2024)", "95% interval", "€"):
        assert part in plain(made.sentence)
    gap = made.evidence.gap
    assert gap.low < factor - 1 < gap.high and made.strength == pytest.approx(abs(gap.value))


def test_no_change_is_not_sold_as_one(bench):
    found = growth_estimate(bench.ask, drawn(bench, "same", 1.0), FIRST, SECOND)
    made = growth_finding(found, FIRST, SECOND, found[1])
    assert made.sentence.startswith("No change in net sales beyond noise") and not made.beyond_noise
    assert made.strength == 0
    tiny = growth_finding(found, FIRST, SECOND, 1e-9)
    assert abs(tiny.evidence.gap.value) < 0.01 and tiny.sentence.startswith("Net sales hardly changed")
    assert not tiny.beyond_noise


def test_nothing_is_said_of_few_customers_or_of_nothing_before(bench):
    few = growth_estimate(bench.ask, drawn(bench, "few", 2.0, customers=12), FIRST, SECOND)
    assert few[0].value == pytest.approx(2, rel=0.2) and growth_finding(few, FIRST, SECOND, None) is None
    empty = (dt.date(2020, 1, 1), dt.date(2020, 2, 1))
    none = growth_estimate(bench.ask, drawn(bench, "none", 2.0), empty, SECOND)
    assert none[0].value is None and growth_finding(none, empty, SECOND, None) is None
    nothing = growth_estimate(bench.ask, drawn(bench, "none", 2.0), empty, empty)
    assert nothing[1:] == (None, 0.0, 0.0)
