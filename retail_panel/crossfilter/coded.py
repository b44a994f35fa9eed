"""Coded lines: the order lines in scope, each dimension as a small whole number.

Every chart and every cube is a sum over narrow columns of them.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import ibis

from retail_panel.crossfilter.bins import MISSING, CategoryBins
from retail_panel.crossfilter.clause import Move
from retail_panel.crossfilter.cuts import code_of
from retail_panel.crossfilter.ledger import GUEST, KEYS, MOMENT, PERSON, VALUES
from retail_panel.dimensions import DIMENSIONS
from retail_panel.errors import RetailPanelError
from retail_panel.measures import facts
from retail_panel.store import Superseded
from retail_panel.store.prepared import Parameter

log = logging.getLogger(__name__)
#: Stands for codes that are a run of whole numbers, whose ends are parameters.
RUN = "run"
FLAGS = ("is_return", "is_discount", "is_first_day", "has_customer")


@dataclass(frozen=True)
class Coded:
    """The lines of one scene in codes.

    Attributes
    ----------
    shape : ibis.Table
        Stands for :attr:`table` where only its columns are asked after.
    bins : dict
        Dimension name to its bins; a dimension that the source lacks is absent.
    store, name :
        Where it lies.
    how : callable
        Returns :attr:`sql`.
    own : ibis.Table
        The same lines without what belongs to the customer, which need not be joined to them then; and the ``version``
        that brought each.
    release : callable
        Gives the ledger back that both read.
    movers : Movers or None
        Who went between segments; None where the source has no customers.
    sums : Sums or None
        What this scene, and those that it grew out of, have asked for, see :mod:`retail_panel.crossfilter.delta`.
    version : int
        The store's version that they show.
    scored : ibis.Table or None
        The scored customers; None where their net sales are not those of their lines.
    whole : frozenset of str
        Dimensions that all lines of an order have one value of; empty where lines do not say which of them open one.
    gather : callable or None
        Makes :attr:`people`; None where the source has no customers.
    join : callable or None
        Makes :attr:`table` of :attr:`people`; None where ``shape`` is there itself.
    """

    store: object = field(repr=False)
    name: str
    shape: ibis.Table = field(repr=False)
    bins: dict = field(repr=False)
    how: Callable = field(repr=False)
    own: ibis.Table = field(repr=False)
    release: Callable = field(repr=False)
    movers: object = field(default=None, repr=False)
    sums: object = field(default=None, repr=False)
    version: int = 0
    scored: ibis.Table | None = field(default=None, repr=False)
    whole: frozenset = frozenset()
    gather: Callable | None = field(default=None, repr=False)
    join: Callable | None = field(default=None, repr=False)
    _making: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _made: dict = field(default_factory=dict, repr=False)

    @property
    def table(self):
        """Scratch view, one row an order line in scope: a column a dimension of ``bins`` (uint8), beside the columns
        that measures read. Made when it is first asked for, as charts do not need it."""
        return self.shape if self.join is None else self._once(lambda: self.join(self.people), "table")

    @property
    def people(self):
        """Scratch table of the customers in codes, see :func:`people_question`; None where the source has none."""
        return None if self.gather is None else self._once(self.gather, "people")

    def _once(self, make, name):
        with self._making:
            if name not in self._made:
                self._made[name] = make()
            return self._made[name]

    def lines(self, names):
        """Return a table that has some columns of :attr:`table` at least, the one that is read fastest."""
        return self.own if set(names) <= set(self.own.columns) else self.table

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
        """Drop the views and the customers beside them, and let go of the ledger."""
        if self.movers is not None:
            self.movers.dispose()
        for name in (self.name, own_of(self.name), people_of(self.name)):
            self.store.forget(name)
        self.release()


def own_of(name):
    """Return the name of the scratch view of lines without their customers, beside one of coded lines."""
    return f"{name}_own"


def people_of(name):
    """Return the name of the scratch table of customers beside one of coded lines."""
    return f"{name}_people"


def people_question(customers, scored, bins):
    """Ask for the customers in codes, to be joined to the lines.

    Returns
    -------
    ibis.Table
        One row a customer of the store, and one for guests: ``person``, ``first_day``, and
        ``c_<dimension>`` of the dimensions of customers, :data:`MISSING` for whoever has no purchase in scope. Each
        line has its row, and each row another whole number, which lets the engine look rows up by their place.
    """
    codes = _codes(scored, bins)
    coded = scored.select(scored_key=scored.customer_key, **codes)
    joined = customers.left_join(coded, customers.customer_key == coded.scored_key)
    named = joined.select("first_day", *codes, **{PERSON: joined.customer_key})
    nobody = customers.aggregate(many=customers.count())
    guests = nobody.select(
        first_day=ibis.null("date"),
        **{name: ibis.null("uint8") for name in codes},
        **{PERSON: ibis.literal(GUEST, "int32")},
    )
    found = named.union(guests)
    # Ibis leaves out a cast that it takes for needless, and the engine would widen the codes.
    return found.mutate(**{name: found[name].cast("int16").fill_null(MISSING).cast("uint8") for name in codes})


def _codes(scored, bins):
    return {f"c_{n}": code_of(n, cut, scored) for n, cut in bins.items() if DIMENSIONS[n].level == "customer"}


def with_people(own, people, columns):
    """Return the lines with what belongs to their customers.

    Parameters
    ----------
    own : ibis.Table
        As :attr:`Coded.own`.
    people : ibis.Table or None
        As :func:`people_question`; None where the source has no customers.
    columns : sequence of str
        The columns asked for, in their order.
    """
    if people is None:
        return own.mutate(is_first_day=ibis.null("boolean")).select(columns)
    joined = own.inner_join(people, own[PERSON] == people[PERSON])
    found = {name: own[name] if name in own.columns else people[name] for name in columns if name != "is_first_day"}
    found["is_first_day"] = own[MOMENT].date() == people.first_day
    return joined.select(**{name: found[name] for name in columns})


def shape_of(own, bins, columns):
    """Return the columns of :func:`with_people`.

    Parameters
    ----------
    own : ibis.Schema
        Of the lines.
    bins : dict
        Of all dimensions.
    columns : sequence of str
        As :func:`with_people` takes them.

    Returns
    -------
    pyarrow.Schema
    """
    theirs = {f"c_{name}": "uint8" for name in bins if DIMENSIONS[name].level == "customer"}
    types = {**own, **theirs, "is_first_day": "boolean"}
    return ibis.schema({name: types[name] for name in columns}).to_pyarrow()


def columns_of(bins, columns):
    """Return the columns of coded lines.

    Parameters
    ----------
    bins : dict
        Of all dimensions.
    columns : collection of str
        Columns that hold any value in the store; measures' columns that do not are left out.
    """
    kept = [c for c in (*VALUES, *KEYS) if c in ("amount", "order_key") or c in columns]
    return [*(f"c_{name}" for name in bins), *kept, MOMENT, *FLAGS]


def coded_question(store, scoped, scored, bins, columns):
    """Ask for lines in codes, from the store's own tables.

    Parameters
    ----------
    store : Store
        Where the rows lie.
    scoped : ibis.Table
        Order lines.
    scored : ibis.Table or None
        Scored customers; None where the source has no customers.
    bins : dict
        Dimension to bins.
    columns : collection of str
        As in :func:`columns_of`.

    Returns
    -------
    ibis.Table
        As ``table`` of :class:`Coded`.
    """
    customers = store.customers
    if scored is not None:
        coded = scored.select(scored_key=scored.customer_key, **_codes(scored, bins))
        joined = customers.left_join(coded, customers.customer_key == coded.scored_key)
        customers = joined.select("customer_key", "first_day", *(c for c in coded.columns if c.startswith("c_")))
    lines = facts(scoped, customers)
    codes = {}
    for name, cut in bins.items():
        is_customer = DIMENSIONS[name].level == "customer"
        # A guest, or a customer without a purchase, has no row of codes.
        codes[f"c_{name}"] = lines[f"c_{name}"].fill_null(MISSING) if is_customer else code_of(name, cut, lines)
    return lines.select(**codes, **{c: lines[c] for c in columns_of(bins, columns)[len(codes) :]})


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
        if isinstance(clause, Move) and coded.movers is not None:
            conditions.append(lines.customer_key.isin(coded.movers.customers(clause).customer_key))
            continue
        if name not in coded.bins:
            conditions.append(ibis.literal(False))
            continue
        codes, column = coded.bins[name].codes(clause), lines[f"c_{name}"]
        conditions.append(column.between(codes[0], codes[-1]) if _is_run(codes) else column.isin(codes))
    return conditions


def _is_run(codes):
    return bool(codes) and codes == list(range(codes[0], codes[-1] + 1))


def picked(coded, filters):
    """Return filters as a prepared question takes them, which :func:`within` puts on coded lines.

    Parameters
    ----------
    coded : Coded
        The lines.
    filters : dict of str to clause
        By dimension name, none of them a move.

    Returns
    -------
    tuple
        One (name, codes) for each, the codes None where the source lacks the dimension and :data:`RUN` where they are
        one; then the first and the last code of each run, as parameters.
    """
    picks, ends = [], []
    for name, clause in filters.items():
        codes = coded.bins[name].codes(clause) if name in coded.bins else None
        if codes is not None and _is_run(codes):
            ends += [Parameter(codes[0]), Parameter(codes[-1])]
            picks.append((name, RUN))
        else:
            picks.append((name, codes if codes is None else tuple(codes)))
    return tuple(picks), *ends


def within(lines, picks, *ends):
    """Return the lines that filters pick, see :func:`picked`."""
    conditions, ends = [], iter(ends)
    for name, codes in picks:
        if codes is None:
            conditions.append(ibis.literal(False))
        elif codes == RUN:
            conditions.append(lines[f"c_{name}"].between(next(ends), next(ends)))
        else:
            conditions.append(lines[f"c_{name}"].isin(codes))
    return lines.filter(*conditions) if conditions else lines


def among_customers(coded, filters, scored):
    """Return the predicates of the filters on customers, those on lines aside, on scored customers.

    Parameters
    ----------
    coded : Coded
        What the customers were scored with; each of the filters' dimensions has bins in it, or is a move.
    filters : dict of str to clause
        By dimension name.
    scored : ibis.Table
        Scored customers, as :attr:`retail_panel.customers.population.Population.table`.
    """
    conditions = []
    for name, clause in filters.items():
        if DIMENSIONS[name].level != "customer":
            continue
        column, cut = DIMENSIONS[name].expression(scored), coded.bins.get(name)
        if isinstance(clause, Move):
            conditions.append(column.isin(coded.movers.customers(clause).customer_key))
        elif isinstance(cut, CategoryBins):
            conditions.append(column.isin(cut.codes(clause)))
        else:
            conditions.append(clause.condition(column))
    return conditions


def is_known(coded, name):
    """Whether the source has a dimension."""
    return name in coded.bins or DIMENSIONS[name].kind == "move" and coded.movers is not None
