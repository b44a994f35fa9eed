"""A chart on the screen: one Bokeh figure whose sources are assigned, never rebuilt."""

import holoviews as hv
import numpy as np
from bokeh.models import (
    BoxAnnotation,
    BoxSelectTool,
    CustomJS,
    CustomJSHover,
    CustomJSTickFormatter,
    FixedTicker,
    HoverTool,
)

from retail_panel.crossfilter.bins import NumberBins
from retail_panel.dimensions import DIMENSIONS, HOURS, SCORES, WEEKDAYS
from retail_panel.formats import javascript_format
from retail_panel.measures import MEASURES
from retail_panel.views.drawing import draw, frame_of
from retail_panel.views.palette import BRUSH, GRID_LINE, PENDING_ALPHA, TEXT

hv.extension("bokeh")

MOST_TICKS = {"columns": 7, "bars": 30, "grid": 8}
FADED = 0.3
#: While a box is dragged nothing is looked up under the pointer, which would take a third of the time of a move.
HOVER_ON = """for (const tool of cb_obj.origin.toolbar.tools) {
    if (tool.type == "HoverTool") tool.setv({renderers}, {sync: false})
}"""


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
        self._layers = {}
        self._box = None
        self._state = {}
        self._is_pending = False
        frame = frame_of(chart, bins)
        hooks = {name: self._keep(name) for name in ("whole", "part")}
        self.figure = hv.render(draw(chart, frame, hooks), backend="bokeh")
        self._one_source()
        self._dress()
        self.rebin(bins, measure)
        self._listen(enter, brush, click, touch)

    def _keep(self, name):
        def hook(plot, element):
            self._layers[name] = plot.handles

        return hook

    def _one_source(self):
        self.source = self._layers["whole"]["source"]
        for name, handles in self._layers.items():
            renderer, glyph = handles["glyph_renderer"], handles["glyph"]
            renderer.data_source = self.source
            renderer.nonselection_glyph = renderer.selection_glyph = None
            if self.chart.form == "grid":
                glyph.size = f"{name}_size"
        self._layers["part"]["glyph"].fill_alpha = "alpha"

    def _dress(self):
        figure = self.figure
        figure.output_backend = "canvas"
        figure.background_fill_alpha = figure.border_fill_alpha = 0
        figure.outline_line_color = None
        figure.min_border_right, figure.min_border_top = 14, 6
        figure.toolbar.logo = None
        figure.lod_threshold = None
        for axis in figure.axis:
            axis.axis_line_color = axis.major_tick_line_color = axis.minor_tick_line_color = None
            axis.major_label_text_font_size = axis.axis_label_text_font_size = "11px"
            axis.axis_label_text_font_style = "normal"
        figure.xgrid.visible = False
        figure.ygrid.visible = self.chart.form == "columns"
        self.theme(dark=False)

    @property
    def labels(self):
        """Words for each piece, or each pair of pieces, in the order of the values."""
        return self._blank["label"].tolist()

    def theme(self, dark):
        """Colour text and grid lines for the light or the dark paper."""
        tone = "dark" if dark else "light"
        for axis in self.figure.axis:
            axis.major_label_text_color = axis.axis_label_text_color = TEXT[tone]
        for grid in self.figure.grid:
            grid.grid_line_color = GRID_LINE[tone] if grid.visible else None

    def rebin(self, bins, measure):
        """Take new bins and a new measure: ticks, ranges and hover follow; values are shown with the next answer."""
        self.bins, self.measure = tuple(bins), measure
        frame = frame_of(self.chart, bins)
        frame["alpha"] = 1.0
        self._blank = {name: frame[name].to_numpy() for name in frame}
        self._state = {}
        self.source.data = dict(self._blank)
        axes = {"columns": "x", "bars": "y", "grid": "xy"}[self.chart.form]
        for place, cut in zip(axes, self.bins, strict=True):
            self._code_axis(place, cut)
        if self.chart.form != "grid":
            unit = MEASURES[measure].unit
            code = javascript_format(unit, self._currency)
            value_axis = self.figure.yaxis[0] if self.chart.form == "columns" else self.figure.xaxis[0]
            value_axis.formatter = CustomJSTickFormatter(code=f"return ({code})(tick)")
            value_axis.ticker.desired_num_ticks = 4 if self.chart.form == "columns" or self.chart.width > 3 else 2
        self._hover()

    def _code_axis(self, place, cut):
        axis = getattr(self.figure, f"{place}axis")[0]
        span = getattr(self.figure, f"{place}_range")
        across = place == "x"
        ticks = cut.ticks(MOST_TICKS[self.chart.form] if across else 30 if self.chart.form == "bars" else 8)
        axis.ticker = FixedTicker(ticks=[position for position, _ in ticks])
        axis.major_label_overrides = dict(ticks)
        # Categories read from the top down, numbers and scores from the bottom up.
        upward = isinstance(cut, NumberBins) or cut.labels == SCORES
        ends = (0, cut.size) if across or upward else (cut.size, 0)
        if self.chart.form == "grid" and cut.labels not in (WEEKDAYS, HOURS):
            axis.axis_label = DIMENSIONS[self.chart.dims["xy".index(place)]].label
        span.update(start=ends[0], end=ends[1], bounds=None)

    def _hover(self):
        label = MEASURES[self.measure].label
        code = javascript_format(MEASURES[self.measure].unit, self._currency, full=True)
        words = CustomJSHover(code=f"return ({code})(value)")
        self.figure.toolbar.tools = [t for t in self.figure.tools if not isinstance(t, HoverTool)] + [
            HoverTool(
                tooltips=[("", "@label"), (f"{label}, selected", "@part{custom}"), (f"{label}, all", "@whole{custom}")],
                formatters={"@part": words, "@whole": words},
                mode={"columns": "vline", "bars": "hline", "grid": "mouse"}[self.chart.form],
                renderers=[self._layers["whole"]["glyph_renderer"]],
                attachment="horizontal",
                point_policy="follow_mouse",
            )
        ]

    def show(self, whole=None, part=None):
        """Show values; what is not given stays.

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
            top = max(now["whole"].max(), 1e-12)
            for name in ("whole", "part") if whole is not None else ("part",):
                shares = np.clip(now[name], 0, None) / top
                columns[f"{name}_size"] = np.where(shares > 0, np.maximum(2, self._side * np.sqrt(shares)), 0)
        # Lists travel inside the one message; each array would be two more frames on the wire.
        self.source.data.update({name: column.tolist() for name, column in columns.items()})

    @property
    def _side(self):
        return 22 if self.bins[0].size <= 8 else 13

    def _value_range(self, whole):
        if self.chart.form == "grid":
            return
        low, high = min(0.0, float(whole.min(initial=0))), max(0.0, float(whole.max(initial=0)))
        span = self.figure.y_range if self.chart.form == "columns" else self.figure.x_range
        room = (high - low or 1.0) * 0.06
        span.update(start=low - (room if low < 0 else 0), end=high + room)
        if self._box is not None:
            # Bokeh lets a box be moved only once all four of its ends are numbers.
            self._box.update(bottom=span.start, top=span.end)

    def pending(self, on):
        """Pale the selection while its exact value is on its way."""
        if on != self._is_pending:
            self._is_pending = on
            self._layers["part"]["glyph"].fill_alpha = PENDING_ALPHA if on else "alpha"

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
            self._box.visible = False
        else:
            self._place([(0, cut.size) if c is None else (c[0], c[-1] + 1)
                         for c, cut in zip(codes, self.bins, strict=True)])

    def _place(self, spans):
        # A box that was dragged lies elsewhere in the browser than here, so that each end is sent anew.
        self._box.update(left=np.nan, right=np.nan)
        ends = {"left": spans[0][0], "right": spans[0][1]}
        if self.chart.form == "grid":
            ends |= {"top": spans[1][0], "bottom": spans[1][1]}
        self._box.update(visible=True, **ends)

    def _listen(self, enter, brush, click, touch):
        self.figure.on_event("mouseenter", lambda event: enter(self.chart))
        if not self.chart.brushed:
            self.figure.on_event("tap", lambda event: self._clicked(event, click))
            return
        self._box = BoxAnnotation(
            editable=True, fill_color=BRUSH, fill_alpha=0.14, line_color=BRUSH, line_dash=[], line_width=1,
            level="overlay", visible=False, propagate_hover=True, syncable=False,
            **({} if self.chart.form == "grid" else {"movable": "x", "resizable": "x"}),
        )
        tool = BoxSelectTool(
            dimensions="both" if self.chart.form == "grid" else "width",
            continuous=True, persistent=True, renderers=[], overlay=self._box,
        )
        self.figure.add_tools(tool)
        self.figure.toolbar.active_drag = None if touch else tool
        for event, renderers in (("panstart", []), ("panend", [self._layers["whole"]["glyph_renderer"]])):
            self.figure.js_on_event(event, CustomJS(args={"renderers": renderers}, code=HOVER_ON))
        self.figure.on_event("selectiongeometry", lambda event: self._brushed(event, brush))
        self.figure.on_event("tap", lambda event: self._tapped(event, brush))

    def _brushed(self, event, brush):
        box = event.geometry
        pairs = [(box["x0"], box["x1"]), (box["y0"], box["y1"])][: len(self.bins)]
        spans = [_span(pair, cut.size) for pair, cut in zip(pairs, self.bins, strict=True)]
        if event.final:
            self._place(spans)
        brush(self.chart, tuple(spans), event.final)

    def _tapped(self, event, brush):
        inside = self._box.visible and self._box.left <= event.x <= self._box.right
        if self._box.visible and not inside:
            self._box.visible = False
            brush(self.chart, None, True)

    def _clicked(self, event, click):
        code = int(np.floor(event.y))
        if 0 <= code < self.bins[0].size:
            keys = event.modifiers or {}
            click(self.chart, code, bool(keys.get("ctrl") or keys.get("shift") or keys.get("meta")))


def _span(pair, size):
    low, high = sorted(pair)
    first = min(max(int(np.floor(low + 0.25)), 0), size - 1)
    return first, max(first + 1, min(int(np.ceil(high - 0.25)), size))
