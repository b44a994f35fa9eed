"""Clauses: as URL text and back, as English, and both at once."""

from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_panel.crossfilter.clause import NONE, Range, Values, both, decode
from retail_panel.dimensions import DIMENSIONS
from retail_panel.errors import UnusableInput

CATEGORIES = [name for name, d in DIMENSIONS.items() if d.kind == "category"]
NUMBERS = [name for name, d in DIMENSIONS.items() if d.kind == "number"]

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
moments = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))
days = moments.map(lambda moment: datetime(moment.year, moment.month, moment.day))
amounts = st.integers(-(10**13), 10**13)


def ranges(ends):
    """Return ranges of two, or one, of some ends."""
    both_ends = st.lists(ends, min_size=2, max_size=2, unique=True).map(sorted).map(lambda pair: Range(*pair))
    return both_ends | ends.map(lambda end: Range(end, None)) | ends.map(lambda end: Range(None, end))


clauses = (
    st.tuples(st.sampled_from(CATEGORIES), st.lists(texts, max_size=5, unique=True).map(lambda v: Values(tuple(v))))
    | st.tuples(st.sampled_from(NUMBERS), ranges(amounts))
    | st.tuples(st.sampled_from(("ordered_at", "first_bought")), ranges(days | moments))
)


@given(clauses)
def test_a_clause_survives_the_address_bar(named):
    name, clause = named
    address = urlencode({name: clause.encode(DIMENSIONS[name])})
    assert decode(name, dict(parse_qsl(address, keep_blank_values=True))[name]) == clause


@given(clauses)
def test_every_clause_has_a_sentence(named):
    name, clause = named
    sentence = clause.sentence(DIMENSIONS[name], "GBP")
    assert DIMENSIONS[name].label in sentence or sentence.split()[0] in ("on", "from", "since", "until")
    assert "None" not in sentence or isinstance(clause, Values)


@given(st.sampled_from([*DIMENSIONS, "nonsense"]), st.text(max_size=20) | st.from_regex(r"[-0-9.e]{0,8}\.\.[-0-9TZ:]*"))
def test_any_text_is_a_clause_or_an_error_for_people(name, text):
    try:
        clause = decode(name, text)
    except UnusableInput as error:
        assert name in str(error) or repr(name) in str(error)
    else:
        assert clause.sentence(DIMENSIONS[name], "EUR")


SENTENCES = (
    ("channel", Values(("Online",)), "Channel is Online"),
    ("channel", Values(("Online", "In-store")), "Channel is Online or In-store"),
    ("country", Values(tuple("ABCD")), "Country is A, B, C or D"),
    ("country", Values(tuple("ABCDE")), "Country is A, B, C or 2 more"),
    ("tier", Values((NONE,)), "Tier is (none)"),
    ("tier", Values(()), "Tier is nothing"),
    ("amount", Range(100_000, 500_000), "Line amount from £10.00 to under £50.00"),
    ("amount", Range(None, -5_000), "Line amount under −£0.50"),
    ("recency_days", Range(30, 60), "Recency from 30\u00a0days to under 60\u00a0days"),
    ("frequency", Range(10, None), "Frequency 10 or more"),
    ("ordered_at", Range(datetime(2024, 2, 29), datetime(2024, 3, 1)), "on 29 Feb 2024"),
    ("ordered_at", Range(datetime(2024, 2, 1), datetime(2024, 3, 1)), "from 1 Feb 2024 to 29 Feb 2024"),
    ("ordered_at", Range(datetime(2024, 2, 1), None), "since 1 Feb 2024"),
    ("ordered_at", Range(None, datetime(2024, 1, 1)), "until 31 Dec 2023"),
    ("ordered_at", Range(datetime(2024, 2, 1, 9), datetime(2024, 2, 1, 17, 30)),
     "from 1 Feb 2024 09:00 to before 1 Feb 2024 17:30"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "clause", "sentence"), SENTENCES, ids=lambda value: str(value)[:40])
def test_sentences(name, clause, sentence):
    assert clause.sentence(DIMENSIONS[name], "GBP") == sentence


MALFORMED = (
    ("colour", "red", "allowed: ordered_at, brand"),
    ("amount", "10", "expected LOW..HIGH"),
    ("amount", "..", "at least one end"),
    ("amount", "", "at least one end"),
    ("amount", "ten..20", "each end must be a number"),
    ("amount", "nan..20", "each end must be a number"),
    ("amount", "0..inf", "each end must be a number"),
    ("amount", "0..1e300", "each end must be a number"),
    ("amount", "20..10", "the low end must be below the high end"),
    ("recency_days", "10..10", "the low end must be below the high end"),
    ("ordered_at", "2023-02-29..", "each end must be a day such as"),
    ("ordered_at", "..0001-01-01", "each end must be a day such as"),
    ("ordered_at", "9999-12-31..", "each end must be a day such as"),
    ("ordered_at", "2024-03-01..2024-02-01", "the low end must be below the high end"),
)


@pytest.mark.parametrize(("name", "text", "words"), MALFORMED)
def test_malformed_text_is_told(name, text, words):
    with pytest.raises(UnusableInput, match=words):
        decode(name, text)


def test_the_furthest_numbers_still_fit_the_engine(shop):
    for end in ("-99999999999999..", "..99999999999999"):
        assert shop.ask(shop.lines.filter(decode("amount", end).condition(shop.lines.amount)).count()).num_rows == 1


def test_a_time_with_a_zone_keeps_its_clock():
    assert decode("ordered_at", "2024-01-01T08:00+02:00..").low == datetime(2024, 1, 1, 8)


@pytest.mark.parametrize(("clause", "kept"), [
    (Values(("a", NONE)), [0, 2, 3]),
    (Values(("b",)), [1]),
    (Values(()), []),
])  # fmt: skip
def test_values_as_a_condition(worked_out, clause, kept):
    found = worked_out(["a", "b", None, NONE], pa.string(), clause.condition)
    assert [place for place, keep in enumerate(found) if keep] == kept


@pytest.mark.parametrize(("clause", "kept"), [
    (Range(1, 3), [1, 2]),
    (Range(None, 2), [0, 1]),
    (Range(2, None), [2, 3]),
    (Range(), [0, 1, 2, 3]),
])  # fmt: skip
def test_a_range_includes_its_low_end_and_excludes_its_high_one(worked_out, clause, kept):
    found = worked_out([0, 1, 2, 3, None], pa.int64(), clause.condition)
    assert [place for place, keep in enumerate(found) if keep] == kept


few = st.lists(st.sampled_from("abcd"), unique=True).map(lambda v: Values(tuple(v)))


@given(few, few)
def test_both_holds_where_each_of_two_categories_does(one, other):
    found = both(one, other)
    assert set(found.values if found else ()) == set(one.values) & set(other.values)


@given(ranges(st.integers(-5, 5)), ranges(st.integers(-5, 5)))
def test_both_holds_where_each_of_two_ranges_does(one, other):
    def inside(clause, n):
        return (clause.low is None or clause.low <= n) and (clause.high is None or n < clause.high)

    found = both(one, other)
    expected = {n for n in range(-8, 9) if inside(one, n) and inside(other, n)}
    assert {n for n in range(-8, 9) if found is not None and inside(found, n)} == expected
    assert (found is None) == (not expected)


def test_both_with_no_clause_is_the_other():
    later = Range(datetime(2024, 1, 1), datetime(2024, 1, 1) + timedelta(days=3))
    assert both(None, later) == later
    assert both(None, Values(("a",))) == Values(("a",))
    assert both(None, Values(())) is None
