"""Recency, frequency and monetary value of each customer, by a definition one can choose and read."""

import datetime as dt
from typing import NamedTuple

import param

from retail_panel.measures import line_number

EPOCH = dt.date(1970, 1, 1)


class Meaning(NamedTuple):
    """What :class:`RFMDefinition` says of F and M on any day, to be told apart by."""

    frequency: str = "orders"
    monetary: str = "net"
    returns: str = "subtract"


class RFMDefinition(param.Parameterized):
    """What recency, frequency and monetary value mean."""

    reference_day = param.CalendarDate(
        default=None,
        allow_None=True,
        doc="Day that recency counts back from, as of which customers are seen: later lines are left out. "
        "None means the last day in scope, of a sale or a return.",
    )
    frequency = param.Selector(
        default="orders",
        objects=["orders", "lines", "days"],
        doc="What frequency counts: distinct orders, order lines, or distinct days with a purchase.",
    )
    monetary = param.Selector(
        default="net",
        objects=["net", "gross"],
        doc="What monetary value sums, in currency: net is sales plus returns (negative), gross is sales alone.",
    )
    returns = param.Selector(
        default="subtract",
        objects=["subtract", "count"],
        doc="Whether a return is money given back (subtract; it never refreshes recency and is never a purchase) or "
        "counts as one more purchase of its absolute amount (count; the seed dashboard's definition).",
    )

    @property
    def meaning(self):
        """The definition without its day."""
        return Meaning(self.frequency, self.monetary, self.returns)

    def words(self):
        """Return the definition in one sentence."""
        counted = {"orders": "orders", "lines": "order lines", "days": "days with a purchase"}[self.frequency]
        if self.returns == "count":
            return f"Frequency counts {counted}; monetary value adds every amount; a return counts as a purchase."
        money = {"net": "net sales, returns subtracted", "gross": "gross sales, before returns"}[self.monetary]
        return f"Frequency counts {counted}; monetary value is {money}; a return is never a purchase."


def day_of(moment):
    """Return the day of a time as days since 1970-01-01, an int64 expression that is equal on every engine."""
    return moment.date().epoch_days().cast("int64")


def day_number(day):
    """Return a :class:`datetime.date` as days since 1970-01-01."""
    return (day - EPOCH).days


def whole_sum(column):
    """Sum a column of whole numbers as int64.

    DuckDB's sum of int64 is a 128-bit number, and Ibis leaves out a plain cast to int64 as needless, but not one to an
    int64 that is never null, nor the one back.
    """
    return narrowed(column.sum())


def narrowed(total):
    """Return a sum of whole numbers as int64, see :func:`whole_sum`."""
    return total.cast("!int64").cast("int64")


def rfm_question(lines, definition, reference_day):
    """Ask for the R, F and M of each customer.

    Parameters
    ----------
    lines : ibis.Table
        Order lines in scope, one row a line: ``customer_key``, ``order_key``, ``ordered_at``, ``amount``,
        ``is_return``, and ``opens`` where one sale line of each order of a customer is marked by it.
    definition : RFMDefinition
        Its ``reference_day`` is not read.
    reference_day : datetime.date
        Day that recency counts back from; lines of later days are left out.

    Returns
    -------
    ibis.Table
        One row per customer with at least one purchase: ``customer_key`` int32; ``recency_days`` int32, days from the
        last purchase to the reference day; ``frequency`` int32; ``monetary`` int64, ten-thousandths of the currency
        unit, negative where more came back than was bought in scope; ``net_sales`` int64, the same unit, returns
        subtracted whatever the definition; ``first_bought``, time of the first sale line, null without one. Guests and
        customers with returns only are not among the rows.

    Notes
    -----
    With ``returns="count"`` every line is a purchase and its absolute amount is added, for net and gross alike. That,
    with ``frequency="lines"`` and the last day as reference, is what the seed dashboard's ``calculate_rfm`` does.
    """
    return purchasers(totals_until(lines, definition, end_of(reference_day)), day_number(reference_day))


def end_of(day):
    """Return the moment at which a day is over."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time())


def totals_until(lines, definition, end):
    """As :func:`totals_question`, of the lines before a moment."""
    return totals_question(lines.filter(lines.ordered_at < end), definition)


def totals_question(lines, definition):
    """Ask for what R, F and M are made of; parameters as of :func:`rfm_question`, no line is left out.

    ``definition`` may be a :class:`Meaning`.

    Returns
    -------
    ibis.Table
        One row per customer with any line: ``customer_key``, ``last_day`` of a purchase (days since 1970-01-01, null
        without one), and ``frequency``, ``monetary``, ``net_sales`` and ``first_bought`` as :func:`rfm_question` has
        them.
    """
    seen = lines.filter(lines.customer_key.notnull())
    if definition.returns == "count":
        bought, money = seen.mutate(is_bought=True), seen.amount.abs()
    else:
        bought = seen.mutate(is_bought=~seen.is_return)
        money = seen.amount if definition.monetary == "net" else seen.is_return.ifelse(0, seen.amount)
    bought = bought.mutate(money=money)
    are_told = "opens" in lines.columns and definition.returns != "count"
    frequency = {
        "orders": lambda: bought.opens.sum() if are_told else bought.order_key.nunique(where=bought.is_bought),
        "lines": lambda: whole_sum(bought.is_bought.ifelse(line_number(bought), 0).cast("int64")),
        "days": lambda: day_of(bought.ordered_at).nunique(where=bought.is_bought),
    }[definition.frequency]()
    found = bought.group_by("customer_key").aggregate(
        last=bought.ordered_at.max(where=bought.is_bought),
        frequency=frequency.cast("int32"),
        monetary=whole_sum(bought.money),
        net_sales=whole_sum(bought.amount),
        first_bought=bought.ordered_at.min(where=~bought.is_return),
    )
    own = ("frequency", "monetary", "net_sales", "first_bought")
    return found.select("customer_key", *own, last_day=day_of(found["last"]).cast("int32"))


def purchasers(totals, day):
    """Return R, F and M, as :func:`rfm_question` does, out of :func:`totals_question`; ``day`` as a number."""
    bought = totals.filter(totals.last_day.notnull())
    return bought.select(
        "customer_key",
        recency_days=(day - bought.last_day).cast("int32"),
        frequency=bought.frequency,
        monetary=bought.monetary,
        net_sales=bought.net_sales,
        first_bought=bought.first_bought,
    )


def renewed_question(before, own, touched, days):
    """Ask for the R, F and M of each customer after rows arrived, reading again only who has some of them.

    Parameters
    ----------
    before : ibis.Table
        Each customer's before: at least the columns of :func:`rfm_question`.
    own : ibis.Table
        :func:`rfm_question` over all lines of the customers who have new ones.
    touched : ibis.Table
        Those customers, one row a ``customer_key``.
    days : int
        How far the reference day has moved on.

    Returns
    -------
    ibis.Table
        The same as :func:`rfm_question` over all lines.
    """
    others = before.anti_join(touched, "customer_key")
    moved = others.mutate(recency_days=(others.recency_days + days).cast("int32"))
    return moved.select(own.columns).union(own)
