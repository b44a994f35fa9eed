"""Answers on their way to one visitor's screen: asked off the event loop, shown on it, latest question first."""

import functools
import logging
import threading
import time
import weakref
from dataclasses import replace

import numpy as np

from retail_panel.audience import Audience
from retail_panel.brush import Brush
from retail_panel.crossfilter.histogram import histograms, supported
from retail_panel.crossfilter.sample import scaled
from retail_panel.crossfilter.scenes import definition_of
from retail_panel.crossfilter.small_groups import TooFew, has_small_days, large_enough
from retail_panel.errors import RetailPanelError
from retail_panel.job import Job
from retail_panel.lanes import Lanes
from retail_panel.store import Superseded, Ticket
from retail_panel.tiles import TileAnswers, known_tiles, tile_answers, tile_estimates

log = logging.getLogger(__name__)


class Answers:
    """Asks for what the audience shows, see :class:`retail_panel.audience.Audience`.

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
        self._session, self.scenes, self._workers, self._defer = session, scenes, workers, defer
        self.audience, self.lanes = Audience(session), Lanes(self._run, self.look_ahead)
        #: Called with the scene and the filters beside the charts, or after them where tiles follow: whoever asks more.
        self.followers = []
        #: Called with the error where a selection holds too few customers: whoever shows more of it takes it away.
        self.hushed = []
        #: Called with the first scene as soon as it is made, on the thread that made it; the page may not be there yet.
        self.foreseen = None
        #: Whether the screen shows the exact answers to its latest question.
        self.settled = True
        #: Whether more may be asked of the selection on the screen; not before it is known to hold enough customers.
        self.may_study = session.person.min_customers <= 1
        self._began_at = self._settled_at = 0.0
        #: Pages that have asked for studies.
        self._studying = set()
        #: Where the time of the scope that is being answered is noted; None where it is, and for rows that arrive.
        self._timed = None
        self._making = self._is_passing = False
        #: Begins to make the exact scene, once the estimate is shown; None where that is under way, or needs nothing.
        self._exact = None
        #: Key of the scene on the screen, None before the first one.
        self.key = None
        #: The brush that the exact figures on the screen answer, see :meth:`Brush.box`.
        self.box = ""
        self._arriving = set()
        self._lock = threading.Lock()
        self._closed = False
        self._tickets = {}
        self._errands = weakref.WeakSet()
        self.brush = Brush(session, self)

    @property
    def behind(self):
        """Whether there is more to show than the screen does."""
        scene = self._session.scene
        return scene is not None and self.key is not None and self.scenes.is_behind(scene, self.key)

    @property
    def rested(self):
        """Whether the screen has been settled a quarter as long as it took to, half as long where studies need time.

        Where the next scene has been asked for by somebody else it rests a quarter of that. So all who look at the same
        go on together, and nobody shows a scene that others have had for long. While anybody brushes it rests twice as
        long as else at most: a brush comes before rows that arrive, also where others look at them. Studies under way
        are let end, as they would begin anew with each scene else.
        """
        rest = (self._settled_at - self._began_at) / (2 if self._session.page in self._studying else 4)
        if self.key is not None and self.scenes.is_asked(self.key):
            rest /= 4
        rest = 2 * self._session.rest_s if self.scenes.is_brushed else min(rest, self._session.rest_s)
        return self.settled and self.lanes.are_free and time.monotonic() - self._settled_at >= rest

    def rescope(self, quiet=False):
        """Make the scene of the present scope, show it, give the old one back; quietly where only rows are new."""
        session, ticket = self._session, self._new_ticket("scene")
        self._cancel("settle", "cube", "ahead")
        self.lanes.call_off()
        self._is_passing = quiet
        self.brush.call_off()
        self._making, self.settled, self._began_at = True, False, time.monotonic()
        # The first scene waits for the browser as well, which is no scope change.
        tally = session.store.tally
        self._timed = None if quiet else tally.openings if session.scene is None else tally.scopes
        session.busy = not quiet
        scope, definition = session.scope.query(), definition_of(session.pipeline)
        shown = self.key if quiet else None
        # An estimate would tell of small groups, and only charts and tiles can be estimated.
        has_charts = session.scene is None or bool(self.audience.keys())
        is_sampled = not quiet and session.person.min_customers <= 1 and has_charts
        if not quiet:
            self.scenes.call_off_ahead()

        def exact():
            yield from self._arrive(ticket, *self.scenes.take(scope, definition, session.policy, ticket, shown))

        def work():
            found = self.scenes.first(scope, definition, session.policy, ticket) if is_sampled else None
            # Not beside the estimate, which is to be seen at once.
            self._exact = None if found is None else functools.partial(self._run, exact, ticket, always=True)
            yield from exact() if found is None else self._arrive(ticket, *found)

        self._run(work, ticket, always=True)

    def _arrive(self, ticket, key, scene):
        with self._lock:
            closed = self._closed
            if not closed:
                self._arriving.add((ticket, key))
        if closed:
            self.scenes.give_back(key)
        else:
            if self.key is None and self.foreseen is not None:
                self.foreseen(scene)
            yield functools.partial(self._set_scene, ticket, key, scene)

    def _set_scene(self, ticket, key, scene):
        with self._lock:
            is_held = (ticket, key) in self._arriving
            self._arriving.discard((ticket, key))
        if not is_held or ticket.cancelled:
            if is_held:
                self.scenes.give_back(key)
            return
        self._making = scene.is_estimate
        old, self.key = self.key, key
        self.brush.rescene(scene)
        try:
            self._session.scene = scene
        except Exception as error:
            log.exception("a view failed")
            self._session.problem = f"A view failed: {error}"
        if not scene.is_estimate:
            # The pieces of a sample's customers are others, and would move the selection.
            self._session.align()
        self.audience.tell("rescene", scene)
        if old is not None:
            self.scenes.give_back(old)
        self._session.busy = scene.is_estimate
        self.settle()

    def settle(self):
        """Ask for everything on the screen exactly: charts first, then tiles where there are some, and studies."""
        session, scene = self._session, self._session.scene
        if scene is None:
            return
        self.brush.review()
        ticket, keys, filters = self._new_ticket("settle"), self.audience.keys(), self.brush.filters()
        least, box, way = session.person.min_customers, self.brush.asked(), session.compare
        exact = self.brush.exact()
        known = _known(scene, keys, filters, exact) if exact and least <= 1 else None
        asked, has_tiles = ("tiles", repr(filters), way), self.audience.has_tiles
        self.settled, self.may_study = False, least <= 1 and not scene.is_estimate

        def estimate():
            try:
                wholes = scaled(scene.wholes(keys, ticket), scene.one_in)
                found = histograms(session.store, scene.coded, keys, filters, ticket) if filters else {}
                yield functools.partial(self._show, wholes, {**wholes, **scaled(found, scene.one_in)}, filters, box)
                if has_tiles:
                    tiles = tile_estimates(session.store, scene, filters, ticket)
                    yield functools.partial(self._show_tiles, tiles, box)
            except Superseded:
                raise
            except Exception:
                log.exception("estimates failed")
            yield self._make_exact

        def charts():
            found = scene.wholes(keys, ticket)
            wholes = {key: whole for key, whole in found.items() if not isinstance(whole, Exception)}
            failed = {key: whole for key, whole in found.items() if isinstance(whole, Exception)}
            parts = _parts(session.store, scene.coded, wholes, filters, exact, ticket)
            wholes, parts = large_enough(session.store, scene.coded, wholes, parts, filters, least, ticket)
            return functools.partial(self._show, wholes, {**parts, **failed}, filters, box)

        def work():
            if known is None:
                try:
                    show = charts()
                except TooFew as error:
                    yield functools.partial(self._show_too_few, keys, filters, error)
                    return
                yield show
            if not has_tiles:
                yield rest
                return
            if least <= 1:
                yield functools.partial(self._lead, scene, filters)

            def answer():
                return tile_answers(session.store, scene, scene.query, filters, way, session.policy, ticket, exact)

            tiles = scene.studied(asked, answer)
            if has_small_days(session.store, scene.coded, filters, least, ticket):
                # Their course would tell of single days.
                tiles = replace(tiles, lines={})
            yield functools.partial(self._show_tiles, tiles, box)
            if least > 1:
                yield functools.partial(self._lead, scene, filters)
            yield self.look_ahead

        def rest():
            self._note_settled()
            self.look_ahead()

        def follow():
            if not has_tiles:
                self._lead(scene, filters)
                rest()
                return
            tiles = scene.answered(asked) or known_tiles(scene, filters, way, exact)
            if tiles is None:
                self._run(work, ticket)
                return
            self._lead(scene, filters)
            self._show_tiles(tiles, box)
            self.look_ahead()

        self._cancel("ahead")
        self.lanes.call_off()
        if known is not None:
            # Nobody need wait for what others have asked meanwhile; charts of all come before anybody's tiles.
            self._show(*known, filters, box)
            self._defer(functools.partial(_unless_cancelled, ticket, follow))
            return
        self._run(estimate if scene.is_estimate else work, ticket)
        if not has_tiles and not scene.is_estimate:
            # The two charts of such a page leave workers idle.
            self._lead(scene, filters)

    def _make_exact(self):
        make, self._exact = self._exact, None
        if make is not None:
            make()

    def _show_too_few(self, keys, filters, error):
        self.audience.tell("show", {}, dict.fromkeys(keys, error), filters)
        self._show_tiles(TileAnswers(None, None, {}, {}, {}), "")
        for hush in self.hushed:
            hush(error)
        self._session.problem = f"Nothing is shown: {error}."

    def _lead(self, scene, filters):
        self.may_study = True
        for follow in self.followers:
            follow(scene, filters)

    def study(self, work, at_once=1):
        """Ask more about the scene on the screen, called off by whatever is asked next.

        ``work(ticket)`` is a generator that runs off the event loop and yields functions to run on it. So many of it
        run ``at_once``.
        """
        self._studying.add(self._session.page)
        self.lanes.begin(work, at_once)

    def look_ahead(self):
        """Make what may be asked for next, once nothing that was asked is left to do."""
        # Behind the tiles and the studies, which somebody waits for; a scene that gives way to the next one as rows
        # arrive does not last long enough.
        if self.settled and self.lanes.are_free and not self._is_passing:
            self.brush.prepare()

    def ask(self, kind, work):
        """Ask, instead of what was asked before of that kind; ``work`` as in :meth:`study`."""
        ticket = self._new_ticket(kind)
        if kind == "ahead":
            self.scenes.note_ahead(ticket)
        self._run(lambda: work(ticket), ticket)

    def make(self, work, failed):
        """Make something beside what is on the screen, such as a file; only the visitor's leaving calls it off.

        ``work`` is as in :meth:`study`, and the scene on the screen stays as long as it takes; ``failed(error)`` is run
        on the event loop.
        """
        ticket = Ticket()
        self._errands.add(ticket)
        self._run(lambda: work(ticket), ticket, failed=failed)

    def _show(self, wholes, parts, filters, box):
        self.audience.tell("show", wholes, parts, filters)
        if self.brush.path is not None and not self._session.scene.is_estimate:
            self.brush.path.exact(box)
        self._catch_up(box)

    def _catch_up(self, box):
        """Answer a brush that has moved on from where it was when what has just been shown was asked."""
        if box != self.brush.box():
            self.brush.answer()

    def _show_tiles(self, tiles, box):
        self.box = box
        self.audience.tell("show_tiles", tiles)
        self._catch_up(box)
        self._note_settled()

    def _note_settled(self):
        self.settled = not self._making
        self._settled_at = time.monotonic()
        if self._timed is not None and self.settled:
            self._timed.note(self._settled_at - self._began_at)
            self._timed = None

    def _new_ticket(self, kind):
        self._cancel(kind)
        self._tickets[kind] = Ticket()
        return self._tickets[kind]

    def _cancel(self, *kinds):
        for kind in kinds:
            if kind in self._tickets:
                self._tickets[kind].cancel()

    def _run(self, work, ticket, always=False, failed=None):
        key = self.key
        if key is not None:
            self.scenes.hold(key)

        def end():
            if key is not None:
                self.scenes.give_back(key)

        def unless_cancelled(show):
            self._defer(functools.partial(_unless_cancelled, ticket, show))

        def fail(error):
            unless_cancelled(functools.partial(failed or self._failed, error))

        defer = self._defer if always else unless_cancelled
        Job(self._workers, defer, ticket, self._session.visitor, fail, end).begin(work)

    def _failed(self, error):
        known = isinstance(error, RetailPanelError)
        self._making, self.settled, self._settled_at, self._timed = False, True, time.monotonic(), None
        self.lanes.give_up()
        self._session.param.update(busy=False, problem=str(error) if known else f"An answer failed: {error}")

    def close(self):
        """Call off what is under way and let go of the scene."""
        self._cancel(*self._tickets)
        self.lanes.call_off()
        for ticket in list(self._errands):
            ticket.cancel()
        with self._lock:
            held = [*(key for _, key in self._arriving), *([] if self.key is None else [self.key])]
            self._closed, self.key, self._arriving = True, None, set()
        for key in held:
            self.scenes.give_back(key)


def _known(scene, keys, filters, exact):
    """Return the charts of the whole and under a selection, None where a question is needed for any of them."""
    wholes = scene.known_wholes([key for key in keys if supported(scene.coded, key)])
    if wholes is None:
        return None
    parts = _unasked(wholes, filters, exact)
    return (wholes, parts) if parts.keys() == wholes.keys() else None


def _unasked(wholes, filters, exact):
    found = {key: whole for key, whole in wholes.items() if set(filters) <= set(key.dims)}
    return found | {key: part for key, part in exact.items() if key in wholes and np.isfinite(part).all()}


def _parts(store, coded, wholes, filters, exact, ticket):
    """Return charts under a selection; a brush's cubes know some of them, and no filter bears on others."""
    found = _unasked(wholes, filters, exact)
    missing = [key for key in wholes if key not in found]
    return found | histograms(store, coded, missing, filters, ticket)


def _unless_cancelled(ticket, show):
    if not ticket.cancelled:
        show()
