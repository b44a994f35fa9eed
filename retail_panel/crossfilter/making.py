"""The making of one scene: the scope's lines, its customers, the cuts of its charts, and the lines in codes."""

from functools import partial

from retail_panel.crossfilter.coded import (
    Coded,
    coded_question,
    columns_of,
    own_of,
    people_of,
    people_question,
    shape_of,
    with_people,
)
from retail_panel.crossfilter.cuts import customer_bins, moment_bins, steady
from retail_panel.crossfilter.delta import Sums
from retail_panel.crossfilter.growth import Growth
from retail_panel.crossfilter.movers import Movers
from retail_panel.crossfilter.sample import drawn_customers
from retail_panel.crossfilter.scene import Scene
from retail_panel.crossfilter.scope import Scope
from retail_panel.crossfilter.whole_orders import OPENS
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.customers.rfm import RFMDefinition
from retail_panel.dimensions import DIMENSIONS
from retail_panel.measures import line_count
from retail_panel.store import EVERYTHING
from retail_panel.store.prepared import Prepared
from retail_panel.store.tables import unbound

#: Parameters of the pipeline that say what R, F and M mean on any day.
MEANT = ("frequency", "monetary", "returns")


class Making:
    """Makes one scene.

    Parameters
    ----------
    store : Store
        Where the rows lie.
    ledgers : Ledgers
        Lines in codes.
    currency : str
        ISO code for the words of bins.
    name : str
        Stem of the names of its scratch tables.
    query : dict of str to str
        The scope, as URL query.
    definition : dict
        Parameters of :class:`retail_panel.customers.pipeline.CustomersPipeline`.
    known : Catalogue
        What the store holds at the scene's version.
    policy, ticket
        As in :meth:`retail_panel.store.Store.ask`.
    one_in : int
        Of so many customers it looks at one, see :mod:`retail_panel.crossfilter.sample`.

    Raises
    ------
    UnusableInput
        If the scope cannot be read.
    """

    def __init__(
        self, store, ledgers, currency, name, query, definition, known, policy=EVERYTHING, ticket=None, one_in=1
    ):
        self.one_in = one_in
        self._store, self._ledgers, self._currency, self.name, self._query = store, ledgers, currency, name, query
        self._ledger = self._release = None
        self._definition, self._known, self._policy, self._ticket = definition, known, policy, ticket
        self.scope = Scope()
        self.scope.read(query)

    def scene(self, members=None, previous=None, is_there=False, refit=True):
        """Make it.

        Parameters
        ----------
        members : ibis.Table, optional
            The customers of the scope's ``within``; needed where it has one.
        previous : Scene, optional
            The last one of the same scope, definition and policy: cuts and clusters go on from it.
        is_there : bool
            Whether the previous one still has its tables, so that only what rows since have changed is read.
        refit : bool
            Whether clusters are found anew.

        Returns
        -------
        Scene
        """
        store, known = self._store, self._known
        lines = store.lines.filter(store.lines.version <= known.version)
        scoped = self.scope.restrict(lines, members)
        is_followed = previous is not None
        self._ledger, self._release = self._ledgers.take(known, self._policy, is_followed, self.one_in)
        own, bins = self._own(members)
        growth = self._growth(previous) if is_there else None
        try:
            population = None
            if "customer_key" in known.columns:
                population = self._population(own, previous, growth, refit)
                fresh = self._customer_bins(population)
                bins |= steady(fresh, previous.coded.bins) if previous else fresh
            coded = self._coded(own, scoped, population, bins, _sums(bins, previous if growth else None))
        finally:
            if growth is not None:
                growth.dispose()
        rows = store.ask(Prepared(_rows, own), ticket=self._ticket)["rows"][0].as_py()
        return Scene(known, population, coded, scoped, self._query, self._policy, members, rows, self.one_in)

    def undo(self):
        """Drop the tables of a scene that was not finished."""
        lines = self._lines
        for name in (f"{self.name}_members", f"{self.name}_customers", lines, own_of(lines), people_of(lines)):
            self._store.forget(name)
        if self._release is not None:
            self._release()

    @property
    def _lines(self):
        return f"{self.name}_lines"

    def _own(self, members):
        known, moments = self._known, moment_bins(self._known, self.scope)
        bins = dict(self._ledger.bins) | ({} if moments is None else {"ordered_at": moments})
        question = self._ledger.lines(self.scope, moments, known.version, members)
        return self._store.keep_view(own_of(self._lines), question, self._policy), bins

    def _growth(self, previous):
        return Growth.since(self._store, self.name, previous, self._known, self._policy, self._ticket)

    def _population(self, own, previous, growth, refit):
        return CustomersPipeline(**self._definition).run(
            self._store, own, f"{self.name}_customers", previous.population if previous else None,
            policy=self._policy, ticket=self._ticket, touched=growth.touched if growth else None, refit=refit,
        )  # fmt: skip

    def _customer_bins(self, population):
        labels = {
            "segment": [group.name for group in population.segments],
            "cluster": [group.name for group in population.clusters],
        }
        return customer_bins(self._store, population.table, labels, self._currency)

    def _coded(self, own, scoped, population, bins, sums):
        store, columns = self._store, self._known.columns
        scored = population.table if population else None
        how = partial(_whole_sql, store, self._policy, scoped, scored, bins, columns)
        opens = [OPENS] if OPENS in own.columns else []
        names = [*columns_of(bins, columns), *opens]
        shape = unbound(self._lines, shape_of(own.schema(), bins, names), scratch=True)
        gather = scored is not None and partial(_gathered, store, self._policy, self._lines, scored, bins, self.one_in)
        join = partial(_joined, store, self._policy, self._lines, own, names)
        return Coded(
            store, self._lines, shape, bins, how, own, self._release,
            self._movers(own, population), sums, self._known.version, scored if self._has_own_sums() else None,
            self._ledger.whole if opens else frozenset(), gather or None, join,
        )  # fmt: skip

    def _has_own_sums(self):
        """Whether what customers are said to have spent is the sum of their lines in scope."""
        return self._definition.get("reference_day") is None and self._definition.get("returns") != "count"

    def _movers(self, table, population):
        if population is None:
            return None
        definition = RFMDefinition(**{part: self._definition[part] for part in MEANT if part in self._definition})
        return Movers(self._store, self._lines, table, definition)


def _sums(bins, previous):
    """Return the sums that a scene goes on from, those of an earlier one where its lines have the same codes."""
    of_lines = {name: cut for name, cut in bins.items() if DIMENSIONS[name].level == "line"}
    before = {} if previous is None else previous.coded.bins
    return previous.coded.sums if all(before.get(n) == cut for n, cut in of_lines.items()) and before else Sums()


def _rows(lines):
    return lines.aggregate(rows=line_count(lines))


def _people(customers, scored, one_in, bins):
    return people_question(drawn_customers(customers, one_in), scored, dict(bins))


def _gathered(store, policy, name, scored, bins, one_in):
    of_people = tuple((n, cut) for n, cut in bins.items() if DIMENSIONS[n].level == "customer")
    return store.keep(people_of(name), Prepared(_people, store.customers, scored, one_in, of_people), policy)


def _joined(store, policy, name, own, columns, people):
    return store.keep_view(name, Prepared(with_people, own, people, tuple(columns)), policy)


def _whole_sql(store, policy, *question):
    return store.sql(coded_question(store, *question), policy)
