"""Running figures: R, F and M of each customer from one day to the next, out of what was done in between."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from retail_panel.customers.rfm import day_number, whole_sum
from retail_panel.customers.scores import MEASURES, Scale
from retail_panel.customers.segments import segment_table

#: Stands for the last day of whoever has not bought; all days are later.
NEVER = np.iinfo("int32").min
#: Keys are places in an array where it has at most so many places for each row.
SPARSE = 16
#: So many rows of customers and days, some 30 bytes each, are taken into memory at once; of more those of one day.
MOST_ROWS = 20_000_000


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
        key, last_day, *rest = _arrays(found, ("customer_key", "last_day", "since", "frequency", "monetary"))
        low, high = (int(key.min()), int(key.max())) if len(key) else (0, -1)
        if high - low < SPARSE * len(key):
            keys, place = np.arange(low, high + 1), key - low
        else:
            keys, place = np.unique(key, return_inverse=True)
        return cls(keys, place, rest[0], last_day, *rest[1:])

    @classmethod
    def of_months(cls, found, days):
        """Read months, see :func:`retail_panel.customers.merged.by_month`; each of ``days`` is the last of its month.

        The last day may be an earlier one, where nothing comes after it.
        """
        changes = cls.of(found.rename_columns(["customer_key", "since", "last_day", "frequency", "monetary"]))
        since = np.searchsorted(months_of(days), np.arange(changes.since.max(initial=0) + 1))[changes.since]
        return replace(changes, since=since)

    def stood(self, days):
        """Yield how customers stood on each of some days, a :class:`Stood` each."""
        order = np.argsort(self.since.astype("int16"), kind="stable")
        ends = np.searchsorted(self.since[order], range(len(days) + 1))
        columns = (self.place, self.last_day, self.frequency, self.monetary)
        pieces = ([c[order[ends[at] : ends[at + 1]]] for c in columns] for at in range(len(days)))
        yield from _course(len(self.keys), pieces, days)


@dataclass(frozen=True)
class Pieces:
    """As :class:`Changes`, asked for day by day: of so much that it had better not be in memory at once.

    Attributes
    ----------
    keys : numpy.ndarray
        ``customer_key`` of each place, rising.
    ask : callable
        From a question to its answer.
    questions : list of ibis.Table
        What customers did by each day since the one before, a row a customer.
    """

    keys: np.ndarray
    ask: Callable
    questions: list

    def stood(self, days):
        """Yield how customers stood on each of the days, a :class:`Stood` each."""
        yield from _course(len(self.keys), map(self._piece, self.questions), days)

    def _piece(self, question):
        key, *rest = _arrays(self.ask(question), ("customer_key", "last_day", "frequency", "monetary"))
        return [np.searchsorted(self.keys, key), *rest]


def changes(ask, question, days, rows, are_months=False):
    """Ask for what customers did by each of some days.

    Parameters
    ----------
    ask : callable
        From a question, an Ibis table, to its answer, a :class:`pyarrow.Table`.
    question : ibis.Table or pyarrow.Table
        As :func:`retail_panel.customers.standings.changes_question`, or :func:`months_question`, returns.
    days : sequence of datetime.date
        In rising order; of months each is the last of its month.
    rows : ibis.Table
        What the question is about: counted at once, and no fewer.
    are_months : bool
        Which of the two.

    Returns
    -------
    Changes or Pieces
        Pieces of more rows than :data:`MOST_ROWS`.
    """
    if isinstance(question, pa.Table):
        return Changes.of_months(question, days)
    if ask(rows.aggregate(many=rows.count()))["many"][0].as_py() <= MOST_ROWS:
        return Changes.of_months(ask(question), days) if are_months else Changes.of(ask(question))
    keys = ask(question.select("customer_key").distinct())["customer_key"].to_numpy()
    if are_months:
        question = question.rename(since="month", frequency="orders", monetary="net_sales")
    ends = months_of(days) if are_months else range(len(days))
    return Pieces(np.sort(keys), ask, [_piece(question, *span) for span in zip((None, *ends[:-1]), ends, strict=True)])


def _piece(question, after, until):
    rows = question.filter(question.since <= until)
    rows = rows if after is None else rows.filter(rows.since > after)
    return rows.group_by("customer_key").aggregate(
        last_day=rows.last_day.max(), frequency=whole_sum(rows.frequency), monetary=whole_sum(rows.monetary)
    )


def _arrays(found, names):
    """Return columns of an answer as arrays, days that are missing as :data:`NEVER`."""
    columns = (found[name].combine_chunks() for name in names)
    return [(column.fill_null(NEVER) if name == "last_day" else column).to_numpy(zero_copy_only=False)
            for name, column in zip(names, columns, strict=True)]  # fmt: skip


def _course(customers, pieces, days):
    last = np.full(customers, NEVER, "int32")
    frequency, monetary = (np.zeros(customers, "int64") for _ in range(2))
    for piece, day in zip(pieces, days, strict=True):
        place, last_day, *added = piece
        np.maximum.at(last, place, last_day)
        np.add.at(frequency, place, added[0])
        np.add.at(monetary, place, added[1])
        # What was asked for need not stay while customers are scored.
        del piece, place, last_day, added
        yield _stood(np.flatnonzero(last != NEVER), last, frequency, monetary, day)


def months_of(days):
    """Return the numbers of the months of some days: 12 times the year, and the month from 0 on."""
    return [12 * day.year + day.month - 1 for day in days]


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
    # NumPy sorts whole numbers by vector instructions, and only some spots without, which takes thrice as long.
    edges = np.sort(values)[spots]
    return Scale.over(measure, edges, values.min(), values.max())


def months_question(done):
    """Ask for the months of customers, guests aside, that :meth:`Changes.of_months` reads; in memory, return them."""
    if isinstance(done, pa.Table):
        return done
    return done.filter(done.customer_key.notnull()).select("customer_key", "month", "last_day", "orders", "net_sales")


def first_of(ask, question):
    """Ask for the first day of the earliest month of a :func:`months_question`; None where there is none."""
    if isinstance(question, pa.Table):
        first = int(question["month"].to_numpy().min()) if len(question) else None
    else:
        first = ask(question.aggregate(first=question.month.min()))["first"][0].as_py()
    return None if first is None else dt.date(first // 12, first % 12 + 1, 1)


def months_suffice(definition, days=()):
    """Whether months tell R, F and M by a definition as of some days, that of the last line aside."""
    meant = definition.frequency, definition.monetary, definition.returns
    return meant == ("orders", "net", "subtract") and all((day + dt.timedelta(days=1)).day == 1 for day in days)
