"""Scores 1 to 5: quintile edges first, then compare, so that equal values always get equal scores."""

from dataclasses import dataclass

import ibis
import numpy as np

MEASURES = ("recency_days", "frequency", "monetary")
SCORES = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Scale:
    """How one of R, F and M is scored.

    A value scores one more than the number of edges below it; recency is reversed, so that 5 is the most recent. Where
    all customers are alike the edges tell nobody apart, and ``alike`` is everybody's score: 5 for recency, 3 for
    monetary value, and for frequency 3, or 1 if everybody bought once.

    Parameters
    ----------
    measure : str
        ``recency_days``, ``frequency`` or ``monetary``.
    edges : tuple of int
        The 20, 40, 60 and 80 % quantiles (the smallest value that at least that share of customers does not exceed),
        in the measure's own unit.
    alike : int or None
        Everybody's score where all values are equal.
    """

    measure: str
    edges: tuple
    alike: int | None = None

    @classmethod
    def over(cls, measure, edges, low, high):
        """Make the scale of customers whose values run from ``low`` to ``high``."""
        alike = None
        if low == high:
            alike = {"recency_days": 5, "frequency": 1 if high == 1 else 3, "monetary": 3}[measure]
        return cls(measure, tuple(int(edge) for edge in edges), alike)

    def score(self, values):
        """Score an array of values; returns int8, same shape."""
        values = np.asarray(values)
        if self.alike:
            return np.full(values.shape, self.alike, np.int8)
        above = sum((values > edge).view(np.int8) for edge in self.edges)
        return 5 - above if self.measure == "recency_days" else 1 + above

    def expression(self, table):
        """Score the measure's column of an Ibis table; returns an int8 column."""
        if self.alike:
            return ibis.literal(self.alike, "int8")
        column = table[self.measure]
        above = sum((column > edge).cast("int8") for edge in self.edges)
        return (5 - above if self.measure == "recency_days" else 1 + above).cast("int8")


def quintile_edges(values, customers):
    """Return the quintile edges of weighted values.

    Parameters
    ----------
    values : array_like, shape (n,)
        Distinct values in any order.
    customers : array_like of int, shape (n,)
        How many customers have each value.

    Returns
    -------
    list of int
        Four edges: the smallest value that at least 1/5 (2/5, 3/5, 4/5) of the customers do not exceed.
    """
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(np.asarray(customers, dtype=np.int64)[order])
    at = [np.searchsorted(5 * reached, i * reached[-1], side="left") for i in (1, 2, 3, 4)]
    return [int(np.asarray(values)[order][i]) for i in at]


def edges_question(rfm):
    """Ask the engine for the quintile edges of R, F and M, the same ones as :func:`quintile_edges` gives.

    Parameters
    ----------
    rfm : ibis.Table
        One row per customer: ``recency_days``, ``frequency``, ``monetary``.

    Returns
    -------
    ibis.Table
        One row per measure: ``measure`` and ``edge_1`` to ``edge_4``.
    """
    return ibis.union(*(_edges_of(rfm, measure) for measure in MEASURES))


def _edges_of(rfm, measure):
    counts = rfm.group_by(value=rfm[measure].cast("int64")).aggregate(customers=rfm.count())
    so_far = ibis.window(order_by=counts.value, preceding=None, following=0)
    # Their number is asked for as well, so that the question stays the same while customers come.
    everyone = counts.customers.sum().over(ibis.window())
    reached = counts.mutate(reached=counts.customers.sum().over(so_far), everyone=everyone)
    edges = {f"edge_{i}": reached.value.min(where=5 * reached.reached >= i * reached.everyone) for i in (1, 2, 3, 4)}
    return reached.aggregate(**edges).mutate(measure=ibis.literal(measure))


def unused_scores(held):
    """Say which scores nobody holds.

    Parameters
    ----------
    held : dict of str to dict of int to int
        Customers by measure and score.

    Returns
    -------
    list of str
        One sentence per measure with unused scores; they arise where many customers share one value.
    """
    sentences = []
    for measure, customers in held.items():
        used = [score for score in SCORES if customers.get(score)]
        name = measure.partition("_")[0].capitalize()
        if len(used) == 1:
            sentences.append(f"{name} is the same for all customers, who all score {used[0]}.")
        elif len(used) < len(SCORES):
            many = ", ".join(str(score) for score in SCORES if score not in used)
            sentences.append(f"{name} has many equal values: nobody scores {many}.")
    return sentences
