"""Days on an axis: few enough names of months to stand beside one another on a phone."""

import pandas as pd

MOST = 4


def month_ticks(days):
    """Return (position, words) of ticks on an axis of days.

    Parameters
    ----------
    days : pandas.Series of datetime64
        What is drawn, not empty.

    Returns
    -------
    list of (int, str)
        Firsts of months as days since 1970, at most :data:`MOST`; of a span without two of them its ends.
    """
    first, last = days.min(), days.max()
    firsts = pd.date_range(first.normalize(), last, freq="MS")
    step = next(s for s in (1, 2, 3, 4, 6, 12, 24, 60, 120, 1200) if len(firsts) / s <= MOST)
    firsts = [day for day in firsts if (12 * day.year + day.month - 1) % step == 0]
    if len(firsts) > 1:
        return [(day_number(day), f"{day:%b %Y}") for day in firsts]
    return [(day_number(day), f"{day.day} {day:%b %Y}") for day in dict.fromkeys((first, last))]


def day_number(moment):
    """Return a time as days since 1970-01-01."""
    return (moment.normalize() - pd.Timestamp(0)).days
