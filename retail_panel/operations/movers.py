"""Slow and fast movers: products that lie on the shelf, and products that fly off it."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from retail_panel.errors import UnusableInput

#: One quarter; the month that fast movers do not last.
SLOW_WEEKS = 13.0
FAST_WEEKS = 4.0
MOST_ROWS = 1_000
PACES = ("slow", "fast")


@dataclass(frozen=True)
class Movers:
    """One page of slow or fast movers.

    Attributes
    ----------
    rows : pandas.DataFrame
        Rows of :func:`retail_panel.operations.inventory.inventory` by product, with ``product`` for ``value``.
    matching : int
        Products that the rule picks, on all pages together.
    products : int
        Products counted.
    rule : str
        What makes a product one of them, and how they are ranked.
    """

    rows: pd.DataFrame = field(repr=False)
    matching: int
    products: int
    rule: str


def movers(found, pace="slow", offset=0, limit=20, slow_weeks=SLOW_WEEKS, fast_weeks=FAST_WEEKS):
    """Return the products that move slowly, or fast.

    Parameters
    ----------
    found : pandas.DataFrame
        From :func:`retail_panel.operations.inventory.inventory` by product.
    pace : str
        ``slow`` or ``fast``.
    offset, limit : int
        Rows to skip, zero or more; rows to return, 1 to :data:`MOST_ROWS`.
    slow_weeks, fast_weeks : float
        Weeks of cover above which a product is slow, and below which it is fast.

    Returns
    -------
    Movers
        Slow ones by weeks of cover, longest first, those that sold nothing at the head; fast ones by inventory
        turnover, highest first. Equal ones by average stock at cost, highest first, then by product.

    Raises
    ------
    UnusableInput
        If the pace, the offset or the limit is not allowed.
    """
    if pace not in PACES:
        raise UnusableInput(f"movers of pace {pace!r}: allowed: {', '.join(PACES)}")
    if offset < 0 or not 1 <= limit <= MOST_ROWS:
        raise UnusableInput(f"movers from {offset} with {limit} rows: allowed: from 0 on, 1 to {MOST_ROWS:,} rows")
    found = found.rename(columns={"value": "product"})
    is_sold = found.counted_units > 0
    if pace == "slow":
        picked = found[(found.closing_stock > 0) & (~is_sold | (found.weeks_of_cover > slow_weeks))]
        rank = -picked.weeks_of_cover.fillna(np.inf)
        rule = (
            f"Slow: more than {slow_weeks:g} weeks of cover on the last day counted, or stock on hand and no net sales "
            "while stock was counted. Ranked by weeks of cover."
        )
    else:
        picked = found[is_sold & (found.weeks_of_cover < fast_weeks)]
        rank = -picked.inventory_turnover.fillna(-np.inf)
        rule = (
            f"Fast: less than {fast_weeks:g} weeks of cover on the last day counted, and net sales while stock was "
            "counted. Ranked by inventory turnover."
        )
    picked = picked.assign(rank=rank, cost=-picked.average_stock_value.fillna(0))
    ranked = picked.sort_values(["rank", "cost", "product"], ignore_index=True).drop(columns=["rank", "cost"])
    rows = ranked.iloc[offset : offset + limit].reset_index(drop=True)
    return Movers(rows, len(picked), len(found), rule)
