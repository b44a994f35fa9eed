"""Gaps between purchases: the customer's own rhythm, and the day on which the next purchase is expected."""

import datetime as dt
from dataclasses import dataclass

import ibis
import numpy as np

from retail_panel.customers.rfm import EPOCH, day_number, day_of
from retail_panel.formats import format_value

#: Fewer gaps of a customer's own say nothing of a rhythm.
FEWEST_GAPS = 2


@dataclass(frozen=True)
class Gaps:
    """Days between one purchase day and the next.

    Attributes
    ----------
    count : int
        Gaps counted.
    median, low, high : float or None
        Median, first and third quartile, in days (linear interpolation); None without gaps.
    """

    count: int
    median: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Expected:
    """The next purchase.

    Attributes
    ----------
    day, since, until : datetime.date or None
        Expected day, by the median gap, and the days by the first and third quartile (both included); None where no gap
        is known.
    is_overdue : bool
        Whether ``until`` had passed as of the reference day.
    is_own : bool
        Whether the gaps are the customer's own.
    words : str
        All that in a sentence or two.
    """

    day: dt.date | None
    since: dt.date | None
    until: dt.date | None
    is_overdue: bool
    is_own: bool
    words: str


def population_gaps(ask, lines, as_of):
    """Return the gaps of all customers together, each gap counting once.

    Parameters
    ----------
    ask : callable
        Takes a question, returns its answer as :class:`pyarrow.Table`.
    lines : ibis.Table
        Order lines in scope: ``customer_key``, ``ordered_at``, ``is_return``.
    as_of : datetime.date
        Later lines are left out.

    Returns
    -------
    Gaps
    """
    days = purchase_days(lines, as_of).distinct()
    gap = days.day - days.day.lag().over(ibis.window(group_by=days.customer_key, order_by=days.day))
    gaps = days.select(gap=gap)
    counted = gaps.filter(gaps.gap.notnull()).group_by("gap").aggregate(times=lambda t: t.count()).order_by("gap")
    answer = ask(counted)
    return _summed(answer["gap"].to_numpy(), answer["times"].to_numpy())


def purchase_days(lines, as_of):
    """Return the ``customer_key`` and ``day`` (since 1970-01-01) of sale lines up to a day; guests have none."""
    dated = lines.select("customer_key", "is_return", day=day_of(lines.ordered_at))
    kept = dated.filter(~dated.is_return & dated.customer_key.notnull() & (dated.day <= day_number(as_of)))
    return kept.select("customer_key", "day")


def gaps_of(days):
    """Return the gaps between one customer's purchase days, sorted days since 1970-01-01, each once."""
    gaps, times = np.unique(np.diff(days), return_counts=True)
    return _summed(gaps, times)


def _summed(gaps, times):
    total = int(times.sum())
    if not total:
        return Gaps(0)
    ends = np.cumsum(times)
    places = np.array([0.25, 0.5, 0.75]) * (total - 1)
    below, above = (gaps[np.searchsorted(ends, side(places), "right")] for side in (np.floor, np.ceil))
    low, median, high = (float(x) for x in below + (above - below) * (places - np.floor(places)))
    return Gaps(total, median, low, high)


def expected_purchase(last_day, own, population, as_of):
    """Say when the next purchase is expected.

    Parameters
    ----------
    last_day : datetime.date or None
        Day of the customer's last purchase.
    own, population : Gaps
        The customer's gaps, taken from :data:`FEWEST_GAPS` of them on; those of all customers.
    as_of : datetime.date
        Reference day.

    Returns
    -------
    Expected
        Our definition: the last day plus the median gap, rounded half up; overdue once as many days have passed as the
        third quartile of the gaps.
    """
    is_own = own.count >= FEWEST_GAPS
    gaps = own if is_own else population
    if last_day is None:
        return Expected(None, None, None, False, False, "No purchase yet, so none can be expected.")
    if not gaps.count:
        words = "Nobody in scope has bought on two days, so the next purchase cannot be expected for a day."
        return Expected(None, None, None, False, False, words)
    since, day, until = (last_day + dt.timedelta(days=int(gap + 0.5)) for gap in (gaps.low, gaps.median, gaps.high))
    median, low, high = (format_value(int(gap + 0.5), "days") for gap in (gaps.median, gaps.low, gaps.high))
    rhythm = f"again after {median}, half of the {gaps.count:,} times after {low} to {high}"
    whose = "Usually buys" if is_own else "Too few purchases for a rhythm of their own; customers in scope buy"
    is_overdue = as_of > until
    state = "overdue" if is_overdue else "due" if as_of >= since else "not due yet"
    if is_overdue:
        state += f", {format_value((as_of - day).days, 'days')} past that"
    words = f"{whose} {rhythm}. Next purchase expected on {format_value(day)}; as of {format_value(as_of)} {state}."
    return Expected(day, since, until, is_overdue, is_own, words)


def day_from(number):
    """Return the :class:`datetime.date` of days since 1970-01-01; None of None."""
    return None if number is None else EPOCH + dt.timedelta(days=int(number))
