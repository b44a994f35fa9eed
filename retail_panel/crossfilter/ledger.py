"""A ledger: the order lines of one row policy in codes, which the scenes of all its scopes share.

Each line is written once, whatever is looked at. What belongs to the customer, such as a segment, is another for each
scene, and is joined to the lines when somebody asks.
"""

import threading
import time

import ibis

from retail_panel.crossfilter.bins import CategoryBins, NumberBins
from retail_panel.crossfilter.catalogue import between
from retail_panel.crossfilter.cuts import code_of, steady
from retail_panel.crossfilter.scope import LEAVE_OUT
from retail_panel.crossfilter.whole_orders import CUSTOMER, OPENS, alike, orders_question
from retail_panel.customers.rfm import day_of
from retail_panel.dimensions import DIMENSIONS
from retail_panel.store import EVERYTHING
from retail_panel.store.prepared import Parameter, Prepared

#: Seconds of lines that lie as they were written, which takes three times the memory and more.
LOOSE_S = 20.0
#: Lines from which on they are compressed as soon as they are written.
COMPRESSED_FROM = 2_000_000
VALUES = ("amount", "quantity", "list_amount", "unit_cost", "merged", "merged_cost")
KEYS = ("order_key", "customer_key")
MOMENT = "ordered_at"
FLAGS = ("is_return", "is_discount", "has_customer")
MARKS = ("is_duplicate", "is_zero_price", "is_adjustment", "is_outlier")
#: Who a line is of, as a whole number that is never missing: engines join those fastest.
PERSON = "person"
GUEST = -1


class Ledger:
    """Lines in codes, up to the last version that any scene has asked for.

    Parameters
    ----------
    store : Store or SeenStore
        Where the rows lie, and the ledger.
    name : str
        Name of its scratch table.
    known : Catalogue
        What the store holds at the version it begins with.
    bins : dict
        Dimension of order lines to its bins, but for time, whose pieces depend on the scope.
    policy : RowPolicy
        The rows that may be seen.
    draw : callable, optional
        ``draw(lines)`` returns the predicate of the lines that it takes; default: all.

    Attributes
    ----------
    table : ibis.Table
        One row a line: ``c_<dimension>`` (uint8), ``t_<dimension>`` for categories with more values than pieces, the
        columns that measures and scopes read, ``person``, ``day``, ``week`` and ``month`` as whole numbers, and
        ``version``.
    bins : dict
        They only grow: codes of lines that are there stay right.
    born, rows : int
        The version it began with, and the lines then.
    """

    def __init__(self, store, name, known, bins, policy=EVERYTHING, draw=None):
        self._store, self.name, self._policy, self.bins, self._draw = store, name, policy, bins, draw
        self.born, self.rows, self.columns = known.version, known.rows, known.columns
        self._reached = known.version
        self._compressed_at = time.monotonic()
        # Two visitors may have a scene of other versions each made out of it at the same time.
        self._writing = threading.Lock()
        lines = _fresh(store.lines, -1, known.version, draw)
        # Never called off: whoever asks next, under whatever scope, needs it as well.
        orders = store.keep(f"{name}_orders", orders_question(lines), policy)
        try:
            self._alike = alike(store, orders)
            opening = orders.filter(orders.line.notnull()).line
            self.table = store.keep(name, _coded(lines, bins, self.columns, lines.line.isin(opening)), policy)
        finally:
            store.forget(f"{name}_orders")
        if known.rows >= COMPRESSED_FROM:
            # The engine would do so with any later table, while somebody waits for that.
            store.compress()

    def serves(self, known, bins):
        """Whether it can show what the store holds now.

        Parameters
        ----------
        known : Catalogue
            What the store holds.
        bins : dict
            The bins that a ledger made now would have.
        """
        if self._store.rewritten > self.born or known.columns != self.columns:
            return False
        grown = steady(bins, self.bins)
        if grown.keys() != self.bins.keys() or _long(grown) != _long(self.bins):
            return False
        return all(cut == self.bins[name] for name, cut in grown.items() if isinstance(cut, NumberBins))

    def add(self, known, bins):
        """Write down the lines up to a version, those that are not there yet; parameters as in :meth:`serves`."""
        with self._writing:
            if known.version <= self._reached:
                return
            self.bins = steady(bins, self.bins)
            versions = Parameter(self._reached), Parameter(known.version)
            how = tuple(self.bins.items()), self.columns, tuple(self.table.columns)
            # Never called off: it could not be told whether the lines are there.
            self._store.extend(
                self.name, Prepared(_added, self._store.lines, *versions, self._draw, *how), self._policy
            )
            self._reached = known.version
            if time.monotonic() - self._compressed_at >= LOOSE_S and self._store.compress():
                self._compressed_at = time.monotonic()

    def lines(self, scope, moments, version, members=None):
        """Return the lines in scope, without what belongs to the customer.

        Parameters
        ----------
        scope : Scope
            What is looked at.
        moments : TimeBins or None
            Its pieces of time; None in an empty store.
        version : int
            The store's version that is shown.
        members : ibis.Table, optional
            The customers of the scope's ``within``, one row a ``customer_key``.

        Returns
        -------
        Prepared
            ``c_<dimension>`` of the bins and of time, the columns that measures read, ``version``, ``person`` where
            the source has customers, and :data:`OPENS` where that tells orders.
        """
        clauses = scope.clauses()
        keys = (*KEYS, PERSON) if "customer_key" in self.columns else KEYS[:1]
        if self._reached == self.born and not scope.leave_out and clauses.keys() <= self._alike:
            # Of each order there are all lines in scope, or none.
            keys = (*keys, OPENS)
        looked_at = tuple(clauses.items()), tuple(scope.leave_out), moments, tuple(self.bins.items())
        return Prepared(_scoped, self.table, Parameter(version), members, keys, *looked_at)

    @property
    def whole(self):
        """The dimensions that orders have one value of where :data:`OPENS` tells them; none where one has customers."""
        of_customers = {name for name, each in DIMENSIONS.items() if each.level == "customer"}
        return frozenset(self._alike - {CUSTOMER} | of_customers) if CUSTOMER in self._alike else frozenset()

    def dispose(self):
        """Drop its table."""
        self._store.forget(self.name)


def _fresh(lines, after, until, draw):
    lines = between(lines, after, until)
    return lines if draw is None else lines.filter(draw(lines))


def _added(lines, after, until, draw, bins, columns, order):
    return _coded(_fresh(lines, after, until, draw), dict(bins), columns).select(order)


def _coded(lines, bins, columns, opens=False):
    day = day_of(lines.ordered_at)
    codes = {f"c_{name}": code_of(name, cut, lines) for name, cut in bins.items()}
    texts = {f"t_{name}": lines[name] for name in _long(bins)}
    values = {c: lines[c] for c in VALUES if c == "amount" or c in columns}
    return lines.select(
        **codes,
        **texts,
        **values,
        **{c: lines[c] for c in (*KEYS, MOMENT, "is_return", *MARKS)},
        is_discount=lines.kind == "Discount",
        has_customer=lines.customer_key.notnull(),
        person=lines.customer_key.fill_null(GUEST),
        day=day.cast("int32"),
        week=((day + 3) / 7).floor().cast("int32"),
        month=(lines.ordered_at.year() * 12 + lines.ordered_at.month() - 1).cast("int32"),
        opens=ibis.literal(opens) if isinstance(opens, bool) else opens,
        version=lines.version,
    )


def _long(bins):
    return {name for name, cut in bins.items() if isinstance(cut, CategoryBins) and cut.rest}


def _scoped(lines, version, members, keys, clauses, leave_out, moments, bins):
    cuts, conditions = dict(bins), [lines.version <= version]
    conditions += [_meets(lines, name, cuts.get(name), clause) for name, clause in clauses]
    conditions += [LEAVE_OUT[name](lines) for name in leave_out]
    lines = lines.filter(*conditions)
    if members is not None:
        lines = lines.semi_join(members, "customer_key")
    codes = {f"c_{name}": lines[f"c_{name}"] for name in cuts}
    if moments is not None:
        codes["c_ordered_at"] = moments.code_of(lines.day, lines.week, lines.month)
    kept = [c for c in VALUES if c in lines.columns]
    return lines.select(*kept, *keys, MOMENT, *FLAGS, "version", **codes)


def _meets(lines, name, cut, clause):
    dimension = DIMENSIONS[name]
    if dimension.kind != "category":
        return clause.condition(dimension.expression(lines))
    if cut is None:
        # No line has any value.
        return clause.condition(ibis.null("string"))
    if cut.rest:
        return clause.condition(lines[f"t_{name}"])
    return lines[f"c_{name}"].isin(cut.codes(clause))
