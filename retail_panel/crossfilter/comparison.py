"""The same question over an earlier period."""

from datetime import timedelta

import ibis

from retail_panel.crossfilter.clause import Range, day
from retail_panel.crossfilter.coded import among_customers, is_known
from retail_panel.crossfilter.scope import Scope, year_before
from retail_panel.dimensions import DIMENSIONS
from retail_panel.measures import facts

PREVIOUS, LAST_YEAR = "previous period", "same period last year"
WAYS = (PREVIOUS, LAST_YEAR)


def period(scope, selection, catalogue):
    """Return the span that scope and selection look at.

    Parameters
    ----------
    scope : Scope
        Its days.
    selection : dict of str to clause
        Its brush on time, if any, narrows them.
    catalogue : Catalogue
        Its first and last day where an end is open.

    Returns
    -------
    Range or None
        Both ends given, whole days at the catalogue's ends; None in an empty store.
    """
    if catalogue.first is None:
        return None
    low = day(catalogue.first.date())
    high = day(catalogue.last.date() + timedelta(days=1))
    for clause in (scope.clauses().get("ordered_at"), selection.get("ordered_at")):
        if clause is not None:
            low = max(low, clause.low) if clause.low else low
            high = min(high, clause.high) if clause.high else high
    return Range(low, max(low, high))


def earlier(span, way, catalogue):
    """Return the span to compare with, or None where the store does not reach back over all of it."""
    if span is None:
        return None
    if way == LAST_YEAR:
        found = Range(_first_a_year_before(span.low), year_before(span.high))
    else:
        found = Range(span.low - (span.high - span.low), span.low)
    return found if found.low >= day(catalogue.first.date()) and found.low < found.high else None


def earlier_facts(store, scene, scope_query, selection, span):
    """Return the facts of an earlier span under the same scope and selection, as a question.

    Customers keep the segment, cluster and scores that the present scope gives them. A filter on a dimension that the
    source lacks matches no line.
    """
    scope = Scope()
    scope.read({name: text for name, text in scope_query.items() if name != "ordered_at"})
    lines = scope.restrict(store.lines.filter(store.lines.version <= scene.version), scene.members)
    conditions = [span.condition(lines.ordered_at)]
    for name, clause in selection.items():
        if name == "ordered_at":
            continue
        if not is_known(scene.coded, name):
            conditions.append(ibis.literal(False))
        elif DIMENSIONS[name].level == "line":
            conditions.append(scope.value(lines, name).pipe(clause.condition))
    lines = lines.filter(*conditions)
    if scene.population is None:
        return facts(lines, store.customers)
    scored = among_customers(scene.coded, selection, scene.population.table)
    if scored:
        lines = lines.semi_join(scene.population.table.filter(*scored), "customer_key")
    return facts(lines, store.customers)


def change(now, before):
    """Return the relative change, or None where there is nothing to compare with."""
    if now is None or before is None or before == 0:
        return None
    return (now - before) / abs(before)


def _first_a_year_before(first):
    leap_day = (first.month, first.day) == (2, 29)
    return first.replace(year=first.year - 1, day=28) if leap_day else first.replace(year=first.year - 1)
