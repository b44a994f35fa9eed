"""A chart on the screen: one Bokeh figure whose sources are assigned, never rebuilt."""

import numpy as np
from bokeh.models import FixedTicker, HoverTool

from retail_panel.crossfilter.bins import NumberBins
from retail_panel.dimensions import DIMENSIONS, HOURS, SCORES, WEEKDAYS
from retail_panel.measures import MEASURES
from retail_panel.views.drawing import frame_of
from retail_panel.views.drawn import drawn
from retail_panel.views.lettering import letter
from retail_panel.views.palette import PENDING_ALPHA
from retail_panel.views.pointer import EDGE, Pointer
from retail_panel.views.ticks import tip, write_ticks

MOST_TICKS = {"columns": 7, "bars": 30, "grid": 8}
#: The same of a chart that takes a quarter of the page.
MOST_TICKS_QUARTER = 4
FADED = 0.3
#: An axis stays while its highest value fills at least this share of it.
ROOM_KEPT = 0.75
#: Side of the smallest mark of a grid.
LEAST_PX = 2
#: Width of a grid on a phone, which its largest marks share.
PHONE_PX = 230


class LiveChart:
    """Draws one chart and turns what the pointer does on it into calls.

    Parameters
    ----------
    chart : Chart
        What to draw.
    bins : sequence
        Bins of each of its dimensions.
    measure : str
        The measure it shows.
    currency : str
        ISO code for money.
    enter, brush, click : callable
        ``enter(chart)`` as the pointer comes in, ``brush(chart, ranges, final)`` while a box is dragged (ranges: a
        pair of codes a dimension, None where the box was removed) and ``click(chart, code, add)`` on a category.
    touch : bool
        Whether a drag scrolls the page instead of brushing.

    Attributes
    ----------
    figure : bokeh.plotting.figure
        Put on the page.
    """

    def __init__(self, chart, bins, measure, currency, enter, brush, click, touch=False):
        self.chart = chart
        self._currency = currency
        self._pointer = self._reader = None
        self._state = {}
        self._is_pending, self._touch = False, touch
        # Whether the browser may show anything else than the exact values that it was sent last.
        self._is_brushed = True
        self.figure, self._layers = drawn(chart.form)
        self._one_source()
        self._dress()
        self.rebin(bins, measure)
        self._pointer = Pointer(self, enter, brush, click, touch)

    def _one_source(self):
        self.source = self._layers["whole"]["source"]
        for name, handles in self._layers.items():
            renderer, glyph = handles["glyph_renderer"], handles["glyph"]
            renderer.data_source = self.source
            renderer.nonselection_glyph = renderer.selection_glyph = None
            if self.chart.form == "grid":
                glyph.size = f"{name}_size"
        self._layers["part"]["glyph"].fill_alpha = "alpha"
        # The layer above is painted by itself, so that a moving brush paints neither axes nor what lies behind.
        self._layers["part"]["glyph_renderer"].level = "overlay"

    def _dress(self):
        figure = self.figure
        figure.output_backend = "canvas"
        figure.background_fill_alpha = figure.border_fill_alpha = 0
        figure.min_border_right, figure.min_border_top = 14, 6
        figure.outline_line_color = figure.toolbar.logo = None
        # Else Bokeh paints all of a figure once more half a second after each paint while anything is dragged.
        figure.lod_threshold, figure.lod_interval = None, 0
        for axis in figure.axis:
            axis.axis_line_color = axis.major_tick_line_color = axis.minor_tick_line_color = None
            axis.axis_label_standoff = 6
        figure.xgrid.visible = False
        figure.ygrid.visible = self.chart.form == "columns"
        self.theme(dark=False)

    @property
    def labels(self):
        """Words for each piece, or each pair of pieces, in the order of the values."""
        return self._blank["label"].tolist()

    def theme(self, dark):
        """Colour text and grid lines for the light or the dark paper."""
        letter(self.figure, dark)

    def rebin(self, bins, measure):
        """Take new bins and a new measure: ticks, ranges and hover follow; values are shown with the next answer."""
        self.bins, self.measure, self._is_ranged = tuple(bins), measure, False
        frame = frame_of(self.chart, bins)
        frame["alpha"] = 1.0
        self._blank = {name: frame[name].to_numpy() for name in frame}
        self._state, self._is_brushed = {}, True
        self.source.data = dict(self._blank)
        axes = {"columns": "x", "bars": "y", "grid": "xy"}[self.chart.form]
        for place, cut in zip(axes, self.bins, strict=True):
            self._code_axis(place, cut)
        self._hover()

    def _code_axis(self, place, cut):
        axis = getattr(self.figure, f"{place}axis")[0]
        span = getattr(self.figure, f"{place}_range")
        across = place == "x"
        ticks = cut.ticks(most_ticks(self.chart) if across else 30 if self.chart.form == "bars" else 8)
        places = [position for position, _ in ticks]
        if isinstance(axis.ticker, FixedTicker):
            axis.ticker.ticks = places
        else:
            axis.ticker = FixedTicker(ticks=places)
        axis.major_label_overrides = dict(ticks)
        ends = (0, cut.size) if across or is_upward(cut) else (cut.size, 0)
        if self.chart.form == "grid" and cut.labels not in (WEEKDAYS, HOURS):
            axis.axis_label = DIMENSIONS[self.chart.dims["xy".index(place)]].label
        span.update(start=ends[0], end=ends[1], bounds=None)

    def _hover(self):
        measure = MEASURES[self.measure]
        part, whole = (tip(name, measure.unit, self._currency) for name in ("part", "whole"))
        tips = [("", "@label"), (f"{measure.label}, selected", part), (f"{measure.label}, all", whole)]
        if self._reader is not None:
            # Another tool would have Bokeh look through all models of the page.
            self._reader.tooltips = tips
            return
        self._reader = HoverTool(
            tooltips=tips,
            mode={"columns": "vline", "bars": "hline", "grid": "mouse"}[self.chart.form],
            renderers=[self._layers["whole"]["glyph_renderer"]],
            attachment="horizontal",
            point_policy="follow_mouse",
        )
        self.figure.toolbar.tools = [t for t in self.figure.tools if not isinstance(t, HoverTool)] + [self._reader]

    def brushed(self):
        """Take in that a brush moves elsewhere, which the browser may answer by itself, so what it shows is unknown."""
        self._is_brushed = True

    def show(self, whole=None, part=None):
        """Show values; what is not given stays, and exact ones that the browser has are not sent, nor painted, again.

        Parameters
        ----------
        whole, part : numpy.ndarray, optional
            Values over the bins, of the scope and of the selection.
        """
        columns = {name: v.ravel() for name, v in (("whole", whole), ("part", part)) if v is not None}
        self._state |= columns
        if whole is not None:
            self._value_range(columns["whole"])
            columns["alpha"] = self._state.get("alpha", self._blank["alpha"])
        if self.chart.form == "grid":
            now = {**self._blank, **self._state}
            for name in ("whole", "part") if whole is not None else ("part",):
                shares = np.clip(now[name], 0, None) / self._top()
                columns[f"{name}_size"] = np.where(shares > 0, np.maximum(LEAST_PX, self._side * np.sqrt(shares)), 0)
        as_they_are = all(np.array_equal(self.source.data[name], column) for name, column in columns.items())
        if as_they_are and whole is not None and not self._is_brushed:
            return
        self._is_brushed = whole is None
        # Lists: each array would be two more frames on the wire.
        self.source.data.update({name: column.tolist() for name, column in columns.items()})

    @property
    def _side(self):
        side = largest_mark(self.bins[0].size)
        return min(side, PHONE_PX / self.bins[0].size) if self._touch else side

    def _value_range(self, whole):
        if self.chart.form == "grid":
            return
        low, high = min(0.0, float(whole.min(initial=0))), max(0.0, float(whole.max(initial=0)))
        span = self.figure.y_range if self.chart.form == "columns" else self.figure.x_range
        # As rows arrive an axis that moved with every one of them could not be read, and would cost most of the paint.
        if self._is_ranged and span.start <= low and ROOM_KEPT * span.end <= high <= span.end and not low < 0:
            return
        self._is_ranged = True
        start, end = value_ends(whole)
        span.update(start=start, end=end)
        self._written_ticks(span)
        if self._pointer is not None:
            self._pointer.fit(span.start, span.end)

    def _written_ticks(self, span):
        columns = self.chart.form == "columns"
        axis = self.figure.yaxis[0] if columns else self.figure.xaxis[0]
        most = 4 if columns or self.chart.width > 3 else 2
        write_ticks(axis, span.start, span.end, MEASURES[self.measure].unit, self._currency, most)

    def hover(self, on):
        """Look up what is under the pointer, or not: while a box is dragged it would take a third of each move."""
        self._reader.renderers = [self._layers["whole"]["glyph_renderer"]] if on else []

    def pending(self, on):
        """Pale the selection while its exact value is on its way."""
        if on != self._is_pending:
            self._is_pending = on
            self._layers["part"]["glyph"].fill_alpha = PENDING_ALPHA if on else "alpha"

    def brush_part(self):
        """Return what the browser needs to follow the brush on this chart: its figure and its numbers of pieces."""
        return {"figure": self.figure.id, "sizes": [cut.size for cut in self.bins], "edge": EDGE}

    def answer_part(self, place):
        """Return what the browser needs to show the answers to a brush on another chart by itself.

        Parameters
        ----------
        place : int or None
            Which of the browser's arrays is this chart's; None where it has none, and the selection pales.
        """
        marks = {"top": self._top(), "side": self._side, "least": LEAST_PX} if self.chart.form == "grid" else None
        return {"figure": self.figure.id, "layer": self._layers["part"]["glyph_renderer"].id, "place": place,
                "marks": marks, "alpha": {"field": "alpha"}, "pale": {"value": PENDING_ALPHA}}  # fmt: skip

    def _top(self):
        return float(max({**self._blank, **self._state}["whole"].max(), 1e-12))

    def mark(self, clauses):
        """Take in the chart's own filter: its box now, its pieces in full colour with the next :meth:`show`.

        Parameters
        ----------
        clauses : dict of str to clause
            The selection.
        """
        codes = [self.bins[i].codes(clauses[d]) if d in clauses else None for i, d in enumerate(self.chart.dims)]
        picked = [np.isin(np.arange(cut.size), c) if c is not None else np.ones(cut.size, bool)
                  for c, cut in zip(codes, self.bins, strict=True)]
        inside = picked[0] if len(picked) == 1 else np.logical_and.outer(*picked).ravel()
        self._state["alpha"] = np.where(inside, 1.0, FADED)
        if not self.chart.brushed:
            return
        if all(c is None for c in codes) or any(c == [] for c in codes):
            self._pointer.hide()
        else:
            self._pointer.place([(0, cut.size) if c is None else (c[0], c[-1] + 1)
                                 for c, cut in zip(codes, self.bins, strict=True)])


def most_ticks(chart):
    """Return how many places are written below a chart at most."""
    return MOST_TICKS_QUARTER if chart.width <= 3 else MOST_TICKS[chart.form]


def is_upward(cut):
    """Whether pieces read from the bottom up, as numbers and scores do; categories read from the top down."""
    return isinstance(cut, NumberBins) or cut.labels == SCORES


def value_ends(values):
    """Return the ends of an axis of values, a pair of floats: zero is on it, with some room behind what is farthest."""
    low, high = min(0.0, float(values.min(initial=0))), max(0.0, float(values.max(initial=0)))
    room = (high - low or 1.0) * 0.06
    return low - (room if low < 0 else 0), high + room


def largest_mark(across):
    """Return the side in pixels of the largest mark of a grid of so many pieces across."""
    return 22 if across <= 8 else 13
