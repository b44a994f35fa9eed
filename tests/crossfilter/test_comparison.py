"""Periods and the ones they are compared with."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_panel.crossfilter.catalogue import Catalogue
from retail_panel.crossfilter.clause import Range
from retail_panel.crossfilter.comparison import LAST_YEAR, PREVIOUS, earlier, period
from retail_panel.crossfilter.scope import Scope

KNOWN = Catalogue(first=datetime(2022, 1, 10, 9), last=datetime(2024, 6, 30, 18))


def d(text):
    """Return midnight of a day."""
    return datetime.fromisoformat(text)


PERIODS = (
    ({}, None, "2022-01-10", "2024-07-01"),
    ({"ordered_at": "2024-01-01..2024-02-01"}, None, "2024-01-01", "2024-02-01"),
    ({"ordered_at": "2024-01-01.."}, Range(None, d("2024-03-01")), "2024-01-01", "2024-03-01"),
    ({"ordered_at": "2024-01-01..2024-03-01"}, Range(d("2024-02-01"), None), "2024-02-01", "2024-03-01"),
    ({"ordered_at": "2020-01-01..2030-01-01"}, None, "2022-01-10", "2024-07-01"),
    ({"ordered_at": "2024-01-01..2024-02-01"}, Range(d("2024-03-01"), d("2024-04-01")), "2024-03-01", "2024-03-01"),
)


@pytest.mark.parametrize(("query", "brush", "low", "high"), PERIODS)
def test_the_period_is_what_scope_and_brush_share(query, brush, low, high):
    scope = Scope()
    scope.read(query)
    selection = {} if brush is None else {"ordered_at": brush}
    assert period(scope, selection, KNOWN) == Range(d(low), d(high))


EARLIER = (
    (PREVIOUS, "2024-02-01", "2024-03-01", ("2024-01-03", "2024-02-01")),
    (LAST_YEAR, "2024-02-01", "2024-03-01", ("2023-02-01", "2023-03-01")),
    (LAST_YEAR, "2024-02-29", "2024-03-01", ("2023-02-28", "2023-03-01")),
    (LAST_YEAR, "2024-02-28", "2024-02-29", ("2023-02-28", "2023-03-01")),
    (LAST_YEAR, "2024-02-29", "2024-03-31", ("2023-02-28", "2023-03-31")),
    (LAST_YEAR, "2024-01-01", "2024-02-29", ("2023-01-01", "2023-03-01")),
    (LAST_YEAR, "2023-02-01", "2023-03-01", ("2022-02-01", "2022-03-01")),
    (PREVIOUS, "2022-01-20", "2022-01-30", ("2022-01-10", "2022-01-20")),
    (PREVIOUS, "2022-01-19", "2022-01-30", None),
    (LAST_YEAR, "2023-01-10", "2023-01-11", ("2022-01-10", "2022-01-11")),
    (LAST_YEAR, "2023-01-09", "2023-01-11", None),
    (PREVIOUS, "2024-01-01", "2024-01-01", None),
)


@pytest.mark.parametrize(("way", "low", "high", "expected"), EARLIER)
def test_the_earlier_period(way, low, high, expected):
    found = earlier(Range(d(low), d(high)), way, KNOWN)
    assert found == (expected and Range(*map(d, expected)))


@given(st.dates(d("2021-01-01").date(), d("2024-12-01").date()), st.integers(1, 400))
def test_the_previous_period_is_as_long_and_lies_just_before(first, length):
    low = datetime(first.year, first.month, first.day)
    found = earlier(Range(low, low + timedelta(days=length)), PREVIOUS, KNOWN)
    reaches = low - timedelta(days=length) >= d("2022-01-10")
    assert (found is not None) == reaches
    assert found is None or (found.high == low and found.high - found.low == timedelta(days=length))


@given(st.dates(d("2023-02-01").date(), d("2024-12-01").date()), st.integers(1, 400))
def test_last_year_always_has_days_in_it(first, length):
    low = datetime(first.year, first.month, first.day)
    found = earlier(Range(low, low + timedelta(days=length)), LAST_YEAR, KNOWN)
    assert abs((found.high - found.low).days - length) <= 1


def test_an_empty_store_has_no_period():
    nothing = Catalogue(counts={}, worth={})
    assert period(Scope(), {}, nothing) is None
    assert earlier(None, PREVIOUS, nothing) is None and earlier(None, LAST_YEAR, nothing) is None
