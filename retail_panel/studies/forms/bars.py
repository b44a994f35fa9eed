"""Bars at numbered places, where an axis holds more of them than it can label."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import numpy as np

from retail_panel.studies.look import SHAPE

MOST_LABELS = 12


def bars(frame, value, look, unit, ticks, tips=(), colour="colour", **options):
    """Draw one bar a row.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a bar: ``place`` (whole numbers, one after the other), the value, ``colour`` and what the hover tells.
    value, unit : str
        Column, and its unit.
    look : Look
        What the drawing must suit.
    ticks : sequence of (float, str)
        See :func:`ticks_of`.
    tips : sequence
        As :meth:`retail_panel.studies.look.Look.tips` takes them.
    colour : str
        Column of colours.
    **options
        See :meth:`retail_panel.studies.look.Look.dressed`.
    """
    low, high = limits(frame[value])
    ends = (frame.place.min() - 0.6, frame.place.max() + 0.6) if len(frame) else (-0.6, 0.6)
    columns = [column for _, column, *_ in tips if column != value]
    frame = frame.assign(**{name: frame[name].astype(object) for name in frame if frame[name].dtype.kind not in "biuf"})
    drawn = frame.hvplot.bar(
        x="place", y=value, hover_cols=[*dict.fromkeys(columns), colour], hover_tooltips=look.tips(*tips),
        xlim=ends, ylim=(low, high), xticks=list(ticks), **SHAPE,
    ).opts(color=colour, bar_width=0.82)  # fmt: skip
    return look.dressed(drawn, y=unit, legend=None, **options)


def limits(values, from_zero=True):
    """Return the ends of an axis of values, with some air and, if so wanted, with zero."""
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    ends = [*known, 0.0] if from_zero or not len(known) else known
    low, high = float(min(ends)), float(max(ends))
    if low == high == 0.0:
        return 0.0, 1.0
    air = 0.06 * (high - low) or 1.0
    return (low - air if low < 0 or not from_zero else 0.0), (high + air if high > 0 or not from_zero else 0.0)


def ticks_of(labels, most=MOST_LABELS, first=0):
    """Return (place, label) of at most so many labels, evenly spread; the place of the first one is ``first``."""
    labels = list(labels)
    step = max(1, -(-len(labels) // most))
    return [(first + i, label) for i, label in enumerate(labels) if i % step == 0]


def month_ticks(days, most=6):
    """Return (place, label) of at most so many months, such as Nov and two digits of the year, by a day of each."""
    return ticks_of([f"{day:%b} \u2019{day:%y}" for day in dict.fromkeys(days)], most)
