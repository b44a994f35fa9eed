"""Sums of orders by group and customer, and their products over groups, where each order is one customer's.

As in :mod:`retail_panel.insight.cluster_sums`, of which they take half the time: customers are told apart by their own
key, and a guest's order, a cluster of its own, is not looked for among them.
"""

import ibis

from retail_panel.schema import MONEY_SCALE

#: Stands for no group: of the second one where there is no pair, and of both where a cluster is in several.
NONE = -1
PRODUCTS = ("n", "s", "q", "nn", "ns", "sn", "ss")


def order_sums_question(known, guests, centre, in_one=False, is_paired=True):
    """Ask for the sums over clusters of what they add to groups, and of products of what they add to two groups.

    Parameters
    ----------
    known, guests : ibis.Table
        Orders of customers, None where the source has none, and of guests. One row an order and group: ``order_key``,
        ``moved``, ``value_``, ``segment``, both whole numbers that are never missing, the segment one of the cluster;
        of customers ``customer_key``.
    centre : float
        Taken off what an order moves, in currency units, see :func:`retail_panel.insight.cluster_sums.centre_of`.
    in_one : bool
        Whether each order is in one group.
    is_paired : bool
        Whether products over two groups are wanted.

    Returns
    -------
    ibis.Table
        One row a segment and pair of groups, the lesser first, each with itself among them: ``segment``, ``value_``,
        ``value_2``, the ``clusters`` in both and the ``customers`` among them, and ``n``, ``s``, ``q`` (of a group with
        itself), ``nn``, ``ns``, ``sn``, ``ss``. Where pairs are wanted also one row a segment and group with the
        ``clusters`` that are in no other, ``value_2`` being :data:`NONE`; ``value_`` too, those that are in several.
    """
    parts = []
    if known is not None:
        x = known.moved / MONEY_SCALE - centre
        people = known.group_by("segment", "value_", cluster=known.customer_key).aggregate(
            n=known.count().cast("float64"), s=x.sum(), q=(x * x).sum()
        )
        parts = _parts(people, is_paired, is_paired, True)
    x = guests.moved / MONEY_SCALE - centre
    alone = guests.select("segment", "value_", cluster="order_key", n=ibis.literal(1.0), s=x, q=x * x)
    parts += _parts(alone, is_paired, is_paired and not in_one, False)
    return ibis.union(*parts)


def _parts(sums, is_told, is_paired, are_customers):
    n, s = sums.n, sums.s
    same = sums.group_by("segment", "value_").aggregate(
        n=n.sum(), s=s.sum(), q=sums.q.sum(), nn=(n * n).sum(), ns=(n * s).sum(), ss=(s * s).sum(),
        clusters=sums.count(),
    )  # fmt: skip
    parts = [_row(same, value_2=same.value_, sn=same.ns, customers=same.clusters if are_customers else 0)]
    if is_paired:
        other = sums.select(value_2="value_", cluster_2="cluster", n_2="n", s_2="s")
        # The other half is the same with the two changed about.
        both = sums.join(other, [sums.cluster == other.cluster_2, sums.value_ < other.value_2])
        products = both.group_by("segment", "value_", "value_2").aggregate(
            nn=(both.n * both.n_2).sum(), ns=(both.n * both.s_2).sum(), sn=(both.s * both.n_2).sum(),
            ss=(both.s * both.s_2).sum(),
        )  # fmt: skip
        parts.append(_row(products))
    if is_told:
        held = sums.group_by("segment", "cluster").aggregate(groups=sums.count(), first=sums.value_.min())
        held = held.mutate(value_=ibis.ifelse(held.groups == 1, held["first"], NONE).cast("int16"))
        single = held.group_by("segment", "value_").aggregate(clusters=held.count())
        parts.append(_row(single, value_2=ibis.literal(NONE)))
    return parts


def _row(table, **more):
    columns = {name: table[name] for name in table.columns} | more
    columns |= {name: columns[name].cast("int16") for name in ("segment", "value_", "value_2")}
    for name in ("clusters", "customers"):
        number = columns.get(name, 0)
        columns[name] = ibis.literal(number, "int64") if isinstance(number, int) else number.cast("int64")
    places = ("segment", "value_", "value_2", "clusters", "customers")
    return table.select(
        **{name: columns[name] for name in places},
        **{name: columns.get(name, ibis.literal(0.0, "float64")) for name in PRODUCTS},
    )
