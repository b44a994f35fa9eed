import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from retail_panel.customers import CustomersPipeline
from retail_panel.customers.profile import EMPTY
from retail_panel.customers.segments import SEGMENTS
from retail_panel.demo import scaled_order_lines
from retail_panel.errors import UnusableInput
from retail_panel.insight.action_table import Action
from retail_panel.insight.actions import actions_for, load_actions
from retail_panel.insight.interval import Estimate
from retail_panel.insight.worth import value_per_customer, worth, worth_of_actions
from retail_panel.store import Store

NAMES = [segment.name for segment in SEGMENTS]
WIN_BACK = Action("At Risk", "Win-back", "They stopped.", "Post", "retention", 10, 2.5)


def plain(text):
    return text.replace("\u00a0", " ")


def test_by_hand():
    found = worth(7, WIN_BACK, Estimate(200.0, 150.0, 250.0, 1200), span_days=730)
    # 1,200 customers x 10 % x 200 / 2 a year.
    assert (found.value, found.value_low, found.value_high) == (100, 75, 125)
    assert (found.gain, found.gain_low, found.gain_high) == (12_000, 9_000, 15_000)
    assert (found.cost, found.net_gain, found.customers, found.group) == (3_000, 9_000, 1200, 7)
    assert plain(found.assumption) == (
        "If Win-back raised the retention of the 1,200 customers of At Risk, and with it their sales, by 10%, it would"
        " bring £12,000.00 in 365 days (95% interval £9,000.00 to £15,000.00): a customer is worth £100.00 in 365 days"
        " at the net sales of the 730 days in scope. The 10% is an assumption, and the interval does not cover it."
        " Contacting each once costs £3,000.00, which leaves £9,000.00."
    )


def test_a_short_span_is_said_to_be_stretched():
    free = Action("New", "Welcome series", "New.", "", "frequency", 4.5)
    found = worth(0, free, Estimate(20.0, 10.0, 30.0, 50), span_days=30, horizon_days=90, currency="EUR")
    assert found.gain == pytest.approx(50 * 0.045 * 60) and found.cost is None and found.net_gain is None
    assert "30 days are stretched to 90 days" in plain(found.assumption) and "€135.00" in found.assumption
    assert "raised the purchase frequency of the 50 customers of New" in found.assumption
    assert "stretched" not in worth(0, free, Estimate(20.0, 10.0, 30.0, 50), 90, 90).assumption


def test_one_customer_has_no_interval():
    found = worth(0, WIN_BACK, Estimate(100.0, None, None, 1), 365)
    assert (found.gain, found.gain_low, found.gain_high) == (10, None, None)
    assert "the one customer of At Risk" in found.assumption and "no interval" in found.assumption


@pytest.mark.parametrize("days", [{"span_days": 0}, {"span_days": 30, "horizon_days": -1}])
def test_days_must_be_positive(days):
    with pytest.raises(UnusableInput, match="_days .*; allowed: 1 day or more"):
        worth(0, WIN_BACK, Estimate(1.0, 0.5, 1.5, 9), **days)


MONEY = st.floats(-1e6, 1e6)


@given(MONEY, st.floats(0, 1e5), st.integers(2, 10**6), st.integers(1, 2000), st.integers(1, 2000))
def test_twice_the_change_is_worth_twice_as_much(value, half, customers, span, horizon):
    estimate = Estimate(value, value - half, value + half, customers)
    once, twice = (
        worth(0, Action("New", "x", "y", "", "frequency", change), estimate, span, horizon) for change in (3, 6)
    )
    assert twice.gain == pytest.approx(2 * once.gain) and twice.gain_low == pytest.approx(2 * once.gain_low)
    assert once.gain_low <= once.gain <= once.gain_high
    assert once.gain == pytest.approx(customers * 0.03 * value * horizon / span)


@pytest.fixture(scope="module")
def demo():
    store = Store()
    for batch in scaled_order_lines(20_000):
        store.append(batch)
    yield store, CustomersPipeline().run(store, store.lines, "demo")
    store.close()


def test_value_per_customer_equals_scipy_on_the_demo(demo):
    store, population = demo
    rows = store.ask(population.table).to_pandas()
    found = value_per_customer(store.ask, population.table, "cluster")
    assert list(found) == sorted(rows.cluster.unique())
    for group, part in rows.groupby("cluster"):
        net = part.net_sales / 10_000
        low, high = t.interval(0.95, len(net) - 1, net.mean(), net.std() / np.sqrt(len(net)))
        assert found[group].n == len(net)
        assert (found[group].value, found[group].low, found[group].high) == pytest.approx((net.mean(), low, high))


def test_every_action_of_every_segment_is_worth_something(demo):
    store, population = demo
    actions = load_actions()
    found = worth_of_actions(store.ask, population.table, actions, NAMES, span_days=200)
    present = [NAMES[i] for i in store.ask(population.table).to_pandas().segment.unique()]
    assert len(found) == sum(len(actions_for(actions, name)) for name in present)
    assert all(NAMES[w.group] == w.action.group and w.action.group in w.assumption for w in found)
    gains = [w.gain for w in found]
    assert gains == sorted(gains, reverse=True)
    net = store.ask(population.table).to_pandas().groupby("segment").net_sales.sum() / 10_000
    for w in found:
        assert w.gain == pytest.approx(net[w.group] * w.action.change_percent / 100 * 365 / 200)
    top = {w.action.group for w in found if w.action.action == "Referral"}
    assert top <= {"Champions", "Loyal"}


def test_nobody_is_worth_nothing(empty_store):
    nobody = empty_store.keep_table("nobody", EMPTY)
    assert worth_of_actions(empty_store.ask, nobody, load_actions(), NAMES, 365) == ()


def test_no_actions_no_worth(empty_store):
    blank = {name: [0] for name in EMPTY.schema.names}
    scored = empty_store.keep_table("one", pa.table(blank).cast(EMPTY.schema))
    assert worth_of_actions(empty_store.ask, scored, (), NAMES, 365) == ()
    (found,) = worth_of_actions(empty_store.ask, scored, (WIN_BACK,), ["At Risk"], 365)
    assert (found.customers, found.gain, found.gain_low) == (1, 0, None)
