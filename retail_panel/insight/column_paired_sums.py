"""Paired sums from order lines in memory, as :mod:`retail_panel.insight.paired_sums` asks the engine for them."""

from dataclasses import dataclass, field

import numpy as np

from retail_panel.customers.places import PlacedOrders, placed_customers, with_guests


@dataclass(frozen=True)
class Clusters:
    """What the customers, and the guests' orders, of one side add up to.

    Attributes
    ----------
    keys : numpy.ndarray
        Of each cluster, as :func:`retail_panel.insight.cluster_sums.cluster_of` has.
    customers : int
        How many of them are customers; they come first.
    sums : dict of str to numpy.ndarray
        By column, what the lines of each add up to.
    counts : dict of str to numpy.ndarray
        By column, how many orders of each have a line of which it is true.
    """

    keys: np.ndarray = field(repr=False)
    customers: int
    sums: dict = field(repr=False)
    counts: dict = field(repr=False)


def clusters_of(ask, lines, sums, flags):
    """Add lines up by cluster.

    Parameters
    ----------
    ask : callable
        Answers an Ibis question with a :class:`pyarrow.Table`.
    lines : ibis.Table
        Order lines with ``order_key``, and ``customer_key`` where the source has customers.
    sums, flags : dict of str to ibis expression
        Numbers to add up, and what may be true of a line.

    Returns
    -------
    Clusters or None
        None where an order is of several clusters.
    """
    own = [name for name in ("order_key", "customer_key") if name in lines.columns]
    flags = {name: flag.fill_null(False) for name, flag in flags.items()}
    found = ask(lines.select(*own, **sums, **flags))
    found = {name: found[name].combine_chunks() for name in found.column_names}
    keys = found["order_key"].to_numpy()
    orders = PlacedOrders(keys)
    customers, person = placed_customers(found.get("customer_key"), len(keys))
    person_of = orders.shared(person)
    if person_of is None:
        return None
    guests = orders.first(keys)[person_of < 0].astype("int64")
    order, cluster_of = orders.of_lines, with_guests(person_of, len(customers))
    cluster, size = cluster_of[order], len(customers) + len(guests)
    return Clusters(
        np.concatenate([customers.astype("int64"), np.minimum(guests, -1 - guests)]), len(customers),
        {name: np.bincount(cluster, _filled(found[name]), size) for name in sums},
        {name: _counted(found[name], order, cluster_of, size) for name in flags},
    )  # fmt: skip


def _filled(column):
    return (column.fill_null(0.0) if column.null_count else column).to_numpy()


def _counted(flag, order, cluster_of, size):
    is_so = np.zeros(len(cluster_of), bool)
    is_so[order[flag.to_numpy(zero_copy_only=False)]] = True
    return np.bincount(cluster_of[is_so], minlength=size).astype(float)


def shared(one, other):
    """Return the places in each of two sides of the clusters that are in both."""
    _, first, second = np.intersect1d(one.keys, other.keys, assume_unique=True, return_indices=True)
    return first, second
