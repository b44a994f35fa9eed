"""Dimension records: what one can filter, group or brush by."""

from collections.abc import Callable
from dataclasses import dataclass

from retail_panel.measures.merged import single_amount

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SCORES = ("1", "2", "3", "4", "5")
HOURS = tuple(f"{hour:02d}" for hour in range(24))


@dataclass(frozen=True)
class Dimension:
    """One dimension.

    Parameters
    ----------
    name, label : str
        Key in code, JSON and URL; words on the screen.
    kind : str
        ``category``, ``number``, ``time``; or ``move``, from one of some values on a day to one on a later day.
    expression : callable
        Its value on a table: order lines for level ``line``, scored customers for level ``customer``. A category with
        ``labels`` gives the index in them.
    definition : str
        What it says of a line or a customer.
    level : str
        ``line`` or ``customer``.
    needs : tuple of str
        Columns that the source must have.
    labels : tuple of str
        The values in order, where they are known beforehand.
    unit : str
        Unit of a number, as in :class:`retail_panel.measures.Measure`.
    scoped : bool
        Whether the sidebar offers it.
    """

    name: str
    label: str
    kind: str
    expression: Callable
    definition: str
    level: str = "line"
    needs: tuple = ()
    labels: tuple = ()
    unit: str = ""
    scoped: bool = False


def _column(name, label, definition, scoped=True):
    return Dimension(name, label, "category", lambda t: t[name], definition, needs=(name,), scoped=scoped)


def _customer(name, label, kind, definition, **more):
    return Dimension(name, label, kind, lambda t: t[name], definition, "customer", ("customer_key",), **more)


def _score(name, label, definition):
    return Dimension(
        name, label, "category", lambda t: t[name] - 1, definition, "customer", ("customer_key",), labels=SCORES
    )


_RECORDS = (
    Dimension("ordered_at", "Time", "time", lambda t: t.ordered_at, "Time of the sale or the return."),
    _column("brand", "Brand", "Trading name the line was sold under."),
    _column("channel", "Channel", "Where it was sold."),
    _column("store", "Store", "Shop or site."),
    _column("country", "Country", "Country or region of the sale."),
    _column("category", "Category", "Product category."),
    _column("product", "Product", "Product or stock code.", scoped=False),
    _column("kind", "Kind", "Full Price, Discount or Return."),
    _column("tier", "Tier", "Loyalty tier at the time of the line."),
    Dimension("amount", "Line amount", "number", single_amount, "Signed value of the line.", unit="money"),
    Dimension("weekday", "Weekday", "category", lambda t: t.ordered_at.day_of_week.index(), "Day of the week.",
              labels=WEEKDAYS),
    Dimension("hour", "Hour", "category", lambda t: t.ordered_at.hour(), "Hour of the day, shop's time.", labels=HOURS),
    _customer("segment", "Segment", "category", "Segment by the RFM rules, within scope."),
    _customer("cluster", "Cluster", "category", "K-means cluster on log R, F, M, within scope."),
    _customer("recency_days", "Recency", "number", "Days from the last purchase to the reference date.", unit="days"),
    _customer("frequency", "Frequency", "number", "Purchases, as the RFM definition counts them.", unit="count"),
    _customer("monetary", "Monetary", "number", "Spend, as the RFM definition counts it.", unit="money"),
    _customer("first_bought", "First purchase", "time", "Time of the first purchase within scope; returns are none."),
    _customer("sales_rank", "Rank by net sales", "number", "Place by net sales within scope, the best first: under 20% "
              "are the best fifth of the customers.", unit="percent"),
    Dimension("moved", "Moved", "move", lambda t: t.customer_key, "Segment on one day and on a later one, each by the "
              "RFM rules as of that day, within scope.", "customer", ("customer_key",)),
    _score("r", "R score", "Recency score, 5 is the most recent fifth."),
    _score("f", "F score", "Frequency score, 5 is the most frequent fifth."),
    _score("m", "M score", "Monetary score, 5 is the highest fifth."),
)

DIMENSIONS = {dimension.name: dimension for dimension in _RECORDS}
