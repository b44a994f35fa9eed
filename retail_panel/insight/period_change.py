"""Growth: net sales of one period against those of another, both named."""

from datetime import datetime, time, timedelta

from scipy.special import stdtr

from retail_panel.formats import format_value
from retail_panel.insight.cluster_sums import cluster_of
from retail_panel.insight.comparison import LEAST, LEAST_GAP
from retail_panel.insight.correction import Q
from retail_panel.insight.finding import Evidence, Figure, Finding, written
from retail_panel.insight.interval import ratio_interval
from retail_panel.schema import MONEY_SCALE


def growth_estimate(ask, lines, before, after):
    """Estimate net sales of one period as a multiple of those of another.

    Parameters
    ----------
    ask, lines
        As in :func:`retail_panel.insight.groups.group_moments`.
    before, after : tuple of datetime.date
        Since (included) and until (excluded) of each period.

    Returns
    -------
    tuple
        The multiple (Estimate, customers as clusters, an order without one by itself), p that it is 1, and net sales
        before and after in currency units. P is None with fewer than 30 clusters, or where nothing varies.
    """
    return growth_of(ask(growth_question(lines, *moments_of(before, after))).to_pylist()[0])


def moments_of(*periods):
    """Return the ends of periods of days as moments."""
    return [[datetime.combine(day, time()) for day in period] for period in periods]


def growth_question(lines, *ends):
    """Ask for sums over clusters of what they add to two periods, each two moments.

    Returns
    -------
    ibis.Table
        One row: how many clusters (``n``) add anything, and sums of what each adds to the former, ``b``, the latter,
        ``a``, and of the products ``aa``, ``ab``, ``bb``; money in currency units.
    """
    inside = [(lines.ordered_at >= since) & (lines.ordered_at < until) for since, until in ends]
    # A customer of neither period adds nothing.
    lines = lines.filter(inside[0] | inside[1])
    money = lines.select(
        cluster=cluster_of(lines), b=inside[0].ifelse(lines.amount, 0), a=inside[1].ifelse(lines.amount, 0)
    )
    each = money.group_by("cluster").aggregate(
        b=money.b.cast("float64").sum() / MONEY_SCALE, a=money.a.cast("float64").sum() / MONEY_SCALE
    )
    each = each.filter((each.a != 0) | (each.b != 0))
    return each.aggregate(
        n=each.count(), a=each.a.sum(), b=each.b.sum(), aa=(each.a * each.a).sum(), ab=(each.a * each.b).sum(),
        bb=(each.b * each.b).sum(),
    )  # fmt: skip


def growth_of(found):
    """Return what :func:`growth_estimate` does, from the answer to :func:`growth_question`."""
    if not found["n"]:
        return ratio_interval(0, 0, 0, 0, 0, 0), None, 0.0, 0.0
    ratio = ratio_interval(found["n"], found["a"], found["b"], found["aa"], found["ab"], found["bb"])
    p = None
    if ratio.std_error and found["n"] >= LEAST:
        p = 2 * float(stdtr(ratio.df, -abs(ratio.value - 1) / ratio.std_error))
    return ratio, p, found["b"], found["a"]


def growth_finding(estimated, before, after, p_adjusted, currency="GBP", q=Q):
    """Say how net sales changed from one period to another; None where nothing was sold before or nothing is tested."""
    ratio, p, earlier, later = estimated
    if p is None or earlier <= 0:
        return None
    change = Figure("change", ratio.value - 1, "share", ratio.low - 1, ratio.high - 1, int(ratio.df) + 1)
    figures = tuple(Figure(_period(period), money, "money") for period, money in ((before, earlier), (after, later)))
    beyond = p_adjusted <= q and abs(change.value) >= LEAST_GAP
    sides = [f"{figure.words(currency)} ({figure.label})" for figure in figures]
    interval = f"95% interval {written(change.low, 'share', '')} to {written(change.high, 'share', '')}"
    if beyond:
        verb = "grew" if change.value > 0 else "fell"
        size = written(abs(change.value), "share", "")
        sentence = f"Net sales {verb} by {size}, from {sides[0]} to {sides[1]}; {interval}."
    else:
        opening = "Net sales hardly changed" if p_adjusted <= q else "No change in net sales beyond noise"
        sentence = f"{opening} from {sides[0]} to {sides[1]}: {written(change.value, 'share', '')}, {interval}."
    test = "t test of the ratio of two sums, delta method, customers as clusters"
    return Finding(
        "net_sales.growth", sentence, Evidence((*figures, change), test, p, p_adjusted, change.n, change), {},
        abs(change.value) if beyond else 0.0, beyond,
    )  # fmt: skip


def _period(period):
    return f"{format_value(period[0])} to {format_value(period[1] - timedelta(days=1))}"
