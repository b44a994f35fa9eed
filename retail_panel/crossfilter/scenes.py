"""Scenes that visitors share: made once for whoever looks at the same, and thrown away when nobody does."""

import hashlib
import itertools
import threading
from collections import OrderedDict

from retail_panel.crossfilter.bins import CategoryBins, NumberBins, category_bins
from retail_panel.crossfilter.catalogue import catalogue
from retail_panel.crossfilter.coded import among, code_lines, customer_bins, line_bins
from retail_panel.crossfilter.scene import Scene
from retail_panel.crossfilter.scope import LEAVE_OUT, Scope, behind
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.store import EVERYTHING, Superseded

_numbers = itertools.count(1)
#: How many scopes' latest cuts are remembered, so that bars stay as rows arrive.
MOST_REMEMBERED = 64


class Scenes:
    """Makes scenes and keeps them for whoever asks for the same.

    Parameters
    ----------
    store : Store
        Where the rows lie.
    shelf : Shelf
        Holds the scenes.
    currency : str
        ISO code for the words of bins.
    """

    def __init__(self, store, shelf, currency):
        self._store = store
        self._shelf = shelf
        self._currency = currency
        self._lock = threading.Lock()
        self._catalogues = {}
        self._latest = OrderedDict()

    def take(self, scope, definition, policy=EVERYTHING, ticket=None):
        """Return (key, scene); whoever takes one gives its key back.

        Parameters
        ----------
        scope : dict of str to str
            Scope as URL query.
        definition : dict
            Parameters of :class:`retail_panel.customers.pipeline.CustomersPipeline`.
        policy : RowPolicy
            The rows that may be seen.
        ticket : Ticket, optional
            To call the making off.

        Raises
        ------
        Superseded
            If the ticket was cancelled.
        UnusableInput
            If the scope cannot be read.
        """
        return self._take(self.catalogue(policy), scope, definition, policy, ticket)

    def _take(self, known, scope, definition, policy, ticket):
        lineage = (policy, tuple(sorted(scope.items())), tuple(sorted(definition.items(), key=str)))
        key = (*lineage, known.version)
        while True:
            try:
                return key, self._shelf.take(key, lambda: self._make(lineage, scope, definition, policy, known, ticket))
            except Superseded:
                # Whoever began to make it may have called it off; those who waited for it begin anew.
                if ticket is not None and ticket.cancelled:
                    raise

    def hold(self, key):
        """Hold a scene once more, such as while a question on it is under way."""
        self._shelf.hold(key)

    def give_back(self, key):
        """Let go of a scene; those of earlier versions that nobody holds are thrown away."""
        self._shelf.give_back(key)
        self._shelf.discard(lambda other: other[-1] < self._store.version)

    def catalogue(self, policy=EVERYTHING):
        """Return the catalogue of the store's present version."""
        with self._lock:
            self._catalogues[policy] = catalogue(self._store, LEAVE_OUT, self._catalogues.get(policy), policy)
            return self._catalogues[policy]

    def _make(self, lineage, query, definition, policy, known, ticket):
        name = f"s{next(_numbers)}_{hashlib.sha256(repr(lineage).encode()).hexdigest()[:8]}"
        with self._lock:
            previous = self._latest.get(lineage)
        try:
            scene = self._build(name, query, definition, policy, known, previous, ticket)
        except BaseException:
            for part in ("members", "customers", "lines"):
                self._store.forget(f"{name}_{part}")
            raise
        with self._lock:
            self._latest[lineage] = scene
            self._latest.move_to_end(lineage)
            while len(self._latest) > MOST_REMEMBERED:
                self._latest.popitem(last=False)
        return scene

    def _build(self, name, query, definition, policy, known, previous, ticket):
        scope, store = Scope(), self._store
        scope.read(query)
        members = self._members(scope, definition, policy, known, ticket, f"{name}_members") if scope.within else None
        lines = store.lines.filter(store.lines.version <= known.version)
        scoped = scope.restrict(lines, members)
        bins = _steady(line_bins(known, scope, self._currency), previous)
        population = None
        if "customer_key" in known.columns:
            pipeline = CustomersPipeline(**definition)
            before = previous.population if previous else None
            population = pipeline.run(store, scoped, f"{name}_customers", before, policy=policy, ticket=ticket)
            labels = {
                "segment": [group.name for group in population.segments],
                "cluster": [group.name for group in population.clusters],
            }
            bins |= _steady(customer_bins(store, population.table, labels, self._currency), previous)
        scored = population.table if population else None
        coded = code_lines(store, f"{name}_lines", scoped, scored, bins, known.columns, policy, ticket)
        rows = store.ask(coded.table.aggregate(rows=coded.table.count()), ticket=ticket).column("rows")[0].as_py()
        return Scene(known, population, coded, scoped, query, policy, members, rows)

    def _members(self, scope, definition, policy, known, ticket, name):
        parent, wanted, found_by = behind(scope.within)
        key, scene = self._take(known, parent.query(), {**definition, **found_by}, policy, ticket)
        try:
            lines = scene.coded.table if scene.population else self._store.lines.filter(False)
            conditions = among(scene.coded, wanted.clauses) if scene.population else []
            lines = lines.filter(lines.customer_key.notnull(), *conditions)
            found = lines.select("customer_key").distinct()
            return self._store.keep(name, found, policy, ticket)
        finally:
            self.give_back(key)


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


def definition_of(pipeline):
    """Return a pipeline's parameters as :meth:`Scenes.take` wants them."""
    return {name: value for name, value in pipeline.param.values().items() if name != "name"}

