"""The second purchase: how many customers have bought again, so many days after their first purchase."""

import datetime as dt
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from retail_panel.customers.customer_lines import customer_lines, span_of
from retail_panel.customers.rfm import day_number
from retail_panel.errors import UnusableInput

SECONDS = ("order", "day")
WITHIN_DAYS = (30, 60, 90, 180, 365)
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Repurchase:
    """The share of customers who have bought again, by days since their first purchase.

    Attributes
    ----------
    table : pandas.DataFrame
        The curve, one row per number of days at which anybody bought again or left sight: ``days``, ``at_risk``
        (customers seen that long who had not bought again before), ``again`` (who did then), ``censored`` (who had not
        when the data ended), ``waiting`` (estimated share that has not bought again by then), ``share`` that has, and
        the 95 % interval of it, ``low`` to ``high``; NaN while nobody, and once everybody, has.
    within : pandas.DataFrame
        The curve's ``share``, ``low`` and ``high`` within ``days`` of 30, 60, 90, 180 and 365; NaN where no customer
        has been followed for so long.
    median_days : int or None
        Days within which half have bought again; None where the curve does not get there.
    customers : int
        Customers with a purchase.
    repeated : int
        Those who have bought again.
    last_day : datetime.date or None
        When the data ends, up to which who has not bought again was seen to wait.
    """

    table: pd.DataFrame
    within: pd.DataFrame
    median_days: int | None
    customers: int
    repeated: int
    last_day: dt.date | None


def repurchase(ask, lines, second="order", last_day=None):
    """Estimate how soon customers buy a second time.

    Parameters
    ----------
    ask : callable
        From a question, an Ibis table, to its answer, a :class:`pyarrow.Table`.
    lines : ibis.Table
        Order lines, merged or not: ``ordered_at``, ``order_key``, ``customer_key``, ``is_return``. Returns and guests
        have no part.
    second : str
        What the second purchase is: the next ``order``, which may come on the same day, or the next ``day`` with a
        purchase.
    last_day : datetime.date, optional
        Last day that the data covers; later lines are left out. None means the last day of ``lines``.

    Returns
    -------
    Repurchase
        With an empty curve where no customer bought.

    Raises
    ------
    UnusableInput
        If ``second`` is something else.

    Source
    ------
    Kaplan and Meier (1958), Nonparametric estimation from incomplete observations, J. Am. Stat. Assoc. 53, 457-481;
    variance by Greenwood, interval on the log(-log) scale as in Kalbfleisch and Prentice (2002), The Statistical
    Analysis of Failure Time Data, 2nd edition, section 1.4. The median is the first day by which half have bought
    again.
    """
    if second not in SECONDS:
        raise UnusableInput(f"second purchase {second!r}; allowed: {', '.join(SECONDS)}")
    last = last_day or span_of(ask, lines)[1]
    counts = ask(_question(lines, second, last)).to_pandas() if last else pd.DataFrame()
    if not len(counts):
        counts = pd.DataFrame({"days": [], "is_again": [], "customers": []}).astype("int64")
    table = _curve(counts)
    half = table.loc[table["waiting"] <= 0.5 + 1e-12, "days"]
    return Repurchase(
        table=table,
        within=pd.DataFrame([_at(table, days) for days in WITHIN_DAYS]),
        median_days=int(half.iloc[0]) if len(half) else None,
        customers=int(counts["customers"].sum()),
        repeated=int(table["again"].sum()),
        last_day=last,
    )


def _question(lines, second, last_day):
    """Ask how many customers waited how many days, and whether it ended with a purchase."""
    known = customer_lines(lines, last_day)
    bought = known.filter(~known.is_return)
    if second == "order":
        begun = bought
        if "is_whole" not in bought.columns:
            begun = bought.group_by("customer_key", "order_key").aggregate(day=bought.day.min())
    else:
        begun = bought.select("customer_key", "day").distinct()
    first = begun.group_by("customer_key").aggregate(first=begun.day.min())
    turns = begun.select("customer_key", "day").join(first, "customer_key")
    # To put each customer's purchases in order takes longer.
    firsts = turns.group_by("customer_key").aggregate(
        day=turns["first"].min(), at_once=turns.count(where=turns.day == turns["first"]),
        later=turns.day.min(where=turns.day > turns["first"]),
    )  # fmt: skip
    firsts = firsts.mutate(next_day=(firsts.at_once > 1).ifelse(firsts.day, firsts.later))
    until = firsts.next_day.fill_null(day_number(last_day))
    counted = firsts.group_by(days=until - firsts.day, is_again=firsts.next_day.notnull().cast("int64"))
    return counted.aggregate(customers=firsts.count())


def _curve(counts):
    """Return the Kaplan-Meier curve of counted waits."""
    wide = counts.pivot_table(index="days", columns="is_again", values="customers", aggfunc="sum", fill_value=0)
    wide = wide.reindex(columns=[0, 1], fill_value=0).sort_index()
    again, censored = wide[1].to_numpy("int64"), wide[0].to_numpy("int64")
    left = again + censored
    at_risk = left[::-1].cumsum()[::-1]
    waiting = np.cumprod(1 - again / at_risk)
    still = at_risk - again
    variance = np.cumsum(again / (at_risk * np.where(still, still, np.nan)))
    is_open = (waiting > 0) & (waiting < 1)
    log = np.log(np.where(is_open, waiting, 0.5))
    reach = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * np.sqrt(variance) / np.abs(log)
    low, high = (np.where(is_open, 1 - np.exp(log * np.exp(side * reach)), np.nan) for side in (-1, 1))
    figures = {"at_risk": at_risk, "again": again, "censored": censored}
    figures |= {"waiting": waiting, "share": 1 - waiting, "low": low, "high": high}
    return pd.DataFrame({"days": wide.index.to_numpy("int64"), **figures})


def _at(table, days):
    reached = table[table["days"] <= days]
    followed = len(table) and (table["days"].iloc[-1] >= days or table["waiting"].iloc[-1] == 0)
    if not followed:
        return {"days": days, "share": np.nan, "low": np.nan, "high": np.nan}
    if not len(reached):
        return {"days": days, "share": 0.0, "low": np.nan, "high": np.nan}
    return {"days": days, **reached.iloc[-1][["share", "low", "high"]]}
