"""What the pointer does on a chart: the box one drags, and clicks on categories."""

import numpy as np
from bokeh.models import BoxAnnotation, BoxSelectTool

from retail_panel.views.palette import BRUSH

#: Share of a piece that a box may cut off, or reach over, without that counting.
EDGE = 0.25


class Pointer:
    """Turns what the pointer does on one chart into calls.

    Parameters
    ----------
    live : LiveChart
        The chart.
    enter, brush, click, touch
        As in :class:`retail_panel.views.live.LiveChart`.
    """

    def __init__(self, live, enter, brush, click, touch=False):
        self._live, self._box = live, None
        chart, figure = live.chart, live.figure
        figure.on_event("mouseenter", lambda event: enter(chart))
        if not chart.brushed:
            figure.on_event("tap", lambda event: self._clicked(event, click))
            return
        is_grid = chart.form == "grid"
        # Ends that are numbers from the start: Bokeh would list all models of the page anew as they become such.
        self._box = BoxAnnotation(
            editable=True, fill_color=BRUSH, fill_alpha=0.14, line_color=BRUSH, line_dash=[], line_width=1,
            level="overlay", visible=False, propagate_hover=True, syncable=False, left=np.nan, right=np.nan,
            **({} if is_grid else {"movable": "x", "resizable": "x"}),
        )
        tool = BoxSelectTool(
            dimensions="both" if is_grid else "width", continuous=True, persistent=True, renderers=[],
            overlay=self._box,
        )  # fmt: skip
        figure.add_tools(tool)
        figure.toolbar.active_drag = None if touch else tool
        figure.on_event("panstart", lambda event: live.hover(False))
        figure.on_event("panend", lambda event: live.hover(True))
        figure.on_event("selectiongeometry", lambda event: self._brushed(event, brush))
        figure.on_event("tap", lambda event: self._tapped(event, brush))

    def fit(self, start, end):
        """Let the box reach over a value axis between these ends."""
        if self._box is not None:
            # Bokeh lets a box be moved only once all four of its ends are numbers.
            self._box.update(bottom=start, top=end)

    def place(self, spans):
        """Put the box around pieces.

        Parameters
        ----------
        spans : sequence of (int, int)
            First piece and the one after the last, a pair a dimension.
        """
        # A box that was dragged lies elsewhere in the browser than here, so that each end is sent anew.
        self._box.update(left=np.nan, right=np.nan)
        ends = {"left": spans[0][0], "right": spans[0][1]}
        if self._live.chart.form == "grid":
            ends |= {"top": spans[1][0], "bottom": spans[1][1]}
        self._box.update(visible=True, **ends)

    def hide(self):
        """Take the box away."""
        self._box.visible = False

    def _brushed(self, event, brush):
        box, bins = event.geometry, self._live.bins
        pairs = [(box["x0"], box["x1"]), (box["y0"], box["y1"])][: len(bins)]
        spans = [_span(pair, cut.size) for pair, cut in zip(pairs, bins, strict=True)]
        if event.final:
            self.place(spans)
        brush(self._live.chart, tuple(spans), event.final)

    def _tapped(self, event, brush):
        inside = self._box.visible and self._box.left <= event.x <= self._box.right
        if self._box.visible and not inside:
            self.hide()
            brush(self._live.chart, None, True)

    def _clicked(self, event, click):
        code = int(np.floor(event.y))
        if 0 <= code < self._live.bins[0].size:
            keys = event.modifiers or {}
            click(self._live.chart, code, bool(keys.get("ctrl") or keys.get("shift") or keys.get("meta")))


def _span(pair, size):
    low, high = sorted(pair)
    first = min(max(int(np.floor(low + EDGE)), 0), size - 1)
    return first, max(first + 1, min(int(np.ceil(high - EDGE)), size))
