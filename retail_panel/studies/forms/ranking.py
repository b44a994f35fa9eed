"""A ranking whose words are long: each bar under its own words, so that it has room on a phone as well."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
from bokeh.models import Segment

from retail_panel.studies.layers import Layer, words
from retail_panel.studies.look import SHAPE

#: Where words of one line stand, and of two.
ABOVE, TWO_LINES = 0.4, 0.5
#: A tick beyond the axis, for lines through the bars would strike their words out.
NO_LINES = [(2.0, "")]


def ranking(frame, value, look, unit, colour, tips, ends=None, least=4):
    """Draw a ranking.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a bar, the first one on top: ``label``, ``value``, and what ``tips`` tell.
    value : str
        Column of the length.
    look : Look
        What the drawing must suit.
    unit, colour : str
        Of the bars.
    tips : sequence
        As :meth:`retail_panel.studies.look.Look.tips` takes them.
    ends : tuple of (str, str), optional
        Columns of the ends of an interval, drawn as a thin line on each bar.
    least : int
        Bars to leave room for, so that few bars are no thicker than many.

    Returns
    -------
    holoviews.Bars
    """
    rows = frame.reset_index(drop=True)
    above = [(TWO_LINES if "\n" in label else ABOVE) - place for place, label in enumerate(rows.label)]
    rows = rows.assign(at=-rows.index.astype(float), above=above, start=0.0)
    longest = rows[[value, *(ends or ())]].max().max() if len(rows) else 0.0
    shortest = min(0.0, rows[[value, *(ends or ())]].min().min()) if len(rows) else 0.0
    room = max(len(rows), least)
    shape = {"xlim": (0.4 - room, 0.85), "ylim": (shortest, 1.06 * longest if longest > 0 else 1.0), **SHAPE}
    bars = rows.hvplot.barh(
        x="at", y=value, color=colour, bar_width=0.36, hover_tooltips=look.tips(*tips),
        hover_cols=list(dict.fromkeys(tip[1] for tip in tips if tip[1] != value)), **shape,
    )  # fmt: skip
    layers = [words(rows["start"], rows["above"], rows["label"], look.text, text_align="left")]
    if ends is not None:
        spans = {"x0": rows[ends[0]].to_numpy(), "x1": rows[ends[1]].to_numpy(), "y": rows["at"].to_numpy()}
        layers.append(Layer(Segment, spans, {"y0": "y", "y1": "y", "line_color": look.text, "line_width": 1.6}))
    return look.dressed(bars, x=unit, legend=None, layers=layers, yaxis=None, yticks=NO_LINES)


def place_of(y, shown):
    """Return the number of the bar at an axis coordinate; None beside all of them."""
    place = round(-y)
    return place if 0 <= place < shown else None
