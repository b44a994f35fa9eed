"""How studies look: colours, and figures as text on axes and in hovers, without code that the browser must evaluate."""

from dataclasses import dataclass
from functools import cache

import holoviews as hv
import hvplot.pandas  # noqa: F401  (loads HoloViews' drawing in Bokeh)
import numpy as np
from bokeh.models import CategoricalAxis, HBar, NumeralTickFormatter, Quad, VBar

from retail_panel.formats import format_value
from retail_panel.studies.layers import name, put
from retail_panel.views.lettering import letter
from retail_panel.views.palette import GRID_LINE, SERIES, TEXT
from retail_panel.views.ticks import numeral, tip, write_ticks

SHAPE = {"responsive": True, "min_height": 60}
#: As hvPlot has it of its own: what is updated takes the ranges of the new drawing.
FREE = {"framewise": True, **SHAPE}


@cache
def beside(column):
    """Return a column that no axis shows: HoloViews would look for its range, a fifth of the time of a drawing."""
    return hv.Dimension(column, range=(0, 1))


@dataclass(frozen=True)
class Look:
    """What a drawing must suit.

    Parameters
    ----------
    currency : str
        ISO code.
    dark : bool
        Whether the paper is dark.
    narrow : bool
        Whether it is a phone's.
    """

    currency: str = "GBP"
    dark: bool = False
    narrow: bool = False

    @property
    def text(self):
        """Colour of words."""
        return TEXT["dark" if self.dark else "light"]

    @property
    def rule(self):
        """Colour of grid lines."""
        return GRID_LINE["dark" if self.dark else "light"]

    @property
    def paper(self):
        """Colour behind charts."""
        return "#121212" if self.dark else "#ffffff"

    @property
    def series(self):
        """Colours of series, in order, told apart on either paper and by the colour-blind."""
        return SERIES

    def write(self, value, unit="count", form="full"):
        """Write a figure, see :func:`retail_panel.formats.format_value`."""
        return format_value(value, unit, self.currency, form)

    def hover(self, unit):
        """Return how a tooltip writes a figure of a unit, see :func:`retail_panel.views.ticks.numeral`."""
        return numeral(unit, self.currency)

    def tips(self, *lines):
        """Return Bokeh tooltips.

        Parameters
        ----------
        *lines : (str, str) or (str, str, str)
            Words, column, and the unit where it is a figure.
        """
        found = []
        for words, column, *unit in lines:
            found.append((words, tip(column, unit[0], self.currency) if unit else f"@{{{column}}}"))
        return found

    def dressed(self, plot, x=None, y=None, legend="top_right", layers=(), label="", legend_cols=None,
                hooks=(), **options):  # fmt: skip
        """Return a drawing in the house's dress.

        Parameters
        ----------
        plot : holoviews element or overlay
            Drawn with hvPlot.
        x, y : str, optional
            Unit of the axis where it shows figures: its ticks are written in that unit. None leaves the axis as drawn
            (categories, time).
        legend : str or None
            Where the legend stands; None for no legend.
        layers : sequence of Layer
            What is drawn beside the plot, from the lowest; where any has a label the legend is of layers.
        label : str
            Name of the plot itself, the first one in a legend of layers; empty for none.
        legend_cols : int, optional
            Names beside one another in the legend.
        hooks : sequence of callable
            Of the element, before its own.
        **options
            Further options of the element, such as ``xlabel``.
        """

        is_named = legend is not None and any(layer.label for layer in layers)

        def hook(drawn, element):
            held = put(drawn.state, layers)
            if is_named:
                named = [(layer.label, each) for layer, each in zip(layers, held, strict=True) if layer.label]
                own = [(label, drawn.state.renderers[0])] if label else []
                name(drawn.state, own + named, legend, legend_cols)
            self.dress(drawn.state)
            for unit, axes, span, most in ((x, drawn.state.xaxis, drawn.state.x_range, 4 if self.narrow else 5),
                                           (y, drawn.state.yaxis, drawn.state.y_range, 5)):  # fmt: skip
                if unit is not None:
                    self.ticks(axes[0], span, unit, most)

        plain = {"xlabel": "", "ylabel": "", "title": "", "toolbar": None, "default_tools": ["hover"]} | options
        plain |= {"show_legend": False} if legend is None or is_named else {"legend_position": legend}
        plain |= {} if legend_cols is None or is_named else {"legend_cols": legend_cols}
        return plot.opts(hooks=[*hooks, hook], **plain)

    def dress(self, figure):
        """Give a Bokeh figure the house's colours and quiet axes."""
        figure.output_backend = "canvas"
        figure.background_fill_alpha = figure.border_fill_alpha = 0
        figure.outline_line_color = None
        figure.min_border_right, figure.min_border_top = 14, 6
        figure.toolbar.logo = None
        figure.toolbar.active_drag = figure.toolbar.active_scroll = None
        for axis in figure.axis:
            axis.axis_line_color = axis.major_tick_line_color = axis.minor_tick_line_color = None
            axis.axis_label_standoff = 6
            if isinstance(axis, CategoricalAxis):
                axis.separator_line_color = None
        for bars in figure.renderers:
            # HoloViews gives all bars an outline of one pixel; one that was asked for is wider.
            if isinstance(getattr(bars, "glyph", None), VBar | HBar | Quad) and bars.glyph.line_width == 1:
                bars.glyph.line_color = None
        figure.xgrid.visible = False
        for grid in figure.grid:
            # Bokeh would paint it over what lies below the element, and strike lines through.
            grid.level = "image"
        letter(figure, self.dark)
        for legend in figure.legend:
            legend.background_fill_alpha = 0
            legend.border_line_color = None
            legend.glyph_height = legend.glyph_width = 14
            legend.spacing = 8 if legend.orientation == "horizontal" or legend.ncols != "auto" else 1
            legend.padding, legend.label_standoff = 2, 4
            if legend in figure.above:
                # HoloViews puts a legend above the data half into it.
                legend.location, legend.margin = "bottom_left", 2

    def ticks(self, axis, span, unit, most=5):
        """Write the ticks of an axis whose range is fixed: round places, in words of its unit."""
        low, high = (getattr(span, end, None) for end in ("start", "end"))
        if low is None or high is None or not np.isfinite([low, high]).all() or low == high:
            axis.formatter = NumeralTickFormatter(format="0.[0]a")
            return
        write_ticks(axis, min(low, high), max(low, high), unit, self.currency, most)
