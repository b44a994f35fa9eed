"""What a quarter, a month, a weekday or an hour is like, by how many of them there were."""

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from retail_panel.customers.dated_orders import DatedOrders
from retail_panel.errors import UnusableInput
from retail_panel.trends.periods import Calendar, periods
from retail_panel.trends.sums import ADDITIVE, AVERAGE, columns_of, quotient, span_of, sums_of

_FIRSTS = [dt.date(2024, month, 1) for month in range(1, 13)]
_MONDAYS = [dt.date(2024, 1, day) for day in range(1, 8)]
#: (first value, labels) of each pattern.
KINDS = {
    "quarter": (1, tuple(f"Q{quarter}" for quarter in range(1, 5))),
    "month": (1, tuple(f"{first:%B}" for first in _FIRSTS)),
    "weekday": (0, tuple(f"{day:%A}" for day in _MONDAYS)),
    "hour": (0, tuple(f"{hour:02d}:00" for hour in range(24))),
}


@dataclass(frozen=True)
class Pattern:
    """Figures per quarter of the year, month of the year, weekday or hour of the day.

    Attributes
    ----------
    by : str
        Key of :data:`KINDS`.
    calendar : Calendar
        The days of the span.
    table : pandas.DataFrame
        One row per value, also where it has no lines: ``value`` (quarter 1 to 4, month 1 to 12, weekday 0 for Monday to
        6, hour 0 to 23), ``label``, ``transactions``, ``orders``, ``gross_sales``, ``net_sales``, ``absolute_value``
        (currency units), ``average_transaction_value`` (NaN without transactions); ``days``, how many days of the span
        have the value (an hour has every day); ``occurrences``, how often it comes in the span, in part or whole (a
        March of each of two years is two); ``transactions_per_day``, ``orders_per_day``, ``gross_sales_per_day`` and
        ``net_sales_per_day``, NaN where there is no such day; ``is_partial``, whether any occurrence lies partly
        outside the span.
    """

    by: str
    calendar: Calendar
    table: pd.DataFrame = field(repr=False)


def pattern(ask, lines, by, span=None):
    """Sum sales per quarter, month, weekday or hour, whichever year or day it is of.

    Parameters
    ----------
    ask : callable
        Answers a question with a :class:`pyarrow.Table`.
    lines : ibis.Table or DatedOrders
        Order lines: ``ordered_at``, ``amount``, ``order_key``, ``is_return``. Orders in memory know no hour and need a
        span.
    by : str
        ``quarter``, ``month``, ``weekday`` or ``hour``.
    span : (datetime.date, datetime.date), optional
        First and last day of the data, closed days included; lines of other days are left out. None means those of
        ``lines``.

    Returns
    -------
    Pattern
        A month of which the span holds two is compared by its figures per day.

    Raises
    ------
    UnusableInput
        If ``by`` is none of these.
    """
    if by not in KINDS:
        raise UnusableInput(f"pattern by {by!r}; allowed: {', '.join(KINDS)}")
    days = periods(*(span or span_of(ask, lines)), "day")
    start, labels = KINDS[by]
    measures = (*ADDITIVE, AVERAGE)
    if isinstance(lines, DatedOrders):
        found = lines.added("value", lambda each: np.where(days.positions(each) < 0, -1, _value_of_day(each, by)))
    else:
        placed = lines.filter(days.holds(lines.ordered_at))
        placed = placed.mutate(value=_value(placed.ordered_at, by).cast("int64"))
        found = ask(placed.group_by("value").aggregate(sums_of(placed, measures)))
    columns = {"value": np.arange(len(labels)) + start, "label": pd.Series(labels, dtype=object)}
    columns |= columns_of(found, found["value"].to_numpy() - start, len(labels), measures)
    columns["days"], columns["occurrences"], partial = _occurrences(days, by)
    for name in ("transactions", "orders", "gross_sales", "net_sales"):
        columns[f"{name}_per_day"] = quotient(columns[name], columns["days"])
    return Pattern(by, days, pd.DataFrame({**columns, "is_partial": partial}))


def _value(moment, by):
    return {
        "quarter": lambda: moment.quarter(),
        "month": lambda: moment.month(),
        "weekday": lambda: moment.day_of_week.index(),
        "hour": lambda: moment.hour(),
    }[by]()


def _value_of_day(days, by):
    """Return the value of days since 1970-01-01, which was a Thursday."""
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype("int64") % 12
    return {"quarter": month // 3 + 1, "month": month + 1, "weekday": (days + 3) % 7}[by]


def _occurrences(days, by):
    """Return the days, the occurrences and whether any is partial, an array each over the values."""
    start, labels = KINDS[by]
    size = len(labels)
    if by == "hour":
        return np.full(size, len(days)), np.full(size, len(days)), np.zeros(size, dtype=bool)
    held = _counted((period.first_day for period in days), by)
    if by == "weekday":
        return held, held, np.zeros(size, dtype=bool)
    whole = periods(days.first_day, days.last_day, by)
    cut = _counted((period.first_day for period in whole if period.is_partial), by) > 0
    return held, _counted((period.first_day for period in whole), by), cut


def _counted(found, by):
    """Return how many days have each value."""
    of_day = {"quarter": lambda day: (day.month + 2) // 3, "month": lambda day: day.month, "weekday": dt.date.weekday}
    start, labels = KINDS[by]
    return np.bincount([of_day[by](day) - start for day in found] or np.zeros(0, int), minlength=len(labels))
