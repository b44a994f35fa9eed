"""Distributions of A and B over the same bins: transactions, and recency, frequency and monetary value."""

import math
from dataclasses import dataclass
from functools import reduce

import ibis
import numpy as np

from retail_panel.crossfilter.bins import number_bins
from retail_panel.customers.places import PlacedOrders
from retail_panel.customers.scores import MEASURES
from retail_panel.insight.groups import MOST_IN_MEMORY
from retail_panel.schema import MONEY_SCALE

UNITS = {"transaction": "money", "recency_days": "days", "frequency": "count", "monetary": "money"}
PIECES = 30
#: Bins span these shares of A's and B's values together; the first and the last bin take what lies outside.
SPAN = (0.01, 0.99)


@dataclass(frozen=True)
class Distribution:
    """One figure over A's and B's transactions, or customers.

    Attributes
    ----------
    name, unit : str
        ``transaction`` (absolute amount of an order or return document), ``recency_days``, ``frequency`` or
        ``monetary``; money in currency units.
    edges : tuple of float
        One more than there are bins: each includes its low end; the first bin is open below, the last above.
    labels : tuple of str
        Words for each bin.
    a, b : tuple of int
        Transactions (customers) in each bin.
    """

    name: str
    unit: str
    edges: tuple
    labels: tuple
    a: tuple
    b: tuple

    @property
    def shares(self):
        """The same as shares of A and of B: two tuples that sum to 1, or are all 0."""
        return tuple(tuple(count / (sum(side) or 1) for count in side) for side in (self.a, self.b))


def distributions(ask, a, b, a_scored=None, b_scored=None, currency="GBP", rows=math.inf):
    """Count A and B over shared bins.

    Parameters
    ----------
    ask : callable
        Takes an ibis question, returns a pyarrow.Table.
    a, b : ibis.Table
        Order lines: ``order_key``, ``amount``.
    a_scored, b_scored : ibis.Table, optional
        Their scored customers, one row a customer: ``recency_days``, ``frequency``, ``monetary``.
    currency : str
        ISO 4217 code, for the words.
    rows : int
        Lines of both together, where they are known: up to :data:`retail_panel.insight.groups.MOST_IN_MEMORY` are cut
        in memory, which takes a fifth of the time.

    Returns
    -------
    tuple of Distribution
        The transactions first; figures that neither A nor B has any value of are absent.
    """
    if rows <= MOST_IN_MEMORY:
        return _in_memory(ask, (a, b), (a_scored, b_scored), currency)
    values = {"transaction": [_transactions(lines) for lines in (a, b)]}
    if a_scored is not None and b_scored is not None:
        for measure in MEASURES:
            values[measure] = [scored.select(value=scored[measure].cast("float64")) for scored in (a_scored, b_scored)]
    spans = {row["name"]: row for row in ask(_spans_question(values)).to_pylist()}
    bins = {
        name: number_bins(spans[name]["low"], spans[name]["high"], UNITS[name], currency, PIECES)
        for name in values
        if name in spans
    }
    if not bins:
        return ()
    rows = ask(_counts_question(values, bins)).to_pylist()
    counts = {(row["name"], row["side"], row["code"]): row["counted"] for row in rows}
    return tuple(_distribution(name, cut, counts) for name, cut in bins.items())


def _in_memory(ask, sides, scored, currency):
    values = {"transaction": [_moved(ask(lines.select("order_key", "amount"))) for lines in sides]}
    if scored[0] is not None and scored[1] is not None:
        found = [ask(table.select(*MEASURES)) for table in scored]
        for measure in MEASURES:
            values[measure] = [side[measure].to_numpy().astype(float) for side in found]
    shapes = []
    for name, (one, other) in values.items():
        every = np.concatenate([one, other])
        if len(every):
            cut = number_bins(*np.quantile(every, SPAN).tolist(), UNITS[name], currency, PIECES)
            counts = {(name, side, code): counted for side, own in (("a", one), ("b", other))
                      for code, counted in enumerate(_counted(own, cut))}  # fmt: skip
            shapes.append(_distribution(name, cut, counts))
    return tuple(shapes)


def _moved(lines):
    """Return the absolute amount of each order."""
    return PlacedOrders(lines["order_key"].to_numpy()).added(np.abs(lines["amount"].to_numpy()))


def _counted(values, cut):
    codes = np.floor((values - cut.edges[0]) / (cut.edges[1] - cut.edges[0])).clip(0, cut.size - 1)
    return np.bincount(codes.astype(int), minlength=cut.size).tolist()


def _transactions(lines):
    each = lines.group_by("order_key").aggregate(value=lines.amount.abs().cast("float64").sum())
    return each.select("value")


def _spans_question(values):
    every = _stacked(side.mutate(name=ibis.literal(name)) for name, sides in values.items() for side in sides)
    return every.group_by("name").aggregate(low=every.value.quantile(SPAN[0]), high=every.value.quantile(SPAN[1]))


def _counts_question(values, bins):
    coded = (
        table.select(code=cut.code(table.value), name=ibis.literal(name), side=ibis.literal(side))
        for name, cut in bins.items()
        for side, table in zip("ab", values[name], strict=True)
    )
    every = _stacked(coded)
    return every.group_by("name", "side", "code").aggregate(counted=every.count())


def _stacked(tables):
    return reduce(ibis.union, tables)


def _distribution(name, cut, counts):
    scale = MONEY_SCALE if UNITS[name] == "money" else 1
    a, b = (tuple(counts.get((name, side, code), 0) for code in range(cut.size)) for side in "ab")
    return Distribution(name, UNITS[name], tuple(edge / scale for edge in cut.edges), tuple(cut.labels), a, b)
