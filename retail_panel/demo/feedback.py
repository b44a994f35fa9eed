"""What the demo's customers said of their orders."""

import numpy as np
import pandas as pd

from retail_panel.demo.chance import Chance
from retail_panel.demo.order_lines import demo_order_lines
from retail_panel.demo.seasons import COUNT_DAYS, UNTIL
from retail_panel.demo.stock import demo_stock

COLUMNS = ("brand", "given_at", "customer_id", "order_id", "channel", "store", "scale", "score")

#: Mood by channel, in points of CSAT.
MOOD = {"In-store": 0.3, "Online": -0.1, "App": 0.15}
#: Points lost, times the share of the store's products that are out of stock in the week of the order.
STOCK_OUT_LOSS = 3.2
_CSAT, _NPS = (4.05, 1.0), (7.9, 2.1)
_ANSWERS_CSAT, _ANSWERS_NPS = 0.2, 0.08


def demo_feedback(order_lines=None, stock=None, seed=0):
    """Ask some customers how satisfied they were.

    Parameters
    ----------
    order_lines, stock : pandas.DataFrame, optional
        As :func:`~retail_panel.demo.order_lines.demo_order_lines` and :func:`~retail_panel.demo.stock.demo_stock`
        return them for the same `seed`; made when left out.
    seed : int
        Zero or more.

    Returns
    -------
    pandas.DataFrame
        One row per answer by time, with :data:`COLUMNS` in this order: ``scale`` is CSAT (``score`` 1 to 5) or NPS
        (``score`` 0 to 10). An order has at most one answer; it comes one to five days later.
    """
    lines = demo_order_lines(seed) if order_lines is None else order_lines
    counts = demo_stock(lines, seed) if stock is None else stock
    chance = Chance(seed, "feedback")
    orders = lines[lines["kind"] != "Return"].drop_duplicates("order_id")
    draw = chance.uniform(len(orders))
    asked = draw < _ANSWERS_CSAT + _ANSWERS_NPS
    orders, by_nps = orders[asked], draw[asked] >= _ANSWERS_CSAT
    count = len(orders)
    mood = orders["channel"].map(MOOD).to_numpy() + 0.95 * chance.normal(count)
    mood = mood - STOCK_OUT_LOSS * _out_of_stock(orders, counts)
    middle, spread = np.where(by_nps, _NPS[0], _CSAT[0]), np.where(by_nps, _NPS[1], _CSAT[1])
    low, high = np.where(by_nps, 0, 1), np.where(by_nps, 10, 5)
    later = chance.whole(24 * 3600, 5 * 24 * 3600, count).astype("timedelta64[s]")
    answers = orders.assign(
        given_at=orders["ordered_at"].to_numpy() + later,
        scale=np.where(by_nps, "NPS", "CSAT"),
        score=np.clip(np.rint(middle + spread * mood), low, high).astype(np.int64),
    )
    answers = answers[answers["given_at"].to_numpy() < UNTIL]
    return answers.sort_values(["given_at", "order_id"], kind="stable", ignore_index=True)[list(COLUMNS)]


def _out_of_stock(orders, counts):
    """Return the share of the store's products with nothing on hand at the end of the week of each order."""
    share = counts.assign(out=counts["on_hand"] == 0).groupby(["store", "day"])["out"].mean()
    day = COUNT_DAYS[np.searchsorted(COUNT_DAYS, orders["ordered_at"].to_numpy().astype("datetime64[D]"))]
    return share.reindex(pd.MultiIndex.from_arrays([orders["store"], day.astype("datetime64[s]")])).to_numpy()
