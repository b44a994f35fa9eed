"""What a study asks with: the visitor's rows in scope and selection, already under the row policy."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from uuid import uuid4

import ibis

from retail_panel.crossfilter.coded import among, among_customers, is_known
from retail_panel.crossfilter.cuts import code_of
from retail_panel.crossfilter.scene import MOST_WEIGHED
from retail_panel.crossfilter.scope import Scope
from retail_panel.customers.dated_orders import MOST_LINES as MOST_DATED
from retail_panel.customers.dated_orders import dated_orders_of
from retail_panel.customers.merged import by_month, merged, whole
from retail_panel.customers.orders import orders
from retail_panel.dimensions import DIMENSIONS
from retail_panel.errors import RetailPanelError
from retail_panel.insight.column_orders import MOST_LINES as MOST_IN_ORDERS
from retail_panel.insight.column_orders import column_orders_of
from retail_panel.insight.columns import MOST_LINES, columns_of
from retail_panel.measures import as_it_came, facts, side_tables
from retail_panel.store import Kept

#: Dimensions that lines in memory are told apart by.
IN_COLUMNS = ("channel", "category", "tier", "segment")
#: A scene keeps so many merged tables at most, of what was asked for last.
MOST_MERGED = 4


class Withheld(RetailPanelError):
    """Something would tell of small groups to somebody who may not know of them."""


@dataclass(frozen=True)
class Asking:
    """Questions of one visitor about one scene.

    Parameters
    ----------
    store : Store
        Where to ask.
    scene : Scene
        What is on the screen.
    filters : dict of str to clause
        The selection.
    definition : dict
        Parameters of the customers pipeline.
    choices : dict of str to str
        What the user chose about the study, by the choice's name.
    currency : str
        ISO code.
    ticket : Ticket, optional
        To call the questions off.
    least : int
        The smallest group of customers that may be told of; below 2 any may. From 2 on nothing is answered unless
        ``apart`` is set, by :func:`retail_panel.studies.answered.answered`.
    apart : Apart, optional
        Leaves lines and customers of small groups out of the tables that studies ask about.

    Attributes
    ----------
    asked : list of str
        The SQL of every question so far.
    held : list of Kept
        Tables that were kept for it, which stay while it asks.
    """

    store: object
    scene: object
    filters: dict = field(default_factory=dict)
    definition: dict = field(default_factory=dict)
    choices: dict = field(default_factory=dict)
    currency: str = "GBP"
    ticket: object = None
    asked: list = field(default_factory=list)
    least: int = 0
    apart: object = None
    held: list = field(default_factory=list)

    def anew(self, ticket):
        """Return the same to ask with, nothing chosen or asked so far, for a ticket to call off."""
        return replace(self, choices={}, asked=[], held=[], ticket=ticket)

    def beside(self, *works):
        """Do several things at once, each with the same to ask with; return what each found, in their order."""
        apart = [replace(self, asked=[]) for _ in works]
        with ThreadPoolExecutor(len(works), thread_name_prefix="beside") as workers:
            found = list(workers.map(lambda work, own: work(own), works, apart))
        for own in apart:
            self.asked.extend(own.asked)
        return found

    def ask(self, question):
        """Answer a question as a :class:`pyarrow.Table`.

        Raises
        ------
        Superseded
            If the visitor has asked something else since.
        Withheld
            If small groups would be told of.
        """
        self._check()
        return self._answer(question)

    def _check(self):
        if self.least > 1 and self.apart is None:
            raise Withheld(f"groups of fewer than {self.least} customers are not told of, and these were not checked")

    def _answer(self, question):
        statement = self.store.sql(question, self.scene.policy)
        self.asked.append(statement)
        # The statement is restricted by the policy already.
        return self.store.ask(statement, ticket=self.ticket)

    def studied(self, key, make, weigh=None):
        """As :meth:`retail_panel.crossfilter.scene.Scene.studied`; kept by nobody where small groups are left out."""
        return self.scene.studied(key, make, weigh) if self.apart is None else make()

    def once(self, key, make, weigh=None):
        """As :meth:`studied`, of what several studies read, each of which has asked what it took then."""

        def noted():
            before = len(self.asked)
            return make(), tuple(self.asked[before:])

        found, statements = self.studied(key, noted, weigh and (lambda made: weigh(made[0])))
        self.asked.extend(statement for statement in statements if statement not in self.asked)
        return found

    def _large(self, table):
        return table if self.apart is None else self.apart.large(table, self._answer)

    @cached_property
    def lines(self):
        """The order lines in scope and selection, an ibis.Table.

        ``c_<dimension>`` (codes, see :meth:`labels`), ``ordered_at``, ``amount``, ``order_key``, ``is_return``,
        ``is_discount``, ``is_first_day``, ``has_customer``, and where the source has them ``customer_key``,
        ``quantity``, ``list_amount``, ``unit_cost``.
        """
        return self._among(self.filters)

    @property
    def scope_lines(self):
        """The order lines in scope, whatever is selected; as :attr:`lines`."""
        return self._among({})

    def lines_ignoring(self, *names):
        """Return the lines in scope and selection without the filters on some dimensions."""
        return self._among(self._without(names))

    def _without(self, names):
        return {name: clause for name, clause in self.filters.items() if name not in names}

    @cached_property
    def scope_merged(self):
        """:attr:`scope_lines` merged, see :func:`retail_panel.customers.merged.merged`: once for all studies."""
        return self._merged({})

    @cached_property
    def merged(self):
        """:attr:`lines` merged, as :attr:`scope_merged`."""
        return self._merged(self.filters) if self.filters else self.scope_merged

    def merged_ignoring(self, *names):
        """Return :meth:`lines_ignoring` merged, as :attr:`scope_merged`."""
        filters = self._without(names)
        return self._merged(filters) if filters != self.filters else self.merged

    @cached_property
    def months(self):
        """What each customer did in each month, see :func:`retail_panel.customers.merged.by_month`.

        None where orders do not add up.
        """
        return self._months(self.filters, self.merged)

    @cached_property
    def scope_months(self):
        """As :attr:`months`, whatever is selected."""
        return self._months({}, self.scope_merged)

    def _months(self, filters, lines):
        if "is_whole" not in lines.columns:
            return None
        return self._kept("months", filters, lambda: by_month(lines), lambda table: table)

    @cached_property
    def orders(self):
        """:attr:`lines` merged into orders, see :func:`retail_panel.customers.orders.orders`: once for all studies.

        Marked where each row is an order, as :func:`retail_panel.customers.merged.whole` does.
        """
        return self._kept("orders", self.filters, lambda: orders(self.lines), lambda t: whole(t, self._answer))

    def _merged(self, filters):
        return self._kept(
            "merged", filters, lambda: merged(self._own(filters)), lambda table: whole(table, self._answer)
        )

    def _kept(self, what, filters, question, finish):
        self._check()

        def make():
            statement = self.store.sql(question(), self.scene.policy)
            # The statement is restricted by the policy already.
            kept = Kept(self.store, f"{what}_{uuid4().hex}", statement, self.scene.policy, self.ticket)
            before = len(self.asked)
            table = finish(kept.table)
            return kept, table, (statement, *self.asked[before:])

        key = ("kept", what, repr(filters))
        # Not by its bytes: however many, it is read by several studies at a time.
        kept, table, statements = self.studied(key, make, lambda _: MOST_WEIGHED // MOST_MERGED)
        self.held.append(kept)
        self.asked.extend(statement for statement in statements if statement not in self.asked)
        return table

    def columns(self, *ignored):
        """Return :meth:`lines_ignoring` in memory, once for all studies, see :mod:`retail_panel.insight.columns`.

        None where there are too many, or an order is of several customers.
        """
        if self.scene.rows > MOST_LINES:
            return None
        filters, names = self._without(ignored), [n for n in IN_COLUMNS if f"c_{n}" in self.scene.coded.shape.columns]

        def make():
            lines = self._own(filters)
            columns = {name: f"c_{name}" for name in names}
            theirs = [name for name in names if f"c_{name}" not in lines.columns]
            return columns_of(self.ask, lines, columns, self._people(theirs))

        return self.once(("columns", repr(filters)), make, lambda found: found.nbytes if found else 0)

    @cached_property
    def column_orders(self):
        """:attr:`orders` in memory, once for all studies, see :mod:`retail_panel.insight.column_orders`.

        None where there are too many lines, they do not add up to orders, or small groups are left out of them.
        """
        # What is left out is another for each study, which need not read all columns.
        if self.scene.rows > MOST_IN_ORDERS or self.apart is not None:
            return None

        def make():
            lines = self._own(self.filters)
            has_segment = "c_segment" in self.scene.coded.shape.columns and "c_segment" not in lines.columns
            return column_orders_of(self.ask, lines, self._people(["segment"]) if has_segment else None)

        key = ("column orders", repr(self.filters))
        return self.once(key, make, lambda found: found.nbytes if found else 0)

    @cached_property
    def dated(self):
        """:attr:`merged` in memory, once for all studies, see :mod:`retail_panel.customers.dated_orders`.

        None where there are too many lines, they do not add up to orders of customers, or small groups are left out.
        """
        return self._dated(self.filters)

    @cached_property
    def scope_dated(self):
        """As :attr:`dated`, whatever is selected."""
        return self._dated({}) if self.filters else self.dated

    def _dated(self, filters):
        if self.scene.rows > MOST_DATED or self.apart is not None or not self.has("customer_key"):
            return None
        key = ("dated orders", repr(filters))
        return self.once(key, lambda: dated_orders_of(self.ask, self._own(filters)),
                         lambda found: found.nbytes if found else 0)  # fmt: skip

    def _people(self, names):
        """Return dimensions of the scored customers in codes, None of no dimension."""
        if not names:
            return None
        bins = self.scene.coded.bins
        return self.scored.select("customer_key", **{f"c_{n}": code_of(n, bins[n], self.scored) for n in names})

    @property
    def own_lines(self):
        """As :attr:`lines`, but what belongs to the customer (segment, scores, first day) may be missing: quicker."""
        return self._own(self.filters)

    @property
    def own_scope_lines(self):
        """As :attr:`own_lines`, whatever is selected."""
        return self._own({})

    def own_lines_ignoring(self, *names):
        """As :attr:`own_lines`, without the filters on some dimensions."""
        return self._own(self._without(names))

    def _own(self, filters):
        coded = self.scene.coded
        # Small groups may be told apart by what belongs to the customer.
        if self.apart is not None or not all(f"c_{name}" in coded.own.columns for name in filters):
            return self._among(filters)
        return self._cut(filters, coded.own)

    def _among(self, filters):
        return self._large(self._cut(filters))

    def _cut(self, filters, lines=None):
        lines = self.scene.coded.table if lines is None else lines
        conditions = among(self.scene.coded, filters, lines=lines)
        return lines.filter(*conditions) if conditions else lines

    @property
    def scored(self):
        """All scored customers of the scope, one row each (see Population.table); None without customers."""
        return self._large(self.scene.population.table) if self.scene.population else None

    @cached_property
    def selected_customers(self):
        """The scored customers with any line in the selection; all of them where nothing is selected."""
        if self.scored is None or not self.filters:
            return self.scored
        return self.scored.semi_join(self.lines.filter(self.lines.customer_key.notnull()), "customer_key")

    @cached_property
    def named_lines(self):
        """The order lines in scope and selection with the columns of the source (``product``, ``description``, ...).

        Facts as in :func:`retail_panel.measures.facts`; slower than :attr:`lines`, which has codes only.
        """
        return self._large(facts(self._named, self.store.customers))

    @cached_property
    def plain_lines(self):
        """As :attr:`named_lines` without what the customer's first day says, and so quicker: none is looked up."""
        return self._large(self._named)

    @cached_property
    def _named(self):
        lines, conditions, coded = self.scene.scoped, [], self.scene.coded
        for name, clause in self.filters.items():
            if not is_known(coded, name):
                conditions.append(ibis.literal(False))
            elif DIMENSIONS[name].level == "line":
                conditions.append(clause.condition(Scope.value(lines, name)))
        lines = lines.filter(*conditions) if conditions else lines
        scored = [] if self.scored is None else among_customers(coded, self.filters, self.scored)
        return lines.semi_join(self.scored.filter(*scored), "customer_key") if scored else lines

    @property
    def single_lines(self):
        """As :attr:`plain_lines`, without those of days that were rolled up, whose products are not known."""
        return self.plain_lines.filter(as_it_came)

    @cached_property
    def tables(self):
        """``stock`` and ``feedback`` in scope, and in selection where they have the dimension; absent where they
        cannot be cut to the scope."""
        scope = Scope()
        scope.read(self.scene.query)
        found = side_tables(self.store, scope, self.scene.members)
        kept = {name: self._selected(name, table) for name, table in found.items()}
        return {name: self._large(table) if name == "feedback" else table for name, table in kept.items()}

    def _selected(self, name, table):
        people = []
        for dimension, clause in self.filters.items():
            if dimension == "ordered_at":
                column = table.day.cast("timestamp") if name == "stock" else table.given_at
                table = table.filter(clause.condition(column))
            elif DIMENSIONS[dimension].level == "line" and dimension in table.columns:
                table = table.filter(clause.condition(table[dimension]))
            elif DIMENSIONS[dimension].level == "customer":
                people.append(dimension)
        if name == "feedback" and people and self.scene.population:
            # Their answers are what is told of, not their lines.
            customers = self._cut({dimension: self.filters[dimension] for dimension in people})
            table = table.semi_join(customers, "customer_key")
        return table

    def shares(self, name):
        """Return the labels of the dimensions whose filter narrows ``stock`` or ``feedback``, and of those that
        cannot."""
        table = {"stock": self.store.stock, "feedback": self.store.feedback}[name]
        can, cannot = [], []
        for dimension in self.filters:
            shared = dimension == "ordered_at" or dimension in table.columns
            shared = shared or (name == "feedback" and DIMENSIONS[dimension].level == "customer")
            (can if shared else cannot).append(DIMENSIONS[dimension].label)
        return can, cannot

    def uncut(self, name):
        """Return the labels of the scope's dimensions that ``stock`` or ``feedback`` does not say."""
        table, scope = {"stock": self.store.stock, "feedback": self.store.feedback}[name], Scope()
        scope.read(self.scene.query)
        return [DIMENSIONS[d].label for d in scope.clauses() if d != "ordered_at" and d not in table.columns]

    def has(self, need):
        """Whether the source has a column of the order lines, or a table."""
        return need in self.scene.catalogue.columns if need not in ("stock", "feedback") else need in self.tables

    def labels(self, dimension):
        """Return the words for the codes of a dimension, in order; codes beyond them are missing values."""
        cut = self.scene.coded.bins.get(dimension)
        return [] if cut is None else list(cut.labels)
