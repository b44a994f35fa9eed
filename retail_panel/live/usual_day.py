"""Net sales through the day: today's, and those of usual days."""

import numpy as np
import pandas as pd

from retail_panel.customers.rfm import day_of
from retail_panel.schema import MONEY_SCALE

DAY_MINUTES = 24 * 60
#: Of the usual days, one in ten lies below the band and one in ten above it.
BAND = (0.1, 0.9)


def usual_day(ask, lines, moment, minutes=60):
    """Return net sales by time of day.

    Parameters
    ----------
    ask : callable
    lines : ibis.Table
        Columns: ordered_at, amount.
    moment : Moment
        Now.
    minutes : int
        Length of a slot; a divisor of the 1,440 minutes of a day.

    Returns
    -------
    pandas.DataFrame
        One row a slot: ``minute`` (of its start, since midnight), ``today`` (money; nan after now; the slot of now is
        not over yet), ``usual``, ``low``, ``high`` (median and tenths over the usual days, money; nan without any).
        A usual day without sales in a slot counts as zero there.
    """
    at = lines.ordered_at
    lines = lines.mutate(day=day_of(at), slot=((at.hour() * 60 + at.minute()) // minutes).cast("int32"))
    lines = lines.filter(lines.day.isin(moment.numbers))
    found = ask(
        lines.group_by("day", "slot").aggregate(net=lines.amount.sum().cast("float64") / MONEY_SCALE)
    ).to_pandas()
    slots = range(DAY_MINUTES // minutes)
    table = found.pivot(index="slot", columns="day", values="net")
    table = table.reindex(index=slots, columns=moment.numbers).fillna(0.0)
    usual = table[moment.numbers[1:]].to_numpy()
    middle, low, high = np.full((3, len(slots)), np.nan)
    if usual.shape[1]:
        middle, (low, high) = np.median(usual, axis=1), np.quantile(usual, BAND, axis=1)
    begins = np.array(slots) * minutes
    today = np.where(begins <= moment.minute, table[moment.numbers[0]].to_numpy(), np.nan)
    return pd.DataFrame({"minute": begins, "today": today, "usual": middle, "low": low, "high": high})
