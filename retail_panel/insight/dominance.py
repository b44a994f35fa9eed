"""Dominance: the channel, category or tier that leads in each group, and whether its lead is beyond noise."""

from dataclasses import dataclass, replace

from scipy.special import stdtr

from retail_panel.formats import format_value
from retail_panel.insight.comparison import LEAST, LEAST_POINTS
from retail_panel.insight.correction import Q, adjusted
from retail_panel.insight.interval import Estimate, ratio_interval


@dataclass(frozen=True)
class Dominant:
    """The value that leads in one group.

    Attributes
    ----------
    value : object
        As found in the column; of equals the one that sorts first.
    share : float
        Of the group's orders (customers, for the latest value of each) those with this value. An order may have
        several categories, so that shares may sum to more than 1.
    runner_up, runner_up_share : object, float
        The next value; None and 0 where there is none.
    counted : int
        Orders (customers) with any value.
    customers : int
        Customers behind them.
    gap : Estimate
        ``share`` less ``runner_up_share`` with its 95 % interval, customers as clusters.
    p, p_adjusted : float or None
        Chance of such a lead between equals, and the same adjusted over everything judged together; None below 30
        customers.
    beyond_noise : bool
        Whether the lead is beyond chance after correction, and at least half a percentage point.
    """

    value: object
    share: float
    runner_up: object
    runner_up_share: float
    counted: int
    customers: int
    gap: Estimate
    p: float | None
    p_adjusted: float | None = None
    beyond_noise: bool = False


def dominant(leader, follower, customers, a, b, every, gg, ge, ee):
    """Return the leading value of one group; not judged yet, see :func:`judged`.

    Parameters
    ----------
    leader, follower : object
        The first two values; None for no second one.
    customers : int
        Customers with anything counted.
    a, b, every : float
        What was counted with the first value, with the second, and with any.
    gg, ge, ee : float
        Sums over customers of the square of g, of g times e, and of the square of e, where g is a customer's count
        with the first value less that with the second, and e that with any.

    Returns
    -------
    Dominant

    Source
    ------
    K. Hung and W. Fithian, Rank verification for exponential families, Annals of Statistics 47 (2019): the winner may
    be tested against the runner-up at the plain two-sided level, although both were picked from the same figures.
    """
    gap, p = ratio_interval(customers, a - b, every, gg, ge, ee), None
    if customers >= LEAST:
        p = 2 * float(stdtr(gap.df, -gap.value / gap.std_error)) if gap.std_error else float(not gap.value)
    return Dominant(leader, a / every, follower, b / every, round(every), customers, gap, p)


def judged(found, q=Q):
    """Adjust the p values of several groups' values together, and say which leads are beyond noise.

    Parameters
    ----------
    found : list of Dominant
        Everything that is looked at together.
    q : float
        Share of chance finds that is put up with.

    Returns
    -------
    list of Dominant
        In the same order.
    """
    ps = adjusted([dominant.p for dominant in found])
    return [
        replace(one, p_adjusted=p, beyond_noise=p is not None and p <= q and one.gap.value >= LEAST_POINTS)
        for one, p in zip(found, ps, strict=True)
    ]


def in_words(dominant, what, labels=None, counted="orders"):
    """Say which value leads, or that none does beyond noise.

    Parameters
    ----------
    dominant : Dominant
        Judged.
    what : str
        Such as ``channel``.
    labels : callable, optional
        Gives the words of a value; default: the value itself.
    counted : str
        ``orders`` or ``customers``.

    Returns
    -------
    str
        One sentence.
    """
    label = labels or str
    share, other = (format_value(x, "share", form="tile") for x in (dominant.share, dominant.runner_up_share))
    if dominant.runner_up is None:
        return f"All {counted} have the {what} {label(dominant.value)}."
    figures = f"{label(dominant.value)} {share} of {counted}, {label(dominant.runner_up)} {other}"
    if dominant.beyond_noise:
        return f"Mostly {label(dominant.value)} by {what}: {figures}."
    why = f"fewer than {LEAST} customers" if dominant.p is None else "the gap is within noise"
    return f"No {what} leads for certain: {figures}; {why}."
