"""Cohorts: customers by the period of their first purchase, and what they did in each period since."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from retail_panel.customers.customer_lines import customer_lines, span_of
from retail_panel.customers.rfm import whole_sum
from retail_panel.errors import UnusableInput
from retail_panel.schema import MONEY_SCALE

#: Months in a period.
GRAINS = {"month": 1, "quarter": 3}
FIGURES = ("customers", "orders", "net_sales", "retention", "orders_per_customer", "net_sales_per_customer")
_RATES = FIGURES[3:]
_BLANK = pd.DataFrame(columns=["cohort", "since", "size", *FIGURES[:3], "is_partial"]).astype(
    dict.fromkeys(("since", "size", "customers", "orders"), "int64") | {"net_sales": "float64", "is_partial": "bool"}
)


@dataclass(frozen=True)
class Cohorts:
    """Customers by period of first purchase, followed over the periods since.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per cohort and period since, oldest first, as far as the data goes: ``cohort`` (first day of the period
        of first purchase), ``since`` (periods since, 0 is the cohort's own), ``size`` (customers of the cohort with any
        line),
        ``customers`` who bought in the period, ``orders``, ``net_sales`` (currency units, returns subtracted), and by
        size of the cohort ``retention``, ``orders_per_customer`` and ``net_sales_per_customer``; ``is_partial`` (the
        data ends before the period does). Periods without purchases are zeros; a period in which nobody bought for the
        first time has no cohort.
    curve : pandas.DataFrame
        One row per number of periods since, of whole periods only: ``since``, ``size`` (customers of the cohorts that
        are old enough), ``customers`` of them who bought, ``retention``, the mean over cohorts weighted by their size.
    grain : str
        ``month`` or ``quarter``.
    first_day, last_day : datetime.date or None
        What the data covers. The first cohorts also hold customers who bought before there was data.
    returned_before : float
        Currency units given back before the customer's first purchase in the data (negative), which no cohort holds.
    """

    table: pd.DataFrame
    curve: pd.DataFrame
    grain: str
    first_day: dt.date | None
    last_day: dt.date | None
    returned_before: float

    def matrix(self, figure="retention"):
        """Return a figure by cohort and periods since.

        Parameters
        ----------
        figure : str
            One of :data:`FIGURES`.

        Returns
        -------
        pandas.DataFrame
            A row per cohort, a column per period since, floats; NaN where the data has ended.
        """
        if figure not in FIGURES:
            raise UnusableInput(f"cohort figure {figure!r}; allowed: {', '.join(FIGURES)}")
        return self.table.pivot(index="cohort", columns="since", values=figure).astype("float64")


def cohorts(ask, lines, grain="month", last_day=None, firsts=None, months=None):
    """Follow customers from the period of their first purchase.

    Parameters
    ----------
    ask : callable
        From a question, an Ibis table, to its answer, a :class:`pyarrow.Table`.
    lines : ibis.Table
        Order lines, merged (:func:`retail_panel.customers.merged.merged`) or not: ``ordered_at``, ``amount``,
        ``order_key``, ``customer_key``, ``is_return``. The first purchase is the first sale line among them; guests
        have no part.
    grain : str
        ``month`` or ``quarter``.
    last_day : datetime.date, optional
        Last day that the data covers; later lines are left out. None means the last day of ``lines``.
    firsts : ibis.Table, optional
        First purchases of customers that are not of these lines, such as those in scope where the lines are some of
        it: ``customer_key`` and ``first_bought``. A cohort need then not have bought in its first period here. None
        takes them from the lines.
    months : ibis.Table, optional
        What :func:`retail_panel.customers.merged.by_month` has of the same lines, none of them later, so that it need
        not be asked for; not with ``firsts``.

    Returns
    -------
    Cohorts
        With empty tables where no customer bought.

    Raises
    ------
    UnusableInput
        If the grain is another one.
    """
    if grain not in GRAINS:
        raise UnusableInput(f"cohort grain {grain!r}; allowed: {', '.join(GRAINS)}")
    first, last = span_of(ask, lines)
    last = last_day or last
    joined = _joined(lines, grain, last, firsts) if first else None
    rows = pd.DataFrame()
    if first:
        asked = _question(joined) if firsts is not None or months is None else _question_of_months(months, grain)
        rows = ask(asked).to_pandas()
    if not len(rows):
        return Cohorts(_figures(_BLANK), curve_of(_BLANK), grain, first, last, 0.0)
    before = rows["since"] < 0
    sizes = None if firsts is None else ask(_sizes(joined)).to_pandas().set_index("cohort")["size"]
    table = _figures(_filled(rows[~before], grain, last, sizes))
    lost = int(rows.loc[before, "net_sales"].sum()) / MONEY_SCALE
    return Cohorts(table, curve_of(table), grain, first, last, lost)


def _period_of(moment, grain):
    return ((moment.year() * 12 + moment.month() - 1) // GRAINS[grain]).cast("int64")


def _joined(lines, grain, last_day, firsts):
    """Return the lines with their period and the cohort of their customer."""
    known = customer_lines(lines, last_day)
    known = known.mutate(period=_period_of(known.ordered_at, grain), is_sale=~known.is_return)
    if firsts is None:
        born = known.group_by("customer_key").aggregate(cohort=known.period.min(where=known.is_sale))
    else:
        born = firsts.select("customer_key", cohort=_period_of(firsts.first_bought, grain))
    return known.join(born.filter(born.cohort.notnull()), "customer_key")


def _sizes(joined):
    kept = joined.filter(joined.period >= joined.cohort)
    return kept.group_by("cohort").aggregate(size=kept.customer_key.nunique())


def _question(joined):
    return joined.group_by("cohort", since=joined.period - joined.cohort).aggregate(
        customers=joined.customer_key.nunique(where=joined.is_sale),
        orders=joined.order_key.nunique(where=joined.is_sale),
        net_sales=whole_sum(joined.amount),
    )


def _question_of_months(months, grain):
    done = months.filter(months.customer_key.notnull()).mutate(period=months.month // GRAINS[grain])
    firsts = done.group_by("customer_key").aggregate(cohort=done.period.min(where=done.orders > 0))
    joined = done.join(firsts.filter(firsts.cohort.notnull()), "customer_key")
    bought = joined.orders > 0
    # A customer has one row a month.
    customers = joined.count(where=bought) if grain == "month" else joined.customer_key.nunique(where=bought)
    return joined.group_by("cohort", since=joined.period - joined.cohort).aggregate(
        customers=customers, orders=whole_sum(joined.orders),
        net_sales=whole_sum(joined.net_sales),
    )  # fmt: skip


def _period(day, grain):
    return (12 * day.year + day.month - 1) // GRAINS[grain]


def _first_of(period, grain):
    months = int(period) * GRAINS[grain]
    return dt.date(months // 12, months % 12 + 1, 1)


def _filled(rows, grain, last_day, sizes):
    """Give each cohort a row for every period up to the last day's; by default its size is who bought in the first."""
    now = _period(last_day, grain)
    found = rows.set_index(["cohort", "since"])
    index = [(born, since) for born in sorted(rows["cohort"].unique()) for since in range(now - born + 1)]
    table = found.reindex(pd.MultiIndex.from_tuples(index, names=found.index.names), fill_value=0).reset_index()
    if sizes is None:
        sizes = table.loc[table["since"] == 0].set_index("cohort")["customers"]
    ends_early = last_day + dt.timedelta(days=1) < _first_of(now + 1, grain)
    return table.assign(
        size=table["cohort"].map(sizes),
        net_sales=table["net_sales"] / MONEY_SCALE,
        is_partial=(table["cohort"] + table["since"] == now) & ends_early,
        cohort=[_first_of(period, grain) for period in table["cohort"]],
    )


def _figures(table):
    rates = {rate: table[figure] / table["size"] for rate, figure in zip(_RATES, FIGURES[:3], strict=True)}
    return table.assign(**rates)[["cohort", "since", "size", *FIGURES, "is_partial"]]


def curve_of(table):
    """Return the ``curve`` of :class:`Cohorts` for the rows of its ``table``."""
    whole = table[~table["is_partial"]].groupby("since", as_index=False)[["size", "customers"]].sum()
    return whole.assign(retention=np.divide(whole["customers"], whole["size"]))
