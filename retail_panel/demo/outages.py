"""Where and when the demo's shelves are empty: planned first, so that sales, stock and feedback agree."""

from functools import cache

import numpy as np
import pandas as pd

from retail_panel.demo.catalogue import SHOPS, SITES, demo_products
from retail_panel.demo.chance import Chance
from retail_panel.demo.seasons import COUNT_DAYS

#: (store, first count, last count, categories or None for all, share of those products that run out)
DISRUPTIONS = (
    ("Manchester", "2025-03-08", "2025-05-10", None, 0.38),
    ("Leeds", "2025-08-30", "2025-10-25", None, 0.35),
    ("Bramble & Birch Online", "2025-11-29", "2025-12-20", ("Toys & Gifts", "Beauty", "Home"), 0.5),
    ("Kestrel Row Online", "2026-02-07", "2026-04-04", ("Electronics", "Sports", "Footwear"), 0.5),
    ("Glasgow", "2026-05-16", "2026-07-11", None, 0.35),
    ("Dublin", "2026-06-06", "2026-08-01", None, 0.4),
)
_EPISODES_PER_SHELF = 0.75
_WEEKS = (1, 4)


@cache
def shelves():
    """Return the stock positions.

    Returns
    -------
    pandas.DataFrame
        One row per store (the shops, then the two sites) and product of its brand, in a fixed order: ``store`` and the
        columns of :func:`~retail_panel.demo.catalogue.demo_products`.
    """
    stores = [(brand, shop) for brand, shop, _, _ in SHOPS] + list(SITES.items())
    return pd.DataFrame(stores, columns=["brand", "store"]).merge(demo_products(), on="brand", how="left")


def empty_shelves(seed=0):
    """Plan the stock-outs.

    Parameters
    ----------
    seed : int
        Zero or more.

    Returns
    -------
    numpy.ndarray
        Booleans, one row per shelf (:func:`shelves`), one column per weekly count: true where nothing is on hand at
        that count. In the first week of a run of empty counts the last pieces still sell; in the others nothing does.
    """
    chance = Chance(seed, "outages")
    shelf = shelves()
    empty = np.zeros((len(shelf), len(COUNT_DAYS)), bool)
    episodes = chance.rounded(np.full(len(shelf), _EPISODES_PER_SHELF))
    row = np.repeat(np.arange(len(shelf)), episodes)
    first = chance.whole(1, len(COUNT_DAYS) - 1, len(row))
    last = first + chance.whole(*_WEEKS, len(row))
    weeks = np.arange(len(COUNT_DAYS))
    for index, since, until in zip(row, first, last, strict=True):
        empty[index] |= (since <= weeks) & (weeks < until)
    for store, first_count, last_count, categories, share in DISRUPTIONS:
        hit = (shelf["store"] == store).to_numpy() & chance.yes(share, len(shelf))
        if categories is not None:
            hit &= shelf["category"].isin(categories).to_numpy()
        counts = (np.datetime64(first_count) <= COUNT_DAYS) & (np.datetime64(last_count) >= COUNT_DAYS)
        empty |= hit[:, None] & counts
    return empty


def unsold(empty):
    """Return where nothing can be sold in the week before a count, from where shelves are empty at the counts.

    Parameters
    ----------
    empty : numpy.ndarray
        As :func:`empty_shelves` returns it.

    Returns
    -------
    numpy.ndarray
        Booleans of the same shape: true where the shelf was empty at this count and at the one before.
    """
    banned = np.zeros_like(empty)
    banned[:, 1:] = empty[:, 1:] & empty[:, :-1]
    return banned
