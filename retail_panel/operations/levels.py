"""Stock from count to count: on hand, at cost, and run out."""

import pandas as pd

from retail_panel.errors import UnusableInput
from retail_panel.operations.inventory import ALLOWED
from retail_panel.schema import MONEY_SCALE

COLUMNS = ("day", "value", "counts", "stock_outs", "stock_out_rate", "on_hand", "at_cost")


def levels(ask, tables, by=None):
    """Return the stock of each day on which it was counted.

    Parameters
    ----------
    ask : callable
        Takes a question, returns its answer as :class:`pyarrow.Table`.
    tables : dict of str to ibis.Table
        As :func:`retail_panel.measures.scoped_tables` returns.
    by : str, optional
        ``brand``, ``store``, ``category`` or ``product``.

    Returns
    -------
    pandas.DataFrame
        One row a day counted (with ``by``: and value), by day: ``day`` (:class:`datetime.date`), ``value`` (None
        without ``by``), ``counts`` (of one product in one store), ``stock_outs`` (counts with nothing on hand),
        ``stock_out_rate``, ``on_hand`` (units) and ``at_cost`` (currency units; NaN where no cost is known). A day on
        which fewer stores were counted has less on hand for that alone: see ``counts``.

    Raises
    ------
    UnusableInput
        If ``by`` is none of these columns.
    """
    if by is not None and by not in ALLOWED:
        raise UnusableInput(f"stock by {by!r}: allowed: {', '.join(ALLOWED)}")
    if "stock" not in tables:
        return pd.DataFrame(columns=list(COLUMNS))
    stock = tables["stock"]
    group = {"day": stock.day, **({"value": stock[by]} if by else {})}
    at_cost = stock.on_hand * stock.unit_cost
    counted = stock.aggregate(
        by=group,
        counts=stock.count(),
        stock_outs=stock.count(where=stock.on_hand <= 0),
        on_hand=stock.on_hand.sum(),
        at_cost=at_cost.sum(),
    )
    rows = ask(counted.order_by(list(group))).to_pandas()
    rows["day"] = pd.Series(list(rows["day"]), dtype=object)
    rows["stock_out_rate"] = rows.stock_outs / rows.counts
    rows["at_cost"] = rows.at_cost.astype(float) / MONEY_SCALE
    return rows.reindex(columns=list(COLUMNS)) if by else rows.assign(value=None)[list(COLUMNS)]
