"""How many clusters: the elbow and the silhouette by k, drawn once by hvPlot."""

import holoviews as hv
import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import pandas as pd
from bokeh.models import NumeralTickFormatter

from retail_panel.views.lettering import letter
from retail_panel.views.palette import CONTEXT, SELECTED


class ChoiceOfK:
    """Two small charts over the same k: within-cluster sum of squares and mean silhouette.

    Attributes
    ----------
    figures : tuple of bokeh.plotting.figure
        Elbow, silhouette.
    """

    def __init__(self):
        self._sources = []
        self.figures = tuple(self._draw(label) for label in ("Inertia", "Silhouette"))
        self.figures[0].yaxis[0].formatter = NumeralTickFormatter(format="0.[0]a")
        self.figures[1].yaxis[0].formatter = NumeralTickFormatter(format="0.00")
        self.theme(dark=False)

    def _draw(self, label):
        frame = pd.DataFrame({"k": [2, 10], "value": [0.0, 1.0]})
        kept = {}

        def keep(name):
            return lambda plot, element: kept.setdefault(name, plot.handles)

        line = frame.hvplot.line(x="k", y="value", color=CONTEXT, responsive=True, min_height=60, hover=False)
        dots = frame.hvplot.scatter(x="k", y="value", color=SELECTED, responsive=True, min_height=60, size=40)
        drawn = line.opts(hooks=[keep("line")]) * dots.opts(hooks=[keep("dots")])
        figure = hv.render(drawn.opts(toolbar=None, xlabel="Clusters (k)", ylabel=label, xlim=(1.6, 10.4)), "bokeh")
        figure.output_backend = "canvas"
        figure.toolbar.active_drag = figure.toolbar.active_scroll = None
        figure.background_fill_alpha = figure.border_fill_alpha = 0
        figure.outline_line_color = None
        figure.xgrid.visible = False
        for axis in figure.axis:
            axis.axis_line_color = axis.major_tick_line_color = axis.minor_tick_line_color = None
            axis.axis_label_standoff = 6
        figure.xaxis[0].ticker = list(range(2, 11))
        for name in ("line", "dots"):
            kept[name]["glyph_renderer"].data_source = kept["dots"]["source"]
        kept["dots"]["source"].data = {"k": [], "value": [], "size": []}
        kept["dots"]["glyph"].size = "size"
        self._sources.append(kept["dots"]["source"])
        return figure

    def show(self, clustering):
        """Show a clustering's figures by k; its own k is the large dot.

        Parameters
        ----------
        clustering : Clustering or None
            None where nobody was scored.
        """
        tried = (clustering.inertia_, clustering.silhouette_) if clustering else ({}, {})
        for source, figure, values in zip(self._sources, self.figures, tried, strict=True):
            ks = sorted(values)
            sizes = [13 if clustering and k == clustering.k else 6 for k in ks]
            source.data = {"k": ks, "value": [values[k] for k in ks], "size": sizes}
            low, high = min(values.values(), default=0.0), max(values.values(), default=1.0)
            room = 0.12 * ((high - low) or 1.0)
            figure.y_range.update(start=low - room, end=high + room)

    def theme(self, dark):
        """Colour text and grid lines for the light or the dark paper."""
        for figure in self.figures:
            letter(figure, dark)
