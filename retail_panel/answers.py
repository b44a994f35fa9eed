"""Answers on their way to one visitor's screen: asked off the event loop, shown on it, latest question first."""

import functools
import logging
import threading
from urllib.parse import urlencode

from retail_panel.crossfilter.cube import Cube, fill_distinct, fill_sums
from retail_panel.crossfilter.histogram import Key, histograms
from retail_panel.crossfilter.scene import definition_of
from retail_panel.errors import RetailPanelError
from retail_panel.store import Superseded, Ticket
from retail_panel.tiles import leaves, shown, tile_answers

log = logging.getLogger(__name__)


class Answers:
    """Asks for what the audience shows.

    A member of the audience has ``wants()`` (keys), ``rescene(scene)``, ``show(wholes, parts, filters)``,
    ``move(chart, parts)`` for a moving brush (``parts`` lacks what is still unknown) and ``show_tiles(answers)``. Where
    a key could not be answered, ``parts`` of ``show`` holds its error instead of an array, and ``wholes`` may lack it.

    Parameters
    ----------
    session : Session
        The visitor's state.
    scenes : Scenes
        Shared with other visitors.
    workers : concurrent.futures.Executor
        Runs questions.
    defer : callable
        ``defer(function)`` runs a function on the visitor's event loop, soon.
    """

    def __init__(self, session, scenes, workers, defer):
        self._session, self._scenes, self._workers, self._defer = session, scenes, workers, defer
        self.audience = []
        #: Whether the screen shows the exact answers to its latest question.
        self.settled = True
        self._making = False
        self._key = None
        self._arriving = {}
        self._lock = threading.Lock()
        self._closed = False
        self._tickets = {}
        self._sign, self._cube = None, None
        self._moving = None

    def keys(self):
        """Return what the audience wants to see now, each once."""
        return list(dict.fromkeys(key for member in self.audience for key in member.wants()))

    @property
    def behind(self):
        """Whether the store has rows that the screen does not show."""
        scene = self._session.scene
        return scene is not None and self._session.store.version != scene.version

    def rescope(self, quiet=False):
        """Make the scene of the present scope, show it, give the old one back; quietly where only rows are new."""
        session, ticket = self._session, self._new_ticket("scene")
        self._cancel("settle", "cube")
        if self._cube is None:
            self._sign = None
        self._making, self.settled = True, False
        session.busy = not quiet
        scope, definition = session.scope.query(), definition_of(session.pipeline)

        def work():
            key, scene = self._scenes.take(scope, definition, session.policy, ticket)
            with self._lock:
                closed = self._closed
                if not closed:
                    self._arriving[ticket] = key
            if closed:
                self._scenes.give_back(key)
            else:
                yield functools.partial(self._set_scene, ticket, scene)

        self._run(work, ticket, always=True)

    def _set_scene(self, ticket, scene):
        with self._lock:
            key = self._arriving.pop(ticket, None)
        if key is None or ticket.cancelled:
            if key is not None:
                self._scenes.give_back(key)
            return
        self._making = False
        old, self._key = self._key, key
        self._sign = self._cube = None
        self._drop_stale_brush(scene)
        try:
            self._session.scene = scene
        except Exception as error:
            log.exception("a view failed")
            self._session.problem = f"A view failed: {error}"
        self._session.align()
        self._tell("rescene", scene)
        if old is not None:
            self._scenes.give_back(old)
        self._session.busy = False
        self.settle()

    def _drop_stale_brush(self, scene):
        if self._moving is not None:
            before, bins = self._session.scene.coded.bins, scene.coded.bins
            if any(before.get(name) != bins.get(name) for name in self._moving[0].dims):
                self._moving = None

    def settle(self):
        """Ask for everything on the screen exactly: charts first, then tiles."""
        session, scene = self._session, self._session.scene
        if scene is None:
            return
        ticket, keys, filters, way = self._new_ticket("settle"), self.keys(), self._filters(), session.compare
        self.settled = False

        def work():
            found = scene.wholes(keys, ticket)
            wholes = {key: whole for key, whole in found.items() if not isinstance(whole, Exception)}
            failed = {key: whole for key, whole in found.items() if isinstance(whole, Exception)}
            parts = histograms(session.store, scene.coded, wholes, filters, ticket) if filters else wholes
            yield functools.partial(self._tell, "show", wholes, {**parts, **failed}, filters)
            tiles = tile_answers(session.store, scene, scene.query, filters, way, session.policy, ticket)
            yield functools.partial(self._show_tiles, tiles)

        self._run(work, ticket)

    def _show_tiles(self, tiles):
        self._tell("show_tiles", tiles)
        self.settled = not self._making

    def _filters(self):
        filters = dict(self._session.selection.clauses)
        if self._moving is not None:
            filters.update(self.clauses_of(*self._moving))
        return {name: clause for name, clause in filters.items() if clause is not None}

    def clauses_of(self, chart, ranges):
        """Return the clauses of a brush: by dimension, None where every piece is inside.

        Parameters
        ----------
        chart : Chart
            Where the brush is.
        ranges : tuple of (int, int) or None
            First piece and the one after the last, a pair a dimension; None for no brush.
        """
        bins = self._session.scene.coded.bins
        spans = ranges or [(0, 0)] * len(chart.dims)
        return {d: bins[d].clause(list(range(*span))) for d, span in zip(chart.dims, spans, strict=True)}

    def activate(self, chart):
        """Ask for the cubes of a chart, before a drag on it begins."""
        session, scene = self._session, self._session.scene
        if scene is None or not chart.brushed or any(d not in scene.coded.bins for d in chart.dims):
            return
        sign = self._sign_of(chart)
        if self._sign == sign:
            return
        self._sign, self._cube = sign, None
        ticket, filters = self._new_ticket("cube"), dict(session.selection.clauses)
        keys = [*self.keys(), *(Key((), leaf) for name in shown(scene) for leaf in leaves(name))]
        sizes = tuple(scene.coded.bins[d].size for d in chart.dims)

        def work():
            sums = Cube(chart.dims, sizes)
            fill_sums(session.store, scene.coded, sums, keys, filters, ticket)
            yield functools.partial(self._set_cube, sign, sums)
            if len(chart.dims) == 1:
                whole = sums.copy()
                fill_distinct(session.store, scene.coded, whole, keys, filters, ticket)
                yield functools.partial(self._set_cube, sign, whole)

        self._run(work, ticket)

    def _sign_of(self, chart):
        others = {n: c for n, c in self._session.selection.query().items() if n.removeprefix("sel.") not in chart.dims}
        return (chart.dims, urlencode(others), self._key, tuple(self.keys()))

    def _set_cube(self, sign, cube):
        if self._sign == sign:
            self._cube = cube
            self._answer_moving()

    def move(self, chart, ranges):
        """Answer a moving brush from the cube, at once where there is one and else as soon as it is made."""
        self.activate(chart)
        self._moving = (chart, ranges)
        self._answer_moving()

    def rest(self):
        """Note that no brush moves any more."""
        self._moving = None

    def _answer_moving(self):
        if self._moving is None or self._cube is None:
            return
        chart, ranges = self._moving
        if chart.dims == self._cube.dims and self._sign_of(chart) == self._sign:
            self._tell("move", chart, self._cube.answer(ranges))

    def _tell(self, what, *news):
        for member in self.audience:
            try:
                getattr(member, what)(*news)
            except Exception as error:
                log.exception("%s failed", type(member).__name__)
                self._session.problem = f"{type(member).__name__} failed: {error}"

    def _new_ticket(self, kind):
        self._cancel(kind)
        self._tickets[kind] = Ticket()
        return self._tickets[kind]

    def _cancel(self, *kinds):
        for kind in kinds:
            if kind in self._tickets:
                self._tickets[kind].cancel()

    def _run(self, work, ticket, always=False):
        key = self._key
        if key is not None:
            self._scenes.hold(key)

        def job():
            try:
                ticket.check()
                for show in work():
                    self._defer(show if always else functools.partial(_unless_cancelled, ticket, show))
            except Superseded:
                pass
            except Exception as error:
                if not isinstance(error, RetailPanelError):
                    log.exception("a question failed")
                self._defer(functools.partial(_unless_cancelled, ticket, functools.partial(self._failed, error)))
            finally:
                if key is not None:
                    self._scenes.give_back(key)

        self._workers.submit(job)

    def _failed(self, error):
        known = isinstance(error, RetailPanelError)
        self._making, self.settled = False, True
        self._session.param.update(busy=False, problem=str(error) if known else f"An answer failed: {error}")

    def close(self):
        """Call off what is under way and let go of the scene."""
        self._cancel(*self._tickets)
        with self._lock:
            held = [*self._arriving.values(), *([] if self._key is None else [self._key])]
            self._closed, self._key, self._arriving = True, None, {}
        for key in held:
            self._scenes.give_back(key)


def _unless_cancelled(ticket, show):
    if not ticket.cancelled:
        show()
