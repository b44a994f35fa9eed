"""Round places on axes, and tooltips in words of a unit."""

import pytest
from bokeh.models import LinearAxis
from hypothesis import assume, given
from hypothesis import strategies as st

from retail_panel.views.ticks import round_places, tip, write_ticks

ends = st.floats(-1e9, 1e9, allow_nan=False)


@given(ends, st.floats(1e-3, 1e9), st.integers(2, 8))
def test_places_are_round_inside_and_few(low, span, most):
    assume(span > 1e-6 * abs(low))
    high = low + span
    places = round_places(low, high, most)
    room = 1e-6 * max(abs(low), abs(high))
    assert len(places) <= most + 1 and places == sorted(set(places))
    assert all(low - room <= place <= high + room for place in places)


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_counts_have_whole_places(low, span):
    assert all(place == int(place) for place in round_places(low, low + span, whole=True))


def test_ticks_are_written_in_the_unit_and_left_alone_where_they_are_the_same():
    axis = LinearAxis()
    write_ticks(axis, 0, 2_600_000, "money", most=4)
    assert axis.ticker.ticks == [0, 1_000_000, 2_000_000]
    assert list(axis.major_label_overrides.values()) == ["£0", "£1m", "£2m"]
    ticker = axis.ticker
    write_ticks(axis, 0, 2_700_000, "money", most=4)
    assert axis.ticker is ticker


@pytest.mark.parametrize(("unit", "currency", "text"), [
    ("money", "GBP", "£@{sales}{0,0.00}"), ("money", "JPY", "¥@{sales}{0,0}"), ("money", "PLN", "@{sales}{0,0.00} zł"),
    ("share", "GBP", "@{sales}{0.0%}"), ("count", "GBP", "@{sales}{0,0}"), ("days", "GBP", "@{sales}{0,0.[0]} days"),
    ("score", "GBP", "@{sales}{0,0.[00]}"),
])  # fmt: skip
def test_tips_write_a_column_in_its_unit(unit, currency, text):
    assert tip("sales", unit, currency) == text
