"""How far a figure went from one span of days to another, and whether that is beyond noise."""

import math
from dataclasses import dataclass

import ibis
import numpy as np

from retail_panel.crossfilter.clause import day
from retail_panel.formats import MINUS
from retail_panel.insight.groups import group_moments
from retail_panel.insight.interval import estimate
from retail_panel.insight.period_change import growth_estimate, growth_of
from retail_panel.trends.sums import AVERAGE

#: Customers (guests' orders apart) that an average needs on either side for an interval.
LEAST = 30


@dataclass(frozen=True)
class Growth:
    """A change with its interval.

    Attributes
    ----------
    value, low, high : float or None
        0.1 is 10% more, with its 95% interval; None where it cannot be said.
    """

    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def beyond_noise(self):
        """Whether the interval leaves no change out; None where there is no interval."""
        return None if self.low is None else not self.low <= 0 <= self.high

    def words(self, look):
        """Return it in words, such as ``+12.0% (95% +4.0% to +20.0%)``."""
        if self.value is None:
            return "no change that could be said"
        text = signed(self.value, look)
        if self.low is None:
            return f"{text} (too few customers for an interval)"
        noise = "" if self.beyond_noise else ", within noise"
        return f"{text} (95% {signed(self.low, look)} to {signed(self.high, look)}{noise})"


def growth_between(asking, measure, before, after, amounts):
    """Return the change of a measure.

    Parameters
    ----------
    asking : Asking
        To ask with, about its merged lines.
    measure : str
        ``net_sales``, ``transactions`` or ``average_transaction_value``.
    before, after : (datetime.date, datetime.date)
        Since (included) and until (excluded) of each.
    amounts : (float, float)
        The measure in each.

    Returns
    -------
    Growth

    Source
    ------
    Net sales: :func:`retail_panel.insight.period_change.growth_estimate`. Transactions: counts as Poisson, normal
    interval of the logarithm of their ratio (Rothman, Greenland and Lash, Modern Epidemiology, 2008, chapter 14).
    Average: :func:`retail_panel.insight.groups.group_moments`, delta method on the logarithm of the ratio.
    """
    if amounts[0] <= 0:
        return Growth(None)
    if measure == AVERAGE:
        return _of_averages(asking, asking.merged, before, after, amounts[1] / amounts[0])
    if measure == "transactions":
        if amounts[1] <= 0:
            return Growth(-1.0)
        spread = 1.96 * math.sqrt(sum(1 / amount for amount in amounts))
        ratio = amounts[1] / amounts[0]
        return Growth(ratio - 1, ratio * math.exp(-spread) - 1, ratio * math.exp(spread) - 1)
    if asking.dated is not None:
        ratio, p, *_ = growth_of(asking.dated.growth(before, after))
    else:
        ratio, p, *_ = growth_estimate(asking.ask, asking.merged, before, after)
    if p is None:
        ratio = estimate(ratio.value, None, None, ratio.n)
    return Growth(*(None if end is None else end - 1 for end in (ratio.value, ratio.low, ratio.high)))


def _of_averages(asking, lines, before, after, ratio):
    inside = [(lines.ordered_at >= day(since)) & (lines.ordered_at < day(until)) for since, until in (before, after)]
    which = ibis.cases((inside[0], 0), (inside[1], 1))
    found = group_moments(asking.ask, lines.mutate(which=which), "which")
    table = found.table.reset_index(drop=True)
    if len(table) < 2 or table.clusters.min() < LEAST or ratio <= 0:
        return Growth(ratio - 1)
    means, held = table["mean"].to_numpy(), found.covariance
    relative = held / np.outer(means, means)
    spread = 1.96 * math.sqrt(max(relative[0, 0] + relative[1, 1] - 2 * relative[0, 1], 0.0))
    return Growth(ratio - 1, ratio * math.exp(-spread) - 1, ratio * math.exp(spread) - 1)


def signed(share, look):
    """Return a share with its sign, such as ``+4.0%``."""
    text = look.write(abs(share), "share", "tile")
    if text == look.write(0.0, "share", "tile"):
        return text
    return f"{'+' if share > 0 else MINUS}{text}"
