import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_panel.errors import UnusableInput
from retail_panel.store import Store
from retail_panel.trends.periods import GRAINS, MOST_PERIODS, periods

PANDAS = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q"}


def day(text):
    return dt.date.fromisoformat(text)


def test_months_by_hand():
    found = periods(day("2024-01-15"), day("2024-03-31"), "month")
    assert [(p.first_day, p.last_day, p.label, p.is_partial) for p in found] == [
        (day("2024-01-01"), day("2024-01-31"), "Jan 2024", True),
        (day("2024-02-01"), day("2024-02-29"), "Feb 2024", False),
        (day("2024-03-01"), day("2024-03-31"), "Mar 2024", False),
    ]
    assert (len(found), found.days) == (3, 77)


def test_a_last_month_that_the_data_do_not_reach_the_end_of_is_partial():
    assert list(periods(day("2024-01-01"), day("2024-02-28"), "month").is_partial) == [False, True]


def test_weeks_begin_on_monday_and_quarters_in_january():
    weeks = periods(day("2024-12-30"), day("2025-01-12"), "week")
    assert [(p.label, p.is_partial) for p in weeks] == [
        ("Week of 30 Dec 2024", False), ("Week of 6 Jan 2025", False)
    ]  # fmt: skip
    quarters = periods(day("2023-10-01"), day("2024-04-01"), "quarter")
    assert [(p.label, p.is_partial) for p in quarters] == [("Q4 2023", False), ("Q1 2024", False), ("Q2 2024", True)]
    assert [p.label for p in periods(day("2024-02-28"), day("2024-03-01"), "day")] == [
        "28 Feb 2024", "29 Feb 2024", "1 Mar 2024"
    ]  # fmt: skip


@given(
    first=st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1)),
    length=st.integers(0, 900),
    grain=st.sampled_from(GRAINS),
)
def test_periods_tile_the_span_as_pandas_does(first, length, grain):
    last = first + dt.timedelta(days=length)
    found = periods(first, last, grain)
    theirs = pd.period_range(first, last, freq=PANDAS[grain])
    assert [(p.first_day, p.last_day) for p in found] == [(p.start_time.date(), p.end_time.date()) for p in theirs]
    assert [p.is_partial for p in found] == [p.first_day < first or p.last_day > last for p in found]


@pytest.mark.parametrize("grain", GRAINS)
def test_the_engine_finds_the_period_of_a_time(empty_store: Store, grain):
    moments = pd.date_range("1968-11-28", "1971-02-10", freq="7h").astype("datetime64[us]")
    table = empty_store.keep_table("given", pa.table({"ordered_at": pa.array(moments)}))
    first, last = moments[0].date(), moments[-1].date()
    calendar = periods(first, last, grain)
    at = table.ordered_at
    found = empty_store.ask(table.select(at, place=calendar.position(at), held=calendar.holds(at))).to_pylist()
    assert len(found) == len(moments)
    for row in found:
        period = calendar.periods[row["place"]]
        assert period.first_day <= row["ordered_at"].date() <= period.last_day
        assert row["held"]


def test_the_span_holds_its_days_and_no_others(empty_store):
    times = ["2024-01-31T23:59:59", "2024-02-01T00:00:00", "2024-02-02T23:59:59.999999", "2024-02-03T00:00:00"]
    moments = pa.array([dt.datetime.fromisoformat(time) for time in times], pa.timestamp("us"))
    table = empty_store.keep_table("given", pa.table({"ordered_at": moments}))
    calendar = periods(day("2024-02-01"), day("2024-02-02"), "month")
    found = empty_store.ask(table.select("ordered_at", held=calendar.holds(table.ordered_at)).order_by("ordered_at"))
    assert found["held"].to_pylist() == [False, True, True, False]


def test_no_days_no_periods(empty_store):
    calendar = periods(None, None, "week")
    assert (len(calendar), list(calendar), calendar.days, calendar.is_partial.tolist()) == (0, [], 0, [])
    held = empty_store.lines.filter(calendar.holds(empty_store.lines.ordered_at))
    assert empty_store.ask(held).num_rows == 0


def test_the_end_of_time_does_not_break_it():
    assert periods(day("9999-12-31"), dt.date.max, "week").periods[-1].last_day == dt.date.max
    assert periods(day("9999-11-05"), dt.date.max, "month").periods[-1].last_day == dt.date.max
    assert periods(dt.date.min, dt.date.min, "quarter").periods[0].first_day == dt.date.min


@pytest.mark.parametrize(
    ("first", "last", "grain", "words"),
    [
        ("2024-01-01", "2024-02-01", "year", "'year'; allowed: day, week, month, quarter"),
        ("2024-02-01", "2024-01-31", "day", "2024-02-01 to 2024-01-31"),
        ("0001-01-01", "2024-01-01", "day", f"allowed: {MOST_PERIODS:,}"),
    ],
)
def test_what_cannot_be_cut_is_said(first, last, grain, words):
    with pytest.raises(UnusableInput, match=words):
        periods(day(first), day(last), grain)
