"""Customers over any run of pieces, counted one by one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel.crossfilter.cube import Cube
from retail_panel.crossfilter.histogram import Key
from retail_panel.crossfilter.sightings import Repeats, Sightings

PIECES, CUSTOMERS, GROUPS = 5, 4, 2
KEY = Key((), "customers")
#: Lines: piece, customer, order, and what a group is made of.
LINES = st.lists(
    st.tuples(*(st.integers(0, most - 1) for most in (PIECES, CUSTOMERS, 4, GROUPS))), max_size=25
)  # fmt: skip
RUNS = [(low, high) for low in range(PIECES) for high in range(low + 1, PIECES + 1)]


def each_piece(lines):
    """Yield (piece, its lines as columns)."""
    for piece in range(PIECES):
        here = [line[1:] for line in lines if line[0] == piece]
        if here:
            yield piece, *np.array(here, "int64").T


def over(array, low, high):
    """Return what pairs come to over a run."""
    cube = Cube(("ordered_at",), (PIECES,))
    cube.add_distinct(KEY, array)
    return cube.answer(((low, high),))[KEY].tolist()


@settings(max_examples=200, deadline=None)
@given(LINES)
def test_customers_over_any_run_are_counted_once(lines):
    codes = np.array([1, -1, 0, 1])
    seen = Sightings(CUSTOMERS, PIECES)
    whole, apart = seen.group(()), seen.group((GROUPS,), codes.__getitem__)
    for piece, who, _, _ in each_piece(lines):
        seen.see(piece, who)
    for low, high in RUNS:
        there = {line[1] for line in lines if low <= line[0] < high}
        assert over(whole, low, high) == len(there)
        assert over(apart, low, high) == [sum(codes[who] == code for who in there) for code in range(GROUPS)]


@settings(max_examples=300, deadline=None)
@given(LINES)
def test_customers_with_two_orders_over_any_run(lines):
    seen = Repeats(CUSTOMERS, PIECES)
    for piece, who, order, _ in each_piece(lines):
        seen.see(piece, who, order - 2)
    for low, high in RUNS:
        orders = {line[1:3] for line in lines if low <= line[0] < high}
        many = np.bincount([who for who, _ in orders], minlength=CUSTOMERS)
        assert over(seen.array, low, high) == (many > 1).sum()


def test_the_last_of_many_pieces_is_told():
    seen, array = Sightings(2, 255), None
    array = seen.group(())
    for piece in (0, 254):
        seen.see(piece, np.array([1, 1]))
    assert array[0, 0] == 1 and array[1, 254] == 1 and array.sum() == 2
