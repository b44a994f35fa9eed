"""Years over one another: a measure by month of the year and year."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from retail_panel.errors import UnusableInput
from retail_panel.trends.sums import checked

MONTHS = tuple(range(1, 13))


@dataclass(frozen=True)
class Years:
    """A measure by month and year.

    Attributes
    ----------
    measure : str
        What the table holds.
    table : pandas.DataFrame
        One row per month 1 to 12 (index ``month``), one column per year of the span (int): the measure, NaN in months
        outside the span; a month in the span without lines is zero (NaN for an average).
    partial : pandas.DataFrame
        Of the same shape: whether the span holds only a part of the month.
    """

    measure: str
    table: pd.DataFrame = field(repr=False)
    partial: pd.DataFrame = field(repr=False)


def years(over, measure="net_sales", value=None):
    """Lay a measure of months out by year.

    Parameters
    ----------
    over : OverTime
        Figures per month.
    measure : str
        One of ``over.measures``.
    value : object, optional
        Value of ``over.by`` whose rows are read; without a ``by`` it is not read.

    Returns
    -------
    Years

    Raises
    ------
    UnusableInput
        If the figures are not by month, or the measure or the value is unknown.
    """
    checked(measure, over.measures)
    if over.calendar.grain != "month":
        raise UnusableInput(f"grain {over.calendar.grain!r}; allowed to lay years over one another: month")
    rows = over.of(value).table
    firsts = list(rows["period"])
    span = range(firsts[0].year, firsts[-1].year + 1) if firsts else range(0)
    amounts, partial = np.full((12, len(span)), np.nan), np.zeros((12, len(span)), dtype=bool)
    for first, amount, is_partial in zip(firsts, rows[measure], rows["is_partial"], strict=True):
        place = first.month - 1, first.year - span[0]
        amounts[place], partial[place] = amount, is_partial
    labels = {"index": pd.Index(MONTHS, name="month"), "columns": pd.Index(list(span), dtype="int64", name="year")}
    return Years(measure, pd.DataFrame(amounts, **labels), pd.DataFrame(partial, **labels))
