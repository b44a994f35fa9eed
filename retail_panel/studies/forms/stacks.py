"""Bars at numbered places, stacked by a category."""

import holoviews as hv
import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import numpy as np
import pandas as pd

from retail_panel.studies.forms.bars import limits
from retail_panel.studies.look import SHAPE

#: Of the width of all bars, what their names take beside them.
LEGEND_SHARE = 0.5


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
    span = {"xlim": (first - 0.6, last + 0.6 + LEGEND_SHARE * (last - first + 1)), "ylim": (0, top), **SHAPE}
    told = [column for _, column, *_ in tips if column not in (value, by)]
    frame = frame.astype({name: object for name in (by, *told) if frame[name].dtype.kind not in "biuf"})
    drawn = frame.hvplot.bar(
        x="place", y=value, by=by, stacked=True, color=list(colours.values()), hover_cols=told, legend=False,
        hover_tooltips=look.tips(*tips), xticks=list(ticks), **span,
    ).opts(bar_width=0.86)  # fmt: skip
    return look.dressed(drawn * _legend(colours, look, last + 0.9, top, span), y=unit, legend=None)


def _legend(colours, look, at, top, span):
    """Return a mark and a name for each colour, beside the bars and in their order, from the bottom."""
    marks = pd.DataFrame({"place": at, "name": list(colours), "colour": list(colours.values())}).astype(
        {"name": object, "colour": object}
    )
    marks["height"] = (np.arange(len(marks)) + 0.5) / len(marks) * top
    plain = {"hover": False, **span}
    dots = marks.hvplot.scatter("place", "height", hover_cols=["colour"], marker="square", size=80, **plain)
    words = marks.hvplot.labels("place", "height", "name", **plain)
    words = words.opts(text_align="left", text_color=look.text, text_font_size="11px", default_tools=[], xoffset=0.35)
    # Grid lines would run through the names.
    paper = hv.Rectangles([(at - 0.3, 0, span["xlim"][1], top)])
    paper = paper.opts(color=look.paper, line_alpha=0, default_tools=[], tools=[])
    return paper * dots.opts(color="colour", line_color=None, default_tools=[]) * words
