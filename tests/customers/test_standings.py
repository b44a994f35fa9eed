import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.as_of import as_of
from customers.demo_sample import frame_of, sample_batch
from retail_panel.customers.rfm import EPOCH, RFMDefinition, rfm_question
from retail_panel.customers.scores import MEASURES, Scale, edges_question
from retail_panel.customers.scores_by_day import QUINTILES, edges_by_day, scored
from retail_panel.customers.standings import standings
from retail_panel.store import Store

DAYS = [dt.date(2025, 2, 14), dt.date(2025, 2, 28), dt.date(2026, 1, 1), dt.date(2026, 10, 31)]
DEFINITIONS = (
    {}, {"frequency": "lines", "monetary": "gross"}, {"frequency": "days"},
    {"returns": "count"}, {"returns": "count", "frequency": "lines"}, {"returns": "count", "frequency": "days"},
)  # fmt: skip


def scales_of(row, day):
    """Return the scales of one day, of a row of the edges by day."""
    for measure in MEASURES:
        shift = (day - EPOCH).days if measure == "recency_days" else 0
        low, high, *edges = (row[f"{measure}_{name}"] + shift for name in ("low", "high", *QUINTILES))
        yield Scale.over(measure, edges, low, high)


@pytest.fixture(scope="module")
def sample():
    store = Store()
    store.append(sample_batch())
    yield store
    store.close()


def stood_on(store, days, **definition):
    """Return (recency_days, frequency, monetary, r, f, m) by day and customer."""
    stood = standings(store.lines, RFMDefinition(**definition), days)
    found = scored(stood, edges_by_day(stood))
    named = found.join(store.customers.select("customer_key", "customer_id"), "customer_key")
    return {
        (days[row["at"]], row["customer_id"]): (
            (days[row["at"]] - EPOCH - dt.timedelta(days=row["last_day"])).days,
            row["frequency"], int(row["monetary"]), row["r"], row["f"], row["m"],
        )
        for row in store.ask(named).to_pylist()
    }  # fmt: skip


def expected_on(rows, days, **definition):
    return {
        (day, row.Index): (row.recency, row.frequency, row.monetary, row.r, row.f, row.m)
        for day in days
        for row in as_of(rows, day, **definition).itertuples()
    }


def test_six_customers_by_hand(store, six_rfm):
    day = dt.date(2024, 6, 30)
    assert stood_on(store, [day]) == {
        (day, name): (r, f, m * 10_000, *scores) for name, (r, f, m, *scores, _) in six_rfm.items()
    }


def test_who_has_not_bought_yet_is_not_there(store):
    days = [dt.date(2024, 1, 4), dt.date(2024, 1, 5), dt.date(2024, 1, 31)]
    assert [(day, name) for day, name in sorted(stood_on(store, days))] == [
        (days[1], "Eve"), (days[2], "Ada"), (days[2], "Dan"), (days[2], "Eve"),
    ]  # fmt: skip


@pytest.mark.parametrize("definition", DEFINITIONS, ids=str)
def test_demo_against_pandas(sample, definition):
    assert stood_on(sample, DAYS, **definition) == expected_on(frame_of(sample_batch()), DAYS, **definition)


@pytest.mark.parametrize("definition", DEFINITIONS[:3], ids=str)
def test_edges_are_those_of_one_day_by_itself(sample, definition):
    definition = RFMDefinition(**definition)
    found = {row["at"]: row for row in sample.ask(edges_by_day(standings(sample.lines, definition, DAYS))).to_pylist()}
    for at, day in enumerate(DAYS):
        rfm = rfm_question(sample.lines, definition, day)
        known = sample.ask(rfm).to_pandas()
        edges = {row["measure"]: row for row in sample.ask(edges_question(rfm)).to_pylist()}
        expected = tuple(
            Scale.over(m, [edges[m][f"edge_{i}"] for i in (1, 2, 3, 4)], known[m].min(), known[m].max())
            for m in MEASURES
        )
        assert tuple(scales_of(found[at], day)) == expected


def test_an_order_counts_once_though_its_lines_come_on_two_days(empty_store, make_lines):
    when = ["2024-01-31 23:00", "2024-02-01 01:00", "2024-02-02"]
    empty_store.append(make_lines(order_id=["a", "a", "b"], customer_id="Ann", ordered_at=when, amount=[1, 2, 4]))
    days = [dt.date(2024, 1, 31), dt.date(2024, 2, 1), dt.date(2024, 2, 2)]
    found = stood_on(empty_store, days)
    assert [found[day, "Ann"][:3] for day in days] == [(0, 1, 10_000), (0, 1, 30_000), (0, 2, 70_000)]


def test_a_source_without_customers_has_no_standings(store):
    lines = store.lines.drop("customer_key")
    assert store.ask(standings(lines, RFMDefinition(), DAYS)).num_rows == 0


customers, orders = st.sampled_from([None, *"ABCDEF"]), st.sampled_from("pqrstuvw")
purchases = st.lists(st.tuples(customers, st.integers(0, 60), st.integers(-90, 90), orders), min_size=1, max_size=40)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(purchases, st.sampled_from(DEFINITIONS), st.lists(st.integers(0, 60), min_size=1, max_size=4, unique=True))
def test_any_purchases_against_pandas(make_lines, purchases, definition, days):
    customer, day, amount, order = (list(column) for column in zip(*purchases, strict=True))
    first = dt.date(2024, 1, 1)
    batch = make_lines(
        customer_id=customer, amount=amount, ordered_at=[(first + dt.timedelta(days=d)).isoformat() for d in day],
        order_id=order, kind=["Return" if money < 0 else "Full Price" for money in amount],
    )  # fmt: skip
    days = [first + dt.timedelta(days=d) for d in sorted(days)]
    store = Store()
    store.append(batch)
    found = stood_on(store, days, **definition)
    store.close()
    assert found == expected_on(frame_of(batch), days, **definition)
