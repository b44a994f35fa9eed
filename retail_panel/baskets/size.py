"""How large orders are: lines, units and value."""

import math
from dataclasses import dataclass, field

import ibis
import numpy as np
import pandas as pd

from retail_panel.formats import format_value
from retail_panel.measures import line_count, line_number
from retail_panel.schema import MONEY_SCALE

#: Pieces of a histogram up to the 95th percentile, the highest of the values'; one more takes all above.
PIECES = 20
MEASURES = ("lines", "units", "amount")


@dataclass(frozen=True)
class BasketSizes:
    """How large orders are.

    Attributes
    ----------
    orders : int
        Orders; with ``by``, an order counts once for each value on its lines.
    summary : pandas.DataFrame
        One row a measure (``lines``, ``units`` where there are quantities, ``amount``), with ``by`` a value and
        measure: ``value``, ``measure``, ``orders``, ``mean``, ``median``, ``single_line_share`` (of the orders, those
        with one line). Amounts in currency units, before returns.
    histogram : pandas.DataFrame
        One row a measure and piece, with ``by`` also a value, pieces without orders included: ``value``, ``measure``,
        ``low`` (included), ``high`` (excluded, infinite on the last), ``label``, ``orders``, ``share`` (of the orders
        of the value). What lies below the first piece counts in it.
    notes : tuple of str
        What one should know when reading.
    """

    orders: int
    summary: pd.DataFrame = field(repr=False)
    histogram: pd.DataFrame = field(repr=False)
    notes: tuple = ()


def sizes(ask, lines, by=None, currency="GBP"):
    """Return how large orders are.

    Parameters
    ----------
    ask : callable
        Takes a question, returns its answer as :class:`pyarrow.Table`.
    lines : ibis.Table
        Order lines in scope and selection, or orders, as :func:`retail_panel.customers.orders.orders` makes of them;
        sales count.
    by : str, optional
        Column to split by.
    currency : str
        ISO code, for the words of pieces.

    Returns
    -------
    BasketSizes
        ``value`` is None throughout where there is no ``by``.
    """
    sales = lines.filter(~lines.is_return)
    group = {"value": sales[by]} if by else {}
    units = {"units": sales.quantity.cast("float64").sum()} if "quantity" in lines.columns else {}
    if "is_whole" in lines.columns and not by:
        units = {"units": sales.quantity} if units else {}
        amount = sales.amount.cast("float64") / MONEY_SCALE
        orders = sales.select("order_key", lines=line_number(sales), amount=amount, **units)
    else:
        orders = sales.group_by(order_key=sales.order_key, **group).aggregate(
            lines=line_count(sales), amount=sales.amount.cast("float64").sum() / MONEY_SCALE, **units
        )
    measures = [name for name in MEASURES if name in orders.columns]
    rows = ask(orders.aggregate(by=list(group), **_figures(orders, measures))).to_pylist()
    for row in rows:
        for name in measures:
            row[f"{name}_median"], row[f"{name}_top"] = row.pop(f"{name}_parts") or (None, None)
    return _sizes(rows, measures, lambda widths: ask(_counts(orders, widths, by)).to_pylist(), currency)


def sizes_held(figures, is_named=True, currency="GBP"):
    """As :func:`sizes`, of orders in memory.

    Parameters
    ----------
    figures : dict of str to numpy.ndarray or None
        By measure, that of each order; NaN or None where it is not known.
    is_named : bool
        Whether any order has a name.
    currency : str
        ISO code.
    """
    figures = {name: np.asarray(figures[name], float) for name in MEASURES if figures.get(name) is not None}
    row = {"orders": len(figures["lines"]), "single": int((figures["lines"] == 1).sum())}
    row["last_key"] = 0 if is_named else -1
    for name, every in figures.items():
        known = every[~np.isnan(every)] if np.isnan(every).any() else every
        median, top = np.quantile(known, [0.5, 0.95]).tolist() if len(known) else (None, None)
        mean = float(known.mean()) if len(known) else None
        row |= {f"{name}_mean": mean, f"{name}_median": median, f"{name}_top": top}

    def counted(widths):
        for name, width in widths.items():
            piece = np.clip(np.floor((figures[name] - _start(name)) / width), 0, PIECES)
            counts = np.bincount(piece[~np.isnan(piece)].astype(int))
            yield from ({"measure": name, "piece": i, "orders": int(counts[i])} for i in np.flatnonzero(counts))

    return _sizes([row], list(figures), counted, currency)


def _sizes(rows, measures, counted, currency):
    rows = sorted((row for row in rows if row["orders"]), key=lambda row: (-row["orders"], str(row.get("value"))))
    measures = [name for name in measures if any(row[f"{name}_top"] is not None for row in rows)]
    widths = {name: _width(max(row[f"{name}_top"] or 0 for row in rows), name) for name in measures}
    totals = {row.get("value"): row["orders"] for row in rows}
    counted = counted(widths) if widths else []
    notes = ()
    if rows and max(row["last_key"] for row in rows) < 0:
        notes = ("No line names its order, so each line is an order of its own.",)
    return BasketSizes(
        orders=sum(totals.values()),
        summary=pd.DataFrame(
            [_summed(row, name) for row in rows for name in measures],
            columns=["value", "measure", "orders", "mean", "median", "single_line_share"],
        ),
        histogram=_histogram(counted, totals, widths, currency),
        notes=notes,
    )


def _figures(orders, measures):
    figures = {"orders": orders.count(), "single": orders.count(where=orders.lines == 1)}
    # A line without an order id has its own number below zero as key.
    figures["last_key"] = orders.order_key.max()
    for name in measures:
        column = orders[name]
        # Both at once, as the engine gathers all values for either.
        figures |= {f"{name}_mean": column.mean(), f"{name}_parts": column.quantile([0.5, 0.95])}
    return figures


def _summed(row, name):
    mean, median = row[f"{name}_mean"], row[f"{name}_median"]
    return row.get("value"), name, row["orders"], mean, median, row["single"] / row["orders"]


def _width(top, measure):
    """Return a round width; counts are cut into whole numbers."""
    least = max(float(top), 0.01) / PIECES
    power = 10.0 ** math.floor(math.log10(least))
    steps = (1, 2, 2.5, 5, 10) if measure == "amount" else (1, 2, 5, 10)
    width = next(step * power for step in steps if step * power >= least * (1 - 1e-9))
    return width if measure == "amount" else max(round(width), 1)


def _start(measure):
    return 0 if measure == "amount" else 1


def _counts(orders, widths, by):
    group = ["value"] if by else []
    counts = []
    for name, width in widths.items():
        # An order none of whose lines says how many units has no size in units.
        sized = orders.filter(orders[name].notnull())
        piece = ((sized[name] - _start(name)) / width).floor()
        piece = ibis.greatest(ibis.least(piece, PIECES), 0).cast("int32")
        coded = sized.select(*group, measure=ibis.literal(name), piece=piece)
        counts.append(coded.group_by(*group, "measure", "piece").aggregate(orders=coded.count()))
    return ibis.union(*counts) if counts[1:] else counts[0]


def _histogram(counted, totals, widths, currency):
    found = {(row.get("value"), row["measure"], row["piece"]): row["orders"] for row in counted}
    last = {name: max((piece for _, measure, piece in found if measure == name), default=0) for name in widths}
    rows = []
    for value, total in totals.items():
        for name, width in widths.items():
            for piece in range(last[name] + 1):
                low = _start(name) + piece * width
                high = math.inf if piece == PIECES else low + width
                orders = found.get((value, name, piece), 0)
                rows.append((value, name, low, high, _label(name, low, high, currency), orders, orders / total))
    return pd.DataFrame(rows, columns=["value", "measure", "low", "high", "label", "orders", "share"])


def _label(measure, low, high, currency):
    if measure == "amount":
        words = [format_value(end, "money", currency, "tick") for end in (low, high) if math.isfinite(end)]
        return " to under ".join(words) if words[1:] else f"{words[0]} or more"
    if math.isinf(high):
        return f"{low:,} or more"
    return f"{low:,}" if high - low == 1 else f"{low:,} to {high - 1:,}"
