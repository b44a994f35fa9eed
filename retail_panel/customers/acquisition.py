"""Acquisition: new customers against returning ones, per period, and guests apart."""

import numpy as np
import pandas as pd

from retail_panel.customers.rfm import whole_sum
from retail_panel.schema import MONEY_SCALE

GROUPS = ("new", "returning", "guest")
_FIGURES = ("customers", "orders", "net_sales")


def acquisition(ask, lines, first_days, calendar, months=None):
    """Sum sales to new and to returning customers per period.

    Parameters
    ----------
    ask : callable
        Answers a question with a :class:`pyarrow.Table`.
    lines : ibis.Table
        Order lines, merged (:func:`retail_panel.customers.merged.merged`) or not: ``ordered_at``, ``amount``,
        ``order_key``, ``is_return``, ``customer_key``.
    first_days : ibis.Table
        One row a customer: ``customer_key``, ``first_day`` (date of their first purchase in the whole store, whatever
        the selection; null without a purchase), such as :attr:`retail_panel.store.Store.customers`.
    calendar : retail_panel.trends.periods.Calendar
        The periods; lines outside its span are left out.
    months : ibis.Table, optional
        What :func:`retail_panel.customers.merged.by_month` has of the same lines, none of them outside the span; needed
        for nothing, but read sooner where the periods are months.

    Returns
    -------
    pandas.DataFrame
        One row per period, by time: ``period`` (its first day, datetime.date), ``last_day``, ``label``;
        ``new_customers`` and ``returning_customers``, distinct customers with a purchase in the period, which is or is
        not the one of their first purchase; ``new_orders``, ``returning_orders``, ``guest_orders``; ``new_net_sales``,
        ``returning_net_sales``, ``guest_net_sales`` (currency units, returns subtracted); ``new_share``, new customers
        as a share of both (NaN without any); ``is_partial``. Periods without lines are zeros.

    Notes
    -----
    All that customers buy and bring back in the period of their first purchase counts as new. A return by someone who
    never bought in the store is money of the returning: they bought before the store's first line. For the same reason
    the first periods of a store look fuller of new customers than they were.
    """
    held = lines.filter(calendar.holds(lines.ordered_at))
    held = held.mutate(position=calendar.position(held.ordered_at))
    first = first_days.select(first_key="customer_key", first=calendar.position(first_days.first_day.cast("timestamp")))
    question = _question(held, first) if months is None else _question_of_months(months, first, calendar)
    figures = {name: np.zeros((len(GROUPS), len(calendar)), dtype=np.int64) for name in _FIGURES}
    for row in ask(question).to_pylist():
        for name in _FIGURES:
            figures[name][row["group"], row["position"]] = row[name]
    return _table(calendar, figures)


def _question(held, first):
    placed = _grouped(held, first)
    bought = ~placed.is_return
    return placed.group_by("position", "group").aggregate(
        customers=placed.customer_key.nunique(where=bought),
        orders=placed.order_key.nunique(where=bought),
        net_sales=whole_sum(placed.amount),
    )


def _question_of_months(months, first, calendar):
    start = calendar.first_day.year * 12 + calendar.first_day.month - 1
    placed = _grouped(months.mutate(position=months.month - start), first)
    return placed.group_by("position", "group").aggregate(
        customers=placed.count(where=(placed.orders > 0) & placed.customer_key.notnull()),
        orders=whole_sum(placed.orders), net_sales=whole_sum(placed.net_sales),
    )  # fmt: skip


def _grouped(rows, first):
    joined = rows.left_join(first, rows.customer_key == first.first_key)
    is_new = joined["first"] == joined.position
    return joined.mutate(group=joined.customer_key.isnull().ifelse(2, is_new.ifelse(0, 1)))


def _table(calendar, figures):
    columns = {
        "period": pd.Series([period.first_day for period in calendar], dtype=object),
        "last_day": pd.Series([period.last_day for period in calendar], dtype=object),
        "label": pd.Series([period.label for period in calendar], dtype=object),
    }
    for name, table in figures.items():
        for group, amounts in zip(GROUPS, table, strict=True):
            if (group, name) != ("guest", "customers"):
                columns[f"{group}_{name}"] = amounts / MONEY_SCALE if name == "net_sales" else amounts
    both = columns["new_customers"] + columns["returning_customers"]
    share = np.full(len(calendar), np.nan)
    np.divide(columns["new_customers"], both, out=share, where=both > 0)
    return pd.DataFrame({**columns, "new_share": share, "is_partial": calendar.is_partial})
