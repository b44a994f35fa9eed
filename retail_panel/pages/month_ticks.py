"""Ticks of a small time axis: few enough that their words stand apart on a phone."""

import pandas as pd

MOST = 4


def month_ticks(first, last, most=MOST):
    """Return ticks at firsts of months.

    Parameters
    ----------
    first, last : datetime-like
        Ends of the axis.
    most : int
        How many ticks there may be.

    Returns
    -------
    list of (float, str)
        Milliseconds since 1970-01-01, as Bokeh's time axes count, and words.
    """
    months = pd.date_range(pd.Timestamp(first).normalize(), pd.Timestamp(last), freq="MS")
    chosen = months[:: max(1, -(-len(months) // most))]
    return [(day.timestamp() * 1000, f"{day:%b %Y}") for day in chosen]
