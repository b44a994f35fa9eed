"""Customers by segment over time: each month scored as of its own end."""

import calendar
import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from retail_panel.customers.customer_lines import span_of
from retail_panel.customers.running import changes, first_of, months_question
from retail_panel.customers.segments import SEGMENTS
from retail_panel.customers.standings import changes_question
from retail_panel.errors import UnusableInput
from retail_panel.schema import MONEY_SCALE

MOST_MONTHS = 24


@dataclass(frozen=True)
class Evolution:
    """How many customers each segment held at the end of each month.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per month and segment, empty segments too: ``month`` (first of the month), ``day`` (as of which it
        was scored), ``segment`` (name), ``customers`` (int), ``share`` (of the customers of that day; 0 where there
        are none), ``monetary`` (their monetary value up to that day, by the definition, in currency units),
        ``is_partial`` (the month was not over).
    months, days : tuple of datetime.date
        First of each month and the day it was scored as of: its last, or the last of the data.
    scales : tuple
        By month, the scales of R, F and M (:class:`retail_panel.customers.scores.Scale`) that customers were scored
        on, monetary value in ten-thousandths of the currency unit; empty where there were no customers.
    definition : str
        The RFM definition in one sentence.
    """

    table: pd.DataFrame
    months: tuple
    days: tuple
    scales: tuple
    definition: str


def month_ends(first_day, last_day, most=MOST_MONTHS):
    """Return the days that months are scored as of, oldest first.

    Parameters
    ----------
    first_day, last_day : datetime.date
        What the data covers.
    most : int
        How many months at most, the latest ones.

    Returns
    -------
    list of datetime.date
        The last day of each month; for the month that is not over, ``last_day``.
    """
    last = 12 * last_day.year + last_day.month - 1
    numbers = range(max(12 * first_day.year + first_day.month - 1, last - most + 1), last + 1)
    ends = [_last_of(number // 12, number % 12 + 1) for number in numbers]
    return [*ends[:-1], last_day]


def _last_of(year, month):
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def evolution(ask, lines, definition, last_day=None, months=MOST_MONTHS, done=None):
    """Count the customers of each segment at the end of each month.

    Each month is scored by itself: R, F, M and the quintile edges of the customers there were, from the lines up to its
    end. So a customer moves between segments as they did at the time, and later lines change nothing.

    Parameters
    ----------
    ask : callable
        From a question, an Ibis table, to its answer, a :class:`pyarrow.Table`.
    lines : ibis.Table
        Order lines in scope: ``ordered_at``, ``amount``, ``order_key``, ``customer_key``, ``is_return``; merged or not,
        as :func:`retail_panel.customers.standings.standings` takes them.
    definition : RFMDefinition
        What R, F and M mean; its ``reference_day`` is not read.
    last_day : datetime.date, optional
        Last day that the data covers; later lines are left out. None means the last day of ``lines``.
    months : int
        How many months at most, the latest ones; earlier lines count in all of them.
    done : ibis.Table or pyarrow.Table, optional
        What :func:`retail_panel.customers.merged.by_month` has of the same lines, none of them later, so that it need
        not be asked for, or what :class:`retail_panel.customers.dated_orders.DatedOrders` has as ``months``; with a
        ``last_day``, and a definition that months suffice for
        (:func:`retail_panel.customers.running.months_suffice`).

    Returns
    -------
    Evolution
        Without months where there are no lines.

    Raises
    ------
    UnusableInput
        If ``months`` is less than 1.
    """
    if months < 1:
        raise UnusableInput(f"months: {months}; allowed: 1 or more")
    if done is None:
        first, last = span_of(ask, lines)
        last = last_day or last
        days = month_ends(first, last, months) if first and first <= last else []
        question = changes_question(lines, definition, days) if days else None
    else:
        question = months_question(done)
        first = first_of(ask, question)
        days = month_ends(first, last_day, months) if first else []
    stood = ()
    if days:
        stood = changes(ask, question, days, lines if done is None else done, done is not None).stood(days)
    firsts = [day.replace(day=1) for day in days]
    table, scales = _table(firsts, days, stood)
    return Evolution(table, tuple(firsts), tuple(days), scales, definition.words())


def _table(firsts, days, stood):
    rows, scales = [], []
    # One after the other: all of them would be each customer and month.
    for month, day, each in zip(firsts, days, stood, strict=True):
        scales.append(each.scales)
        held, money = (np.zeros(len(SEGMENTS), "int64") for _ in range(2))
        np.add.at(held, each.segment, 1)
        # Not by weights, which are sums of floats.
        np.add.at(money, each.segment, each.monetary)
        is_partial = day != _last_of(day.year, day.month)
        for segment, customers, amount in zip(SEGMENTS, held.tolist(), money.tolist(), strict=True):
            share = customers / len(each.place) if customers else 0.0
            rows.append((month, day, segment.name, customers, share, amount / MONEY_SCALE, is_partial))
    table = pd.DataFrame(rows, columns=["month", "day", "segment", "customers", "share", "monetary", "is_partial"])
    kinds = {"customers": "int64", "share": "float64", "monetary": "float64", "is_partial": "bool"}
    return table.astype(kinds), tuple(scales)
