"""Distributions of A and B over the same bins: transactions, and recency, frequency and monetary value."""

from dataclasses import dataclass

import numpy as np

from retail_panel.crossfilter.bins import number_bins
from retail_panel.customers.scores import MEASURES
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


def distributions(ask, a, b, a_scored=None, b_scored=None, currency="GBP"):
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

    Returns
    -------
    tuple of Distribution
        The transactions first; figures that neither A nor B has any value of are absent.
    """
    values = {"transaction": [_values(ask(_transactions(lines)), "value") for lines in (a, b)]}
    if a_scored is not None and b_scored is not None:
        tables = [ask(scored.select(*MEASURES)) for scored in (a_scored, b_scored)]
        values |= {measure: [_values(table, measure) for table in tables] for measure in MEASURES}
    return tuple(
        _distribution(name, sides, currency) for name, sides in values.items() if sum(len(side) for side in sides)
    )


def _transactions(lines):
    each = lines.group_by("order_key").aggregate(value=lines.amount.abs().cast("float64").sum())
    # In the store they would be added up once for the span of the bins, and again for what is in each.
    return each.select("value")


def _values(table, column):
    return table[column].drop_null().to_numpy().astype(float, copy=False)


def _distribution(name, sides, currency):
    low, high = np.quantile(np.concatenate(sides), SPAN)
    cut = number_bins(low, high, UNITS[name], currency, PIECES)
    scale = MONEY_SCALE if UNITS[name] == "money" else 1
    a, b = (_counts(cut, side) for side in sides)
    return Distribution(name, UNITS[name], tuple(edge / scale for edge in cut.edges), tuple(cut.labels), a, b)


def _counts(cut, values):
    places = np.floor((values - cut.edges[0]) / (cut.edges[1] - cut.edges[0]))
    places = places.clip(0, cut.size - 1).astype(np.int64)
    return tuple(np.bincount(places, minlength=cut.size).tolist())
