"""A chart on a page: its title, its buttons, and the chart itself or why it is not there."""

import functools

import numpy as np
import panel as pn
import panel_material_ui as pmui

from retail_panel.crossfilter.histogram import supported
from retail_panel.crossfilter.rolled import GIVEN_UP, told
from retail_panel.crossfilter.small_groups import TooFew
from retail_panel.measures import MEASURES
from retail_panel.pages.alert import Notice
from retail_panel.pages.lattice import FILLED, HEAD_PX, lattice, span
from retail_panel.pages.plain_text import plain
from retail_panel.views.live import LiveChart

REST_MS = 350
TOUCH = ("Mobi", "Android", "iPhone", "iPad")


class ChartCard:
    """One chart of a visitor's page.

    Parameters
    ----------
    chart : Chart
        What it shows.
    session : Session
        The visitor.
    details : callable
        ``details(card)`` opens the drawer with the chart's table, filter and definition.
    touch : bool
        Whether fingers do the pointing: then a drag scrolls the page, and one brushes in the drawer.
    """

    def __init__(self, chart, session, details, touch=False):
        self.chart, self._session, self._touch = chart, session, touch
        self.live = None
        self.fits = True
        self.whole = self.part = None
        self._dark = False
        self._rest = None
        self._title = pmui.Typography(chart.title, variant="subtitle2", margin=0, sizing_mode="stretch_width")
        self._clear = None
        more = pmui.IconButton(
            icon="more_vert", description=f"Table, filter and definition of {chart.title}", size="small", margin=0,
            on_click=lambda event: details(self),
        )
        self._place = pn.Column(sizing_mode="stretch_width", height=chart.height, margin=0)
        self._head = pmui.Row(self._title, more, sizing_mode="stretch_width", margin=0, min_height=HEAD_PX)
        self.layout = pmui.Paper(
            self._head, self._place, elevation=0, variant="outlined", margin=0, sizing_mode="stretch_width",
            sx={"padding": "6px 10px 4px", "borderRadius": "10px"}, css_classes=[f"chart-{chart.name}"],
            stylesheets=self._sheets(chart.width),
        )  # fmt: skip
        self._fault = Notice(self.layout, 1, "error")
        self._gone = Notice(self.layout, None, "info", css_classes=["gone"])

    @staticmethod
    def _sheets(width):
        return [span(width, max(6, width)), FILLED]

    def widen(self, alone):
        """Take the whole row where the other charts of the page do not fit the source."""
        sheets = self._sheets(12 if alone else self.chart.width)
        if self.layout.stylesheets != sheets:
            self.layout.stylesheets = sheets

    def rescene(self, scene):
        """Take the bins and the measure of a new scene; the chart is drawn at the first one that supports it."""
        key = self.chart.key(self._session.measure)
        self._title.object = f"**{self.chart.title}** · {MEASURES[key.measure].label}"
        self.draw(scene)
        if not self.fits:
            return
        bins = bins_for(self.chart, scene, self._session.measure)
        if self.live.bins != bins or self.live.measure != key.measure:
            self.live.rebin(bins, key.measure)
        if not len(self._place):
            self._place[:] = [pn.pane.Bokeh(self.live.figure, sizing_mode="stretch_both", margin=0)]

    def draw(self, scene):
        """Draw the chart where it is not drawn yet and the scene supports it; it may not be on the page yet."""
        key, bins = self.chart.key(self._session.measure), bins_for(self.chart, scene, self._session.measure)
        self.fits = bins is not None
        if not self.fits or self.live is not None:
            return
        self.live = LiveChart(
            self.chart, bins, key.measure, self._session.currency,
            enter=self._session.answers.brush.activate, brush=self._brushed, click=self._session.click,
            touch=self._touch,
        )  # fmt: skip
        self.live.theme(self._dark)

    def _brushed(self, chart, ranges, final):
        """Pass a brush on; one that stays where it is counts as resting, also when a box is moved as a whole."""
        document = pn.state.curdoc
        if self._rest is not None:
            document.remove_timeout_callback(self._rest)
            self._rest = None
        with pn.io.hold():
            self._session.brush(chart, ranges, final)
        if not final:
            rest = self._rest = document.add_timeout_callback(lambda: self._rested(rest, chart, ranges), REST_MS)

    def _rested(self, rest, chart, ranges):
        if self._rest is rest:
            self._rest = None
        # A timer that is due waits for the document; a later brush, or another filter, may have had it before.
        if self._session.answers.brush.is_at(chart, ranges):
            with pn.io.hold():
                self._session.brush(chart, ranges, True)

    def show(self, wholes, parts, filters):
        """Show exact values."""
        key = self.chart.key(self._session.measure)
        part = parts.get(key)
        failed = isinstance(part, Exception)
        words = plain(f"This chart could not be answered: {part}") if failed else ""
        self._fault.tell(words)
        self._place.visible = not failed
        if isinstance(part, TooFew):
            self._empty()
        if failed or self.live is None or part is None or key not in wholes:
            return
        self.whole, self.part = wholes[key], parts[key]
        self.live.pending(self._session.scene.is_estimate)
        self.live.mark(filters)
        self.live.show(self.whole, self.part)
        self._offer_to_clear(any(name in filters for name in self.chart.dims))
        gone = told(self._session.scene, filters, self.chart.dims) if set(self.chart.dims) & set(GIVEN_UP) else ""
        self._gone.tell(plain(gone))

    def _offer_to_clear(self, on):
        if self._clear is not None:
            self._clear.visible = on
        elif on:
            chart, session = self.chart, self._session
            self._clear = pmui.IconButton(
                icon="filter_alt_off", description=f"Clear the filter on {chart.title}", size="small", margin=0,
                on_click=lambda event: session.clear(chart.dims),
            )  # fmt: skip
            self._head.insert(1, self._clear)

    def _empty(self):
        """Take the figures away, also from the browser."""
        self.whole = self.part = None
        if self.live is not None:
            nobody = np.zeros(tuple(cut.size for cut in self.live.bins))
            self.live.show(nobody, nobody)

    def move(self, parts, elsewhere):
        """Show what a moving brush on another chart makes of this one; the browser shows what is ``elsewhere``."""
        key = self.chart.key(self._session.measure)
        if self.live is None:
            return
        self.live.brushed()
        self.live.pending(key not in parts and key not in elsewhere)
        if key in parts:
            self.part = parts[key]
            self.live.show(part=self.part)

    def theme(self, dark):
        """Follow the light or dark paper."""
        self._dark = dark
        if self.live is not None:
            self.live.theme(dark)


def bins_for(chart, scene, measure):
    """Return the bins of a chart's dimensions, a tuple; None where a scene has nothing to draw there.

    Parameters
    ----------
    chart : Chart
    scene : Scene
    measure : str
        What the visitor has charts show.
    """
    bins = tuple(scene.coded.bins.get(name) for name in chart.dims)
    # A bar chart of one bar says nothing.
    least = 2 if chart.form == "bars" else 1
    fits = all(cut is not None and cut.size >= least for cut in bins) and supported(scene.coded, chart.key(measure))
    return bins if fits else None


class ChartGrid:
    """The charts of one page, as a member of the audience of a visitor's answers.

    Parameters
    ----------
    charts : sequence of Chart
        In reading order.
    session, details, touch
        As in :class:`ChartCard`.
    page : str
        The page they are on; while another one is open nothing is asked for them.
    """

    def __init__(self, charts, session, details, page, touch=False):
        self._session, self._page = session, page
        self.cards = [ChartCard(chart, session, details, touch) for chart in charts]
        self.layout = lattice(card.layout for card in self.cards)
        session.answers.audience.append(self)

    @property
    def _open(self):
        return self._session.page == self._page

    def wants(self):
        """Return the keys of the charts, none while the page is not open."""
        return [card.chart.key(self._session.measure) for card in self.cards] if self._open else []

    def brushes(self):
        """Return the charts on the screen that one brushes, none while the page is not open."""
        return [card.chart for card in self.cards if self._open and card.live is not None and card.chart.brushed]

    def awaits_tiles(self):
        """Leave the tiles to the tile row."""
        return False

    def foresee(self, scene):
        """Return what draws the charts for a scene that comes, a callable each; none while the page is not open."""
        return [functools.partial(card.draw, scene) for card in self.cards] if self._open else []

    def rescene(self, scene):
        """Prepare the charts for a new scene."""
        if not self._open:
            return
        for card in self.cards:
            card.rescene(scene)
        fitting = [card.layout for card in self.cards if card.fits]
        if fitting != list(self.layout):
            self.layout[:] = fitting
        for card in self.cards:
            card.widen(len(fitting) == 1)

    def show(self, wholes, parts, filters):
        """Show exact values on every chart."""
        if self._open:
            self.rescene(self._session.scene)
            for card in self.cards:
                card.show(wholes, parts, filters)

    def move(self, chart, parts, elsewhere):
        """Show a moving brush on every chart but its own."""
        for card in self._others(chart):
            card.move(parts, elsewhere)

    def parts(self, chart, places):
        """Return what the browser needs to show a brush on a chart by itself, see :class:`BrushPath`.

        Parameters
        ----------
        chart : Chart
            Where the brush is.
        places : collection of Key
            What the browser can answer, in its order.
        """
        order = {key: place for place, key in enumerate(places)}
        cards = [(card, card.chart.key(self._session.measure)) for card in self._others(chart) if card.live is not None]
        own = [card.live.brush_part() for card in self.cards if self._open and card.chart == chart]
        return {"active": own, "charts": [card.live.answer_part(order.get(key)) for card, key in cards]}

    def _others(self, chart):
        return [card for card in self.cards if self._open and card.chart.dims != chart.dims]

    def show_tiles(self, answers):
        """Leave the tiles to the tile row."""

    def theme(self, dark):
        """Follow the light or dark paper."""
        for card in self.cards:
            card.theme(dark)
