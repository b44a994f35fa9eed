"""Peak, lowest period and growth, each with the periods it is about named; partial periods are left out of all."""

import datetime as dt
from dataclasses import dataclass, replace

from retail_panel.trends.change import Change, change_between
from retail_panel.trends.sums import ADDITIVE, checked

#: A year back in each grain; days and weeks go back 52 weeks, so that weekdays meet their like.
YEAR_BACK = {"day": 364, "week": 52, "month": 12, "quarter": 4}


@dataclass(frozen=True)
class Extreme:
    """A highest or lowest period.

    Attributes
    ----------
    period : datetime.date
        Its first day; of equal ones the earliest.
    label : str
        It in words.
    amount : float
        The measure.
    share : float or None
        Of the sum over all complete periods; None where the measure does not add up or the sum is not positive.
    """

    period: dt.date
    label: str
    amount: float
    share: float | None


@dataclass(frozen=True)
class Growth:
    """What a measure did over the complete periods of a span.

    Attributes
    ----------
    measure, grain : str
        What was looked at.
    value : object
        Value of the category; None where the figures are not told apart, or for no value.
    peak, lowest : Extreme or None
        None without a complete period.
    overall : Change or None
        From the first complete period to the last; None with fewer than two.
    year_on_year : Change or None
        To the last complete period from its like a year before; None where the span does not hold all of that.
    left_out : tuple of str
        Labels of the partial periods.
    notes : tuple of str
        Sentences: what was left out, and why a figure is missing or says little.
    """

    measure: str
    grain: str
    value: object
    peak: Extreme | None = None
    lowest: Extreme | None = None
    overall: Change | None = None
    year_on_year: Change | None = None
    left_out: tuple = ()
    notes: tuple = ()


def growth(over, measure="transactions", value=None):
    """Find peak, lowest period and growth.

    Parameters
    ----------
    over : OverTime
        Figures per period.
    measure : str
        One of ``over.measures``; periods without a value of it, such as the average of no
        transactions, are left out.
    value : object, optional
        Value of ``over.by`` whose rows are read; without a ``by`` it is not read.

    Returns
    -------
    Growth

    Raises
    ------
    UnusableInput
        If the measure or the value is unknown.
    """
    checked(measure, over.measures)
    rows, grain = over.of(value).table, over.calendar.grain
    value = None if over.by is None else value
    left_out = tuple(rows["label"][rows["is_partial"]])
    found = Growth(measure, grain, value, left_out=left_out, notes=tuple(_notes_on(left_out)))
    whole = rows[~rows["is_partial"] & rows[measure].notna()]
    if whole.empty:
        return _noted(found, f"There is no complete {grain} to look at.")
    total = float(whole[measure].sum()) if measure in ADDITIVE else 0.0
    extremes = [_extreme(whole.loc[at], measure, total) for at in (whole[measure].idxmax(), whole[measure].idxmin())]
    found = replace(found, peak=extremes[0], lowest=extremes[1])
    if len(whole) == 1:
        return _noted(found, f"Growth needs two complete {grain}s; there is one.")
    if extremes[0].amount == extremes[1].amount:
        found = _noted(found, f"All complete {grain}s are equal, so none is the peak.")
    first, last = whole.iloc[0], whole.iloc[-1]
    overall = change_between(first, last, measure, grain)
    if overall.ratio is None:
        found = _noted(found, f"{overall.from_label} had nothing to grow from.")
    before = last.name - YEAR_BACK[grain]
    like = change_between(whole.loc[before], last, measure, grain) if before in whole.index else None
    return replace(found, overall=overall, year_on_year=like)


def growth_by(over, measure="transactions"):
    """Return the growth of each value of a category, the fastest first.

    Parameters
    ----------
    over, measure
        As for :func:`growth`; ``over`` has a ``by``.

    Returns
    -------
    tuple of Growth
        By the ratio of ``overall``; those without one last, in the table's order, as are equal ones.
    """
    found = [growth(over, measure, value) for value in over.values]
    ratios = [None if one.overall is None else one.overall.ratio for one in found]
    order = sorted(range(len(found)), key=lambda i: (ratios[i] is None, -(ratios[i] or 0)))
    return tuple(found[i] for i in order)


def _extreme(row, measure, total):
    amount = float(row[measure])
    return Extreme(row["period"], row["label"], amount, amount / total if total > 0 else None)


def _notes_on(left_out):
    if left_out:
        yield f"Left out as partial: {' and '.join(left_out)}."


def _noted(found, note):
    return replace(found, notes=(*found.notes, note))
