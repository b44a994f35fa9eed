"""One customer's transactions, newest first."""

import pandas as pd

from retail_panel.customers.gaps import day_from
from retail_panel.customers.rfm import whole_sum
from retail_panel.measures import line_count
from retail_panel.schema import MONEY_SCALE

MOST_TRANSACTIONS = 500


def timeline(ask, own):
    """Return one customer's transactions.

    Parameters
    ----------
    ask : callable
        Takes a question, returns its answer as :class:`pyarrow.Table`.
    own : ibis.Table
        The customer's order lines with their ``day`` since 1970-01-01, and ``order_id`` where there is one.

    Returns
    -------
    rows : pandas.DataFrame
        As :class:`retail_panel.customers.card.Card` has it.
    transactions : int
        Transactions in all.
    net_sales : float
        Of all lines, currency units.
    """
    returned = own.is_return.ifelse(own.amount, 0)
    named = {"order_id": own.order_id.max()} if "order_id" in own.columns else {}
    orders = own.group_by("day", "order_key").aggregate(
        amount=whole_sum(own.amount),
        lines=line_count(own),
        returns=line_count(own, own.is_return),
        returned=whole_sum(returned),
        **named,
    )
    whole = ask(own.aggregate(orders=own.order_key.nunique(), net=whole_sum(own.amount))).to_pylist()[0]
    latest = orders.order_by(orders.day.desc(), orders.order_key).limit(MOST_TRANSACTIONS)
    rows = ask(latest).to_pandas()
    rows["day"] = pd.Series([day_from(day) for day in rows["day"]], rows.index, dtype=object)
    rows[["amount", "returned"]] = rows[["amount", "returned"]] / MONEY_SCALE
    return rows, whole["orders"], (whole["net"] or 0) / MONEY_SCALE
