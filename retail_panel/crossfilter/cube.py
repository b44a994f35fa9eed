"""Cubes: what a moving brush is answered from, without asking the engine.

A cube holds measures over (active dimension x passive dimension), cumulated along the active one, so that a brush is a
difference of two rows; over two active dimensions it is a summed-area table.

Distinct counts under a moving range do not add up, yet have an exact cube as well: each (key, piece) pair is counted
together with the piece in which the key was last seen before. The distinct keys of the pieces [a, b) are then the pairs
whose piece lies in [a, b) and whose previous one lies before a. :mod:`retail_panel.crossfilter.distinct_cube` has
these, and the same for customers with two orders.
"""

import logging
from contextlib import contextmanager

import numpy as np

from retail_panel.crossfilter.histogram import Key, dense, histogram_question, opens, supported
from retail_panel.dimensions import DIMENSIONS
from retail_panel.errors import RetailPanelError
from retail_panel.measures import MEASURES
from retail_panel.store import Superseded

log = logging.getLogger(__name__)


class Cube:
    """Answers of one active chart by passive charts and tiles.

    Parameters
    ----------
    dims : tuple of str
        The active chart's dimensions, one or two.
    sizes : tuple of int
        Their numbers of pieces.
    """

    def __init__(self, dims, sizes):
        self.dims = dims
        self.sizes = sizes
        self._sums = {}
        self._distinct = {}

    def add_sums(self, key, array):
        """Add an array of shape (active sizes..., passive sizes...), money in ten-thousandths.

        These are whole numbers, so differences of their sums are exact: what is zero stays zero.
        """
        for axis in range(len(self.dims)):
            array = np.cumsum(array, axis=axis)
            array = np.insert(array, 0, 0.0, axis=axis)
        self._sums[key] = array

    def add_distinct(self, key, array):
        """Add counts of shape (previous piece + 1, piece, passive sizes...), a key never seen before being at 0."""
        array = np.cumsum(np.cumsum(array, axis=0), axis=1)
        self._distinct[key] = np.insert(np.insert(array, 0, 0.0, axis=0), 0, 0.0, axis=1)

    def copy(self):
        """Return a cube with the same answers, to which more can be added."""
        twin = Cube(self.dims, self.sizes)
        twin._sums.update(self._sums)
        twin._distinct.update(self._distinct)
        return twin

    def __contains__(self, key):
        return key in self._sums or key in self._distinct

    def answer(self, ranges):
        """Answer a brush.

        Parameters
        ----------
        ranges : tuple of (int, int)
            For each active dimension the first piece and the one after the last.

        Returns
        -------
        dict of Key to numpy.ndarray
            Passive arrays, money in currency units; a key that cannot be answered while the brush moves is absent.
        """
        found = {}
        for key, array in self._sums.items():
            for low, high in ranges:
                array = array[high] - array[low]
            found[key] = array / MEASURES[key.measure].scale
        for key, array in self._distinct.items():
            ((low, high),) = ranges
            found[key] = array[low + 1, high] - array[low + 1, low]
        return found

    def arrays(self):
        """Yield (key, whether it is a distinct count, running totals) of everything the cube answers."""
        for is_distinct, part in ((False, self._sums), (True, self._distinct)):
            for key, array in part.items():
                yield key, is_distinct, array

    @property
    def nbytes(self):
        """Memory that the arrays take, in bytes."""
        return sum(array.nbytes for _, _, array in self.arrays())


def fill_sums(store, coded, cube, keys, filters, ticket=None):
    """Ask for what adds up along the active dimensions and put it into the cube.

    Sums always do. A distinct count of customers does along dimensions of the customer, since each lies in one piece
    there; that of orders where all lines of an order lie in one, see
    :func:`retail_panel.crossfilter.histogram.opens`. What cannot be answered is left out.
    """
    by_customer = all(DIMENSIONS[d].level == "customer" for d in cube.dims)
    wanted = {}
    for key in keys:
        passive = supported(coded, key) and not set(key.dims) & set(cube.dims)
        looked_at = {*cube.dims, *key.dims, *filters}
        adds_up = MEASURES[key.measure].additive or opens(coded, key.measure, looked_at)
        if passive and (adds_up or by_customer and _counts_customers(coded, key)):
            wanted.setdefault(key.dims, []).append(key.measure)
    whole = wanted.items() if set(filters) <= set(cube.dims) else ()
    found = coded.added_up([Key((*cube.dims, *dims), name) for dims, names in whole for name in names], ticket)
    for key, array in found.items():
        cube.add_sums(Key(key.dims[len(cube.dims) :], key.measure), array)
    for dims, measures in wanted.items():
        both = (*cube.dims, *dims)
        measures = [name for name in measures if Key(both, name) not in found]
        if not measures:
            continue
        with left_out(measures):
            answer = store.ask(histogram_question(coded, both, measures, filters, both), ticket=ticket)
            for name, array in dense(coded, both, answer, measures, scaled=False).items():
                cube.add_sums(Key(dims, name), array)


def _counts_customers(coded, key):
    return MEASURES[key.measure].key(coded.shape).get_name() == "customer_key"


@contextmanager
def left_out(measures):
    """Log what cannot be answered, and go on without it."""
    try:
        yield
    except Superseded:
        raise
    except RetailPanelError:
        log.exception("no cube of %s", ", ".join(measures))
