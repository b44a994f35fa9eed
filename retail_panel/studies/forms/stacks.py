"""Bars at numbered places, stacked by a category."""

import holoviews as hv
import numpy as np
import pandas as pd
from bokeh.models import Quad, Scatter

from retail_panel.studies.forms.bars import limits
from retail_panel.studies.layers import Layer, words
from retail_panel.studies.look import FREE, beside

#: Of the width of all bars, what their names take beside them.
LEGEND_SHARE, LEGEND_SHARE_NARROW = 0.5, 0.62


def stacks(frame, by, value, colours, look, unit, ticks, tips):
    """Draw one bar a place, its parts one above the other.

    Parameters
    ----------
    frame : pandas.DataFrame
        Long, every place with every category, in the order in which parts are stacked: ``place`` (whole numbers), the
        category, its value (not below zero) and what the hover tells.
    by, value, unit : str
        Columns of the category and its value, and the value's unit.
    colours : dict of str to str
        Colour by category.
    look : Look
        What the drawing must suit.
    ticks, tips
        As in :func:`retail_panel.studies.forms.bars.bars`.
    """
    top = limits(frame.groupby("place")[value].sum())[1]
    top = min(top, 1.0) if unit == "share" else top
    first, last = frame.place.min(), frame.place.max()
    share = LEGEND_SHARE_NARROW if look.narrow else LEGEND_SHARE
    span = {"xlim": (first - 0.6, last + 0.6 + share * (last - first + 1)), "ylim": (0, top), "xticks": ticks}
    drawn = piles(frame, by, value, colours, look, tips, 0.86).opts(**span)
    names = _legend(colours, look, last + (1.3 if look.narrow else 0.9), top, span["xlim"][1])
    return look.dressed(drawn, y=unit, legend=None, layers=names)


def piles(frame, by, value, colours, look, tips, width):
    """Return the parts of bars, those above zero piled up from it and those below down.

    Parameters
    ----------
    frame, by, value, colours, look, tips
        As in :func:`stacks`; values may be below zero.
    width : float
        Of a bar, where places are 1 apart.

    Returns
    -------
    holoviews.Rectangles
    """
    amounts, places = frame[value].fillna(0), frame.place
    up, down = amounts.clip(lower=0).groupby(places).cumsum(), amounts.clip(upper=0).groupby(places).cumsum()
    ends = up.where(amounts >= 0, down)
    told = [*dict.fromkeys(column for _, column, *_ in tips)]
    columns = {name: frame[name] if frame[name].dtype.kind in "biuf" else frame[name].astype(object) for name in told}
    parts = pd.DataFrame({
        "left": places - width / 2, "low": ends - amounts, "right": places + width / 2, "high": ends, **columns,
        "colour": frame[by].map(colours).astype(object),
    })  # fmt: skip
    drawn = hv.Rectangles(parts, ["left", "low", "right", "high"], [beside(column) for column in [*told, "colour"]])
    return drawn.opts(color="colour", hover_tooltips=look.tips(*tips), **FREE)


def _legend(colours, look, at, top, end):
    """Return a mark and a name for each colour, beside the bars and in their order, from the bottom."""
    height = (np.arange(len(colours)) + 0.5) / len(colours) * top
    place = np.full(len(colours), float(at))
    marks = {"x": place, "y": height, "colour": np.array(list(colours.values()), dtype=object)}
    # Grid lines would run through the names.
    paper = {"left": [at - 0.4], "right": [end], "bottom": [0.0], "top": [top]}
    return [
        Layer(Quad, paper, {"fill_color": look.paper, "line_color": None}),
        Layer(Scatter, marks, {"marker": "square", "size": 9, "fill_color": "colour", "line_color": None}),
        words(place + (0.65 if look.narrow else 0.35), height, list(colours), look.text, text_align="left"),
    ]
