import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.duration.survfunc import SurvfuncRight

from customers.demo_sample import frame_of, sample_batch
from retail_panel.customers.repurchase import WITHIN_DAYS, repurchase
from retail_panel.errors import UnusableInput
from retail_panel.store import Store


@pytest.fixture(scope="module")
def sample():
    store = Store()
    store.append(sample_batch())
    yield store
    store.close()


def waits(rows, second):
    """Return days waited and whether a purchase ended the wait, one row a customer, from pandas."""
    bought = rows[rows.customer.notna() & ~rows.back]
    by = ["customer", "order"] if second == "order" else ["customer", "day"]
    days = bought.groupby(by).agg(at=("day", "min")).sort_values("at").groupby("customer")["at"].agg(list)
    again = pd.Series([at[1] if len(at) > 1 else pd.NaT for at in days], dtype="datetime64[us]")
    first = pd.Series([at[0] for at in days], dtype="datetime64[us]")
    return (again.fillna(rows.day.max()) - first).dt.days, again.notna()


def check(found, time, status):
    """Compare the curve with statsmodels', at the days with a second purchase."""
    truth = SurvfuncRight(np.asarray(time), np.asarray(status).astype(int))
    ours = found.table[found.table.again > 0]
    assert ours.days.tolist() == truth.surv_times.tolist()
    assert ours.at_risk.tolist() == truth.n_risk.tolist()
    assert ours.again.tolist() == truth.n_events.tolist()
    assert ours.waiting.to_numpy() == pytest.approx(truth.surv_prob)
    assert ours.share.to_numpy() == pytest.approx(1 - truth.surv_prob)
    is_open = truth.surv_prob > 1e-12
    surv, se = truth.surv_prob[is_open], truth.surv_prob_se[is_open]
    centre, spread = np.log(-np.log(surv)), norm.ppf(0.975) * se / np.abs(surv * np.log(surv))
    assert ours.low[is_open].to_numpy() == pytest.approx(1 - np.exp(-np.exp(centre - spread)))
    assert ours.high[is_open].to_numpy() == pytest.approx(1 - np.exp(-np.exp(centre + spread)))
    # Theirs is a product of logarithms: three quarters of two thirds come out just above a half.
    half = truth.surv_times[truth.surv_prob <= 0.5 + 1e-9]
    assert found.median_days == (half[0] if len(half) else None)
    assert (found.customers, found.repeated) == (len(time), np.sum(status))
    for row in found.within.itertuples():
        by_then = truth.surv_prob[truth.surv_times <= row.days]
        if np.max(time) < row.days and truth.surv_prob[-1] > 1e-12:
            assert np.isnan(row.share)
        else:
            assert row.share == pytest.approx(1 - by_then[-1] if len(by_then) else 0)


def test_six_customers_by_hand(store):
    found = repurchase(store.ask, store.lines)
    # Finn's two lines without an order id are two orders of one day. Dan came back after 36 days, Ada after 96, Ben
    # after 109; Cleo was last seen after 3 days and Eve after 177.
    table = found.table
    assert table.days.tolist() == [0, 3, 36, 96, 109, 177]
    assert table.again.tolist() == [1, 0, 1, 1, 1, 0]
    assert table.censored.tolist() == [0, 1, 0, 0, 0, 1]
    assert table.at_risk.tolist() == [6, 5, 4, 3, 2, 1]
    waiting = [5 / 6, 5 / 6, 5 / 6 * 3 / 4, 5 / 6 * 2 / 4, 5 / 6 / 4, 5 / 6 / 4]
    assert table.waiting.tolist() == pytest.approx(waiting)
    assert (found.median_days, found.customers, found.repeated) == (96, 6, 4)
    assert found.within.days.tolist() == list(WITHIN_DAYS)
    shares = found.within.share.tolist()
    assert shares[:3] == pytest.approx([1 / 6, 3 / 8, 3 / 8])
    assert shares[3:] == pytest.approx([float("nan")] * 2, nan_ok=True)


def test_second_day_by_hand(store):
    found = repurchase(store.ask, store.lines, "day")
    assert found.table.days.tolist() == [3, 36, 60, 96, 109, 177]
    assert found.table.censored.tolist() == [1, 0, 1, 0, 0, 1]
    assert found.repeated == 3


@pytest.mark.parametrize("second", ["order", "day"])
def test_demo_against_statsmodels(sample, second):
    time, status = waits(frame_of(sample_batch()), second)
    found = repurchase(sample.ask, sample.lines, second)
    check(found, time, status)
    assert found.within.share.is_monotonic_increasing
    assert ((found.within.low < found.within.share) & (found.within.share < found.within.high)).all()


def test_data_that_goes_on_is_waited_for(store):
    found = repurchase(store.ask, store.lines, last_day=dt.date(2025, 6, 30))
    assert found.table.days.tolist() == [0, 36, 96, 109, 368, 542]
    assert found.within.share.tolist()[4] == pytest.approx(4 / 6)


def test_later_lines_are_left_out(store, make_lines):
    day = dt.date(2024, 6, 30)
    before = repurchase(store.ask, store.lines, last_day=day)
    later = {"customer_id": ["Eve", "Gus"], "order_id": ["x", "y"], "ordered_at": "2024-07-04", "amount": [500, 900]}
    store.append(make_lines(**later))
    after = repurchase(store.ask, store.lines, last_day=day)
    pd.testing.assert_frame_equal(after.table, before.table)
    assert repurchase(store.ask, store.lines).repeated == before.repeated + 1


def test_everybody_came_back(fill):
    store = fill([("Ann", "2024-01-01", 5), ("Ann", "2024-01-11", 5), ("Bo", "2024-01-01", 5), ("Bo", "2024-01-01", 5)])
    found = repurchase(store.ask, store.lines)
    assert found.table.share.tolist() == [0.5, 1]
    assert found.median_days == 0
    assert found.within.share.tolist() == [1] * 5
    assert found.table.low.isna().tolist() == [False, True]


def test_nobody_came_back(fill):
    ann = [("Ann", "2024-01-01", 5), ("Ann", "2024-01-20", -5)]
    store = fill([*ann, ("Bo", "2024-02-10", 5), (None, "2024-03-01", 5)])
    found = repurchase(store.ask, store.lines)
    assert found.table.share.tolist() == [0, 0]
    assert (found.median_days, found.repeated, found.customers) == (None, 0, 2)
    assert found.within.share.tolist() == pytest.approx([0, 0] + [float("nan")] * 3, nan_ok=True)


def test_nobody_to_wait_for(store):
    columns = list(repurchase(store.ask, store.lines).table.columns)
    returns_only = store.lines.filter(store.lines.is_return)
    for lines in (store.lines.filter(False), store.lines.drop("customer_key"), returns_only):
        found = repurchase(store.ask, lines)
        assert (len(found.table), found.customers, found.repeated, found.median_days) == (0, 0, 0, None)
        assert list(found.table.columns) == columns
        assert found.within.share.isna().all()


def test_what_is_not_allowed_is_said(store):
    with pytest.raises(UnusableInput, match="second purchase 'line'; allowed: order, day"):
        repurchase(store.ask, store.lines, "line")


purchases = st.lists(
    st.tuples(st.sampled_from([None, *"ABCDEFGH"]), st.integers(0, 400), st.integers(-50, 200)), min_size=1, max_size=40
)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(purchases, st.sampled_from(["order", "day"]))
def test_any_purchases_against_statsmodels(make_lines, purchases, second):
    customer, day, amount = (list(column) for column in zip(*purchases, strict=True))
    when = [(dt.date(2024, 1, 1) + dt.timedelta(days=d)).isoformat() for d in day]
    kind = ["Return" if money < 0 else "Full Price" for money in amount]
    batch = make_lines(customer_id=customer, ordered_at=when, amount=amount, kind=kind)
    store = Store()
    store.append(batch)
    found = repurchase(store.ask, store.lines, second)
    store.close()
    assert found.table.share.between(0, 1).all() and found.table.share.is_monotonic_increasing
    assert found.table.again.sum() + found.table.censored.sum() == found.customers
    if found.repeated:
        check(found, *waits(frame_of(batch), second))


def test_uci_against_statsmodels(uci, uci_rows):
    rows = pd.DataFrame({"customer": uci_rows.CustomerID, "order": uci_rows.InvoiceNo})
    rows = rows.assign(day=uci_rows.InvoiceDate.dt.normalize(), back=False)
    found = repurchase(uci.ask, uci.lines)
    assert (found.customers, found.customers - found.repeated) == (4338, 1493)
    check(found, *waits(rows, "order"))
