import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.demo_sample import frame_of, sample_batch
from retail_panel.customers.cohorts import FIGURES, cohorts
from retail_panel.errors import UnusableInput
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import Store

NO = float("nan")


@pytest.fixture(scope="module")
def sample():
    store = Store()
    store.append(sample_batch())
    yield store
    store.close()


def expected(rows, grain):
    """Return customers, orders and net sales by (cohort, since), those with anything in them, from pandas."""
    known = rows[rows.customer.notna()]
    period = known.day.dt.to_period({"month": "M", "quarter": "Q"}[grain])
    born = known.customer.map(period[~known.back].groupby(known.customer).min())
    known = known.assign(cohort=born.dt.start_time.dt.date, since=[
        (now - then).n if then is not pd.NaT else NO for now, then in zip(period, born, strict=True)
    ])  # fmt: skip
    known = known[known.since >= 0]
    cells = known.groupby(["cohort", "since"])
    sold = known[~known.back].groupby(["cohort", "since"])
    found = pd.DataFrame({"net_sales": cells.amount.sum() / MONEY_SCALE})
    found["customers"], found["orders"] = sold.customer.nunique(), sold.order.nunique()
    return found.fillna(0)


def check(found, rows, grain):
    """Compare every cell with pandas; cells that pandas has no rows for are zeros."""
    truth = expected(rows, grain)
    table = found.table.set_index(["cohort", "since"])
    assert set(truth.index) <= set(table.index)
    truth = truth.reindex(table.index, fill_value=0)
    for figure in ("customers", "orders", "net_sales"):
        assert table[figure].to_numpy() == pytest.approx(truth[figure].to_numpy(), abs=1e-9)
    sizes = truth.xs(0, level="since").customers
    for rate, figure in (("retention", "customers"), ("orders_per_customer", "orders")):
        for cohort, row in found.matrix(rate).iterrows():
            known = truth.loc[cohort][figure]
            assert row.dropna().to_numpy() == pytest.approx((known / sizes[cohort]).to_numpy())
    return table


def test_six_customers_by_hand(store):
    found = cohorts(store.ask, store.lines)
    # January: Eve, Ada, Dan; February: Ben; May: Finn; June: Cleo.
    rows = found.matrix("customers").to_numpy()
    expected = [
        [3, 1, 0, 1, 0, 1],
        [1, 0, 0, 1, 1, NO],
        [1, 0, NO, NO, NO, NO],
        [1, NO, NO, NO, NO, NO],
    ]
    assert rows == pytest.approx(np.array(expected), nan_ok=True)
    assert found.matrix("customers").index.tolist() == [dt.date(2024, month, 1) for month in (1, 2, 5, 6)]
    assert found.matrix("net_sales").iloc[0].tolist() == [360, 100, 0, 80, 0, 220]
    assert found.matrix("net_sales").iloc[1, 4] == 0
    assert found.matrix("orders").iloc[[0, 2], 0].tolist() == [3, 2]
    assert found.matrix("net_sales_per_customer").iloc[0, 0] == 120
    assert found.matrix().iloc[0, 1] == pytest.approx(1 / 3)
    # January, February and May were followed for a month: one of their five customers came back in it.
    assert found.curve.retention.tolist() == pytest.approx([1, 1 / 5, 0, 2 / 4, 1 / 4, 1 / 3])
    assert found.curve["size"].tolist() == [6, 5, 4, 4, 4, 3]
    assert (found.first_day, found.last_day) == (dt.date(2024, 1, 5), dt.date(2024, 6, 30))
    assert not found.table.is_partial.any()


@pytest.mark.parametrize("grain", ["month", "quarter"])
def test_demo_against_pandas(sample, grain):
    rows = frame_of(sample_batch())
    found = cohorts(sample.ask, sample.lines, grain)
    table = check(found, rows, grain)
    assert table.xs(0, level="since").customers.sum() == rows.customer[~rows.back].nunique()
    # The sample ends on 28 October: what its last period has seen so far is left out of the curve.
    last = found.matrix("customers").notna().sum(axis=1) - 1
    assert found.last_day == dt.date(2026, 10, 28)
    assert {(row.cohort, row.since) for row in found.table[found.table.is_partial].itertuples()} == set(last.items())
    whole = table[~table.is_partial].reset_index().groupby("since")[["customers", "size"]].sum()
    weights = found.curve.set_index("since")
    assert weights.retention.to_dict() == pytest.approx((whole.customers / whole["size"]).to_dict())
    assert len(weights) == (23 if grain == "month" else 8)


def test_a_cell_ends_where_the_data_ends(store):
    found = cohorts(store.ask, store.lines, last_day=dt.date(2024, 7, 15))
    matrix = found.matrix("customers")
    assert (matrix.shape[1], matrix.iloc[0, 6], matrix.iloc[-1, 1]) == (7, 0, 0)
    assert matrix.isna().sum(axis=1).tolist() == [0, 1, 4, 5]
    partial = found.table[found.table.is_partial]
    assert partial["since"].tolist() == [6, 5, 2, 1]
    assert found.curve["since"].tolist() == [0, 1, 2, 3, 4, 5]


def test_later_lines_are_left_out(store, make_lines):
    day = dt.date(2024, 6, 30)
    before = cohorts(store.ask, store.lines, last_day=day)
    later = {"customer_id": ["Eve", "Gus"], "order_id": ["x", "y"], "ordered_at": "2024-07-04", "amount": [500, 900]}
    store.append(make_lines(**later))
    after = cohorts(store.ask, store.lines, last_day=day)
    pd.testing.assert_frame_equal(after.table, before.table)
    later = cohorts(store.ask, store.lines)
    old = later.table[later.table["cohort"] < dt.date(2024, 7, 1)]
    old = old[[cohort.month + since < 7 for cohort, since in zip(old["cohort"], old["since"], strict=True)]]
    pd.testing.assert_frame_equal(old.reset_index(drop=True), before.table)


def test_what_came_back_before_the_first_purchase_is_said(fill):
    ann = [("Ann", "2024-01-05", -8), ("Ann", "2024-03-05", 9), ("Ann", "2024-04-05", -2)]
    store = fill([*ann, ("Bo", "2024-02-01", -1)])
    found = cohorts(store.ask, store.lines)
    assert found.returned_before == -8
    assert found.table.net_sales.tolist() == [9, -2]
    assert found.table.customers.tolist() == [1, 0]


def test_nothing_to_follow(store):
    columns = list(cohorts(store.ask, store.lines).table.columns)
    returns_only = store.lines.filter(store.lines.is_return)
    for lines in (store.lines.filter(False), store.lines.drop("customer_key"), returns_only):
        found = cohorts(store.ask, lines)
        assert (len(found.table), len(found.curve), found.returned_before) == (0, 0, 0)
        assert list(found.table.columns) == columns
        assert found.matrix().shape == (0, 0)
    early = cohorts(store.ask, store.lines, last_day=dt.date(2023, 1, 1))
    assert len(early.table) == 0


def test_what_is_not_allowed_is_said(store):
    with pytest.raises(UnusableInput, match="cohort grain 'week'; allowed: month, quarter"):
        cohorts(store.ask, store.lines, "week")
    with pytest.raises(UnusableInput, match="cohort figure 'size'; allowed: customers, orders"):
        cohorts(store.ask, store.lines).matrix("size")


purchases = st.lists(
    st.tuples(st.sampled_from([None, *"ABCDEFGH"]), st.integers(0, 400), st.integers(-50, 200)), min_size=1, max_size=40
)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(purchases, st.sampled_from(["month", "quarter"]))
def test_cohorts_add_up_to_the_customers(make_lines, purchases, grain):
    customer, day, amount = (list(column) for column in zip(*purchases, strict=True))
    when = [(dt.date(2023, 11, 5) + dt.timedelta(days=d)).isoformat() for d in day]
    kind = ["Return" if money < 0 else "Full Price" for money in amount]
    batch = make_lines(customer_id=customer, ordered_at=when, amount=amount, kind=kind)
    store = Store()
    store.append(batch)
    found = cohorts(store.ask, store.lines, grain)
    store.close()
    buyers = {name for name, money in zip(customer, amount, strict=True) if name and money >= 0}
    own = found.table[found.table["since"] == 0]
    assert (own["customers"] == own["size"]).all() and own["customers"].sum() == len(buyers)
    money = sum(m for name, m in zip(customer, amount, strict=True) if name in buyers)
    assert found.table.net_sales.sum() + found.returned_before == pytest.approx(money)
    assert found.table.retention.between(0, 1).all()
    assert set(FIGURES) <= set(found.table.columns)
    if buyers:
        check(found, frame_of(batch), grain)


def test_uci_against_pandas(uci, uci_rows):
    rows = pd.DataFrame({"customer": uci_rows.CustomerID, "order": uci_rows.InvoiceNo, "amount": uci_rows.amount})
    rows = rows.assign(day=uci_rows.InvoiceDate.dt.normalize(), back=False)
    found = cohorts(uci.ask, uci.lines)
    table = check(found, rows, "month")
    # The figures that analyses of this file in circulation have for December 2010.
    first = found.matrix("customers").loc[dt.date(2010, 12, 1)]
    assert first[[0, 1, 2, 12]].tolist() == [885, 324, 286, 235]
    assert table.is_partial.sum() == 13
