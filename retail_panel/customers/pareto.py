"""Pareto: how much of net sales the customers who spend most bring."""

from dataclasses import dataclass, field

import ibis
import numpy as np
import pandas as pd

from retail_panel.customers.rfm import whole_sum
from retail_panel.schema import MONEY_SCALE

#: The share of net sales, in percent, whose customers are counted.
TARGET_PERCENT = 80


@dataclass(frozen=True)
class Pareto:
    """How unevenly net sales are spread over customers.

    Attributes
    ----------
    customers : int
        Customers with any line; guests are not among them.
    net_sales, guest_net_sales, unranked_net_sales : float
        Theirs, that of guests, and that of customers without a rank of those given, in currency units.
    negative_customers : int
        Customers of whom more came back than they bought.
    negative_net_sales : float
        Theirs together, zero or less.
    curve : pandas.DataFrame
        One row per whole percent 0 to 100, the customers ranked by net sales, the best first, equal ones by
        ``customer_key``: ``percent``; ``customers``, as many of the best as are at most so many percent of all;
        ``net_sales`` of them together; ``share``, that divided by the net sales of all customers (above 1 before the
        negative ones come; NaN where the whole is not positive); ``least_net_sales``, by which
        the last of them is ranked (NaN without any).
    customers_for_target : int or None
        The fewest customers that bring :data:`TARGET_PERCENT` % of net sales; None where these are not positive.
    share_for_target : float or None
        They as a share of all customers.
    gini : float or None
        Gini coefficient, 0 (all alike) to 1 (one has all), negative net sales counting as zero; None where nobody's are
        positive.
    notes : tuple of str
        Sentences on who is left out or negative.
    """

    customers: int
    net_sales: float
    guest_net_sales: float
    negative_customers: int
    negative_net_sales: float
    curve: pd.DataFrame = field(repr=False)
    customers_for_target: int | None = None
    share_for_target: float | None = None
    gini: float | None = None
    notes: tuple = ()
    unranked_net_sales: float = 0.0


def rank_percent(customers):
    """Return where customers stand by net sales, in hundredths of them: 0 for the best hundredth, 99 for the last.

    Parameters
    ----------
    customers : ibis.Table
        One row a ``customer_key``, with ``net_sales``; equal ones stand by key.

    Returns
    -------
    ibis.Value
        int8. Below ``p`` are as many of the best as are at most ``p`` percent of all.
    """
    place = ibis.row_number().over(order_by=[customers.net_sales.desc(), customers.customer_key.asc()]) + 1
    everyone = customers.count().over()
    return ((place * 100 + everyone - 1) // everyone - 1).cast("int8")


def pareto(ask, lines, ranked=None):
    """Rank customers by net sales and add up.

    Parameters
    ----------
    ask : callable
        Answers a question with a :class:`pyarrow.Table`.
    lines : ibis.Table
        Order lines: ``customer_key``, ``amount``.
    ranked : ibis.Table, optional
        Customers in ranks that are not of these lines, one row a ``customer_key``, ranked by ``net_sales`` as
        :func:`rank_percent` does: they stand in that order, whatever the lines brought of each, and all of them count,
        also who has none of the lines. None ranks those with any line, by their net sales in the lines.

    Returns
    -------
    Pareto

    Source
    ------
    Gini coefficient of sorted values x_1 <= ... <= x_n: sum of (2 i - n - 1) x_i over n times the sum of x.
    """
    if "customer_key" not in lines.columns:
        lines = lines.mutate(customer_key=ibis.null("int32"))
    known = lines.customer_key.notnull()
    sums = {"guests": lines.amount.sum(where=~known), "people": lines.amount.sum(where=known)}
    (sums,) = ask(lines.aggregate(**{name: value.cast("decimal(38, 0)").cast("int64") for name, value in sums.items()})
                  ).to_pylist()  # fmt: skip
    guests = sums["guests"]
    steps = ask(_steps(lines, ranked)).to_pylist()
    customers = sum(step["customers"] for step in steps)
    total = sum(step["net"] for step in steps)
    positive = sum(step["positive"] for step in steps)
    negative = sum(step["negative"] for step in steps)
    enough = min(step["enough"] for step in steps if step["enough"] is not None) if total > 0 else None
    return Pareto(
        customers=customers,
        net_sales=total / MONEY_SCALE,
        guest_net_sales=(guests or 0) / MONEY_SCALE,
        negative_customers=negative,
        negative_net_sales=(total - positive) / MONEY_SCALE,
        curve=_curve(steps, total),
        customers_for_target=enough,
        share_for_target=enough / customers if enough else None,
        gini=max(0.0, sum(step["weighted"] for step in steps) / (customers * positive)) if positive > 0 else None,
        notes=tuple(_notes(customers, total, guests, negative)),
        unranked_net_sales=((sums["people"] or 0) - total) / MONEY_SCALE,
    )


def _notes(customers, total, guests, negative):
    if not customers:
        yield "No line here names a customer."
    elif total <= 0:
        yield "Net sales of all customers together are not positive, so nobody has a share of them."
    if negative:
        who = "1 customer" if negative == 1 else f"{negative:,} customers"
        yield f"{who} returned more than they bought here, so that the curve passes its end before they come."
    if guests:
        yield "Sales to guests are left out: nobody knows who they are."


def _steps(lines, ranked):
    """Ask for the customers of each percent of the ranking; one row per percent that any is in."""
    spent = lines.filter(lines.customer_key.notnull()).group_by("customer_key").aggregate(net=whole_sum(lines.amount))
    if ranked is None:
        spent = spent.mutate(rank_by=spent.net)
    else:
        both = ranked.select("customer_key", rank_by=ranked.net_sales).left_join(spent, "customer_key")
        spent = both.select("customer_key", "rank_by", net=both.net.fill_null(0))
    order = [spent.rank_by.desc(), spent.customer_key.asc()]
    exact = spent.net.cast("decimal(38, 0)")
    ranked = spent.mutate(
        place=ibis.row_number().over(order_by=order) + 1,
        everyone=spent.count().over(),
        total=exact.sum().over(),
        upto=exact.sum().over(ibis.cumulative_window(order_by=order)),
        positive=(spent.net > 0).ifelse(spent.net, 0),
    )
    ranked = ranked.mutate(
        percent=((ranked.place * 100 + ranked.everyone - 1) // ranked.everyone).cast("int64"),
        weighted=(ranked.everyone + 1 - 2 * ranked.place).cast("float64") * ranked.positive.cast("float64"),
        is_enough=ranked.upto * 100 >= ranked.total * TARGET_PERCENT,
    )
    return ranked.group_by("percent").aggregate(
        customers=ranked.count(),
        net=whole_sum(ranked.net),
        positive=whole_sum(ranked.positive),
        weighted=ranked.weighted.sum(),
        least=ranked.rank_by.min(),
        negative=ranked.count(where=ranked.net < 0),
        enough=ranked.place.min(where=ranked.is_enough),
    )


def _curve(steps, total):
    customers, net = np.zeros(101, dtype=np.int64), np.zeros(101, dtype=np.int64)
    least = np.full(101, np.nan)
    for step in steps:
        at = step["percent"]
        customers[at], net[at], least[at] = step["customers"], step["net"], step["least"] / MONEY_SCALE
    whole = np.cumsum(net)
    return pd.DataFrame(
        {
            "percent": np.arange(101),
            "customers": np.cumsum(customers),
            "net_sales": whole / MONEY_SCALE,
            "share": whole / total if total > 0 else np.full(101, np.nan),
            "least_net_sales": pd.Series(least).ffill(),
        }
    )
