"""Dots with their intervals, one a row."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
from bokeh.models import Segment

from retail_panel.studies.forms.bars import limits
from retail_panel.studies.forms.heatmap import cut
from retail_panel.studies.layers import Layer
from retail_panel.studies.look import SHAPE


def intervals(frame, look, unit, words, tips=()):
    """Draw a figure and its interval for each name, the first one on top.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a name: ``label``, ``figure``, ``low`` and ``high`` (NaN where nothing is known), and what ``tips``
        tell.
    look : Look
        What the drawing must suit.
    unit, words : str
        Of the figure: its unit, and what it is called.
    tips : sequence
        Further lines of the hover, as :meth:`retail_panel.studies.look.Look.tips` takes them.
    """
    frame = frame.assign(place=range(len(frame)), label=frame.label.astype(object))
    ends = limits(frame[["low", "figure", "high"]].to_numpy().ravel(), from_zero=False)
    if unit == "money" and frame[["low", "figure"]].min().min() >= 0:
        ends = (max(ends[0], 0), ends[1])
    spans = {"x0": frame.low.to_numpy(), "x1": frame.high.to_numpy(), "y": frame.place.to_numpy()}
    # Above the dots, since below them they would lie under the lines of the grid.
    whiskers = Layer(Segment, spans, {"y0": "y", "y1": "y", "line_color": look.text, "line_width": 1.5})
    told = look.tips(("", "label"), (words, "figure", unit), ("95% from", "low", unit), ("to", "high", unit), *tips)
    dots = frame.hvplot.scatter(
        "place", "figure", size=90, color=look.series[0], hover_tooltips=told,
        yticks=[(place, cut(label, 18)) for place, label in enumerate(frame.label)],
        hover_cols=["label", "low", "high", *(tip[1] for tip in tips)], xlim=(-0.6, len(frame) - 0.4), ylim=ends,
        **SHAPE,
    ).opts(invert_axes=True, line_color=look.paper)  # fmt: skip
    return look.dressed(dots, x=unit, legend=None, layers=[whiskers], invert_yaxis=True)
