"""Places of orders and customers in arrays, so that what is theirs is added up without a look-up."""

import numpy as np
import pandas as pd

#: Keys of customers that may be unused beside four a line, to be looked up by their number.
SPARE = 1 << 20
#: How many ends of orders' keys are told apart at first, a power of two.
ENDS = 1 << 20


class PlacedOrders:
    """The orders of lines as places, the order that comes first being the first.

    Lines of an order commonly lie together, in one run, and few orders have several: runs are looked at, and each line
    only in passing.

    Parameters
    ----------
    keys : numpy.ndarray of int
        ``order_key`` of each line.

    Attributes
    ----------
    of_lines : numpy.ndarray of int32
        Each line's order.
    size : int
        How many orders there are.
    """

    def __init__(self, keys):
        is_first = np.ones(len(keys), bool)
        np.not_equal(keys[1:], keys[:-1], out=is_first[1:])
        run = np.cumsum(is_first, dtype="int32")
        run -= 1
        self._starts, self._goes_on = np.flatnonzero(is_first), ~is_first[1:]
        self._of_runs, is_head = _places_of(keys[self._starts])
        self._heads = self._starts if self._of_runs is None else self._starts[is_head]
        self.of_lines = run if self._of_runs is None else self._of_runs[run]
        self.size = len(self._heads)

    def first(self, values):
        """Return the value of each order's first line."""
        return values[self._heads]

    def agrees(self, values):
        """Whether all lines of each order have the same value."""
        if ((values[1:] != values[:-1]) & self._goes_on).any():
            return False
        return self._of_runs is None or bool((values[self._starts] == self.first(values)[self._of_runs]).all())

    def shared(self, values):
        """Return the value that all lines of an order have, by order; None where they differ."""
        return self.first(values) if self.agrees(values) else None

    def added(self, values=None):
        """Return by order what the values of its lines add up to, float64; without values how many lines it has."""
        return np.bincount(self.of_lines, values, self.size)


def _places_of(keys):
    """Return the place of each key's value, in the order in which values come, and whether it comes for the first time.

    None for the places where no value comes twice.
    """
    # Few come twice: to look at those alone that end in the same digits as another is quicker than to look for all. Of
    # several that are written to one place the last one stays.
    end, number = (keys & (ENDS - 1)).astype("int32"), np.arange(len(keys), dtype="int32")
    last, is_met = np.empty(ENDS, "int32"), np.zeros(ENDS, bool)
    last[end] = number
    is_met[end[last[end] != number]] = True
    some = np.flatnonzero(is_met[end])
    place, found = pd.factorize(keys[some])
    if len(found) == len(some):
        return None, None
    first = np.full(len(found), len(keys))
    np.minimum.at(first, place, some)
    is_head = np.ones(len(keys), bool)
    is_head[some] = first[place] == some
    places = np.cumsum(is_head, dtype="int32")
    places -= 1
    places[some] = places[first[place]]
    return places, is_head


def placed_customers(key, rows):
    """Return the keys of customers in their order, and the place of each line's among them, -1 for guests."""
    if key is None or not len(key):
        return np.zeros(0, "int32"), np.full(rows, -1, "int32")
    key = key.fill_null(-1).to_numpy()
    if key.dtype.kind == "i" and key.min() >= -1 and key.max() < 4 * rows + SPARE:
        # Stores number them from 0 on.
        is_held = np.zeros(int(key.max()) + 2, bool)
        is_held[key + 1] = True
        ranks = np.cumsum(is_held, dtype="int32") - 1 - is_held[0]
        return np.flatnonzero(is_held[1:]).astype(key.dtype), ranks[key + 1]
    place, keys = pd.factorize(key)
    order = np.argsort(keys)
    ranks = np.empty(len(keys), "int32")
    guests = int((keys == -1).any())
    ranks[order] = np.arange(len(keys), dtype="int32") - guests
    return keys[order][guests:], ranks[place]


def with_guests(person_of, many):
    """Return the cluster of each order: its customer, or a place of its own behind them."""
    guests = np.flatnonzero(person_of < 0)
    person_of[guests] = many + np.arange(len(guests), dtype="int32")
    return person_of
