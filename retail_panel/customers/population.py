"""What the customers pipeline hands over: who was scored, how, and into which groups."""

import datetime as dt
from dataclasses import dataclass

import ibis

from retail_panel.customers.clusters import Clustering


@dataclass(frozen=True)
class Group:
    """One segment or cluster and its profile.

    Attributes
    ----------
    name, description : str
        What it is called and what its customers have in common.
    customers : int
        Customers in it; the other figures are None where there are none.
    share : float
        Their share of all scored customers, 0 to 1.
    recency_days_mean, frequency_mean : float or None
        Mean days since the last purchase, and mean frequency by the definition chosen.
    monetary_mean, monetary_total : float or None
        Mean and sum of monetary value by the definition chosen, in currency units.
    net_sales : float or None
        Sales less returns in scope, in currency units, whatever the definition.
    """

    name: str
    description: str
    customers: int
    share: float
    recency_days_mean: float | None = None
    frequency_mean: float | None = None
    monetary_mean: float | None = None
    monetary_total: float | None = None
    net_sales: float | None = None


@dataclass(frozen=True)
class Population:
    """The customers of one scope, scored and grouped.

    Attributes
    ----------
    table : ibis.Table
        Scratch table, one row per scored customer: ``customer_key`` int32, ``recency_days`` int32, ``frequency`` int32,
        ``monetary`` and ``net_sales`` int64 (ten-thousandths of the currency unit), ``first_bought`` (time of the first
        sale), ``sales_rank`` int8 (0 is the best hundredth by net sales, 99 the last), scores ``r``, ``f``, ``m`` int8,
        ``segment`` int8 (index in ``segments``), ``cluster`` int8 (index in ``clusters``).
    name : str
        The scratch table's name; who asked for it forgets it.
    definition : str
        The RFM definition in one sentence.
    method : str
        ``clusters`` or ``rules``: which of the two ``groups`` are.
    reference_day : datetime.date or None
        Day that recency counts back from; None without lines.
    customers : int
        Customers scored: those with a purchase.
    returns_only : int
        Customers in scope with returns only, who have no R, F and M.
    guest_lines : int
        Order lines without a customer.
    rfm : dict of str to dict of str to float
        ``recency_days``, ``frequency``, ``monetary`` (currency units), each with ``mean``, ``std``, ``min``, ``max``,
        ``total`` over customers; ``std`` divides by n - 1 (ddof 1, as pandas does). None where there is none.
    edges : dict of str to tuple of float
        By measure, the four quintile edges that scores compare with (monetary in currency units).
    held : dict of str to dict of int to int
        By measure, how many customers hold each score 1 to 5.
    segments : tuple of Group
        All eleven, in their fixed order, empty ones too.
    clusters : tuple of Group
        In their stable order; none without customers.
    clustering : Clustering or None
        How the clusters were found: silhouette and inertia by number of clusters, centres.
    notes : tuple of str
        Sentences on k, on customers left out, and on degenerate cases.
    """

    table: ibis.Table
    name: str
    definition: str
    method: str
    reference_day: dt.date | None
    customers: int
    returns_only: int
    guest_lines: int
    rfm: dict
    edges: dict
    held: dict
    segments: tuple
    clusters: tuple
    clustering: Clustering | None
    notes: tuple

    @property
    def groups(self):
        """The groups of the chosen method that hold customers."""
        chosen = self.clusters if self.method == "clusters" else self.segments
        return tuple(group for group in chosen if group.customers)
