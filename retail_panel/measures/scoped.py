"""The tables that measures read, each cut to one scope."""

from retail_panel.measures.sales import facts

_TIME = {"stock": "day", "feedback": "given_at"}


def scoped_tables(store, scope, members=None):
    """Return the tables that measures read, cut to a scope.

    Parameters
    ----------
    store : Store
        Where the tables lie.
    scope : Scope
        What to cut to. What it leaves out (guests, returns and so on) concerns order lines alone.
    members : ibis.Table, optional
        The customers of the scope's ``within``, one row a ``customer_key``.

    Returns
    -------
    dict of str to ibis.Table
        ``order_line`` (facts), ``stock`` and ``feedback``. Stock or feedback is absent where the scope filters by
        something it does not say, since its figures would not speak of the same sales.
    """
    lines = facts(scope.restrict(store.lines, members), store.customers)
    return {"order_line": lines, **side_tables(store, scope, members)}


def side_tables(store, scope, members=None):
    """Return ``stock`` and ``feedback`` alone, as :func:`scoped_tables` does."""
    tables, clauses = {}, scope.clauses()
    for name, table in (("stock", store.stock), ("feedback", store.feedback)):
        columns = {dimension: _TIME[name] if dimension == "ordered_at" else dimension for dimension in clauses}
        if not set(columns.values()) <= set(table.columns) or (members is not None and name == "stock"):
            continue
        conditions = [
            clause.condition(_value(table, name, columns[dimension])) for dimension, clause in clauses.items()
        ]
        table = table.filter(*conditions) if conditions else table
        tables[name] = table if members is None else table.semi_join(members, "customer_key")
    return tables


def _value(table, name, column):
    return table[column].cast("timestamp") if (name, column) == ("stock", "day") else table[column]
