"""Who went from segment to segment between two days: what the drawing of flows and the matrix both show."""

import datetime as dt
from dataclasses import replace

from retail_panel.crossfilter.clause import Move
from retail_panel.customers.evolution import month_ends
from retail_panel.customers.migration import NOT_YET, migration
from retail_panel.customers.rfm import RFMDefinition
from retail_panel.customers.running import months_suffice
from retail_panel.formats import format_value
from retail_panel.studies.apart import large_rows
from retail_panel.studies.span import span
from retail_panel.studies.study import Choice, Nothing, TooSmall

#: Between the days compared at first, in months.
APART = 3
MOST_MONTHS = 60
MOVED = "moved"
PARTS = ("frequency", "monetary", "returns")
RULE = (
    "On either day customers are scored by the RFM definition of the sidebar from the lines of the scope up to its "
    "end, among the customers of that day, and put into the segments by rules; later lines change nothing. Of these "
    "the customers with any line in the selection are counted. A click selects who took that way. "
)


def _days(asking):
    return month_ends(*span(asking, selected=False), MOST_MONTHS)[::-1]


def _until(asking):
    return {format_value(day): day.isoformat() for day in _days(asking)}


def _since(asking):
    days = _days(asking)
    at = min(APART, len(days) - 1)
    return {format_value(day): day.isoformat() for day in (days[at], *days[:at], *days[at + 1 :])}


DAYS = (Choice("from", "From", _since), Choice("to", "To", _until))


def moves(asking):
    """Return the migration between the days chosen, of the customers with any line in the selection.

    Everybody in scope is scored, as :func:`retail_panel.customers.migration.migration` does; the selection picks among
    those who were.

    Returns
    -------
    retail_panel.customers.migration.Migration

    Raises
    ------
    Nothing
        If the days are in the wrong order, or nobody selected had bought by the second one.
    """
    days = [dt.date.fromisoformat(asking.choices[name]) for name in ("from", "to")]
    if days[0] >= days[1]:
        if len(_days(asking)) < 2:
            raise Nothing("Customers move between the ends of two months; the scope reaches over one only. Widen it.")
        raise Nothing("Customers move between two days: choose a first day before the second one.")

    def make():
        return _counted(asking, days), tuple(asking.asked)

    # The flows and the matrix open on the same days: the second of them finds the answer of the first.
    found, asking.asked[:] = asking.studied(("moves", *days, repr(_others(asking))), make)
    return found


def _others(asking):
    return {name: clause for name, clause in asking.filters.items() if name != MOVED}


def move(asking):
    """Return the move that is selected between the days chosen; None where none is."""
    clause = asking.filters.get(MOVED)
    if clause is None:
        return None
    days = [dt.date.fromisoformat(asking.choices[name]) for name in ("from", "to")]
    return clause if [clause.from_day, clause.to_day] == days else None


def moved(found, source, target):
    """Return the filter that picks who went from a segment to another; an empty name stands for any."""
    made = found["moves"]
    return {MOVED: Move(made.from_day, source, made.to_day, target)}


def _counted(asking, days):
    definition = RFMDefinition(**{name: asking.definition[name] for name in PARTS})
    among = asking.lines_ignoring(MOVED) if _others(asking) else None
    lines = asking.scope_lines if definition.frequency == "lines" else asking.scope_merged
    # No line comes after the last day of the scope.
    ends = [day for day in days if day != span(asking, selected=False)[1]]
    done = asking.scope_months if months_suffice(definition, ends) else None
    found = migration(asking.ask, lines, definition, *days, among, done)
    if found.table.empty:
        raise Nothing("Nobody selected had bought by the second day. Clear the selection, or choose a later day.")
    return found


def large_moves(found, least):
    """Return the answer of a study of moves without small ways, and how many were left out."""
    made = found["moves"]
    table, few = large_rows(made.table, made.table.customers, least, ["source", "target"])
    if table.empty:
        raise TooSmall(least)
    left = table.groupby("source").customers.transform("sum")
    made = replace(made, table=table.assign(share=table.customers / left), customers=int(table.customers.sum()))
    return {**found, "moves": made}, few


def stayed(table):
    """Return the customers of the first day, and those of them in the same segment on the second."""
    known = table[table.source != NOT_YET]
    return int(known.customers.sum()), int(known.customers[known.source == known.target].sum())
