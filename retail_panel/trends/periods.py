"""Periods: a span of days cut into days, weeks, months or quarters, each told whether the span holds all of it."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from retail_panel.customers.rfm import EPOCH, day_number, day_of
from retail_panel.errors import UnusableInput

GRAINS = ("day", "week", "month", "quarter")
#: So many days are 54 years; a span that is longer comes from a date that is wrong.
MOST_PERIODS = 20_000
_MONTHS_IN = {"month": 1, "quarter": 3}
#: 1970-01-01 was a Thursday, so that week 0 begins three days before it.
_DAYS_BEFORE = {"day": 0, "week": 3}
_DAYS_IN = {"day": 1, "week": 7}


@dataclass(frozen=True)
class Period:
    """One day, week (from Monday on), month or quarter.

    Attributes
    ----------
    first_day, last_day : datetime.date
        Both belong to it.
    label : str
        It in words.
    is_partial : bool
        Whether the span begins after its first day or ends before its last one.
    """

    first_day: dt.date
    last_day: dt.date
    label: str
    is_partial: bool


@dataclass(frozen=True)
class Calendar:
    """The periods of a span, without gaps.

    Attributes
    ----------
    grain : str
        One of :data:`GRAINS`.
    first_day, last_day : datetime.date or None
        The span; None where there is no line at all.
    periods : tuple of Period
        In order of time; the first holds the span's first day, the last its last one.
    """

    grain: str
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    periods: tuple = ()

    def __len__(self):
        return len(self.periods)

    def __iter__(self):
        return iter(self.periods)

    @property
    def is_partial(self):
        """Which periods are partial, a NumPy array of bool."""
        return np.array([period.is_partial for period in self.periods], dtype=bool)

    @property
    def days(self):
        """Number of days in the span."""
        return (self.last_day - self.first_day).days + 1 if self.periods else 0

    def holds(self, moment):
        """Return whether a time lies in the span, an Ibis expression."""
        if not self.periods:
            return moment.isnull() & moment.notnull()
        since = moment >= dt.datetime.combine(self.first_day, dt.time())
        if self.last_day == dt.date.max:
            return since
        return since & (moment < dt.datetime.combine(self.last_day + dt.timedelta(days=1), dt.time()))

    def positions(self, days):
        """Return the index in ``periods`` of days since 1970-01-01, an array each; -1 outside the span."""
        if not self.periods:
            return np.full(len(days), -1)
        firsts = np.array([period.first_day for period in self.periods], "datetime64[D]").astype("int64")
        is_held = (days >= day_number(self.first_day)) & (days <= day_number(self.last_day))
        return np.where(is_held, np.searchsorted(firsts, days, "right") - 1, -1)

    def position(self, moment):
        """Return the index in ``periods`` of a time, an Ibis int64 expression equal on every engine."""
        start = _number(self.periods[0].first_day, self.grain) if self.periods else 0
        return (number_of(moment, self.grain) - start).cast("int64")


def number_of(moment, grain):
    """Return the number of the period of a time: an Ibis int64 expression that grows by one with each period."""
    if grain in _MONTHS_IN:
        return ((moment.year() * 12 + moment.month() - 1).cast("int64") // _MONTHS_IN[grain]).cast("int64")
    return ((day_of(moment) + _DAYS_BEFORE[grain]) // _DAYS_IN[grain]).cast("int64")


def _number(day, grain):
    if grain in _MONTHS_IN:
        return (day.year * 12 + day.month - 1) // _MONTHS_IN[grain]
    return (day_number(day) + _DAYS_BEFORE[grain]) // _DAYS_IN[grain]


def _first_day(number, grain):
    """Return the first day of a period by its number, as an ordinal: the one after the last may be past 9999."""
    if grain not in _MONTHS_IN:
        return number * _DAYS_IN[grain] - _DAYS_BEFORE[grain] + EPOCH.toordinal()
    year, month = divmod(number * _MONTHS_IN[grain], 12)
    return dt.date(year, month + 1, 1).toordinal() if year <= dt.MAXYEAR else dt.date.max.toordinal() + 1


def _label(first, grain):
    if grain == "month":
        return f"{first:%b %Y}"
    if grain == "quarter":
        return f"Q{(first.month + 2) // 3} {first.year}"
    day = f"{first.day} {first:%b %Y}"
    return f"Week of {day}" if grain == "week" else day


def periods(first_day, last_day, grain):
    """Cut a span of days into periods.

    Parameters
    ----------
    first_day, last_day : datetime.date or None
        The days that the lines at hand reach over, both included; None and None where there are no lines.
    grain : str
        ``day``, ``week`` (from Monday on), ``month`` or ``quarter``.

    Returns
    -------
    Calendar
        Without periods where there are no lines.

    Raises
    ------
    UnusableInput
        If the grain is unknown, the last day is before the first, or there are more than :data:`MOST_PERIODS`.

    Examples
    --------
    >>> [period.label for period in periods(dt.date(2024, 1, 15), dt.date(2024, 5, 31), "quarter")]
    ['Q1 2024', 'Q2 2024']
    """
    if grain not in GRAINS:
        raise UnusableInput(f"grain {grain!r}; allowed: {', '.join(GRAINS)}")
    if first_day is None or last_day is None:
        return Calendar(grain)
    if last_day < first_day:
        raise UnusableInput(f"span {first_day} to {last_day}; allowed: a last day that is not before the first")
    low, high = _number(first_day, grain), _number(last_day, grain)
    if high - low >= MOST_PERIODS:
        raise UnusableInput(
            f"{high - low + 1:,} {grain}s from {first_day} to {last_day}; allowed: {MOST_PERIODS:,}, "
            "so choose a coarser grain or fewer days"
        )
    starts = [_first_day(number, grain) for number in range(low, high + 2)]
    held = []
    for start, after in zip(starts[:-1], starts[1:], strict=True):
        first, last = dt.date.fromordinal(max(start, 1)), dt.date.fromordinal(min(after - 1, dt.date.max.toordinal()))
        held.append(Period(first, last, _label(first, grain), first < first_day or last > last_day))
    return Calendar(grain, first_day, last_day, tuple(held))
