"""The making of one scene: the scope's lines, its customers, the cuts of its charts, and the lines in codes."""

from dataclasses import replace

from retail_panel.crossfilter.bins import CategoryBins, NumberBins, category_bins
from retail_panel.crossfilter.coded import code_lines, customer_bins, line_bins
from retail_panel.crossfilter.delta import Sums
from retail_panel.crossfilter.growth import Growth
from retail_panel.crossfilter.scene import Scene
from retail_panel.crossfilter.scope import Scope
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.measures import line_count
from retail_panel.store import EVERYTHING


class Making:
    """Makes one scene.

    Parameters
    ----------
    store : Store
        Where the rows lie.
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

    Raises
    ------
    UnusableInput
        If the scope cannot be read.
    """

    def __init__(self, store, currency, name, query, definition, known, policy=EVERYTHING, ticket=None):
        self._store, self._currency, self.name, self._query = store, currency, name, query
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
        bins = _steady(line_bins(known, self.scope, self._currency), previous)
        growth = self._growth(previous) if is_there else None
        try:
            population = None
            if "customer_key" in known.columns:
                population = self._population(scoped, previous, growth, refit)
                bins |= _steady(self._customer_bins(population), previous)
            coded = self._coded(scoped, population, bins, growth)
        finally:
            if growth is not None:
                growth.dispose()
        try:
            lines = coded.lines({"merged"} & set(coded.table.columns))
            rows = store.ask(lines.aggregate(rows=line_count(lines)), ticket=self._ticket)["rows"][0].as_py()
            return Scene(known, population, coded, scoped, self._query, self._policy, members, rows)
        except BaseException:
            coded.dispose()
            raise

    def undo(self):
        """Drop the tables of a scene that was not finished."""
        for part in ("members", "customers", "lines"):
            self._store.forget(f"{self.name}_{part}")

    def _growth(self, previous):
        return Growth.since(self._store, self.name, previous, self._known, self._policy, self._ticket)

    def _population(self, scoped, previous, growth, refit):
        return CustomersPipeline(**self._definition).run(
            self._store, scoped, f"{self.name}_customers", previous.population if previous else None,
            policy=self._policy, ticket=self._ticket, touched=growth.touched if growth else None, refit=refit,
        )  # fmt: skip

    def _customer_bins(self, population):
        labels = {
            "segment": [group.name for group in population.segments],
            "cluster": [group.name for group in population.clusters],
        }
        return customer_bins(self._store, population.table, labels, self._currency)

    def _coded(self, scoped, population, bins, growth):
        name, scored = f"{self.name}_lines", population.table if population else None
        columns = self._known.columns
        coded = growth.grown(name, scoped, scored, bins, columns) if growth else None
        if coded is not None:
            return coded
        coded = code_lines(self._store, name, scoped, scored, bins, columns, self._policy, self._ticket)
        return replace(coded, sums=Sums(), version=self._known.version)


def _steady(bins, previous):
    """Keep the cuts of an earlier scene where they still fit, so that bars do not jump as rows arrive."""
    if previous is None:
        return bins
    old = previous.coded.bins
    kept = {}
    for name, cut in bins.items():
        before = old.get(name)
        if isinstance(cut, NumberBins) and isinstance(before, NumberBins):
            cut = before if _fits(before, cut) else cut
        elif isinstance(cut, CategoryBins) and isinstance(before, CategoryBins) and not cut.fixed:
            known = (*before.values, *before.rest)
            fresh = [v for v in (*cut.values, *cut.rest) if v not in known]
            cut = category_bins([*known, *fresh])
        kept[name] = cut
    return kept


def _fits(before, cut):
    """Whether an earlier cut still shows most of what a fresh one would, and little else."""
    (low, *_, high), (first, *_, last) = before.edges, cut.edges
    return before.size > 1 and 2 * (min(high, last) - max(low, first)) >= max(high - low, last - first)
