"""Places of orders and customers in arrays, so that what is theirs is added up without a look-up."""

import numpy as np
import pandas as pd

#: Keys of customers that may be unused beside four a line, to be looked up by their number.
SPARE = 1 << 20


def placed_orders(keys):
    """Return each line's order as a place, and how many there are."""
    is_first = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=is_first[1:])
    run = np.cumsum(is_first, dtype="int32") - 1
    # Lines of an order commonly lie together, and fewer keys have to be looked for then.
    place, found = pd.factorize(keys[is_first])
    return (run if len(found) == len(place) else place.astype("int32")[run]), len(found)


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
