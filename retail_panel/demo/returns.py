"""What the demo's customers bring back."""

import numpy as np
import pandas as pd

from retail_panel.demo.catalogue import CATEGORIES, RETURN_CHANCE
from retail_panel.demo.chance import Chance
from retail_panel.demo.seasons import DAYS, closed_days

CHANNEL_FACTOR = {"In-store": 0.65, "Online": 1.5, "App": 1.35}
_DAYS_LATER = (3, 28)
_OPEN_SECONDS = (10 * 3600, 18 * 3600)


def demo_returns(lines, seed=0):
    """Return some of the goods.

    Parameters
    ----------
    lines : pandas.DataFrame
        One row per sale line, with ``order, day, channel, category, quantity, list_pence, pence``.
    seed : int
        Zero or more.

    Returns
    -------
    pandas.DataFrame
        One row per returned line, with the columns of `lines`: ``day`` and ``ordered_at`` are those of the return;
        ``quantity``, ``list_pence`` and ``pence`` are negative. All that comes back from one order comes back at once.
    """
    chance = Chance(seed, "returns")
    rate = np.array([CATEGORIES[category][RETURN_CHANCE] for category in lines["category"]])
    rate = rate * np.array([CHANNEL_FACTOR[channel] for channel in lines["channel"]])
    back = chance.yes(rate, len(lines))
    orders = int(lines["order"].max()) + 1
    delay = chance.whole(*_DAYS_LATER, orders)
    clock = chance.whole(*_OPEN_SECONDS, orders)
    returned = lines[back].copy()
    order = returned["order"].to_numpy()
    returned["day"] = returned["day"].to_numpy() + delay[order]
    kept = returned["day"].to_numpy() < len(DAYS)
    returned, order = returned[kept], order[kept]
    returned["day"] += closed_days()[returned["day"]]
    when = DAYS[returned["day"].to_numpy()].astype("datetime64[s]") + clock[order].astype("timedelta64[s]")
    bought = returned["quantity"].to_numpy()
    units = np.where(chance.yes(0.7, len(returned)), bought, chance.whole(1, bought, len(returned)))
    return returned.assign(
        ordered_at=when,
        quantity=-units,
        list_pence=-(returned["list_pence"].to_numpy() // bought * units),
        pence=-np.rint(returned["pence"].to_numpy() * units / bought).astype(np.int64),
    )


def document_numbers(sales, returns):
    """Number the orders and the return documents in the order of time.

    Parameters
    ----------
    sales, returns : pandas.DataFrame
        Sale lines and returned lines, each with ``order, ordered_at, prefix``.

    Returns
    -------
    pandas.Series, pandas.Series
        The document of each sale line, such as ``BB-100001``, and of each returned line, such as ``BB-R100001``.
    """
    return _numbered(sales, "-"), _numbered(returns, "-R")


def _numbered(lines, mark):
    documents = lines[["prefix", "order", "ordered_at"]].drop_duplicates("order")
    documents = documents.sort_values(["ordered_at", "order"], kind="stable")
    number = 100_001 + documents.groupby("prefix", sort=False).cumcount()
    name = pd.Series(documents["prefix"] + mark + number.astype(str), dtype=object)
    return lines["order"].map(dict(zip(documents["order"], name, strict=True)))
