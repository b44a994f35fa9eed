"""Scores of customers as of several days, each day by the quintile edges of its own customers."""

from functools import reduce
from operator import or_

import ibis

from retail_panel.customers.profile import SCORE_OF
from retail_panel.customers.scores import MEASURES, Scale

QUINTILES = (1, 2, 3, 4)
#: Slices of monetary value, this many to a factor of e, tell where an edge lies before values are counted one by one.
SLICES = 32


def edges_by_day(stood):
    """Ask for the quintile edges as of each day, the same as :func:`retail_panel.customers.scores.edges_question` has.

    Parameters
    ----------
    stood : ibis.Table
        From :func:`retail_panel.customers.standings.standings`.

    Returns
    -------
    ibis.Table
        One row per day with customers: ``at``, and per measure its least and greatest value, ``{measure}_low`` and
        ``{measure}_high``, and the edges ``{measure}_1`` to ``{measure}_4``; recency counts as in ``stood``.
    """
    recency, frequency = (_edges(measure, _counted(stood, measure)) for measure in ("recency_days", "frequency"))
    joined = recency.join(frequency, "at").join(_edges("monetary", _counted_money(stood)), "at")
    # Distinct already; said again they are worked out once, however often a question names them.
    return joined.distinct()


def _counted(stood, measure):
    """Count the customers of each value, and of all values up to it."""
    counts = stood.group_by("at", value=stood[measure]).aggregate(customers=stood.count())
    values = counts.mutate(low=counts.value, high=counts.value)
    return _reached(values, "value")


def _counted_money(stood):
    """Count as :func:`_counted` does, value by value only in the slices where edges lie: most values are unique."""
    money = stood.monetary.cast("float64")
    sliced = stood.mutate(slice=(money.sign() * ((money.abs() + 1).ln() * SLICES).floor()).cast("int64"))
    counts = sliced.group_by("at", "slice").aggregate(
        customers=sliced.count(), low=sliced.monetary.min(), high=sliced.monetary.max()
    )
    slices = _reached(counts, "slice")
    slices = slices.mutate(before=slices.reached - slices.customers)
    holds = [(5 * slices.before < i * slices.total) & (5 * slices.reached >= i * slices.total) for i in QUINTILES]
    within = sliced.semi_join(slices.filter(reduce(or_, holds)), ["at", "slice"])
    values = within.group_by("at", "slice", value=within.monetary).aggregate(customers=within.count())
    window = ibis.window(group_by=[values.at, values.slice], order_by=values.value, preceding=None, following=0)
    so_far = values.select("at", "slice", "value", upto=values.customers.sum().over(window))
    reached = so_far.join(slices.select("at", "slice", "before"), ["at", "slice"])
    reached = reached.select("at", "value", reached=reached.before + reached.upto)
    ends = slices.group_by("at").aggregate(low=slices.low.min(), high=slices.high.max(), total=slices.total.max())
    return reached.join(ends, "at")


def _reached(counts, by):
    so_far = ibis.window(group_by=counts["at"], order_by=counts[by], preceding=None, following=0)
    whole = ibis.window(group_by=counts["at"])
    return counts.mutate(reached=counts.customers.sum().over(so_far), total=counts.customers.sum().over(whole))


def _edges(measure, counted):
    edges = {f"{measure}_{i}": counted.value.min(where=5 * counted.reached >= i * counted.total) for i in QUINTILES}
    return counted.group_by("at").aggregate(
        **{f"{measure}_low": counted.low.min(), f"{measure}_high": counted.high.max()}, **edges
    )


def scored(stood, edges):
    """Score customers by the edges of each day.

    Parameters
    ----------
    stood : ibis.Table
        From :func:`retail_panel.customers.standings.standings`.
    edges : ibis.Table
        From :func:`edges_by_day`.

    Returns
    -------
    ibis.Table
        The rows of ``stood`` with the scores ``r``, ``f`` and ``m`` (int8, 1 to 5).
    """
    bounds = edges.select("at", **{f"{m}_{i}": _bound(edges, m, i) for m in MEASURES for i in QUINTILES})
    joined = stood.join(bounds, "at")
    scales = {m: Scale(m, tuple(joined[f"{m}_{i}"] for i in QUINTILES)) for m in MEASURES}
    return joined.select(*stood.columns, **{SCORE_OF[m]: scale.expression(joined) for m, scale in scales.items()})


def _bound(edges, measure, i):
    """Return the value that all who score more than ``i`` (of recency less than 6 - ``i``) lie above.

    It is the edge; where all are equal, it is so low that they score what those score who are all alike.
    """
    edge, low, high = (edges[f"{measure}_{part}"] for part in (i, "low", "high"))
    once, more = (len(QUINTILES) + 1 - alike if measure == "recency_days" else alike - 1 for alike in (
        Scale.over(measure, (n, n, n, n), n, n).alike for n in (1, 2)
    ))  # fmt: skip
    below = (high == 1).ifelse(i <= once, i <= more)
    return ((low == high) & below).ifelse(edge - 1, edge)
