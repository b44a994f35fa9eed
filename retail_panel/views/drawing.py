"""How a chart is drawn: once, by hvPlot, in code units; afterwards only its sources change.

Each form takes a frame with one row a piece (or a pair of pieces), columns ``x`` (and ``y``), ``label``, ``whole`` (the
scope) and ``part`` (the selection), and returns a HoloViews overlay of the scope in grey and the selection in colour.
"""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import numpy as np
import pandas as pd

from retail_panel.views.palette import CONTEXT, CONTEXT_ALPHA, SELECTED

BACK = {"color": CONTEXT, "alpha": CONTEXT_ALPHA, "line_alpha": 0, "hover": False}
FRONT = {"color": SELECTED, "line_alpha": 0, "hover": False}
SHAPE = {"responsive": True, "min_height": 60}


def frame_of(chart, bins):
    """Return an empty frame of a chart's pieces.

    Parameters
    ----------
    chart : Chart
        The chart.
    bins : sequence
        Bins of each of its dimensions.

    Returns
    -------
    pandas.DataFrame
        Columns x, y (grids only), label, whole, part, and for grids whole_size and part_size in pixels.
    """
    if chart.form == "grid":
        across, up = bins
        codes = np.indices((across.size, up.size)).reshape(2, -1)
        labels = [f"{up.labels[j]}, {across.labels[i]}" for i, j in codes.T]
        frame = pd.DataFrame({"x": codes[0] + 0.5, "y": codes[1] + 0.5, "label": labels})
        return frame.assign(whole=0.0, part=0.0, whole_size=0.0, part_size=0.0)
    (cut,) = bins
    return pd.DataFrame({"x": np.arange(cut.size) + 0.5, "label": list(cut.labels), "whole": 0.0, "part": 0.0})


def draw(form, frame, hooks):
    """Draw a chart.

    Parameters
    ----------
    form : str
        As in :class:`retail_panel.views.chart.Chart`.
    frame : pandas.DataFrame
        As :func:`frame_of`.
    hooks : dict of str to callable
        HoloViews hooks for the ``whole`` and the ``part`` layer; each receives (plot, element).

    Returns
    -------
    holoviews.Overlay
    """
    if form == "grid":
        layers = {
            name: frame.hvplot.scatter(x="x", y="y", s=4, marker="square", hover_cols=["label", name], **style, **SHAPE)
            for name, style in (("whole", BACK), ("part", FRONT))
        }
    else:
        kind = "bar" if form == "columns" else "barh"
        width = 0.94 if form == "columns" else 0.78
        layers = {
            name: getattr(frame.hvplot, kind)(x="x", y=name, bar_width=width, hover_cols=["label"], **style, **SHAPE)
            for name, style in (("whole", BACK), ("part", FRONT))
        }
    whole, part = (layer.opts(hooks=[hooks[name]], default_tools=[]) for name, layer in layers.items())
    return (whole * part).opts(show_legend=False, xlabel="", ylabel="", toolbar=None, default_tools=[], title="")
