"""The days that the rows on the screen reach over: those of the source, cut to scope and to a brush on time."""

import datetime as dt

from retail_panel.crossfilter.clause import Range, day
from retail_panel.crossfilter.scope import Scope
from retail_panel.studies.study import Nothing

ALMOST = dt.timedelta(microseconds=1)


def span(asking, selected=True):
    """Return the first and the last day that there could be lines of.

    Unlike the days of the lines themselves this tells a quiet day from one that the source does not cover.

    Parameters
    ----------
    asking : Asking
        The visitor's scope and selection.
    selected : bool
        Whether a brush on time narrows it.

    Returns
    -------
    tuple of datetime.date

    Raises
    ------
    Nothing
        If no day is left.
    """
    scope, known = Scope(), asking.scene.catalogue
    scope.read(asking.scene.query)
    clauses = [scope.clauses().get("ordered_at", Range())]
    if selected and "ordered_at" in asking.filters:
        clauses.append(asking.scene.coded.bins["ordered_at"].aligned(asking.filters["ordered_at"]))
    lows = [known.first, *(clause.low for clause in clauses if clause.low is not None)]
    highs = [known.last, *(clause.high - ALMOST for clause in clauses if clause.high is not None)]
    if known.first is None or max(lows) > min(highs):
        raise Nothing("No order lines are selected. Clear the selection of time, or widen the scope.")
    return max(lows).date(), min(highs).date()


def during(first_day, last_day):
    """Return the filter on time that picks days, both included."""
    return Range(day(first_day), day(last_day + dt.timedelta(days=1)))
