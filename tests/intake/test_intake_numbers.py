"""Numbers and money from text, exactly."""

from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_panel.intake.decimal_marks import MarkEvidence
from retail_panel.intake.money import product_as_money
from retail_panel.intake.numbers import INFINITE, NOT_A_NUMBER, TOO_LARGE, UNREADABLE, read_numbers


def exact(value):
    return int((value * 10_000).quantize(Decimal(1), ROUND_HALF_EVEN))


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("12", ".", "12"), ("-0.5", ".", "-0.5"), (".5", ".", "0.5"), ("5.", ".", "5"), ("+7", ".", "7"),
        ("1,234,567.89", ".", "1234567.89"), ("1,23,456.78", ".", "123456.78"), ("1.234,56", ",", "1234.56"),
        ("1 234,5", ",", "1234.5"), ("1\u202f234,5", ",", "1234.5"), ("1'234.5", ".", "1234.5"),
        ("(3.10)", ".", "-3.10"),
        ("3.10-", ".", "-3.10"), ("£-3.10", ".", "-3.10"), ("3,10 €", ",", "3.10"), ("USD 3", ".", "3"),
        ("−4", ".", "-4"),
        ("1e3", ".", "1000"), ("2.5E-3", ".", "0.0025"), ("0.30000000000000004", ".", "0.30000000000000004"),
        ("1e-400", ".", "0"),
    ],
)  # fmt: skip
def test_what_is_read(text, mark, value):
    read = read_numbers(pa.array([text]), mark)
    assert read.status[0] == 0
    assert Decimal(int(read.mantissa[0])).scaleb(-int(read.decimals[0])) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", UNREADABLE), ("abc", UNREADABLE), ("1.2.3", UNREADABLE), ("12,5", UNREADABLE), ("--5", UNREADABLE),
        ("£5 €", UNREADABLE), ("1,2,3", UNREADABLE), (".", UNREADABLE), ("nan", NOT_A_NUMBER), ("-inf", INFINITE),
        ("∞", INFINITE), ("1e13", TOO_LARGE), ("9" * 40, TOO_LARGE), ("1e999999999", TOO_LARGE),
        ("1" * 2000, UNREADABLE),
    ],
)  # fmt: skip
def test_what_is_not(text, status):
    assert read_numbers(pa.array([text])).status[0] == status


_values = st.decimals(-(10**11), 10**11, places=None, allow_nan=False).map(lambda d: d.quantize(Decimal("1e-6")))


@given(st.lists(_values, min_size=1, max_size=20))
def test_money_is_rounded_half_to_even_exactly(values):
    read = read_numbers(pa.array([f"{value:f}" for value in values]))
    assert read.as_money().tolist() == [exact(value) for value in values]


@given(st.lists(st.tuples(_values, st.integers(-50_000, 50_000)), min_size=1, max_size=20))
def test_products_are_exact(pairs):
    pairs = [(price, count) for price, count in pairs if abs(price * count) <= 10**12] or [(Decimal("1.005"), 3)]
    prices, counts = ([f"{pair[i]:f}" if i == 0 else str(pair[i]) for pair in pairs] for i in (0, 1))
    money, large = product_as_money(read_numbers(pa.array(prices)), read_numbers(pa.array(counts)))
    assert not large.any()
    assert money.tolist() == [exact(price * count) for price, count in pairs]


def test_long_fractions_and_huge_products():
    left = read_numbers(pa.array(["0.123456789012345678", "999999999999", "33333.33333333333"]))
    right = read_numbers(pa.array(["8.100000000000000073", "10", "-3"]))
    money, large = product_as_money(left, right)
    assert large.tolist() == [False, True, False]
    assert money[[0, 2]].tolist() == [10_000, -1_000_000_000]


@pytest.mark.parametrize(
    ("column", "mark"),
    [
        (["1,234.50", "2"], "."), (["1.234,50"], ","), (["0.123"], "."), (["0,5"], ","), (["1.234.567"], ","),
        (["1234.567"], "."), (["12"], "."), (["1.5e3"], "."), (["1.234"], None), (["1,234", "7"], None), (["£ 1.234"],
        None),
    ],
)  # fmt: skip
def test_decimal_marks(column, mark):
    evidence = MarkEvidence()
    evidence.add(pa.array(column), np.ones(len(column), int))
    assert evidence.decide("a") == mark
