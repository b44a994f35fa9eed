"""Running figures: R, F and M of each customer from one day to the next, out of what was done in between."""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pyarrow.compute as pc

from retail_panel.customers.rfm import day_number
from retail_panel.customers.scores import MEASURES, Scale
from retail_panel.customers.segments import segment_table

#: Stands for the last day of whoever has not bought; all days are later.
NEVER = np.iinfo("int32").min
#: Keys are places in an array where it has at most so many places for each row.
SPARSE = 16


@dataclass(frozen=True)
class Stood:
    """How customers stood on one day.

    Attributes
    ----------
    place : numpy.ndarray
        Who has bought by then, as places in the arrays of all customers.
    monetary : numpy.ndarray
        Their monetary value, in ten-thousandths of the currency unit.
    segment : numpy.ndarray
        Their segment, an index in :data:`retail_panel.customers.segments.SEGMENTS`.
    scales : tuple of Scale
        Of R, F and M that they were scored on; empty where nobody has bought.
    """

    place: np.ndarray
    monetary: np.ndarray
    segment: np.ndarray
    scales: tuple


@dataclass(frozen=True)
class Changes:
    """What customers did, by the first of some days that it counts on.

    Attributes
    ----------
    keys : numpy.ndarray
        ``customer_key`` of each place.
    place, since, last_day, frequency, monetary : numpy.ndarray
        A row where a customer did anything: who, the index of the day, the day of the last purchase
        (:data:`NEVER` without one), and what is added to frequency and monetary value.
    """

    keys: np.ndarray
    place: np.ndarray
    since: np.ndarray
    last_day: np.ndarray
    frequency: np.ndarray
    monetary: np.ndarray

    @classmethod
    def of(cls, found):
        """Read the answer to :func:`retail_panel.customers.standings.changes_question`."""
        columns = {name: found[name].combine_chunks() for name in found.column_names}
        key = columns["customer_key"].to_numpy(zero_copy_only=False)
        low, high = (int(key.min()), int(key.max())) if len(key) else (0, -1)
        if high - low < SPARSE * len(key):
            keys, place = np.arange(low, high + 1), key - low
        else:
            keys, place = np.unique(key, return_inverse=True)
        last_day = columns["last_day"].fill_null(NEVER).to_numpy(zero_copy_only=False)
        rest = (columns[name].to_numpy(zero_copy_only=False) for name in ("frequency", "monetary"))
        return cls(keys, place, columns["since"].to_numpy(zero_copy_only=False), last_day, *rest)

    @classmethod
    def of_months(cls, found, days):
        """Read months, see :func:`retail_panel.customers.merged.by_month`; each of ``days`` is the last of its month.

        The last day may be an earlier one, where nothing comes after it.
        """
        changes = cls.of(found.rename_columns(["customer_key", "since", "last_day", "frequency", "monetary"]))
        ends = [12 * day.year + day.month - 1 for day in days]
        since = np.searchsorted(ends, np.arange(changes.since.max(initial=0) + 1))[changes.since]
        return replace(changes, since=since)

    def stood(self, days):
        """Yield how customers stood on each of some days, a :class:`Stood` each."""
        last = np.full(len(self.keys), NEVER, "int32")
        frequency, monetary = (np.zeros(len(self.keys), "int64") for _ in range(2))
        order = np.argsort(self.since.astype("int16"), kind="stable")
        ends = np.searchsorted(self.since[order], range(len(days) + 1))
        for at, day in enumerate(days):
            rows = order[ends[at] : ends[at + 1]]
            place = self.place[rows]
            np.maximum.at(last, place, self.last_day[rows])
            np.add.at(frequency, place, self.frequency[rows])
            np.add.at(monetary, place, self.monetary[rows])
            yield _stood(np.flatnonzero(last != NEVER), last, frequency, monetary, day)


def _stood(place, last, frequency, monetary, day):
    figures = day_number(day) - last[place], frequency[place], monetary[place]
    if not len(place):
        return Stood(place, figures[2], np.zeros(0, "int8"), ())
    scales = tuple(_scale(measure, values) for measure, values in zip(MEASURES, figures, strict=True))
    r, f, m = (scale.score(values) - 1 for scale, values in zip(scales, figures, strict=True))
    return Stood(place, figures[2], segment_table()[r, f, m], scales)


def _scale(measure, values):
    """Return the scale of values, with the edges that :func:`retail_panel.customers.scores.quintile_edges` finds."""
    spots = [-(-i * len(values) // 5) - 1 for i in (1, 2, 3, 4)]
    edges = np.partition(values, spots)[spots]
    return Scale.over(measure, edges, values.min(), values.max())


def months_question(done):
    """Ask for the months of customers, guests aside, that :meth:`Changes.of_months` reads."""
    return done.filter(done.customer_key.notnull()).select("customer_key", "month", "last_day", "orders", "net_sales")


def first_of(found):
    """Return the first day of the earliest month of an answer to :func:`months_question`."""
    year, month = divmod(pc.min(found["month"]).as_py(), 12)
    return dt.date(year, month + 1, 1)


def months_suffice(definition, days=()):
    """Whether months tell R, F and M by a definition as of some days, that of the last line aside."""
    meant = definition.frequency, definition.monetary, definition.returns
    return meant == ("orders", "net", "subtract") and all((day + dt.timedelta(days=1)).day == 1 for day in days)
