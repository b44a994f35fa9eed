"""A report being made: step by step, so that whoever makes it can ask on one thread and draw on another."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from retail_panel.crossfilter.histogram import histograms
from retail_panel.report.charts import chart_drawn, chart_table, fits
from retail_panel.report.entry import answered, lacking
from retail_panel.report.facts import facts, notes
from retail_panel.report.page import page
from retail_panel.report.plots import Plots
from retail_panel.report.section import Section
from retail_panel.report.tiles import tiles_markup
from retail_panel.store import EVERYTHING
from retail_panel.studies import Asking, Look
from retail_panel.tiles import shown, tile_answers

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Step:
    """One step of a report.

    Parameters
    ----------
    share : float
        How much is done once it is taken, 0 to 1.
    words : str
        What it is about.
    draw : callable
        ``draw()``, to be called in turn and on the thread that draws: HoloViews keeps what it does process-wide.
    """

    share: float
    words: str
    draw: Callable


class Report:
    """A report of one state.

    Parameters
    ----------
    store : Store
        Where to ask.
    scenes : Scenes
        Makes, or has, the scene of the state.
    state : State
        What it is of.
    pages : sequence
        What has ``name``, ``title``, ``charts`` and ``studies``, in reading order. A chart that an earlier page shows
        is not shown again.
    title : str
        Name at its top.
    made_at : datetime.datetime
        When it is made.
    currency : str
        ISO code.
    policy : RowPolicy
        The rows that may be seen.
    ticket : Ticket, optional
        To call it off.
    """

    def __init__(self, store, scenes, state, pages, title, made_at, currency="GBP", policy=EVERYTHING, ticket=None):
        self._store, self._scenes, self._state, self._pages = store, scenes, state, pages
        self._title, self._made_at, self._policy, self._ticket = title, made_at, policy, ticket
        self._look = Look(currency)
        self._plots, self._sections = Plots(), []
        self._facts, self._notes, self._tiles = (), (), ""

    def steps(self):
        """Ask, step by step.

        Yields
        ------
        Step
            Its ``draw`` is to be called before :meth:`html` is.

        Raises
        ------
        Superseded
            If the ticket was cancelled.
        RetailPanelError
            If the scene cannot be made.
        """
        key, scene = self._scenes.take(self._state.scope, self._state.definition, self._policy, self._ticket)
        try:
            yield from self._steps(scene)
        finally:
            self._scenes.give_back(key)

    def _steps(self, scene):
        bins, state = scene.coded.bins, self._state
        filters = {name: bins[name].aligned(c) if name in bins else c for name, c in state.clauses.items()}
        tiles = tile_answers(self._store, scene, state.scope, filters, state.compare, self._policy, self._ticket)
        self._facts = facts(self._store, scene, state, filters, tiles, self._look)
        self._notes = notes(scene, state)
        names = shown(scene) if scene.rows else []
        self._tiles = tiles_markup(tiles, names, self._look) if names else ""
        work = [*self._asked(scene, filters)]
        whole = 1 + len(work)
        yield Step(1 / whole, "figures", lambda: None)
        for done, (words, ask) in enumerate(work, start=2):
            yield Step(done / whole, words, ask())

    def _asked(self, scene, filters):
        """Return what is to be asked: words, and what asks and returns what draws."""
        seen = set()
        for contents in self._pages:
            section = Section(contents.name, contents.title, self._look, self._plots, bool(filters))
            self._sections.append(section)
            charts = [chart for chart in contents.charts if scene.rows and fits(chart, scene, self._state.measure)]
            fresh = [chart for chart in charts if (chart.dims, chart.measure) not in seen]
            seen |= {(chart.dims, chart.measure) for chart in fresh}
            for chart in fresh:
                words = f"{contents.title}: {chart.title}"
                yield words, partial(self._ask_chart, section, scene, chart, filters)
            for study in contents.studies:
                yield f"{contents.title}: {study.title}", partial(self._ask_study, section, scene, study, filters)

    def _ask_chart(self, section, scene, chart, filters):
        key = chart.key(self._state.measure)
        whole = scene.wholes([key], self._ticket)
        part = histograms(self._store, scene.coded, [key], filters, self._ticket) if filters else whole
        values = whole[key], part[key]
        failed = next((each for each in values if isinstance(each, Exception)), None)
        if failed is not None:
            return partial(section.fault, chart.title, f"This chart could not be answered: {failed}")

        def draw():
            try:
                figure = chart_drawn(chart, scene, key.measure, values, filters, self._look.currency)
                table = chart_table(chart, scene, key.measure, values, bool(filters))
                section.chart(chart, key.measure, figure, table)
            except Exception as error:
                log.exception("the chart %s could not be drawn", chart.name)
                section.fault(chart.title, f"This chart could not be drawn: {type(error).__name__}: {error}")

        return draw

    def _ask_study(self, section, scene, study, filters):
        asking = Asking(self._store, scene, filters, self._state.definition, {}, self._look.currency, self._ticket)
        lacks = lacking(study, asking)
        if lacks:
            return partial(section.lack, study.title, lacks)
        return partial(section.study, answered(study, asking, self._state.choices))

    def html(self):
        """Return the file, once every step is drawn."""
        sections = [(section.name, section.title, section.html()) for section in self._sections if section.html()]
        return page(self._title, self._made_at, self._facts, self._tiles, sections, self._notes, self._plots)
