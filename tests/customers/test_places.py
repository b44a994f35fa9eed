"""Places of orders: the same as pandas finds by looking each key up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_panel.customers.places import ENDS, PlacedOrders

#: Keys of a hash, of numbers from 0 on, of lines without an order (below zero), and some that end alike.
KEYS = st.sampled_from([0, 1, 2, 3, -1, -2, ENDS, ENDS + 1, 2 * ENDS + 1, 1 - ENDS, 2**62 + 1, 2**62 + 2, 2**63 - 1])


@given(st.lists(st.tuples(KEYS, st.integers(1, 3)), max_size=20))
def test_orders_are_placed_as_they_come_whether_their_lines_lie_together_or_not(runs):
    keys = np.repeat(np.array([key for key, _ in runs], "int64"), [many for _, many in runs])
    place, found = pd.factorize(keys)
    orders = PlacedOrders(keys)
    assert orders.size == len(found)
    assert orders.of_lines.tolist() == place.tolist()
    assert orders.first(keys).tolist() == found.tolist()
    values = np.arange(len(keys)) ** 2
    assert orders.first(values).tolist() == pd.Series(values).groupby(place).first().tolist()
    assert orders.added(values).tolist() == pd.Series(values).groupby(place).sum().tolist()
    assert orders.added().tolist() == np.bincount(place).tolist()
    assert orders.shared(keys % 3).tolist() == (found % 3).tolist()


@pytest.mark.parametrize("odd", range(5))
def test_lines_of_an_order_that_differ_are_noticed_within_a_run_and_between_two(odd):
    keys, values = np.array([7, 7, 8, 7, 8]), np.zeros(5, "uint8")
    assert PlacedOrders(keys).shared(values).tolist() == [0, 0]
    values[odd] = 1
    assert PlacedOrders(keys).shared(values) is None
