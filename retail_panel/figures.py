"""Figures: any measures, of a whole or by the values of a dimension, in one question a table."""

from datetime import datetime
from functools import reduce

import ibis

from retail_panel.dimensions import Dimension
from retail_panel.errors import UnusableInput
from retail_panel.measures import MEASURES, available, counted_lines
from retail_panel.store import EVERYTHING

__all__ = ["available", "combined", "explain", "figures", "leaves_of", "questions"]


def figures(store, tables, names, by=None, policy=EVERYTHING, ticket=None):
    """Evaluate measures.

    Parameters
    ----------
    store : Store
        Where the tables lie.
    tables : dict of str to ibis.Table
        Rows to count, by name: ``order_line`` (as :func:`retail_panel.measures.facts` returns, or a scratch table with
        its columns), ``stock`` and ``feedback``, as :func:`retail_panel.measures.scoped_tables` returns. Measures on
        an absent table are None.
    names : collection of str
        Measures.
    by : Dimension, str or callable, optional
        What to split by: a dimension, a column, or a callable that takes a table and returns a column.
    policy, ticket
        As in :meth:`retail_panel.store.Store.ask`.

    Returns
    -------
    dict of str to float, int, date or None; or list of such dicts
        Figure by measure, money in currency units; None where there is nothing to divide by. With ``by`` one dict a
        value, which is under ``value``: largest gross sales first, then by value. Measures on a table that cannot be
        split so are None.

    Raises
    ------
    UnusableInput
        If a measure is unknown, or the order lines cannot be split by ``by``.
    """
    leaves = leaves_of(names)
    if by is not None and "order_line" in tables:
        leaves.setdefault("gross_sales")
    found = {}
    asked = questions(tables, leaves, by)
    for question in asked.values():
        for row in store.ask(question, policy, ticket).to_pylist():
            value = _label(by, row.pop("value", None))
            found.setdefault(value, {}).update({name: figure for name, figure in row.items() if figure is not None})
    blank = {name: 0 for name in leaves if MEASURES[name].table in asked and not MEASURES[name].whole}
    if by is None:
        return combined(names, blank | found.get(None, {}))
    rows = [(value, blank | row) for value, row in found.items()]
    rows.sort(key=lambda item: (-item[1].get("gross_sales", 0), item[0] is None, _sortable(by, item[0])))
    return [{"value": value, **combined(names, row)} for value, row in rows]


def questions(tables, names, by=None):
    """Return the questions that measures take.

    Parameters
    ----------
    tables, names, by
        As in :func:`figures`.

    Returns
    -------
    dict of str to ibis.Table
        By the name of the table read: one row (with ``by``: one a ``value``), a column a measure that is not combined,
        money in ten-thousandths. Absent are tables that were not given, and other tables than the order lines that
        cannot be split so.
    """
    wanted = {}
    for name in leaves_of(names):
        wanted.setdefault(MEASURES[name].table, []).append(MEASURES[name])
    asked = {}
    for name, measures in wanted.items():
        table = _table(tables, name)
        value = None if by is None or table is None else _split(table, by, required=name == "order_line")
        if table is not None and (by is None or value is not None):
            asked[name] = _aggregate(table, measures, value)
    return asked


def explain(store, tables, name, by=None, policy=EVERYTHING):
    """Say how a figure is made.

    Returns
    -------
    dict of str to str or list of str
        ``label``, ``definition``, ``source``, ``parts`` (labels of the measures it is combined from) and ``sql``: the
        questions it takes on its own, one statement a table.
    """
    measure = MEASURES[name]
    return {
        "label": measure.label,
        "definition": measure.definition,
        "source": measure.source,
        "parts": [MEASURES[part].label for part in measure.parts],
        "sql": [store.sql(question, policy) for question in questions(tables, [name], by).values()],
    }


def leaves_of(names):
    """Return the measures that others are combined from, each once, as the keys of a dict.

    Raises
    ------
    UnusableInput
        If a measure is unknown.
    """
    leaves = {}
    for name in names:
        if name not in MEASURES:
            raise UnusableInput(f"measure {name!r}: no such measure; allowed: {', '.join(MEASURES)}")
        leaves.update(leaves_of(MEASURES[name].parts) if MEASURES[name].parts else {name: None})
    return leaves


def _table(tables, name):
    needed = [tables.get(each) for each in (("order_line", "stock") if name == "counted_line" else (name,))]
    if any(table is None for table in needed):
        return None
    return counted_lines(*needed) if name == "counted_line" else needed[0]


def _split(table, by, required):
    try:
        if isinstance(by, Dimension):
            return by.expression(table)
        return table[by] if isinstance(by, str) else by(table)
    except (AttributeError, ibis.common.exceptions.IbisError) as error:
        if not required:
            return None
        name = by.name if isinstance(by, Dimension) else by
        raise UnusableInput(f"order lines cannot be split by {name}; they have: {', '.join(table.columns)}") from error


def _aggregate(table, measures, value):
    group = {} if value is None else {"value": value}
    plain = {m.name: m.expression(table) for m in measures if m.least_orders == 1}
    found = [table.aggregate(by=group, **plain)] if plain else [table.select(**group).distinct()] if group else []
    found += [_often(table, measure, group) for measure in measures if measure.least_orders > 1]
    return reduce(_joined if group else ibis.Table.cross_join, found)


def _often(table, measure, group):
    """Count the keys that reach ``least_orders``, in two levels."""
    keyed = table.select(**group, key_=measure.key(table), order_key=table.order_key, counts=measure.among(table))
    keyed = keyed.filter(keyed.counts & keyed.key_.notnull())
    orders = keyed.aggregate(by=[*group, "key_"], orders=keyed.order_key.nunique())
    often = orders.filter(orders.orders >= measure.least_orders)
    return often.aggregate(by=list(group), **{measure.name: often.count()})


def _joined(left, right):
    right = right.rename(other="value")
    return left.left_join(right, left.value.identical_to(right.other)).drop("other")


def combined(names, counted):
    """Return the figures of measures from those of :func:`leaves_of`, as the engine counts them: by name."""
    return {name: _figure(MEASURES[name], counted) for name in names}


def _figure(measure, counted):
    if measure.parts:
        figure = measure.combined([_figure(MEASURES[part], counted) for part in measure.parts])
        return None if figure is None else figure + 0.0
    figure = counted.get(measure.name)
    if isinstance(figure, datetime):
        return figure.date()
    if figure is None or measure.unit == "day":
        return figure
    figure = float(figure) / measure.scale + 0.0
    return int(figure) if measure.unit in ("count", "days") and figure.is_integer() else figure


def _label(by, value):
    labelled = isinstance(by, Dimension) and by.labels and value is not None
    return by.labels[value] if labelled else value


def _sortable(by, value):
    if value is None:
        return ""
    return by.labels.index(value) if isinstance(by, Dimension) and by.labels else value
