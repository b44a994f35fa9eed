"""Which measures a source supports, and what the others lack."""

from collections.abc import Set

import ibis

from retail_panel.measures.feedback import FEEDBACK
from retail_panel.measures.inventory import INVENTORY
from retail_panel.measures.sales import SALES
from retail_panel.store import EVERYTHING

# What counts as having a column, where any value in it does not: without a discounted line a source says nothing of
# discounts, and one answer column holds two scales.
_PROOF = {
    "order_line.kind": lambda t: t.kind == "Discount",
    "order_line.unit_cost": lambda t: t.unit_cost.notnull() | t.merged_cost.notnull(),
    "feedback.csat": lambda t: t.scale == "CSAT",
    "feedback.nps": lambda t: t.scale == "NPS",
}
_SHOWN = {
    "order_line.customer_key": "customer_id",
    "order_line.kind": "kind Discount",
    "feedback.csat": "feedback.scale CSAT",
    "feedback.nps": "feedback.scale NPS",
}
_ALL = {measure.name: measure for measure in (*SALES, *INVENTORY, *FEEDBACK)}


def present_columns(store, policy=EVERYTHING, ticket=None):
    """Find which of the columns that measures need hold any value.

    Parameters
    ----------
    store : Store
        Where to ask; it is one question.
    policy, ticket
        As in :meth:`retail_panel.store.Store.ask`.

    Returns
    -------
    frozenset of str
        Columns as ``table.column``, such as ``order_line.unit_cost``.
    """
    tables = {"order_line": store.lines, "stock": store.stock, "feedback": store.feedback}
    wanted = sorted({need for measure in _ALL.values() for need in _needs(measure)})
    counts = {}
    for column in wanted:
        name, _, field = column.partition(".")
        table = tables[name]
        counts.setdefault(name, {})[column] = (
            table.count(where=_PROOF[column](table)) if column in _PROOF else table[field].count()
        )
    rows = [tables[name].aggregate(**found) for name, found in counts.items()]
    found = store.ask(ibis.cross_join(*rows), policy, ticket).to_pylist()[0]
    return frozenset(column for column, count in found.items() if count)


def available(source, policy=EVERYTHING, ticket=None):
    """Say which measures a source supports, and why not the others.

    Parameters
    ----------
    source : Store or set of str
        A store, or the columns present in one, as :func:`present_columns` returns.
    policy, ticket
        As in :meth:`retail_panel.store.Store.ask`.

    Returns
    -------
    supported : tuple of str
        Measures whose columns all hold a value somewhere.
    missing : dict of str to tuple of str
        Each other measure with the columns that hold none, as the user knows them; those of stock and feedback with
        the table's name before them.
    """
    present = source if isinstance(source, Set) else present_columns(source, policy, ticket)
    missing = {name: tuple(sorted(_needs(measure) - present)) for name, measure in _ALL.items()}
    supported = tuple(name for name, columns in missing.items() if not columns)
    shown = {name: tuple(map(_shown, columns)) for name, columns in missing.items() if columns}
    return supported, shown


def _needs(measure):
    counted = measure.table == "counted_line"
    table = "order_line" if counted else measure.table
    own = {f"{table}.{column}" for column in measure.needs} | ({"stock.on_hand"} if counted else set())
    return own.union(*(_needs(_ALL[part]) for part in measure.parts))


def _shown(column):
    return _SHOWN.get(column, column.removeprefix("order_line."))
