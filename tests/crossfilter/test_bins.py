"""Bins: every value has one piece, its low end included; a brush over pieces and its clause mean the same rows."""

from datetime import datetime, timedelta
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel.crossfilter.bins import (
    MISSING,
    MOST_TIME_BINS,
    MOST_YEARS,
    TOP_VALUES,
    category_bins,
    fixed_bins,
    number_bins,
    time_bins,
)
from retail_panel.crossfilter.clause import NONE, Range, Values

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def coded(worked_out):
    """A function that gives the engine's code of each value."""
    return lambda cut, values, kind: worked_out(values, kind, cut.code)


def piece(cut, value):
    """Return the piece of a value: the one whose low end is the last at or below it."""
    return min(max(sum(edge <= value for edge in cut.edges) - 1, 0), cut.size - 1)


spreads = st.tuples(st.integers(-(10**8), 10**8), st.integers(0, 10**8)).map(lambda s: (s[0], s[0] + s[1]))
runs = st.tuples(st.integers(0, 400), st.integers(1, 400))


def run_in(cut, run):
    """Return a run of codes that fits into bins."""
    low = run[0] % cut.size
    return list(range(low, min(cut.size, low + run[1])))


@given(spreads, st.sampled_from(["money", "days", "count"]), runs)
def test_number_bins_cover_their_spread_in_few_pieces(spread, unit, run):
    cut = number_bins(*spread, unit)
    assert cut.edges[0] <= spread[0] and (spread[1] < cut.edges[-1] or cut.size == 1)
    assert 1 <= cut.size <= 60 and len(cut.labels) == cut.size
    assert all(isinstance(edge, int) for edge in cut.edges)
    assert len({b - a for a, b in pairwise(cut.edges)}) == 1
    codes = run_in(cut, run)
    clause = cut.clause(codes)
    assert clause is None if len(codes) == cut.size else cut.codes(clause) == codes == cut.codes(cut.aligned(clause))


@settings(max_examples=30, deadline=None)
@given(spreads, st.sampled_from(["money", "count"]), st.lists(st.integers(-(10**9), 10**9), max_size=8))
def test_every_number_has_the_piece_of_its_low_end(coded, spread, unit, values):
    cut = number_bins(*spread, unit)
    values = [*values, *cut.edges, *(edge - 1 for edge in cut.edges)]
    assert coded(cut, [*values, None], pa.int64()) == [*(piece(cut, value) for value in values), MISSING]


def test_end_pieces_are_open(coded):
    cut = number_bins(0, 300_000, "money")
    assert cut.edges[:2] == (0, 10_000)
    assert coded(cut, [-(10**12), -1, 0, 9_999, 10_000, 10**12], pa.int64()) == [0, 0, 0, 0, 1, cut.size - 1]
    assert cut.clause([0]) == Range(None, 10_000)
    assert cut.clause([cut.size - 1]) == Range(cut.edges[-2], None)
    assert cut.labels[0] == "under £1" and cut.labels[1] == "£1 to £2" and cut.labels[-1].endswith(" or more")


def test_negative_money_has_pieces_of_its_own(coded):
    cut = number_bins(-505_000, 1_005_000, "money")
    assert cut.edges[0] <= -505_000 and coded(cut, [-505_000, -1, 0], pa.int64()) == sorted(
        {piece(cut, -505_000), piece(cut, -1), piece(cut, 0)}
    )


@pytest.mark.parametrize(("value", "unit"), [(250_000, "money"), (0, "days"), (7, "count"), (-3, "money")])
def test_values_all_alike_are_one_piece(coded, value, unit):
    cut = number_bins(value, value, unit)
    assert (cut.size, cut.labels) == (1, ("all",))
    assert coded(cut, [value, value + 5], pa.int64()) == [0, 0]
    assert cut.ticks(7) == [] or len(cut.ticks(7)) == 1
    assert cut.clause([0]) is None


def test_a_clause_is_moved_to_the_nearest_edges():
    cut = number_bins(0, 300_000, "money")
    assert cut.aligned(Range(14_000, 26_000)) == Range(10_000, 30_000)
    assert cut.aligned(Range(14_000, 14_500)) == Range(10_000, 20_000)
    assert cut.aligned(Range(10**9, None)) == Range(cut.edges[-2], None)
    assert cut.aligned(Range(-(10**9), 10**9)) == Range(-(10**9), 10**9)


spans = st.tuples(st.datetimes(datetime(1950, 1, 1), datetime(2060, 1, 1)), st.integers(0, 40_000)).map(
    lambda span: (span[0], span[0] + span[1] * timedelta(hours=20))
)


@given(spans, runs, st.integers(5, 12))
def test_time_bins_cover_their_span(span, run, most):
    cut = time_bins(*span)
    assert cut.edges[0] <= span[0] and span[1] < cut.edges[-1] and cut.edges[1] > span[0]
    assert len(cut.labels) == cut.size <= 254
    assert list(cut.edges) == sorted(set(cut.edges)) and not any(edge.hour or edge.minute for edge in cut.edges)
    codes = run_in(cut, run)
    clause = cut.clause(codes)
    assert clause is None if len(codes) == cut.size else cut.codes(clause) == codes
    ticks = cut.ticks(most)
    assert len(ticks) <= most and len({label for _, label in ticks}) == len(ticks)
    assert all(0 <= place < cut.size for place, _ in ticks)


@settings(max_examples=30, deadline=None)
@given(spans, st.lists(st.integers(0, 10**6), max_size=20))
def test_every_moment_has_the_piece_of_its_low_end(coded, span, steps):
    cut = time_bins(*span)
    width = (span[1] - span[0]) / 10**6
    moments = [span[0] + step * width for step in steps] + [span[0], span[1]]
    moments += [*cut.edges] + [edge - timedelta(microseconds=1) for edge in cut.edges]
    assert coded(cut, [*moments, None], pa.timestamp("us")) == [*(piece(cut, moment) for moment in moments), MISSING]


def test_weeks_begin_on_monday(coded):
    cut = time_bins(datetime(2024, 1, 3), datetime(2024, 6, 30, 23))
    assert cut.step == "week" and {edge.weekday() for edge in cut.edges} == {0}
    assert cut.edges[0] == datetime(2024, 1, 1) and cut.labels[0] == "Week of 1 Jan 2024"
    assert coded(cut, [datetime(2024, 1, 7, 23, 59), datetime(2024, 1, 8)], pa.timestamp("us")) == [0, 1]


def test_months_go_over_leap_years(coded):
    cut = time_bins(datetime(2019, 12, 15), datetime(2024, 3, 2))
    assert cut.step == "month" and cut.edges[0] == datetime(2019, 12, 1) and cut.edges[-1] == datetime(2024, 4, 1)
    moments = [datetime(2020, 2, 29, 23, 59), datetime(2020, 3, 1), datetime(2024, 2, 29), datetime(2024, 3, 1)]
    assert [cut.labels[code] for code in coded(cut, moments, pa.timestamp("us"))] == [
        "February 2020", "March 2020", "February 2024", "March 2024",
    ]  # fmt: skip


def test_the_finest_step_with_few_enough_pieces_is_taken():
    first = datetime(2024, 1, 1)
    found = [time_bins(first, first + days * DAY) for days in (0, 91, 92, 7 * MOST_TIME_BINS - 1, 7 * MOST_TIME_BINS)]
    assert [(cut.step, cut.size) for cut in found] == [
        ("day", 1), ("day", 92), ("week", 14), ("week", MOST_TIME_BINS), ("month", 30),
    ]  # fmt: skip


def test_one_wrong_date_far_away_does_not_break_the_codes(coded):
    cut = time_bins(datetime(1970, 1, 1), datetime(2024, 6, 30))
    assert (cut.step, cut.size, cut.labels[0]) == ("year", 55, "1970")
    cut = time_bins(datetime(1, 1, 1), datetime(2024, 6, 30))
    assert cut.size == MOST_YEARS < MISSING
    assert coded(cut, [datetime(1900, 5, 5), datetime(1066, 1, 1), datetime(2024, 6, 30)], pa.timestamp("us")) == [
        125, 0, cut.size - 1,
    ]  # fmt: skip


def test_a_brush_on_time_outside_the_span_picks_nothing():
    cut = time_bins(datetime(2024, 3, 1), datetime(2024, 3, 31))
    assert cut.codes(Range(datetime(2024, 1, 1), datetime(2024, 1, 8))) == []
    assert cut.codes(Range(datetime(2024, 4, 1), None)) == []
    outside = Range(None, datetime(2024, 3, 1))
    assert cut.codes(outside) == [] and cut.aligned(outside) == outside
    assert cut.codes(Range(datetime(2024, 2, 1), datetime(2024, 3, 2))) == [0]


@given(st.integers(1, 400), st.floats(-1e6, 1e6), st.integers(7, 40))
def test_number_ticks_are_few_and_apart(pieces, low, most):
    cut = number_bins(low, low + pieces * 10_000, "money")
    places = [place for place, _ in cut.ticks(most)]
    assert len(places) <= most and len(set(places)) == len(places)


def test_category_ticks_are_few():
    cut = fixed_bins([str(hour) for hour in range(24)])
    assert [label for _, label in cut.ticks(8)] == ["0", "3", "6", "9", "12", "15", "18", "21"]
    assert [place for place, _ in cut.ticks(8)][:2] == [0.5, 3.5]


names = st.lists(st.text("abcdef", min_size=1, max_size=3), unique=True, min_size=1, max_size=30)


@settings(max_examples=40, deadline=None)
@given(names, st.integers(0, 30), st.sets(st.integers(0, 12)))
def test_categories_keep_every_value_in_one_piece(coded, values, place, picked):
    values = [*values[:place], None, *values[place:]]
    cut = category_bins(values)
    assert cut.size == min(len(values), TOP_VALUES + 1)
    expected = [min(i, TOP_VALUES) if cut.rest else i for i in range(len(values))]
    assert coded(cut, values, pa.string()) == expected
    codes = sorted(code for code in picked if code < cut.size)
    clause = cut.clause(codes)
    assert clause is None if len(codes) in (0, cut.size) else cut.codes(clause) == codes
    if clause is not None:
        kept = [value for value, code in zip(values, expected, strict=True) if code in codes]
        assert set(clause.values) == {NONE if value is None else value for value in kept}


def test_thirteen_values_need_no_other():
    assert category_bins([str(i) for i in range(TOP_VALUES + 1)]).rest == ()
    cut = category_bins([str(i) for i in range(TOP_VALUES + 2)])
    assert cut.labels[-1] == "Other (2)" and cut.rest == ("12", "13")


def test_a_missing_value_among_the_rest_is_in_other(coded):
    cut = category_bins([*(str(i) for i in range(TOP_VALUES)), "rare", None])
    assert NONE in cut.rest
    assert coded(cut, ["0", "rare", None], pa.string()) == [0, TOP_VALUES, TOP_VALUES]


def test_a_missing_value_and_its_word_are_one_piece(coded):
    cut = category_bins(["a", NONE, None])
    assert cut.values == ("a", NONE)
    assert coded(cut, ["a", None, NONE, "unheard of"], pa.string()) == [0, 1, 1, MISSING]


def test_picking_one_of_the_rest_picks_other_and_says_so():
    cut = category_bins([str(i) for i in range(TOP_VALUES + 4)])
    one = Values(("3", "13"))
    assert cut.codes(one) == [3, TOP_VALUES]
    assert cut.aligned(one) == Values(("3", "12", "13", "14", "15"))
    assert cut.aligned(Values(("3", "unheard of"))) == Values(("3", "unheard of"))


def test_fixed_categories_take_the_index_as_code(coded):
    cut = fixed_bins(("low", "high"))
    assert coded(cut, [0, 1, None], pa.int8()) == [0, 1, MISSING]
    assert cut.codes(Values(("high", "unheard of"))) == [1] and cut.clause([1]) == Values(("high",))
