"""The brush that moves: its cubes are asked for before the drag begins, and answer it until it rests."""

import functools
import time
from itertools import chain
from urllib.parse import urlencode

from retail_panel.crossfilter.cargo import packed
from retail_panel.crossfilter.cube import Cube, fill_sums
from retail_panel.crossfilter.distinct_cube import fill_distinct
from retail_panel.crossfilter.histogram import Key
from retail_panel.crossfilter.sample import SAMPLED_FROM
from retail_panel.tiles import foresee_tiles, leaves, shown

#: How long after a move rows that arrive wait: a refresh takes the cubes away that answer the next one.
CALM_S = 1.0
#: What adds up of a chart's cubes, and everything.
SUMS, WHOLE = "sums", "whole"


class Brush:
    """One visitor's moving brush.

    Parameters
    ----------
    session : Session
        The visitor's state.
    answers : Answers
        Asks, and tells the audience.

    Attributes
    ----------
    path : BrushPath or None
        Has the browser answer by itself: ``arm(chart, cargo)`` sends a cube there, ``disarm()`` withdraws it,
        ``exact(box)`` says of which box charts are exact, ``let_go()`` has it forget the brush, and ``answered(chart)``
        returns the keys that the browser has said it answers. ``stock(chart, cargo)`` sends a cube ahead,
        ``clear()`` throws those away, and ``free(is_free)`` says whether they are of what is on the screen. None where
        all is answered here.
    turn : int
        Grows with each chart, filter or scene that cubes are made for.
    """

    def __init__(self, session, answers):
        self._session, self._answers, self.path = session, answers, None
        self._chart, self._sign, self._cube, self._moving = None, None, None, None
        self._moved_at, self._latest, self.turn, self._ahead = 0.0, None, 0, None

    @property
    def is_calm(self):
        """Whether no brush has moved just now."""
        return self._moving is None or time.monotonic() - self._moved_at >= CALM_S

    def call_off(self):
        """Note that the cubes on their way will not come."""
        if self._cube is None:
            self._sign = None

    def rescene(self, scene):
        """Forget the cubes of an earlier scene, and the brush where its pieces are others now."""
        self._drop()
        self._clear()
        if self._moving is not None:
            before, bins = self._session.scene.coded.bins, scene.coded.bins
            if any(before.get(name) != bins.get(name) for name in self._moving[0].dims):
                self._moving = None

    def review(self):
        """Drop the cubes where they no longer answer what is on the screen; the browser is told of those sent ahead."""
        self._tell_free()
        if self._sign is not None and self._sign_of(self._chart) != self._sign:
            self._drop()

    def _drop(self):
        self._sign = self._cube = self._latest = None
        if self.path is not None:
            self.path.disarm()

    def filters(self):
        """Return the clauses of the selection and of the brush, by dimension."""
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
        # Its cubes would tell of small groups in between; whoever may not know them waits until the brush rests.
        if session.person.min_customers > 1:
            return
        if scene is None or not chart.brushed or any(d not in scene.coded.bins for d in chart.dims):
            return
        if scene.is_estimate:
            return
        sign = self._sign_of(chart)
        if self._sign == sign:
            return
        self._drop()
        self._chart, self._sign, self.turn = chart, sign, self.turn + 1
        filters, keys = dict(session.selection.clauses), self._keys()
        ready = None if filters else scene.answered(self._kept_as(WHOLE, chart.dims, keys))
        if ready is not None:
            self._set_cube(sign, *ready)
            return

        def work(ticket):
            for cube, cargo in self._cubes(scene, chart.dims, keys, filters, ticket):
                yield functools.partial(self._set_cube, sign, cube, cargo)

        self._answers.ask("cube", work)

    def prepare(self):
        """Make the cubes of every chart on the page in the background, where nothing is selected, and the timeline.

        They go to the browser as they are ready, so that the pointer finds them there.
        """
        session, scene = self._session, self._session.scene
        charts = [chart for member in self._answers.audience for chart in member.brushes()]
        # The browser may ask for them before there is anything, or while there are estimates only.
        if scene is None or scene.is_estimate or not charts:
            return
        if session.selection.clauses or session.person.min_customers > 1:
            return
        keys = self._keys()
        if self._ahead != self._ahead_of():
            self._clear()
            self._ahead = self._ahead_of()
        # Without the browser's way they are much work that may not be needed.
        charts = charts if self.path is not None else []

        def work(ticket):
            for chart in charts:
                cubes = self._cubes(scene, chart.dims, keys, {}, ticket)
                sums = next(cubes)
                # Nothing to show; whoever else asks comes first.
                yield lambda: None
                _, cargo = next(cubes, sums)
                yield functools.partial(self._stock, scene, chart, cargo)
            if scene.rows < SAMPLED_FROM:
                foresee_tiles(session.store, scene, session.policy, ticket)

        self._answers.ask("ahead", work)

    def _stock(self, scene, chart, cargo):
        if cargo is None or self.path is None or self._session.scene is not scene:
            return
        self.path.stock(chart, cargo)
        self._tell_free()

    def _tell_free(self):
        """Tell the browser whether what was sent ahead answers the next brush."""
        if self.path is not None:
            self.path.free(not self._session.selection.clauses and self._ahead == self._ahead_of())

    def _ahead_of(self):
        """Return what cubes that are made ahead are of."""
        return self._answers.key, tuple(self._keys())

    def _clear(self):
        self._ahead = None
        if self.path is not None:
            self.path.clear()

    def _keys(self):
        scene = self._session.scene
        return [*self._answers.audience.keys(), *(Key((), leaf) for name in shown(scene) for leaf in leaves(name))]

    def _cubes(self, scene, dims, keys, filters, ticket):
        """Yield a chart's cube and cargo, of what adds up and then of everything; shared where nothing is selected."""
        store, coded = self._session.store, scene.coded

        def sums():
            cube = Cube(dims, tuple(coded.bins[d].size for d in dims))
            fill_sums(store, coded, cube, keys, filters, ticket)
            return cube, self._cargo(cube)

        def whole():
            cube = first[0].copy()
            fill_distinct(store, coded, cube, keys, filters, ticket)
            return cube, self._cargo(cube)

        def kept(part, make):
            # Kept only where every visitor needs them: those of one chart take 10 MB.
            return make() if filters else scene.studied(self._kept_as(part, dims, keys), make, _nbytes)

        # Along two dimensions distinct counts are not to be had.
        first = kept(SUMS if len(dims) == 1 else WHOLE, sums)
        yield first
        if len(dims) == 1:
            yield kept(WHOLE, whole)

    def _kept_as(self, part, dims, keys):
        return part, dims, tuple(keys), self.path is None

    def _sign_of(self, chart):
        others = {n: c for n, c in self._session.selection.query().items() if n.removeprefix("sel.") not in chart.dims}
        return (chart.dims, urlencode(others), self._answers.key, tuple(self._answers.audience.keys()))

    def _cargo(self, cube):
        return None if self.path is None else packed(cube)

    def _set_cube(self, sign, cube, cargo):
        if self._sign == sign:
            self._cube = cube
            if cargo is not None:
                self.path.arm(self._chart, cargo)
            elif self.path is not None:
                self.path.disarm()
            self.answer()

    def move(self, chart, ranges):
        """Answer a brush that moves, at once where there is a cube and else as soon as it is made."""
        self.activate(chart)
        self._moving = self._latest = (chart, ranges)
        self._moved_at = time.monotonic()
        self._answers.scenes.note_brush()
        self.answer()

    def asked(self):
        """Return what :meth:`box` does as exact figures are asked; the browser forgets a brush that they are not of."""
        box = self.box()
        if not box and self.path is not None:
            self.path.let_go()
        return box

    def box(self):
        """Return the turn and the ranges of what is brushed now, the browser's name for it; empty where it has none."""
        if self._sign is None or self._latest is None or self._sign_of(self._chart) != self._sign:
            return ""
        chart, ranges = self._latest
        if chart != self._chart:
            return ""
        clauses = self._session.selection.clauses
        if self._moving is None and {d: clauses.get(d) for d in chart.dims} != self.clauses_of(chart, ranges):
            return ""
        return " ".join(map(str, (self.turn, *chain.from_iterable(ranges))))

    def exact(self):
        """Return what the cubes know exactly of the box that :meth:`box` names; nothing where it has none.

        Returns
        -------
        dict of Key to numpy.ndarray
            Money in currency units.
        """
        if self._cube is None or not self.box():
            return {}
        chart, ranges = self._latest
        # A filter that takes in every piece is none, and then lines count that lie in no piece.
        if chart.dims != self._cube.dims or None in self.clauses_of(chart, ranges).values():
            return {}
        return self._cube.answer(ranges)

    def is_at(self, chart, ranges):
        """Whether a brush moves, and was there last."""
        return self._moving == (chart, ranges)

    def rest(self):
        """Note that no brush moves any more."""
        self._moving = None

    def answer(self):
        """Answer the brush that moves, where it can be; the browser is left alone where it does so itself."""
        if self._moving is None or self._cube is None:
            return
        chart, ranges = self._moving
        if chart.dims != self._cube.dims or self._sign_of(chart) != self._sign:
            return
        began = time.perf_counter()
        elsewhere = frozenset() if self.path is None else self.path.answered(chart)
        self._answers.audience.tell("move", chart, {} if elsewhere else self._cube.answer(ranges), elsewhere)
        self._session.store.tally.brushes.note(time.perf_counter() - began)


def _nbytes(made):
    cube, cargo = made
    return cube.nbytes + (0 if cargo is None else len(cargo.load))
