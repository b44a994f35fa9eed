"""The orders that came in last."""

from retail_panel.measures import line_count
from retail_panel.schema import MONEY_SCALE

#: Lines looked at; an order has a few.
LINES = 400
TEXTS = ("order_id", "channel", "store")


def latest_orders(ask, lines, most=12):
    """Return the orders whose lines arrived last.

    Parameters
    ----------
    ask : callable
    lines : ibis.Table
        Columns: line, order_key, ordered_at, amount, and where the source has them order_id, channel, store, quantity.
    most : int
        Orders at most.

    Returns
    -------
    list of dict
        The last one first: ``order_id``, ``channel``, ``store`` (str or None), ``ordered_at`` (datetime), ``units``
        (int or None), ``lines`` (int) and ``amount`` (money).
    """
    last = lines.order_by(lines.line.desc()).limit(LINES)
    known = [name for name in TEXTS if name in lines.columns]
    figures = {name: last[name].max() for name in known}
    if "quantity" in lines.columns:
        figures["units"] = last.quantity.sum()
    figures |= {"lines": line_count(last), "amount": last.amount.sum()}
    found = last.group_by("order_key").aggregate(at=last.line.max(), ordered_at=last.ordered_at.max(), **figures)
    rows = ask(found.order_by(found["at"].desc()).limit(most)).to_pylist()
    return [{**dict.fromkeys((*TEXTS, "units")), **row, "amount": float(row["amount"]) / MONEY_SCALE} for row in rows]
