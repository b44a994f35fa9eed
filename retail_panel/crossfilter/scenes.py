"""Scenes that visitors share: made once for whoever looks at the same, and thrown away when nobody does."""

import hashlib
import itertools
import logging
import threading
import time
import weakref
from collections import OrderedDict
from typing import NamedTuple

from retail_panel.crossfilter.catalogue import catalogue
from retail_panel.crossfilter.coded import among
from retail_panel.crossfilter.ledgers import Ledgers
from retail_panel.crossfilter.making import Making
from retail_panel.crossfilter.sample import LEAST_LINES, one_in
from retail_panel.crossfilter.scene import Scene
from retail_panel.crossfilter.scope import LEAVE_OUT, behind
from retail_panel.customers.clusters import fit_clusters
from retail_panel.store import EVERYTHING, Superseded

log = logging.getLogger(__name__)
_numbers = itertools.count(1)
#: How many scopes' latest scenes are remembered, so that bars and clusters stay as rows arrive.
MOST_REMEMBERED = 64
#: How long clusters stay as rows arrive; so long customers go to the nearest one.
REFIT_S = 60.0
#: How long after a move a brush counts as one that moves.
BRUSH_S = 1.0


class Latest(NamedTuple):
    """The latest scene of a scope, definition and policy.

    Attributes
    ----------
    key : tuple
        What it lies under on the shelf.
    scene : Scene
        Its tables may be gone.
    fit : int
        How often clusters were to be found anew before.
    fitted_at : float
        When they were found last, by :func:`time.monotonic`.
    fresh : Clustering or None
        Clusters found anew since, for the next scene.
    """

    key: tuple
    scene: Scene
    fit: int
    fitted_at: float
    fresh: object = None

    @property
    def is_due(self):
        """Whether its clusters are those of earlier customers, have been for long, and were not found anew."""
        return self.fresh is None and self.scene.is_carried and time.monotonic() - self.fitted_at >= REFIT_S


def _in_a_thread(work):
    threading.Thread(target=work, name="clusters", daemon=True).start()


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
    beside : callable
        Runs a function while scenes are made, to find clusters anew; default: in a thread of its own.
    """

    def __init__(self, store, shelf, currency, beside=_in_a_thread):
        self._store, self._beside, self._fitting = store, beside, set()
        self._forgot = store.rewritten
        self._shelf = shelf
        self._currency = currency
        # One of all lines and one of a sample.
        self._ledgers = Ledgers(store, currency, 2 * min(shelf.spare, 1))
        # Two, since the event loop waits for the first, and the catalogue is asked of the engine.
        self._lock, self._reading = threading.Lock(), threading.Lock()
        self._catalogues = {}
        self._asked, self._latest = OrderedDict(), OrderedDict()
        self._brushed_at, self._ahead = float("-inf"), weakref.WeakSet()

    def take(self, scope, definition, policy=EVERYTHING, ticket=None, newer_than=None):
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
        newer_than : tuple, optional
            Key of the scene that is shown: any later one will do, such as the one that another visitor has just asked
            for, so that as rows arrive visitors do not make one each.

        Raises
        ------
        Superseded
            If the ticket was cancelled.
        UnusableInput
            If the scope cannot be read.
        """
        with self._lock:
            asked, known = self._asked.get(newer_than and newer_than[:-2], (None, None))
        if asked is None or asked[-2:] <= newer_than[-2:]:
            known = self.catalogue(policy)
        return self._take(known, scope, definition, policy, ticket)

    def first(self, scope, definition, policy=EVERYTHING, ticket=None):
        """Return (key, scene) of a sample of very many lines, to look at until the exact scene is made.

        Parameters as in :meth:`take`. None where the exact scene is there or made soon, or where the sample has too few
        lines in scope.
        """
        known = self.catalogue(policy)
        drawn = one_in(known.rows)
        if drawn == 1:
            return None
        exact = _lineage(scope, definition, policy)
        if self._shelf.count(lambda key: key == (*exact, self._fit(exact), known.version)):
            return None
        key, scene = self._take(known, scope, definition, policy, ticket, drawn)
        if scene.rows >= LEAST_LINES:
            return key, scene
        self.give_back(key)
        return None

    def _take(self, known, scope, definition, policy, ticket, one_in=1):
        lineage = _lineage(scope, definition, policy, one_in)
        key = (*lineage, self._fit(lineage), known.version)
        self._remember(self._asked, lineage, (key, known))
        while True:
            try:
                return key, self._shelf.take(key, lambda: self._make(key, scope, definition, policy, known, ticket))
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
        # Of a sample nobody wants a second look.
        self._shelf.discard(lambda other: other[-1] < self._store.version or other == key and key[1] > 1)

    def forget(self):
        """Throw away what was made of rows that have been rewritten since; returns how many scenes are still held."""
        stale = self._store.rewritten
        with self._lock, self._reading:
            for kept in (self._asked, self._latest, self._catalogues):
                kept.clear()
        self._shelf.discard(lambda key: key[-1] < stale)
        self._ledgers.forget()
        return self._shelf.count(lambda key: key[-1] < stale)

    def forget_rewritten(self):
        """Throw away what was made of rows that another process has rewritten, once it is known that it did."""
        if self._store.rewritten > self._forgot:
            self._forgot = self._store.rewritten
            self.forget()

    def catalogue(self, policy=EVERYTHING):
        """Return the catalogue of the store's present version, under a row policy."""
        with self._reading:
            self._catalogues[policy] = catalogue(self._store.seen_by(policy), LEAVE_OUT, self._catalogues.get(policy))
            return self._catalogues[policy]

    def is_behind(self, scene, key):
        """Whether there is more to show than a scene does: rows since, or clusters that are due to be found anew."""
        lineage = key[:-2]
        with self._lock:
            latest = self._latest.get(lineage)
            starts = latest is not None and latest.is_due and lineage not in self._fitting
            if starts:
                self._fitting.add(lineage)
        if starts:
            # Beside, since it takes as long as several versions do.
            self._beside(lambda: self._find_clusters(lineage, latest))
        if self._store.version != scene.version:
            return True
        with self._lock:
            latest = self._latest.get(lineage)
        return latest is not None and self._next_fit(latest) != key[-2]

    def note_ahead(self, ticket):
        """Note the ticket of what somebody has made ahead, before anybody asks for it."""
        with self._lock:
            self._ahead.add(ticket)

    def call_off_ahead(self):
        """Call off what is made ahead, whoever it is for: somebody waits for a scene, which takes all cores."""
        with self._lock:
            tickets = list(self._ahead)
            self._ahead.clear()
        for ticket in tickets:
            ticket.cancel()

    def note_brush(self):
        """Note that somebody's brush moves."""
        self._brushed_at = time.monotonic()

    @property
    def is_brushed(self):
        """Whether anybody's brush has moved just now, whatever they look at."""
        return time.monotonic() - self._brushed_at < BRUSH_S

    def is_asked(self, key):
        """Whether somebody has asked for a later scene of the same scope, definition and policy than a key's."""
        with self._lock:
            asked, _ = self._asked.get(key[:-2], (None, None))
        return asked is not None and asked[-2:] > key[-2:]

    def _find_clusters(self, lineage, latest):
        """Find clusters of the customers of a scope's latest scene anew, for its next scene."""
        before, fresh = latest.scene.population.clustering, None
        try:
            fresh = fit_clusters(before.cells, dict(lineage[-1]).get("k"), before)
        except Exception:
            log.exception("clusters could not be found anew")
        finally:
            with self._lock:
                self._fitting.discard(lineage)
                now = self._latest.get(lineage)
                if now is not None and latest.scene.version >= self._store.rewritten:
                    # Where they could not be found, they are due again as late as others are.
                    self._latest[lineage] = now._replace(fresh=fresh, fitted_at=time.monotonic())

    @staticmethod
    def _next_fit(latest):
        return latest.fit + (latest.fresh is not None)

    def _fit(self, lineage):
        with self._lock:
            latest = self._latest.get(lineage)
        return 0 if latest is None else self._next_fit(latest)

    def _make(self, key, query, definition, policy, known, ticket):
        *lineage, fit, _ = key
        lineage = tuple(lineage)
        name = f"s{next(_numbers)}_{hashlib.sha256(repr(lineage).encode()).hexdigest()[:8]}"
        with self._lock:
            latest = self._latest.get(lineage)
        store = self._store.seen_by(policy)
        making = Making(
            store, self._ledgers, self._currency, name, query, definition, known, policy, ticket, one_in=lineage[1]
        )
        fresh = latest.fresh if latest is not None and fit > latest.fit else None
        previous = latest and (latest.scene if fresh is None else latest.scene.regrouped(fresh))
        # What it goes on from may not be thrown away meanwhile.
        is_there = latest is not None and latest.scene.version < known.version and self._shelf.hold(latest.key)
        try:
            members = self._members(making, definition, policy, known, ticket) if making.scope.within else None
            scene = making.scene(members, previous, is_there, refit=latest is None)
        except BaseException:
            making.undo()
            raise
        finally:
            if is_there:
                self._shelf.give_back(latest.key)
        fitted_at = latest.fitted_at if latest and scene.is_carried and fresh is None else time.monotonic()
        with self._lock:
            now = self._latest.get(lineage)
        if now is not None and now.fit == fit and now.fresh is not None:
            # Clusters were found while this scene was made.
            fresh, fitted_at = now.fresh, now.fitted_at
        else:
            fresh = None
        # One that was begun before rows were taken out is not gone on from, and would be kept for that alone.
        if known.version >= self._store.rewritten and (now is None or now.fit <= fit):
            self._remember(self._latest, lineage, Latest(key, scene, fit, fitted_at, fresh))
        return scene

    def _remember(self, kept, lineage, found):
        with self._lock:
            kept[lineage] = found
            kept.move_to_end(lineage)
            while len(kept) > MOST_REMEMBERED:
                kept.popitem(last=False)

    def _members(self, making, definition, policy, known, ticket):
        parent, wanted, found_by = behind(making.scope.within)
        key, scene = self._take(known, parent.query(), {**definition, **found_by}, policy, ticket, making.one_in)
        try:
            store = self._store.seen_by(policy)
            lines = scene.coded.table if scene.population else store.lines.filter(False)
            conditions = among(scene.coded, wanted.clauses) if scene.population else []
            lines = lines.filter(lines.customer_key.notnull(), *conditions)
            return store.keep(f"{making.name}_members", lines.select("customer_key").distinct(), ticket=ticket)
        finally:
            self.give_back(key)


def _lineage(scope, definition, policy, one_in=1):
    return (policy, one_in, tuple(sorted(scope.items())), tuple(sorted(definition.items(), key=str)))


def definition_of(pipeline):
    """Return a pipeline's parameters as :meth:`Scenes.take` wants them."""
    return {name: value for name, value in pipeline.param.values().items() if name != "name"}

