"""Figures as text."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_panel.formats import change, format_value

UNITS = ("money", "count", "share", "ratio", "days", "weeks", "score", "day", "")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (9747747.934, "money", "£9,747,747.93"),
        (-896812.49, "money", "−£896,812.49"),
        (0, "money", "£0.00"),
        (-0.001, "money", "£0.00"),
        (25900, "count", "25,900"),
        (2.5, "count", "2.5"),
        (0.13986, "share", "13.99%"),
        (72, "days", "72\u00a0days"),
        (1, "days", "1\u00a0day"),
        (8.571, "weeks", "8.6\u00a0weeks"),
        (25.0, "score", "25.0"),
        (2.16667, "ratio", "2.17"),
        (datetime.date(2011, 12, 9), "day", "9 Dec 2011"),
        (None, "money", "–"),
        (float("nan"), "count", "–"),
        (float("inf"), "money", "–"),
    ],
)
def test_a_figure_in_full(value, unit, text):
    assert format_value(value, unit) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1_234_567, "money", "£1.2m"),
        (12_345, "money", "£12.3k"),
        (480.04, "money", "£480.04"),
        (-896_812.49, "money", "−£896.8k"),
        (999.994, "money", "£999.99"),
        (999.996, "money", "£1.0k"),
        (999_949, "money", "£999.9k"),
        (999_950, "money", "£1.0m"),
        (2.5e9, "money", "£2.5bn"),
        (4e12, "money", "£4.0tn"),
        (4e15, "money", "£4,000.0tn"),
        (0.124, "share", "12.4%"),
        (1234, "count", "1,234"),
        (541_909, "count", "541,909"),
        (1_234_567, "count", "1.2m"),
        (2.44, "ratio", "2.4"),
        (72, "days", "72\u00a0days"),
        (None, "share", "–"),
    ],
)
def test_a_figure_on_a_tile(value, unit, text):
    assert format_value(value, unit, form="tile") == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "money", "£0"),
        (200_000, "money", "£200k"),
        (1_250_000, "money", "£1.25m"),
        (-50_000, "money", "−£50k"),
        (0.1 + 0.2, "ratio", "0.3"),
        (0.05, "share", "5%"),
        (0.125, "share", "12.5%"),
        (15_000, "count", "15k"),
        (30, "days", "30\u00a0days"),
    ],
)
def test_a_tick_has_no_digits_to_spare(value, unit, text):
    assert format_value(value, unit, form="tick") == text


@pytest.mark.parametrize(
    ("currency", "text"),
    [
        ("GBP", "£1,234.50"),
        ("EUR", "€1,234.50"),
        ("JPY", "¥1,235"),
        ("KWD", "KWD\u00a01,234.500"),
        ("SEK", "SEK\u00a01,234.50"),
        ("PLN", "1,234.50\u00a0zł"),
    ],
)
def test_any_currency_has_its_symbol_or_code_and_its_digits(currency, text):
    assert format_value(1234.5, "money", currency) == text
    assert format_value(-1234.5, "money", currency) == "−" + text


@pytest.mark.parametrize(
    ("now", "before", "unit", "text"),
    [
        (1041, 1000, "money", "+4.1%"),
        (959, 1000, "count", "−4.1%"),
        (1000, 1000, "count", "0.0%"),
        (1, -2, "money", "+150.0%"),
        (0.206, 0.2, "share", "+0.6\u00a0pp"),
        (13, 25, "score", "−12\u00a0points"),
        (4, 3, "score", "+1\u00a0point"),
        (5, 0, "count", "–"),
        (5, None, "count", "–"),
        (None, 5, "share", "–"),
    ],
)
def test_a_change_is_signed_and_shares_change_by_points(now, before, unit, text):
    assert change(now, before, unit) == text


@given(st.floats(-1e14, 1e14), st.sampled_from(UNITS), st.sampled_from(["full", "tile", "tick", "change"]))
def test_the_sign_is_all_that_tells_a_negative_from_a_positive(value, unit, form):
    positive, negative = (format_value(v, unit, form=form).lstrip("+−") for v in (abs(value), -abs(value)))
    assert positive == negative


@given(st.floats(0, 1e14), st.floats(0, 1e14))
def test_larger_money_never_reads_smaller_on_a_tile(one, other):
    sizes = {"": 1, "k": 1e3, "m": 1e6, "bn": 1e9, "tn": 1e12}
    read = []
    for value in sorted((one, other)):
        text = format_value(value, "money", form="tile").replace("£", "").replace(",", "")
        number = text.rstrip("kmbnt")
        read.append(float(number) * sizes[text[len(number):]])
    assert read[0] <= read[1]
