"""The charts of cubes on paper: those of the workbench, with their values and without what a pointer does."""

from dataclasses import replace

import numpy as np
import pandas as pd
from bokeh.models import HoverTool

from retail_panel.crossfilter.histogram import supported
from retail_panel.dimensions import DIMENSIONS
from retail_panel.measures import MEASURES
from retail_panel.views.live import LiveChart

#: Letters of a label beside a bar.
LONGEST = 18


def fits(chart, scene, measure):
    """Whether a scene has what a chart shows; bars want two pieces at least."""
    cuts = [scene.coded.bins.get(name) for name in chart.dims]
    least = 2 if chart.form == "bars" else 1
    return all(cut is not None and cut.size >= least for cut in cuts) and supported(scene.coded, chart.key(measure))


def chart_drawn(chart, scene, measure, values, filters, currency):
    """Draw a chart.

    Parameters
    ----------
    chart : Chart
        The chart.
    scene : Scene
        Its bins.
    measure : str
        What it measures.
    values : (numpy.ndarray, numpy.ndarray)
        Values over the bins, of the scope and of the selection.
    filters : dict of str to clause
        The selection: pieces outside the chart's own filter are pale.
    currency : str
        ISO code.

    Returns
    -------
    bokeh.plotting.figure
    """
    # A third of the paper has room for as few ticks as a quarter of a screen.
    drawn = replace(chart, width=3) if chart.width < 6 else chart
    live = LiveChart(drawn, [scene.coded.bins[name] for name in chart.dims], measure, currency, _still, _still, _still)
    live.mark(filters)
    live.show(*values)
    figure = live.figure
    figure.toolbar.active_drag = None
    figure.toolbar.tools = [tool for tool in figure.tools if isinstance(tool, HoverTool)]
    # Nobody is there to be told of events.
    figure._event_callbacks.clear()
    figure.subscribed_events.clear()
    if chart.form == "bars":
        axis = figure.yaxis[0]
        axis.major_label_overrides = {at: _cut(label) for at, label in axis.major_label_overrides.items()}
    return figure


def chart_table(chart, scene, measure, values, is_selected):
    """Return what a chart shows.

    Parameters
    ----------
    chart, scene, measure, values
        As in :func:`chart_drawn`.
    is_selected : bool
        Whether the selection has a column of its own.

    Returns
    -------
    pandas.DataFrame
        One row a piece, or a pair of pieces.
    """
    cuts = [scene.coded.bins[name].labels for name in chart.dims]
    places = np.indices([len(labels) for labels in cuts]).reshape(len(cuts), -1)
    words = {DIMENSIONS[name].label: [labels[i] for i in at]
             for name, labels, at in zip(chart.dims, cuts, places, strict=True)}  # fmt: skip
    whole, part = (np.asarray(each, float).ravel() for each in values)
    figures = {"Selected": part, "All": whole} if is_selected else {MEASURES[measure].label: whole}
    return pd.DataFrame({**words, **figures})


def _still(*events):
    """Nobody points at paper."""


def _cut(label):
    return label if len(label) <= LONGEST else f"{label[: LONGEST - 1].rstrip()}\u2026"
