"""The repeat-purchase curve: how soon customers buy a second time."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import numpy as np
import pandas as pd

from retail_panel.customers.repurchase import repurchase
from retail_panel.studies.layers import area, line
from retail_panel.studies.look import SHAPE
from retail_panel.studies.retention.followed import RULE, followed, nobody
from retail_panel.studies.study import Choice, Study

MOST_DAYS = 365
HEADS = {"Within days": "count", "Have bought again": "share", "95% interval, from": "share",
         "95% interval, to": "share"}  # fmt: skip


def _answer(asking):
    lines, last_day = followed(asking)
    found = repurchase(asking.ask, lines, asking.choices["second"], last_day)
    if not found.customers:
        raise nobody()
    return found


def _steps(found):
    """Return the curve as stairs, with its band, up to a year."""
    table = found.table[found.table.days <= MOST_DAYS]
    ends = [found.table.days.max(), MOST_DAYS]
    start = pd.DataFrame({"days": [0], "share": [0.0], "low": [0.0], "high": [0.0]})
    last = table[["share", "low", "high"]].iloc[[-1]].assign(days=min(ends)) if len(table) else start
    stairs = pd.concat([start, table[["days", "share", "low", "high"]], last], ignore_index=True)
    stairs[["low", "high"]] = stairs[["low", "high"]].fillna({"low": stairs.share, "high": stairs.share})
    before = stairs.shift().assign(days=stairs.days).iloc[1:]
    order = np.argsort(np.concatenate([np.arange(len(before)) * 2 + 1, np.arange(len(stairs)) * 2]), kind="stable")
    return pd.concat([before, stairs], ignore_index=True).iloc[order].reset_index(drop=True)


def _draw(found, look):
    stairs, at = _steps(found), found.within.dropna(subset="share")
    top = min(1.0, 1.12 * max(stairs.high.max(), 0.05))
    span = {"xlim": (0, 1.02 * MOST_DAYS), "ylim": (0, top)}
    band = area(stairs.days, stairs.low, stairs.high, look.series[0], 0.2)
    curve = line(stairs.days, stairs.share, look.series[0], width=2.5)
    tips = look.tips(("Within", "days", "days"), ("Have bought again", "share", "share"),
                     ("95% interval, from", "low", "share"), ("to", "high", "share"))  # fmt: skip
    dots = at.hvplot.scatter(x="days", y="share", color=look.series[0], size=60, hover_cols=["low", "high"],
                             hover_tooltips=tips, **SHAPE)  # fmt: skip
    return look.dressed(dots, x="count", y="share", legend=None, layers=[band, curve],
                        xlabel="Days since the first purchase", ylabel="Have bought again", **span)  # fmt: skip


def _table(found, look):
    return found.within.set_axis(list(HEADS), axis="columns")


def _says(found, look):
    known = found.within.dropna(subset="share").set_index("days")
    parts = [f"{_estimate(known.loc[days], look)} within {days} days" for days in (90, 365) if days in known.index]
    half = "Fewer than half have bought again as far as the data goes."
    if found.median_days is not None:
        half = f"Half have bought again within {look.write(found.median_days, 'days')}."
    people = f"Of {look.write(found.customers)} customers, some seen for a short time only"
    return f"{people}, an estimated {', '.join(parts)} buy again. {half}" if parts else f"{people}. {half}"


def _estimate(row, look):
    share, low, high = (look.write(row[name], "share", "tile") for name in ("share", "low", "high"))
    return share if np.isnan(row.low) else f"{share} (95% interval {low} to {high})"


SECOND_PURCHASE = Study(
    name="second_purchase",
    title="Time to the second purchase",
    answer=_answer, draw=_draw, table=_table, says=_says,
    definition="Kaplan-Meier estimate of the share of customers who have bought again, so many days after their first "
    "purchase: who has not by the end of the data counts as long as they were seen. The band is the 95% interval "
    "(Greenwood's variance, log(-log) scale; Kalbfleisch and Prentice 2002). " + RULE.strip(),
    needs=("customer_key",),
    choices=(Choice("second", "Second purchase", {"Next order": "order", "Next day with a purchase": "day"}),),
    units=HEADS,
    height=280,
)  # fmt: skip
