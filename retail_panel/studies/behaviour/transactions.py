"""What transactions are worth by a dimension, asked for once for the studies that tell of it."""

from dataclasses import dataclass, field

import pandas as pd

from retail_panel.insight.cluster_sums import centre_of
from retail_panel.insight.groups import groups_of
from retail_panel.insight.order_sums import NONE, order_sums_question
from retail_panel.schema import MONEY_SCALE

#: Dimensions whose groups are compared with each other.
PAIRED = ("tier", "category")


@dataclass(frozen=True)
class Transactions:
    """Sums of transactions by a dimension and the segment of their customers.

    Attributes
    ----------
    rows : pandas.DataFrame
        As :func:`retail_panel.insight.order_sums.order_sums_question` answers, values in codes.
    centre : float
        What was taken off each transaction.
    """

    rows: pd.DataFrame = field(repr=False)
    centre: float

    def groups(self, name):
        """Return the moments of the dimension's values, see :class:`retail_panel.insight.groups.Groups`."""
        rows = self.rows.groupby(["value_", "value_2"], as_index=False).sum()
        rows["value_2"] = rows.value_2.where(rows.value_2 != NONE)
        return groups_of(name, "transaction", rows, self.centre)

    def cells(self):
        """Return the sums of each segment and value over its customers, money in currency units, nothing taken off.

        Returns
        -------
        pandas.DataFrame
            One row a segment and value: ``segment``, ``value_``, ``clusters``, ``customers``, ``n``, ``s``, ``ss``,
            ``sn``, ``nn``.
        """
        rows = self.rows[self.rows.value_ == self.rows.value_2].drop(columns=["value_2", "q", "ns"])
        rows = rows.groupby(["segment", "value_"], as_index=False).sum()
        return rows.assign(
            s=rows.s + self.centre * rows.n, sn=rows.sn + self.centre * rows.nn,
            ss=rows.ss + 2 * self.centre * rows.sn + self.centre**2 * rows.nn,
        )  # fmt: skip


def transactions(asking, dimension):
    """Return what the transactions of the selection add to a dimension's values.

    Parameters
    ----------
    asking : Asking
        What to ask with.
    dimension : str
        One of those of orders, or ``category``; lines without a value are left out.

    Returns
    -------
    Transactions, ColumnTransactions or None
        The second where orders are in memory. None where an order is not of one customer, channel, tier and hour: its
        lines have to be looked at then.
    """
    held = asking.column_orders
    if held is not None and dimension in held.codes:
        many, key = len(asking.labels(dimension)), ("held transactions", dimension, repr(asking.filters))
        found = asking.once(key, lambda: held.transactions(dimension, many, dimension in PAIRED))
        if found is not None:
            return found
    if "is_whole" not in asking.orders.columns:
        return None
    key = ("transactions", dimension, repr(asking.filters))
    return asking.once(key, lambda: _transactions(asking, dimension))


def _transactions(asking, dimension):
    orders, column, many = asking.orders, f"c_{dimension}", len(asking.labels(dimension))
    size = orders.aggregate(moved=orders.moved.mean() / MONEY_SCALE, least=orders.moved.min() / MONEY_SCALE)
    centre = centre_of(**asking.ask(size).to_pylist()[0])
    in_one = column in orders.columns
    lines = orders if in_one else asking.lines
    lines = lines.filter(lines[column] < many)
    known, guests = None, lines
    if "customer_key" in lines.columns:
        known, guests = lines.filter(lines.customer_key.notnull()), lines.filter(lines.customer_key.isnull())
        known = _valued(known, column, ("order_key", "customer_key"), in_one)
    guests = _valued(guests, column, ("order_key",), in_one)
    question = order_sums_question(known, guests, centre, in_one, is_paired=dimension in PAIRED)
    return Transactions(asking.ask(question).to_pandas(), centre)


def _valued(lines, column, keys, in_one):
    """Return one row an order and value of a column."""
    if in_one:
        segment = lines.c_segment if "c_segment" in lines.columns else 0
        return lines.select(*keys, "moved", value_=lines[column], segment=segment)
    moved = lines.amount.abs().cast("float64").sum()
    return lines.group_by(*keys, value_=lines[column]).aggregate(moved=moved).mutate(segment=0)
