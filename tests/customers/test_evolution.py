import datetime as dt

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.as_of import as_of, first_of, month_ends
from customers.demo_sample import frame_of, sample_batch
from retail_panel.customers import CustomersPipeline, RFMDefinition
from retail_panel.customers.evolution import evolution
from retail_panel.customers.segments import SEGMENTS
from retail_panel.errors import UnusableInput
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import Store

NAMES = [segment.name for segment in SEGMENTS]
DEFINITIONS = ({}, {"frequency": "lines", "returns": "count"}, {"frequency": "days", "monetary": "gross"})


@pytest.fixture(scope="module")
def sample():
    store = Store()
    store.append(sample_batch())
    yield store
    store.close()


def held(found, month):
    """Return the customers of each segment that has any."""
    rows = found.table[found.table.month == month]
    return {name: n for name, n in zip(rows.segment, rows.customers, strict=True) if n}


def expected(rows, **definition):
    """Return customers and monetary value (currency units) by month and segment, from pandas."""
    found = {}
    for day in month_ends(rows):
        groups = as_of(rows, day, **definition).groupby("segment").monetary.agg(["size", "sum"])
        found |= {(first_of(day), row.Index): (row.size, row.sum / MONEY_SCALE) for row in groups.itertuples()}
    return found


def as_dict(found):
    rows = found.table[found.table.customers > 0]
    return {(row.month, row.segment): (row.customers, row.monetary) for row in rows.itertuples()}


def test_six_customers_by_hand(store, six_rfm):
    found = evolution(store.ask, store.lines, RFMDefinition())
    # On 31 January Eve, Ada and Dan are 26, 21 and 16 days away, with one order each of 20, 140 and 200: scores
    # 2 1 1, 4 1 2 and 5 1 4.
    assert held(found, dt.date(2024, 1, 1)) == {"Hibernating": 1, "Promising": 1, "New": 1}
    assert held(found, dt.date(2024, 6, 1)) == {segment: 1 for *_, segment in six_rfm.values()}
    assert found.months == tuple(dt.date(2024, month, 1) for month in range(1, 7))
    assert found.days[:2] == (dt.date(2024, 1, 31), dt.date(2024, 2, 29))
    january = found.table[found.table.month == dt.date(2024, 1, 1)]
    assert january.segment.tolist() == NAMES
    assert january.share.sum() == pytest.approx(1)
    assert january.monetary[january.segment == "New"].tolist() == [200]
    assert found.definition == RFMDefinition().words()


@pytest.mark.parametrize("definition", DEFINITIONS, ids=str)
def test_demo_against_pandas(sample, definition):
    found = evolution(sample.ask, sample.lines, RFMDefinition(**definition))
    assert len(found.table) == 24 * 11
    assert as_dict(found) == expected(frame_of(sample_batch()), **definition)
    shares = found.table.groupby("month").share.sum()
    assert shares.tolist() == pytest.approx([1] * 24)


def test_a_month_is_what_the_segments_page_showed_then(sample):
    at, definition = 15, {"monetary": "gross"}
    found = evolution(sample.ask, sample.lines, RFMDefinition(**definition))
    pipeline = CustomersPipeline(reference_day=found.days[at], method="rules", k=3, **definition)
    population = pipeline.run(sample, sample.lines, "then")
    assert held(found, found.months[at]) == {group.name: group.customers for group in population.groups}
    scales = {scale.measure: scale.edges for scale in found.scales[at]}
    scales["monetary"] = tuple(edge / MONEY_SCALE for edge in scales["monetary"])
    assert scales == population.edges
    sample.forget("then")


def test_a_month_that_is_not_over_is_marked(store):
    lines = store.lines.filter(store.lines.ordered_at < dt.datetime(2024, 5, 21))
    found = evolution(store.ask, lines, RFMDefinition())
    assert found.days[-1] == dt.date(2024, 5, 20)
    assert set(found.table.month[found.table.is_partial]) == {dt.date(2024, 5, 1)}
    assert not evolution(store.ask, store.lines, RFMDefinition()).table.is_partial.any()


def test_the_data_may_go_on_without_lines(store):
    found = evolution(store.ask, store.lines, RFMDefinition(), last_day=dt.date(2024, 8, 15))
    assert found.days[-3:] == (dt.date(2024, 6, 30), dt.date(2024, 7, 31), dt.date(2024, 8, 15))
    assert held(found, dt.date(2024, 8, 1)) == held(found, dt.date(2024, 6, 1))


def test_the_latest_months_are_kept_and_earlier_lines_count(store):
    found = evolution(store.ask, store.lines, RFMDefinition(), months=2)
    whole = evolution(store.ask, store.lines, RFMDefinition())
    latest = whole.table[whole.table.month >= dt.date(2024, 5, 1)]
    pd.testing.assert_frame_equal(found.table, latest.reset_index(drop=True))
    with pytest.raises(UnusableInput, match="months: 0; allowed: 1 or more"):
        evolution(store.ask, store.lines, RFMDefinition(), months=0)


def test_months_before_anybody_bought_are_zeros(fill):
    store = fill([(None, "2024-01-05", 9), ("Ann", "2024-02-05", -3), ("Ann", "2024-03-05", 7)])
    found = evolution(store.ask, store.lines, RFMDefinition())
    assert found.scales[:2] == ((), ())
    assert found.table.groupby("month").customers.sum().tolist() == [0, 0, 1]
    assert found.table.share[:11].tolist() == [0] * 11
    assert held(found, dt.date(2024, 3, 1)) == {"New": 1}
    assert found.table.monetary.sum() == 4


def test_nothing_to_count(empty_store, store):
    columns = list(evolution(store.ask, store.lines, RFMDefinition()).table.columns)
    nothing = evolution(empty_store.ask, empty_store.lines.filter(False), RFMDefinition())
    assert (nothing.months, nothing.days, nothing.scales, len(nothing.table)) == ((), (), (), 0)
    assert list(nothing.table.columns) == columns
    early = evolution(store.ask, store.lines, RFMDefinition(), last_day=dt.date(2023, 12, 31))
    assert early.months == ()
    guests = evolution(store.ask, store.lines.drop("customer_key"), RFMDefinition())
    assert (len(guests.months), guests.table.customers.sum()) == (6, 0)


purchases = st.lists(
    st.tuples(st.sampled_from([None, *"ABCDEFGH"]), st.integers(0, 150), st.integers(-50, 200)), min_size=1, max_size=40
)


@settings(deadline=None, max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(purchases, purchases)
def test_later_lines_change_nothing(make_lines, purchases, later):
    first = dt.date(2024, 1, 1)

    def batch(rows, first):
        customer, day, amount = (list(column) for column in zip(*rows, strict=True))
        when = [(first + dt.timedelta(days=d)).isoformat() for d in day]
        kind = ["Return" if money < 0 else "Full Price" for money in amount]
        return make_lines(customer_id=customer, ordered_at=when, amount=amount, kind=kind)

    store = Store()
    store.append(batch(purchases, first))
    before = evolution(store.ask, store.lines, RFMDefinition())
    store.append(batch(later, dt.date(2024, 6, 1)))
    after = evolution(store.ask, store.lines, RFMDefinition())
    store.close()
    known = after.table[after.table.month <= before.months[-1]]
    same = ["month", "segment", "customers", "share", "monetary"]
    pd.testing.assert_frame_equal(known[same], before.table[same])
    assert after.scales[: len(before.scales) - 1] == before.scales[:-1]


def test_uci_against_pandas(uci, uci_rows):
    rows = pd.DataFrame({"customer": uci_rows.CustomerID, "order": uci_rows.InvoiceNo, "amount": uci_rows.amount})
    rows = rows.assign(day=uci_rows.InvoiceDate.dt.normalize(), back=False)
    found = evolution(uci.ask, uci.lines, RFMDefinition())
    assert len(found.months) == 13
    assert found.table.groupby("month").customers.sum().iloc[-1] == 4338
    assert as_dict(found) == expected(rows)
