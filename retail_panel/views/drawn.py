"""Drawings to copy: hvPlot draws each form of chart once a process, and what visitors see are copies of it.

To draw a chart takes 50 ms, to copy one 5, and a page has fourteen; what differs between charts of one form is set
afterwards in any case.
"""

import threading

import holoviews as hv
import numpy as np
import pandas as pd

from retail_panel.views.copies import copy_of
from retail_panel.views.drawing import draw

hv.extension("bokeh")

PARTS = ("source", "glyph_renderer", "glyph")
_drawn, _drawing = {}, threading.Lock()


def drawn(form):
    """Return a figure of a form that nobody else has, and its layers.

    Parameters
    ----------
    form : str
        As in :class:`retail_panel.views.chart.Chart`.

    Returns
    -------
    tuple of (bokeh.plotting.figure, dict)
        The figure, without values; and for ``whole`` and ``part`` its ``source``, ``glyph_renderer`` and ``glyph``.
    """
    with _drawing:
        if form not in _drawn:
            _drawn[form] = _first(form)
    (figure, layers), done = _drawn[form], {}
    return copy_of(figure, done), {
        name: {part: done[handles[part].id] for part in PARTS} for name, handles in layers.items()
    }


def _first(form):
    layers = {}

    def keep(name):
        def hook(plot, element):
            layers[name] = {part: plot.handles[part] for part in PARTS}

        return hook

    # Of a few pieces, since a bar's width comes from their distance.
    across = np.arange(3) + 0.5
    frame = pd.DataFrame({"x": across, "y": across, "label": list("abc"), "whole": 0.0, "part": 0.0})
    figure = hv.render(draw(form, frame, {name: keep(name) for name in ("whole", "part")}), backend="bokeh")
    return figure, layers
