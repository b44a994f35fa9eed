"""Cubes on their way to the browser: as narrow as they can be, and nothing lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_panel.crossfilter import cargo
from retail_panel.crossfilter.cargo import KINDS, packed
from retail_panel.crossfilter.cube import Cube
from retail_panel.crossfilter.histogram import Key

SALES, ORDERS = Key(("channel",), "net_sales"), Key((), "orders")
NUMBERS = {**KINDS, "Float64": np.float64}


def summed(load, place, axes):
    """Return running totals as the browser makes them: an empty row first, along each axis."""
    shape = [size + place["summed"] for size in axes]
    count = int(np.prod(shape)) * place["width"]
    found = np.frombuffer(load, NUMBERS[place["kind"]], count, place["at"]).astype(float)
    found = found.reshape(*shape, place["width"])
    for axis in () if place["summed"] else range(len(axes)):
        found = np.insert(np.cumsum(found, axis=axis), 0, 0.0, axis=axis)
    return found


@given(seed=st.integers(0, 10**6), top=st.sampled_from([1, 200, 40_000, 3 * 10**9, 10**13]), two=st.booleans())
def test_what_arrives_equals_what_was_sent(seed, top, two):
    rng = np.random.default_rng(seed)
    sizes = (3, 4) if two else (5,)
    cube = Cube(tuple("ab"[: len(sizes)]), sizes)
    cube.add_sums(SALES, rng.integers(-top, top, (*sizes, 3)).astype(float))
    if not two:
        cube.add_distinct(ORDERS, rng.integers(0, min(top, 10**6), (6, 5)).astype(float))
    found = packed(cube)
    for key, is_distinct, totals in cube.arrays():
        place = found.places[key]
        axes = (sizes[0] + 1, sizes[0]) if is_distinct else sizes
        assert (place["distinct"], place["scale"]) == (is_distinct, 10_000 if key is SALES else 1)
        assert place["at"] % 8 == 0
        np.testing.assert_array_equal(summed(found.load, place, axes).reshape(totals.shape), totals)


@pytest.mark.parametrize(("low", "high", "kind"), [
    (0, 255, "Uint8"), (-1, 127, "Int8"), (0, 256, "Uint16"), (-129, 0, "Int16"), (0, 2**31, "Uint32"),
    (-1, 2**20, "Int32"), (-1, 2**40, "Float64"),
])  # fmt: skip
def test_the_narrowest_kind_is_taken(low, high, kind):
    cube = Cube(("a",), (2,))
    cube.add_sums(ORDERS, np.array([low, high], float))
    assert packed(cube).places[ORDERS]["kind"] == kind


def test_parts_of_units_travel_as_they_are():
    cube = Cube(("a",), (2,))
    cube.add_sums(ORDERS, np.array([0.1, 0.2]))
    found = packed(cube)
    assert found.places[ORDERS]["summed"]
    np.testing.assert_array_equal(np.frombuffer(found.load), [0.0, 0.1, 0.1 + 0.2])


def test_a_cube_that_is_too_large_stays(monkeypatch):
    cube = Cube(("a",), (100,))
    cube.add_sums(ORDERS, np.ones(100))
    monkeypatch.setattr(cargo, "MOST_BYTES", 103)
    assert packed(cube) is None
    monkeypatch.setattr(cargo, "MOST_BYTES", 104)
    assert packed(cube).sizes == (100,)
