"""Trend, season and rest of a series by STL, where there is enough of it to tell them apart honestly."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from statsmodels.tsa.seasonal import STL

from retail_panel.errors import UnusableInput
from retail_panel.trends.monthly import over_time
from retail_panel.trends.periods import MOST_PERIODS, periods
from retail_panel.trends.sums import ADDITIVE, checked, span_of

#: Steps after which the season comes again, by grain.
PERIODS = {"day": 7, "month": 12}
#: Complete steps that a decomposition needs, by grain, the finest first.
LEAST = {"day": 42, "month": 24}
COLUMNS = ("period", "label", "observed", "trend", "season", "rest")


@dataclass(frozen=True)
class Decomposition:
    """A series as the sum of trend, season and rest.

    Attributes
    ----------
    measure : str
        What was taken apart.
    grain : str or None
        ``day`` (its season is the week) or ``month`` (the year); None where there is too little.
    grains : tuple of str
        The grains there is enough for.
    table : pandas.DataFrame
        One row per complete period: ``period`` (first day), ``label``, ``observed``, ``trend``, ``season``, ``rest``;
        no rows where there is too little.
    strength_of_trend, strength_of_season : float or None
        0 (none) to 1 (all there is beside it); None where there is too little.
    reason : str
        Why there is no answer; empty where there is one.
    """

    measure: str
    grain: str | None
    grains: tuple
    table: pd.DataFrame = field(repr=False)
    strength_of_trend: float | None = None
    strength_of_season: float | None = None
    reason: str = ""


def decomposition(ask, lines, measure="net_sales", grain=None, span=None):
    """Take a measure over time apart.

    Parameters
    ----------
    ask : callable
        Answers a question with a :class:`pyarrow.Table`.
    lines : ibis.Table or DatedOrders
        Order lines, as for :func:`retail_panel.trends.monthly.over_time`.
    measure : str
        One of :data:`retail_panel.trends.sums.ADDITIVE`.
    grain : str, optional
        ``day`` or ``month``; None means the finest that there is enough for.
    span : (datetime.date, datetime.date), optional
        First and last day of the data; None means those of ``lines``.

    Returns
    -------
    Decomposition
        Days and months without sales are zeros; nothing is filled in. Partial months are left out.

    Raises
    ------
    UnusableInput
        If the measure or the grain is none of these.

    Notes
    -----
    The season is the same in every week or year (R's ``s.window = "periodic"``): one that may drift swallows the rest
    where, as here, years are few, and then looks strong where there is none. Other settings are statsmodels' own.

    Source
    ------
    Cleveland, Cleveland, McRae, Terpenning (1990), STL, J. Official Statistics 6, 3-73. Strengths: Hyndman and
    Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 4.3, https://otexts.com/fpp3/stlfeatures.html
    """
    checked(measure, ADDITIVE, "to take apart")
    if grain is not None and grain not in PERIODS:
        raise UnusableInput(f"grain {grain!r}; allowed to take apart: {', '.join(PERIODS)}")
    span = span or span_of(ask, lines)
    held = _complete(*span)
    grains = tuple(name for name in PERIODS if LEAST[name] <= held[name] <= MOST_PERIODS)
    if not grains or grain not in (None, *grains):
        return Decomposition(measure, None, grains, pd.DataFrame(columns=COLUMNS), reason=_reason(held, grain))
    grain = grain or grains[0]
    rows = over_time(ask, lines, grain, span=span, measures=[measure]).table
    rows = rows[~rows["is_partial"]].reset_index(drop=True)
    observed = rows[measure].to_numpy(dtype=float)
    fit = STL(observed, period=PERIODS[grain], seasonal=10 * len(observed) + 1, seasonal_deg=0).fit()
    table = rows[["period", "label"]].assign(observed=observed, trend=fit.trend, season=fit.seasonal, rest=fit.resid)
    strengths = [strength(part, fit.resid, observed) for part in (fit.trend, fit.seasonal)]
    return Decomposition(measure, grain, grains, table, *strengths)


def strength(part, rest, observed):
    """Return how much of what is not the other part a part explains, 0 to 1 (Hyndman's formula)."""
    both, rounding = np.var(part + rest), np.abs(observed).max() * 1e-9
    return float(max(0.0, 1 - np.var(rest) / both)) if both > rounding**2 else 0.0


def _complete(first_day, last_day):
    if first_day is None:
        return dict.fromkeys(PERIODS, 0)
    months = periods(first_day, last_day, "month")
    return {"day": (last_day - first_day).days + 1, "month": int((~months.is_partial).sum())}


def _reason(held, grain):
    words = {"day": "day", "month": "complete month"}
    asked = [grain] if grain else list(PERIODS)
    if held[asked[0]] > MOST_PERIODS:
        return f"More than {MOST_PERIODS:,} {words[asked[0]]}s are too many to take apart; choose fewer."
    needs = " or ".join(f"{LEAST[name]} {words[name]}s" for name in asked)
    have = " and ".join(f"{held[name]:,} {words[name]}{'' if held[name] == 1 else 's'}" for name in asked)
    return f"To tell trend from season takes {needs}; here are {have}."
