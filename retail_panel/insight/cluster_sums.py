"""Cluster sums: what a customer, or a guest's order, adds to each group of a column, and its products over groups."""

import ibis

from retail_panel.measures import line_count
from retail_panel.schema import MONEY_SCALE

PARTS = ("n", "s", "q")
PRODUCTS = ("nn", "ns", "sn", "ss")


def cluster_of(lines):
    """Return what makes lines belong together: the customer's key, or a negative number of a guest's order."""
    # A line without an order id has a negative key already.
    order = ibis.least(lines.order_key, -1 - lines.order_key)
    if "customer_key" not in lines.columns:
        return order
    return lines.customer_key.notnull().ifelse(lines.customer_key.cast("int64"), order)


def sizes_question(keyed):
    """Ask for the size of some columns.

    Parameters
    ----------
    keyed : dict of str to ibis.Table
        By the name of a column: order lines with the column as ``value_``, never null, and ``amount``.

    Returns
    -------
    ibis.Table
        One row a column: ``name``, ``values`` (how many it has), ``lines``, ``moved`` (absolute amounts added up, in
        ten-thousandths).
    """
    rows = []
    for name, lines in keyed.items():
        moved = lines.amount.abs().cast("float64").sum()
        each = lines.group_by("value_").aggregate(lines=line_count(lines), moved=moved)
        found = each.aggregate(values=each.count(), lines=each.lines.sum().cast("float64"), moved=each.moved.sum())
        rows.append(found.select("values", "lines", "moved", name=ibis.literal(name)))
    return ibis.union(*rows) if len(rows) > 1 else rows[0]


def sums_of_clusters(keyed, units, centre=0.0):
    """Add up what each cluster brings to each group.

    Parameters
    ----------
    keyed : ibis.Table
        Order lines: ``value_``, never null, ``cluster``, ``order_key``, ``amount``, ``is_return``.
    units : collection of str
        ``transaction`` and ``return`` together or alone, or ``customer``, see
        :data:`retail_panel.insight.groups.UNITS`. Together, the lines of an order are those of one cluster.
    centre : float
        Taken off amounts, in currency units; a number near their mean keeps digits.

    Returns
    -------
    ibis.Table
        One row per value and cluster: ``value_``, ``cluster``, and for each unit ``n_<unit>`` observations,
        ``s_<unit>`` their sum and ``q_<unit>`` the sum of their squares, all float64.
    """
    if "customer" in units:
        known = keyed.filter(keyed.cluster >= 0)
        spent = known.group_by("value_", "cluster").aggregate(money=known.amount.cast("float64").sum())
        x = spent.money / MONEY_SCALE - centre
        return spent.select("value_", "cluster", n_customer=ibis.literal(1.0), s_customer=x, q_customer=x * x)
    if "transaction" not in units:
        returned = line_count(keyed, keyed.is_return).cast("float64")
        return keyed.group_by("value_", "cluster").aggregate(
            n_return=line_count(keyed).cast("float64"), s_return=returned, q_return=returned
        )
    both = "return" in units
    counted = {"lines": line_count(keyed), "returned": line_count(keyed, keyed.is_return)} if both else {}
    orders = keyed.group_by("value_", "order_key").aggregate(
        cluster=keyed.cluster.max(), money=keyed.amount.abs().cast("float64").sum(), **counted
    )
    x = orders.money / MONEY_SCALE - centre
    sums = {"n_transaction": orders.count().cast("float64"), "s_transaction": x.sum(), "q_transaction": (x * x).sum()}
    if both:
        returned = orders.returned.sum().cast("float64")
        sums |= {"n_return": orders.lines.sum().cast("float64"), "s_return": returned, "q_return": returned}
    return orders.group_by("value_", "cluster").aggregate(**sums)


def pairs_question(sums, units):
    """Ask for the sums over clusters of products of what they add to two groups.

    Parameters
    ----------
    sums : ibis.Table
        As :func:`sums_of_clusters` returns.
    units : collection of str
        Those in it.

    Returns
    -------
    ibis.Table
        One row a pair of groups, the lesser value first: ``value_``, ``value_2``, the ``clusters`` in both and the
        ``customers`` among them, and for each unit ``n``, ``s``, ``q`` of the first and ``nn``, ``ns``, ``sn``, ``ss``,
        with ``_<unit>`` behind. And one row a group without a second one: the ``clusters`` that are in no other;
        without a first one as well, those that are in several.
    """
    second = {f"{part}_2_{unit}": f"{part}_{unit}" for part in "ns" for unit in units}
    other = sums.select(value_2="value_", cluster_2="cluster", **second)
    # The other half is the same with the two changed about.
    both = sums.join(other, [sums.cluster == other.cluster_2, sums.value_ <= other.value_2])
    found = {}
    for unit in units:
        found |= {f"{part}_{unit}": both[f"{part}_{unit}"].sum() for part in PARTS}
        for one, two in PRODUCTS:
            found[f"{one}{two}_{unit}"] = (both[f"{one}_{unit}"] * both[f"{two}_2_{unit}"]).sum()
    pairs = both.group_by("value_", "value_2").aggregate(
        **found, clusters=both.count(), customers=both.count(where=both.cluster >= 0)
    )
    held = sums.group_by("cluster").aggregate(groups=sums.count(), only=sums.value_.arbitrary())
    none = ibis.null().cast(sums.value_.type())
    held = held.mutate(only=(held.groups == 1).ifelse(held.only, none))
    alone = held.group_by("only").aggregate(clusters=held.count())
    zeros = {column: ibis.literal(0.0) for column in found}
    rows = alone.select(value_="only", value_2=none, **zeros, clusters="clusters", customers=ibis.literal(0, "int64"))
    return pairs.union(rows)
