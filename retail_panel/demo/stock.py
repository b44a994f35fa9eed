"""The demo's weekly stock counts, in step with its sales."""

import numpy as np
import pandas as pd

from retail_panel.demo.order_lines import demo_order_lines
from retail_panel.demo.outages import empty_shelves, shelves
from retail_panel.demo.seasons import COUNT_DAYS

COLUMNS = ("brand", "day", "store", "category", "product", "on_hand", "unit_cost")

#: Weeks of sales that a full shelf holds.
COVER_WEEKS = {
    "Groceries": 2, "Beauty": 5, "Books": 6, "Home": 7, "Toys & Gifts": 6, "Garden": 7, "Apparel": 7, "Footwear": 8,
    "Electronics": 4, "Sports": 7,
}  # fmt: skip
_SPARE_UNITS = 3


def demo_stock(order_lines=None, seed=0):
    """Count the stock every Saturday at close.

    Parameters
    ----------
    order_lines : pandas.DataFrame, optional
        As :func:`~retail_panel.demo.order_lines.demo_order_lines` returns them for the same `seed`; made when left out.
    seed : int
        Zero or more.

    Returns
    -------
    pandas.DataFrame
        One row per day of counting, store and product of its brand, with :data:`COLUMNS` in this order: ``on_hand``
        in units, ``unit_cost`` in GBP. App orders are served from the brand's site. Goods that come back are not put on
        the shelf again. Where nothing is on hand at two counts in a row, nothing was sold between them.
    """
    lines = demo_order_lines(seed) if order_lines is None else order_lines
    shelf = shelves()
    on_hand = _on_hand(_sold(lines, shelf), _cover(shelf), empty_shelves(seed))
    counts = pd.concat([shelf] * len(COUNT_DAYS), ignore_index=True)
    counts["day"] = np.repeat(COUNT_DAYS, len(shelf))
    counts["on_hand"] = on_hand.T.ravel()
    return counts[list(COLUMNS)]


def _sold(lines, shelf):
    """Return the units sold, one row per shelf and one column per week."""
    sales = lines[lines["kind"] != "Return"].drop_duplicates()
    place = pd.MultiIndex.from_frame(shelf[["store", "product"]]).get_indexer(
        pd.MultiIndex.from_frame(sales[["store", "product"]])
    )
    day = sales["ordered_at"].to_numpy().astype("datetime64[D]")
    sold = np.zeros((len(shelf), len(COUNT_DAYS)), np.int64)
    kept = place >= 0
    np.add.at(sold, (place[kept], np.searchsorted(COUNT_DAYS, day[kept])), sales["quantity"].to_numpy()[kept])
    return sold


def _cover(shelf):
    return shelf["category"].map(COVER_WEEKS).to_numpy()


def _on_hand(sold, cover, empty):
    """Keep the shelves filled by a simple rule, and let them run down to each planned stock-out."""
    weeks = sold.shape[1]
    summed = np.cumsum(np.pad(sold, ((0, 0), (1, 0))), axis=1)
    row = np.arange(len(sold))
    on_hand = np.zeros_like(sold)
    for week in range(weeks):
        since, until = np.maximum(week - 4, 0), np.minimum(week + 5, weeks)
        pace = (summed[:, until] - summed[:, since]) / (until - since)
        full = np.ceil(pace * cover).astype(np.int64) + _SPARE_UNITS
        left = on_hand[:, week - 1] - sold[:, week] if week else full
        on_hand[:, week] = np.where(empty[:, week], 0, np.where(left < (full + 1) // 2, full, left))
    running_down = np.zeros(len(sold), bool)
    for week in range(weeks - 2, -1, -1):
        needed = np.maximum(on_hand[:, week + 1] + sold[:, week + 1], 1)
        running_down = (running_down | empty[:, week + 1]) & ~empty[:, week] & (on_hand[:, week] > needed)
        on_hand[row[running_down], week] = needed[running_down]
    return on_hand
