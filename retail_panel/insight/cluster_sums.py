"""Cluster sums: what a customer, or a guest's order, adds to each group of a column, and its products over groups."""

import math

import ibis

from retail_panel.measures import line_count, line_number
from retail_panel.schema import MONEY_SCALE

#: Codes have 8 bits; this one, in which all are set, is no value.
NO_VALUE = 255
PARTS = ("n", "s", "q")
PRODUCTS = ("nn", "ns", "sn", "ss")


def cluster_of(lines):
    """Return what makes lines belong together: the customer's key, or a negative number of a guest's order."""
    # A line without an order id has a negative key already.
    order = ibis.least(lines.order_key, -1 - lines.order_key)
    if "customer_key" not in lines.columns:
        return order
    return lines.customer_key.notnull().ifelse(lines.customer_key.cast("int64"), order)


def sizes_question(lines, values):
    """Ask for the size of some columns.

    Parameters
    ----------
    lines : ibis.Table
        Order lines with ``amount``.
    values : dict of str to ibis expression
        Columns by name.

    Returns
    -------
    ibis.Table
        One row: by name how many values there are; ``moved`` and ``least``, the mean and the least absolute amount in
        currency units; how many ``lines``.
    """
    amount = lines.amount.abs()
    return lines.aggregate(
        **{name: value.nunique() for name, value in values.items()},
        moved=amount.cast("float64").mean() / MONEY_SCALE, least=amount.min() / MONEY_SCALE,
        lines=lines.count(),
    )  # fmt: skip


def centre_of(moved, least):
    """Return a number near the mean of amounts, to take off them: what is left keeps its digits when it is squared.

    A power of two where amounts are spread, so that the question is the same for all of about as much; the mean itself
    where all are far from zero.
    """
    if not moved:
        return 0.0
    return moved if least > moved / 2 else 2.0 ** round(math.log2(moved))


def sums_of_clusters(keyed, units, centre):
    """Add up what each cluster brings to each group.

    Parameters
    ----------
    keyed : ibis.Table
        Order lines: ``value_``, never null, ``cluster``, ``order_key``, ``amount``, ``is_return``.
    units : collection of str
        ``transaction`` and ``return`` together or alone, or ``customer``, see
        :data:`retail_panel.insight.groups.UNITS`. Together, the lines of an order are those of one cluster.
    centre : float
        Taken off amounts, in currency units, see :func:`centre_of`.

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


def cells_question(keyed, names, centre):
    """Ask what each cluster brings to each combination of several columns that seldom differ between lines of an order.

    Parameters
    ----------
    keyed : ibis.Table
        Order lines: a column of uint8 for each of ``names``, at most seven, null or 255 where there is no value,
        ``cluster``, ``order_key``, ``amount``, ``is_return``.
    names : sequence of str
        The columns.
    centre : float
        As for :func:`sums_of_clusters`.

    Returns
    -------
    ibis.Table
        One row a cluster and combination: ``cluster``, ``packed`` (8 bits a column, the first one lowest), the sums of
        both units as :func:`sums_of_clusters` has them, and whether an order is ``mixed``: where any is, lines of
        one order differ, and the rest is of no use.
    """
    lines = _packed(keyed, names)
    orders = _packed_orders(lines)
    x = orders.money / MONEY_SCALE - centre
    returned, is_mixed = orders.returned.sum(), (orders.packed != orders["first"]) | (orders.cluster != orders.least)
    return orders.group_by("cluster", "packed").aggregate(
        n_transaction=orders.count(), s_transaction=x.sum(), q_transaction=(x * x).sum(),
        n_return=orders.lines.sum(), s_return=returned, q_return=returned, mixed=is_mixed.any(),
    )  # fmt: skip


def _packed(keyed, names):
    packed = keyed[names[0]].fill_null(NO_VALUE).cast("int64")
    for i, name in enumerate(names[1:], 1):
        packed = packed + (keyed[name].fill_null(NO_VALUE).cast("int64") << 8 * i)
    return keyed.select(
        "cluster", "order_key", "is_return", money=keyed.amount.abs().cast("float64"), packed=packed,
        many=line_number(keyed).cast("float64"),
    )  # fmt: skip


def _packed_orders(lines):
    return lines.group_by("order_key").aggregate(
        **_of_order(lines), least=lines.cluster.min(), packed=lines.packed.max(), first=lines.packed.min()
    )


def sums_of_orders(keyed, names, units, centre):
    """Add up what each cluster brings to each group of several columns that seldom differ between lines of an order.

    Orders are added up once for all of the columns; those whose lines do differ are looked at line by line.

    Parameters
    ----------
    keyed : ibis.Table
        Order lines: a column of uint8 for each of ``names``, at most seven, null or 255 where there is no value,
        ``cluster``, ``order_key``, ``amount``, ``is_return``.
    names : sequence of str
        The columns.
    units : dict of str to collection of str
        By column, ``transaction`` or with it ``return``.
    centre : float
        As for :func:`sums_of_clusters`.

    Returns
    -------
    dict of str to ibis.Table
        By column, as :func:`sums_of_clusters` returns.
    """
    lines = _packed(keyed, names)
    orders = _packed_orders(lines)
    is_one = (orders.packed == orders["first"]) & (orders.cluster == orders["least"])
    apart = lines.semi_join(orders.filter(~is_one), "order_key")
    found = {}
    for i, name in enumerate(names):
        columns = ("cluster", "money", "lines", "returned")
        own = orders.filter(is_one).select(*columns, value_=_unpacked(orders, i))
        others = apart.mutate(value_=_unpacked(apart, i))
        others = others.group_by("value_", "order_key").aggregate(**_of_order(others)).select(*columns, "value_")
        both = own.union(others)
        both = both.filter(both.value_ != NO_VALUE)
        x = both.money / MONEY_SCALE - centre
        sums = {"n_transaction": both.count().cast("float64"), "s_transaction": x.sum(), "q_transaction": (x * x).sum()}
        if "return" in units[name]:
            returned = both.returned.sum().cast("float64")
            sums |= {"n_return": both.lines.sum().cast("float64"), "s_return": returned, "q_return": returned}
        found[name] = both.group_by("value_", "cluster").aggregate(**sums)
    return found


def _of_order(lines):
    return {"cluster": lines.cluster.max(), "money": lines.money.sum(), "lines": lines.many.sum(),
            "returned": lines.is_return.ifelse(lines.many, 0.0).sum()}  # fmt: skip


def _unpacked(table, place):
    return ((table.packed >> 8 * place) & NO_VALUE).cast("uint8")


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
