"""Lines over numbered periods, those that the data holds only a part of drawn hollow."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)

from retail_panel.studies.forms.bars import limits
from retail_panel.studies.layers import line
from retail_panel.studies.look import SHAPE

#: Up to so many periods each has a point.
MOST_POINTS = 75


def series(frame, names, look, unit, ticks, tips, legend="top"):
    """Draw a line for each name.

    Parameters
    ----------
    frame : pandas.DataFrame
        Long: ``series``, ``place`` (whole numbers), ``value``, ``is_partial``, and what the hover tells.
    names : dict of str to str
        Colour of each series, in the order of the legend.
    look : Look
        What the drawing must suit.
    unit : str
        Of the values.
    ticks : sequence of (float, str)
        See :func:`retail_panel.studies.forms.bars.ticks_of`.
    tips : sequence
        As :meth:`retail_panel.studies.look.Look.tips` takes them.
    legend : str or None
        Where the legend stands.
    """
    places = frame.place
    ends = (places.min() - 0.5, places.max() + 0.5) if len(frame) else (-0.5, 0.5)
    told = [column for _, column, *_ in tips if column not in ("value", "place")]
    size = 36 if frame.place.nunique() <= MOST_POINTS else 6
    frame = frame[frame.series.isin(names)].copy()
    frame["colour"] = frame.series.map(names)
    frame["fill"] = frame.colour.where(~frame.is_partial, look.paper)
    frame = frame.astype({name: object for name in frame if frame[name].dtype.kind not in "biuf"})
    layers = []
    for name, colour in names.items():
        own = frame[frame.series == name]
        if frame.is_partial.any():
            layers.append(line(own.place, own.value, colour, width=1.5, line_dash="dotted"))
        layers.append(line(own.place, own.value.where(~own.is_partial), colour, name))
    dots = frame.hvplot.scatter(
        x="place", y="value", hover_cols=[*dict.fromkeys(told), "fill", "colour"], hover_tooltips=look.tips(*tips),
        size=size, xlim=ends, ylim=limits(frame.value), xticks=list(ticks), **SHAPE,
    ).opts(color="fill", line_color="colour")  # fmt: skip
    return look.dressed(dots, y=unit, legend=legend, layers=layers)


def nearest(frame, at_x, at_y):
    """Return the row of the series whose value is nearest at the period of axis coordinates; None beside all."""
    near = frame[(frame.place == round(at_x)) & frame.value.notna()]
    return None if near.empty else near.loc[(near.value - at_y).abs().idxmin()]
