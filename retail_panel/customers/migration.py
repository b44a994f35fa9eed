"""From segment to segment: where the customers of one day stand on a later one."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from retail_panel.customers.running import changes, months_question
from retail_panel.customers.scores_by_day import edges_by_day, scored
from retail_panel.customers.segments import SEGMENTS, segment_expression
from retail_panel.customers.standings import changes_question, standings
from retail_panel.errors import UnusableInput
from retail_panel.schema import MONEY_SCALE

#: Where customers come from who bought for the first time between the two days.
NOT_YET = "Not yet a customer"
SOURCES = (*(segment.name for segment in SEGMENTS), NOT_YET)
TARGETS = SOURCES[:-1]


@dataclass(frozen=True)
class Migration:
    """Customers by segment on two days, each scored among the customers of its own day.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per pair of segments that any customer went between, in the order of the segments, newcomers last:
        ``source`` and ``target`` (segment on the first and the second day), ``customers``, ``share`` (of the customers
        of that source), ``monetary`` (their monetary value up to the second day) and ``monetary_before`` (up to the
        first), both by the definition and in currency units.
    from_day, to_day : datetime.date
        The two days; each counts with its own lines.
    customers : int
        Customers on the second day.
    definition : str
        The RFM definition in one sentence.
    """

    table: pd.DataFrame
    from_day: dt.date
    to_day: dt.date
    customers: int
    definition: str

    def matrix(self, figure="customers"):
        """Return a figure by source and target.

        Parameters
        ----------
        figure : str
            ``customers``, ``share``, ``monetary`` or ``monetary_before``.

        Returns
        -------
        pandas.DataFrame
            A row per segment and one for newcomers, a column per segment; 0 where nobody went. Rows of shares add up
            to 1, or to 0 where a segment was empty.
        """
        allowed = self.table.columns[2:]
        if figure not in allowed:
            raise UnusableInput(f"migration figure {figure!r}; allowed: {', '.join(allowed)}")
        wide = self.table.pivot(index="source", columns="target", values=figure)
        whole = wide.reindex(index=list(SOURCES), columns=list(TARGETS)).fillna(0)
        return whole.astype("int64" if figure == "customers" else "float64")

    def flows(self):
        """Return the edges of a Sankey diagram.

        Returns
        -------
        pandas.DataFrame
            One row per pair: ``source`` and ``target``, segments with their day, so that no name is on both sides, then
            the figures of ``table``.
        """
        named = {"source": self.table.source + f", {self.from_day}", "target": self.table.target + f", {self.to_day}"}
        named["source"] = named["source"].where(self.table.source != NOT_YET, NOT_YET)
        return self.table.assign(**named)


def migration(ask, lines, definition, from_day, to_day, among=None, done=None):
    """Count who went from which segment to which between two days.

    Parameters
    ----------
    ask : callable
        From a question, an Ibis table, to its answer, a :class:`pyarrow.Table`.
    lines : ibis.Table
        Order lines in scope: ``ordered_at``, ``amount``, ``order_key``, ``customer_key``, ``is_return``.
    definition : RFMDefinition
        What R, F and M mean; its ``reference_day`` is not read.
    from_day, to_day : datetime.date
        On each, customers are scored from the lines up to its end; who had not bought by then is not a customer yet.
    among : ibis.Table, optional
        A table with a ``customer_key``, such as the order lines of a selection: everybody is scored, and only its
        customers are counted. None counts all.
    done : ibis.Table or pyarrow.Table, optional
        What :func:`retail_panel.customers.merged.by_month` has of the same lines, so that it need not be asked for,
        or what :class:`retail_panel.customers.dated_orders.DatedOrders` has as ``months``; where months suffice
        (:func:`retail_panel.customers.running.months_suffice`), and no line comes after the second day in its month.

    Returns
    -------
    Migration
        With an empty table where nobody who counts had bought by the second day.

    Raises
    ------
    UnusableInput
        If ``from_day`` comes after ``to_day``.
    """
    days = _in_order(from_day, to_day)
    question = changes_question(lines, definition, days) if done is None else months_question(done)
    found = changes(ask, question, days, lines if done is None else done, done is not None)
    stood = found.stood(days)
    before = next(stood)
    source = np.full(len(found.keys), len(SEGMENTS), "int8")
    source[before.place] = before.segment
    had = np.zeros(len(found.keys), "int64")
    had[before.place] = before.monetary
    del before
    after = next(stood)
    counts = np.ones(len(after.place), bool)
    if among is not None:
        keys = ask(among.filter(among.customer_key.notnull()).select("customer_key").distinct())["customer_key"]
        counts = np.isin(found.keys[after.place], keys.to_numpy())
    place, target = after.place[counts], after.segment[counts]
    cells = [(source[place], target, amount) for amount in (1, after.monetary[counts], had[place])]
    sums = [_added(*cell) for cell in cells]
    table = _table([(i, j, *(int(held[i, j]) for held in sums)) for i, j in np.argwhere(sums[0]).tolist()])
    return Migration(table, from_day, to_day, int(table.customers.sum()), definition.words())


def _added(source, target, amount):
    """Add amounts up by source and target, as whole numbers."""
    held = np.zeros((len(SOURCES), len(TARGETS)), "int64")
    np.add.at(held, (source, target), amount)
    return held


def _in_order(from_day, to_day):
    if from_day > to_day:
        raise UnusableInput(f"migration from {from_day} to {to_day}; allowed: a first day not after the second")
    return [from_day, to_day]


def moves_question(lines, definition, from_day, to_day):
    """Ask for where each customer went.

    Parameters
    ----------
    lines, definition, from_day, to_day
        As in :func:`migration`.

    Returns
    -------
    ibis.Table
        One row per customer of the second day: ``customer_key``, ``source`` (index in :data:`SOURCES`; null where they
        had not bought by the first day), ``target`` (index in :data:`TARGETS`), and their ``monetary`` value up to the
        second day, and ``before`` up to the first (null likewise), in ten-thousandths of the currency unit.
    """
    stood = standings(lines, definition, _in_order(from_day, to_day))
    found = scored(stood, edges_by_day(stood))
    found = found.mutate(segment=segment_expression(found.r, found.f, found.m))
    before = found.filter(found["at"] == 0).select("customer_key", source=found.segment, before=found.monetary)
    after = found.filter(found["at"] == 1)
    paired = after.left_join(before, "customer_key")
    return paired.select("customer_key", "source", "before", "monetary", target=paired.segment)


def _table(rows):
    left = {}
    for source, _, customers, *_ in rows:
        left[source] = left.get(source, 0) + customers
    table = [
        (SOURCES[source], TARGETS[target], customers, customers / left[source], after / MONEY_SCALE, had / MONEY_SCALE)
        for source, target, customers, after, had in rows
    ]
    columns = ["source", "target", "customers", "share", "monetary", "monetary_before"]
    kinds = {"customers": "int64"} | dict.fromkeys(columns[3:], "float64")
    return pd.DataFrame(table, columns=columns).astype(kinds)
