"""Sums: what is counted and added per group of order lines, and the columns that come of it."""

import datetime as dt

import numpy as np

from retail_panel.customers.merged import moved, order_count
from retail_panel.customers.rfm import EPOCH, day_of, whole_sum
from retail_panel.errors import UnusableInput
from retail_panel.schema import MONEY_SCALE

MONEY = ("gross_sales", "net_sales", "absolute_value")
#: What adds up over periods and values of a category (transactions and orders but for those that lie in two of them).
ADDITIVE = ("transactions", "orders", *MONEY)
AVERAGE = "average_transaction_value"
MEASURES = ("transactions", "orders", "customers", *MONEY, AVERAGE)
_AVERAGED = ("absolute_value", "transactions")


def checked(measure, allowed, use="here"):
    """Return a measure's name.

    Raises
    ------
    UnusableInput
        If it is not among those allowed.
    """
    if measure not in allowed:
        raise UnusableInput(f"measure {measure!r}; allowed {use}: {', '.join(allowed)}")
    return measure


def sums_of(lines, measures):
    """Return the Ibis aggregates that measures need, by name; money in ten-thousandths.

    Parameters
    ----------
    lines : ibis.Table
        Order lines, which may be merged (:func:`retail_panel.customers.merged.merged`).
    measures : collection of str
        Some of :data:`MEASURES`. Customers are left out where ``lines`` have no ``customer_key``.
    """
    needed = {checked(measure, MEASURES) for measure in measures} | set(_AVERAGED if AVERAGE in measures else ())
    make = {
        "transactions": lambda: order_count(lines),
        "orders": lambda: order_count(lines, ~lines.is_return),
        "customers": lambda: lines.customer_key.nunique(),
        "gross_sales": lambda: whole_sum(lines.is_return.ifelse(0, lines.amount)),
        "net_sales": lambda: whole_sum(lines.amount),
        "absolute_value": lambda: whole_sum(moved(lines)),
    }
    if "customer_key" not in lines.columns:
        needed.discard("customers")
    return {name: column() for name, column in make.items() if name in needed}


def columns_of(found, spot, rows, measures):
    """Lay the answer out, zeros where it has no row.

    Parameters
    ----------
    found : pyarrow.Table
        One row per group, with the columns of :func:`sums_of`.
    spot : numpy.ndarray
        The row that each group has in the table to be.
    rows : int
        Rows of that table.
    measures : collection of str
        The columns wanted.

    Returns
    -------
    dict of str to numpy.ndarray
        Counts as int64 (customers NaN where the answer has none), money as float64 in currency units, an average NaN
        where there is nothing to divide by.
    """
    columns = {}
    for name in MEASURES:
        if name in found.column_names:
            figure = np.zeros(rows, dtype=np.int64)
            figure[spot] = found[name].to_numpy()
            columns[name] = figure / MONEY_SCALE if name in MONEY else figure
    if "customers" in measures:
        columns.setdefault("customers", np.full(rows, np.nan))
    if AVERAGE in measures:
        columns[AVERAGE] = quotient(*(columns[name] for name in _AVERAGED))
    return {name: columns[name] for name in MEASURES if name in measures}


def quotient(total, count):
    """Divide arrays; NaN where the count is zero."""
    return np.divide(total, count, out=np.full(len(total), np.nan), where=count != 0)


def span_of(ask, lines):
    """Return the first and the last day of lines; None and None without lines."""
    day = day_of(lines.ordered_at)
    found = ask(lines.aggregate(first=day.min(), last=day.max())).to_pylist()[0]
    return tuple(None if found[end] is None else EPOCH + dt.timedelta(days=found[end]) for end in ("first", "last"))
