"""Coded lines: the order lines in scope, each dimension as a small whole number.

Made once for a scope and kept in the engine, so that every chart and every cube is a sum over narrow columns.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import ibis

from retail_panel.crossfilter.bins import MISSING, category_bins, fixed_bins, number_bins, time_bins
from retail_panel.dimensions import DIMENSIONS
from retail_panel.errors import RetailPanelError
from retail_panel.measures import facts
from retail_panel.store import EVERYTHING, Superseded

log = logging.getLogger(__name__)
VALUES = ("amount", "quantity", "list_amount", "unit_cost", "merged", "merged_cost")
KEYS = ("order_key", "customer_key")
MOMENT = "ordered_at"
FLAGS = ("is_return", "is_discount", "is_first_day", "has_customer")


@dataclass(frozen=True)
class Coded:
    """The lines of one scope in codes.

    Attributes
    ----------
    table : ibis.Table
        Scratch table or view, one row an order line in scope: a column a dimension of ``bins`` (uint8 code), beside the
        columns that measures read.
    bins : dict
        Dimension name to its bins; a dimension that the source lacks is absent.
    store, name :
        Where the table lies.
    how : callable
        Returns :attr:`sql`.
    ledger : Ledger or None
        Where the lines lie if ``table`` is only a view of them, see :mod:`retail_panel.crossfilter.ledger`.
    own : ibis.Table or None
        The same lines without what belongs to the customer, which need not be joined to them then.
    sums : Sums or None
        What this scene, and those that it grew out of, have asked for, see :mod:`retail_panel.crossfilter.delta`.
    version : int
        The store's version that they show.
    """

    store: object = field(repr=False)
    name: str
    table: ibis.Table = field(repr=False)
    bins: dict = field(repr=False)
    how: Callable = field(repr=False)
    ledger: object = field(default=None, repr=False)
    own: object = field(default=None, repr=False)
    sums: object = field(default=None, repr=False)
    version: int = 0

    def lines(self, names):
        """Return a table that has some columns of :attr:`table` at least, the one that is read fastest."""
        return self.own if self.own is not None and set(names) <= set(self.own.columns) else self.table

    def added_up(self, keys, ticket=None):
        """Return those of some keys that can be brought up to date from new lines, as :meth:`Sums.of` does."""
        try:
            return self.sums.of(self, keys, ticket) if self.sums is not None else {}
        except Superseded:
            raise
        except RetailPanelError:
            # Asked one by one, the others carry on.
            log.exception("sums could not be brought up to date")
            return {}

    @property
    def sql(self):
        """What makes the table from the store's own tables."""
        return self.how()

    def dispose(self):
        """Drop the table, or the view of the ledger."""
        self.store.forget(self.name)
        if self.ledger is not None:
            self.store.forget(people_of(self.name))
            self.ledger.give_back()


def line_bins(catalogue, scope, currency="GBP"):
    """Return the bins of the dimensions of order lines.

    Categories and amounts are cut by what the whole store holds, so that bars keep their places when scope changes;
    time by the scope's span. ``currency`` is the ISO code for the words of bins. An empty store has none.
    """
    if catalogue.first is None:
        return {}
    bins = {name: category_bins(values) for name in catalogue.counts if (values := catalogue.values(name))}
    bins |= {name: fixed_bins(d.labels) for name, d in DIMENSIONS.items() if d.labels and d.level == "line"}
    low, _, high = catalogue.amounts
    bins["amount"] = number_bins(low, high, "money", currency)
    span = scope.clauses().get("ordered_at")
    first, last = catalogue.first, catalogue.last
    if span is not None:
        first = max(first, span.low) if span.low else first
        last = min(last, span.high - timedelta(microseconds=1)) if span.high else last
    bins["ordered_at"] = time_bins(first, max(first, last))
    return bins


def customer_bins(store, scored, labels, currency="GBP"):
    """Return the bins of the dimensions of scored customers.

    Parameters
    ----------
    store : Store
        Where to ask.
    scored : ibis.Table
        Scored customers, one row a customer.
    labels : dict of str to sequence of str
        Names of the segments and clusters, by dimension name.
    currency : str
        ISO code for the words of bins.
    """
    numbers = [name for name, d in DIMENSIONS.items() if d.level == "customer" and d.kind == "number"]
    spread = {f"{name}{i}": scored[name].quantile(q) for name in numbers for i, q in ((0, 0.01), (1, 0.99))}
    found = store.ask(scored.aggregate(rows=scored.count(), **spread)).to_pylist()[0]
    if not found["rows"]:
        return {}
    bins = {}
    for name in numbers:
        low = min(0, float(found[f"{name}0"])) if name != "monetary" else float(found[f"{name}0"])
        bins[name] = number_bins(low, float(found[f"{name}1"]), DIMENSIONS[name].unit, currency)
    for name, dimension in DIMENSIONS.items():
        if dimension.level == "customer" and dimension.kind == "category":
            bins[name] = fixed_bins(dimension.labels or labels[name])
    return bins


def coded_question(store, scoped, scored, bins, columns):
    """Ask for lines in codes.

    Parameters
    ----------
    store : Store
        Where the rows lie.
    scoped : ibis.Table
        Order lines.
    scored : ibis.Table or None
        Scored customers; None where the source has no customers.
    bins : dict
        As :func:`line_bins` and :func:`customer_bins` return, together.
    columns : collection of str
        Columns that hold any value in the store; measures' columns that do not are left out of the table.

    Returns
    -------
    ibis.Table
        As ``table`` of :class:`Coded`.
    """
    lines = facts(scoped, people(store.customers, scored, bins))
    codes = {}
    for name, cut in bins.items():
        is_customer = DIMENSIONS[name].level == "customer"
        # A guest, or a customer without a purchase, has no row of codes.
        codes[f"c_{name}"] = lines[f"c_{name}"].fill_null(MISSING) if is_customer else code_of(name, cut, lines)
    kept = {c: lines[c] for c in (*VALUES, *KEYS) if c in ("amount", "order_key") or c in columns}
    flags = {c: lines[c] for c in (MOMENT, *FLAGS)}
    return lines.select(**codes, **kept, **flags)


def people_of(name):
    """Return the name of the scratch table of customers beside one of coded lines."""
    return f"{name}_people"


def people(customers, scored, bins):
    """Return the customers with their codes: worked out once a customer, and joined to the lines once."""
    if scored is None:
        return customers
    codes = {f"c_{n}": code_of(n, cut, scored) for n, cut in bins.items() if DIMENSIONS[n].level == "customer"}
    coded = scored.select(scored_key=scored.customer_key, **codes)
    joined = customers.left_join(coded, customers.customer_key == coded.scored_key)
    return joined.select("customer_key", "first_day", *codes)


def code_of(name, cut, table):
    """Return a dimension of a table in codes of its bins, a uint8 column."""
    return cut.code(DIMENSIONS[name].expression(table)).cast("uint8")


def code_lines(store, name, scoped, scored, bins, columns, policy=EVERYTHING, ticket=None):
    """Code the lines in scope and keep them in the engine.

    Parameters
    ----------
    name : str
        Name of the scratch table.
    policy, ticket
        As in :meth:`retail_panel.store.Store.ask`.
    store, scoped, scored, bins, columns
        As in :func:`coded_question`.

    Returns
    -------
    Coded
    """
    sql = store.sql(coded_question(store, scoped, scored, bins, columns), policy)
    # The SQL is restricted by the policy already.
    return Coded(store, name, store.keep(name, sql, ticket=ticket), bins, lambda: sql)


def among(coded, filters, ignore=(), lines=None):
    """Return the predicates of filters on coded lines.

    Parameters
    ----------
    coded : Coded
        The lines.
    filters : dict of str to clause
        By dimension name; a dimension that the source lacks matches no line.
    ignore : collection of str
        Dimensions whose filter is not applied.
    lines : ibis.Table, optional
        What they are asked of; default: ``coded.table``.
    """
    lines = coded.table if lines is None else lines
    conditions = []
    for name, clause in filters.items():
        if name in ignore:
            continue
        if name not in coded.bins:
            conditions.append(ibis.literal(False))
            continue
        codes, column = coded.bins[name].codes(clause), lines[f"c_{name}"]
        run = codes and codes == list(range(codes[0], codes[-1] + 1))
        conditions.append(column.between(codes[0], codes[-1]) if run else column.isin(codes))
    return conditions
