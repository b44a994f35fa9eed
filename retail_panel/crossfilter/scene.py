"""A scene: everything that one scope, one RFM definition and one version of the store yield."""

import threading
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from retail_panel.crossfilter.catalogue import Catalogue
from retail_panel.crossfilter.coded import Coded
from retail_panel.crossfilter.histogram import histograms
from retail_panel.customers.population import Population
from retail_panel.measures import MEASURES
from retail_panel.store import EVERYTHING, Superseded

#: How many answers to studies a scene keeps.
MOST_STUDIED = 100
#: How many bytes of them it keeps, of those that are weighed.
MOST_WEIGHED = 64 << 20


@dataclass
class Scene:
    """What visitors with the same scope look at.

    Attributes
    ----------
    catalogue : Catalogue
        What the store holds, whatever the scope.
    population : Population or None
        Scored customers; None where the source has no customer ids.
    coded : Coded
        The lines in scope, in codes.
    scoped : ibis.Table
        The lines in scope, as a question on the store's tables.
    query : dict of str to str
        The scope, as URL query.
    policy : RowPolicy
        The rows that may be seen.
    members : ibis.Table or None
        The customers of the scope's ``within``, where it has one.
    rows : int
        Order lines in scope; of a sample, those in it.
    one_in : int
        Of so many customers it has one, see :mod:`retail_panel.crossfilter.sample`; 1 where it has all.
    """

    catalogue: Catalogue
    population: Population | None
    coded: Coded
    scoped: object = field(repr=False)
    query: dict = field(default_factory=dict)
    policy: object = EVERYTHING
    members: object = None
    rows: int = 0
    one_in: int = 1
    _wholes: dict = field(default_factory=dict, repr=False)
    _studied: OrderedDict = field(default_factory=OrderedDict, repr=False)
    _weights: dict = field(default_factory=dict, repr=False)
    _asking: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _shelving: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def version(self):
        """The store's version that it shows."""
        return self.catalogue.version

    @property
    def has_rows(self):
        """Whether the store has any order line yet; without one there is nothing to draw."""
        return self.catalogue.rows > 0

    @property
    def is_estimate(self):
        """Whether it is of a sample, and its figures estimates."""
        return self.one_in > 1

    @property
    def is_carried(self):
        """Whether its customers went to clusters that were found before some of their lines arrived."""
        found = self.population and self.population.clustering
        return bool(found) and found.is_carried

    def regrouped(self, clustering):
        """Return the same scene, as one to go on from whose customers went to other clusters."""
        return replace(self, population=replace(self.population, clustering=clustering))

    def wholes(self, keys, ticket=None):
        """Return histograms of the whole scope, asked for once however many visitors need them."""
        with self._asking:
            missing = [key for key in keys if key not in self._wholes]
            added = self.coded.added_up(missing, ticket)
            found = {key: array / MEASURES[key.measure].scale for key, array in added.items()}
            missing = [key for key in missing if key not in found]
            found |= histograms(self.coded.store, self.coded, missing, {}, ticket)
            self._wholes.update({key: array for key, array in found.items() if not isinstance(array, Exception)})
            found = {**found, **self._wholes}
            return {key: found[key] for key in keys if key in found}

    def known_wholes(self, keys):
        """Return what :meth:`wholes` has answered already, None where it was not asked for all of these keys."""
        found = {key: self._wholes[key] for key in keys if key in self._wholes}
        return found if len(found) == len(set(keys)) else None

    def studied(self, key, make, weigh=None):
        """Return an answer that visitors share, made by whoever asks first.

        Parameters
        ----------
        key : hashable
            All that it depends on beside the scene.
        make : callable
            Makes it. Its error reaches all who wait, but for Superseded: the maker called it off, so that another makes
            it.
        weigh : callable, optional
            Takes the answer, returns its bytes; of those that are weighed the ones asked for last are kept.
        """
        while True:
            with self._shelving:
                future = self._studied.get(key)
                mine = future is None
                if mine:
                    future = self._studied[key] = Future()
                    # What is weighed has a bound of its own, and others would soon drive it out.
                    while len(self._studied) - len(self._weights) > MOST_STUDIED:
                        self._forget(next(each for each in self._studied if each not in self._weights))
                elif key in self._weights:
                    self._weights[key] = self._weights.pop(key)
            if mine:
                return self._made(key, future, make, weigh)
            try:
                return future.result()
            except Superseded:
                continue

    def answered(self, key):
        """Return what :meth:`studied` has under a key already, None where it is not there yet."""
        future = self._studied.get(key)
        is_there = future is not None and future.done() and future.exception() is None
        return future.result() if is_there else None

    def _made(self, key, future, make, weigh):
        try:
            found = make()
        except BaseException as error:
            with self._shelving:
                self._studied.pop(key, None)
            future.set_exception(error)
            raise
        future.set_result(found)
        if weigh is not None:
            with self._shelving:
                if self._studied.get(key) is future:
                    self._weights[key] = weigh(found)
                while sum(self._weights.values()) > MOST_WEIGHED:
                    self._forget(key if self._weights[key] > MOST_WEIGHED else next(iter(self._weights)))
        return found

    def _forget(self, key):
        del self._studied[key]
        self._weights.pop(key, None)

    def dispose(self):
        """Drop the scratch tables."""
        self.coded.dispose()
        if self.population is not None:
            self.coded.store.forget(self.population.name)
        if self.members is not None:
            self.coded.store.forget(self.members.op().name)
