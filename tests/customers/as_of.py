"""R, F, M, scores and segments as of a day, in plain pandas."""

import datetime as dt

import numpy as np
import pandas as pd

from retail_panel.customers.segments import RULES


def as_of(rows, day, frequency="orders", monetary="net", returns="subtract"):
    """Return one row per customer with a purchase up to a day.

    Parameters
    ----------
    rows : pandas.DataFrame
        From ``frame_of``.
    day : datetime.date
        Later rows are left out.

    Returns
    -------
    pandas.DataFrame
        By customer: ``recency``, ``frequency``, ``monetary`` (ten-thousandths), ``r``, ``f``, ``m``, ``segment``.
    """
    then = rows[(rows.day <= pd.Timestamp(day)) & rows.customer.notna()]
    bought = then if returns == "count" else then[~then.back]
    money = then.amount.abs() if returns == "count" else then.amount
    if returns != "count" and monetary == "gross":
        money = money.where(~then.back, 0)
    groups = bought.groupby("customer")
    counted = {"orders": groups.order.nunique, "lines": groups.size, "days": groups.day.nunique}[frequency]()
    found = pd.DataFrame({"recency": (pd.Timestamp(day) - groups.day.max()).dt.days, "frequency": counted})
    found["monetary"] = money.groupby(then.customer).sum().reindex(found.index)
    if found.empty:
        return found.assign(r=0, f=0, m=0, segment="")
    found["r"] = 6 - _scores(found.recency, 1)
    found["f"] = _scores(found.frequency, 1 if found.frequency.iloc[0] == 1 else 3)
    found["m"] = _scores(found.monetary, 3)
    found["segment"] = ""
    for name, r, f, m in RULES:
        inside = found.r.between(*r) & found.f.between(*f) & found.m.between(*m)
        found.loc[inside, "segment"] = name
    return found


def _scores(values, alike):
    if values.nunique() == 1:
        return alike
    edges = np.quantile(values, [0.2, 0.4, 0.6, 0.8], method="inverted_cdf")
    return 1 + (values.to_numpy()[:, None] > edges).sum(axis=1)


def month_ends(rows, most=24):
    """Return the last day of each month of the rows; for the last month, the last day of the rows."""
    months = pd.period_range(rows.day.min(), rows.day.max(), freq="M")[-most:]
    return [*(month.end_time.date() for month in months[:-1]), rows.day.max().date()]


def first_of(day):
    """Return the first of a day's month."""
    return dt.date(day.year, day.month, 1)
