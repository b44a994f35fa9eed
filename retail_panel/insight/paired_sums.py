"""Paired sums: what a ratio of A and one of B need to be compared, customers being in both or in one.

Sums are made a customer (and a guest's order) in the engine; products of them give each ratio's interval and the
covariance of the two, since A and B may share customers and even lines.
"""

import ibis

from retail_panel.insight.cluster_sums import cluster_of
from retail_panel.insight.interval import ratio_interval
from retail_panel.measures import MEASURES

#: Below this a customer's sum is what rounding leaves of a purchase and its return.
_DUST = 1e-9
_PARTS = ("x", "y", "xx", "xy", "yy", "clusters")
_KEYS = ibis.table({"order_key": "int64", "customer_key": "int32"}, name="keys")


def is_ratio(name):
    """Whether a measure divides one sum or count over order lines by another."""
    parts = [MEASURES[part] for part in MEASURES[name].parts]
    return len(parts) == 2 and all(part.table == "order_line" and (part.row or part.key) for part in parts)


def is_share_of_customers(name):
    """Whether a ratio divides customers by customers."""
    return all(_counts_customers(MEASURES[part]) for part in MEASURES[name].parts)


def sums_question(a, b, ratios, leaves):
    """Ask for the sums that :func:`estimates` reads, and the figures of A and of B.

    Parameters
    ----------
    a, b : ibis.Table
        Facts, as :func:`retail_panel.measures.facts` returns.
    ratios : sequence of str
        Measures that :func:`is_ratio` holds of.
    leaves : sequence of str
        Measures that are a sum or a count and whose figures are wanted, the parts of the ratios among them.

    Returns
    -------
    ibis.Table
        One row: of each ratio, of A, of B and across both, sums over clusters, money in currency units; of each of
        ``leaves`` ``a_<name>`` and ``b_<name>``, as the engine counts it.
    """
    measures = [MEASURES[leaf] for leaf in leaves]
    keyed = [lines.mutate(cluster=cluster_of(lines)) for lines in (a, b)]
    orders = [_orders(lines, measures) for lines in keyed]
    one, other = (
        _each_cluster(*tables, measures).rename({f"{side}_{leaf}": leaf for leaf in leaves})
        for side, *tables in zip("ab", keyed, orders, strict=True)
    )
    both = one.outer_join(other, "cluster")
    each = both.select(**{f"{side}_{leaf}": both[f"{side}_{leaf}"].fill_null(0.0) for side in "ab" for leaf in leaves})
    by_order = [measure for measure in measures if measure.key and not _counts_customers(measure)]
    sums = {column: each[column].sum() for column in each.columns if column[2:] not in [m.name for m in by_order]}
    for name in ratios:
        xa, ya, xb, yb = (_in_units(each, side, part) for side in "ab" for part in MEASURES[name].parts)
        for side, x, y in (("a", xa, ya), ("b", xb, yb)):
            squares = ((x * x).sum(), (x * y).sum(), (y * y).sum())
            found = (x.sum(), y.sum(), *squares, each.count(where=(x.abs() > _DUST) | (y.abs() > _DUST)))
            sums |= {f"{name}_{side}_{part}": total for part, total in zip(_PARTS, found, strict=True)}
        crossed = {"xx": xa * xb, "xy": xa * yb, "yx": ya * xb, "yy": ya * yb}
        sums |= {f"{name}_ab_{part}": product.sum() for part, product in crossed.items()}
        sums[f"{name}_ab_shared"] = each.count(where=(ya.abs() > _DUST) & (yb.abs() > _DUST))
    question = each.aggregate(**{name: total.fill_null(0) for name, total in sums.items()})
    for side, own in zip("ab", orders, strict=True) if by_order else ():
        # An order that several customers share is in several rows, and one order.
        flags = {measure.name: _flags(measures)[measure.name] for measure in by_order}
        once = own.group_by("order_key").aggregate(**{flag: own[flag].max() for flag in sorted(set(flags.values()))})
        counts = {f"{side}_{name}": once[flag].sum().fill_null(0) for name, flag in flags.items()}
        question = question.cross_join(once.aggregate(**counts))
    return question


def _in_units(each, side, leaf):
    return each[f"{side}_{leaf}"] / MEASURES[leaf].scale


def estimates(name, sums):
    """Return a ratio of A and of B with their intervals, and the covariance of the two.

    Parameters
    ----------
    name : str
        The measure.
    sums : dict
        The row that answers :func:`sums_question`.

    Returns
    -------
    a, b : Estimate
        Customers (and guests' orders) as clusters.
    covariance : float
        0 where no cluster is in both.

    Source
    ------
    W. G. Cochran, Sampling Techniques, 1977, section 6.3 (delta method), as in :func:`ratio_interval`.
    """
    # Of a measure that turns the sign of its first part, such as the return rate, -1.
    sign = MEASURES[name].combined([1.0, 1.0])
    found, scales = [], []
    for side in "ab":
        x, y, xx, xy, yy, clusters = (sums[f"{name}_{side}_{part}"] for part in _PARTS)
        found.append(ratio_interval(clusters, sign * x, y, xx, sign * xy, yy))
        scales.append((clusters / (clusters - 1)) ** 0.5 / y if clusters > 1 and y else 0.0)
    one, other = found
    if one.value is None or other.value is None:
        return one, other, 0.0
    crossed = (
        sums[f"{name}_ab_xx"] - sign * other.value * sums[f"{name}_ab_xy"]
        - sign * one.value * sums[f"{name}_ab_yx"] + one.value * other.value * sums[f"{name}_ab_yy"]
    )  # fmt: skip
    return one, other, crossed * scales[0] * scales[1]


def _orders(keyed, measures):
    """One row a cluster and order: whether it counts, a column for each way of telling that counts use."""
    counts = {}
    for name, flag in _flags(measures).items():
        among = MEASURES[name].among
        held = among(keyed) if among else keyed.order_key.notnull()
        counts[flag] = held.fill_null(False).cast("int8").max()
    return keyed.group_by("cluster", "order_key").aggregate(**counts)


def _flags(measures):
    """Return the column of :func:`_orders` that tells which orders count, by measure: several may share one."""
    ways = list(dict.fromkeys(measure.among for measure in measures if measure.key))
    return {measure.name: f"counts_{ways.index(measure.among)}" for measure in measures if measure.key}


def _each_cluster(keyed, orders, measures):
    """One row a cluster: ``cluster``, and each measure's sum or count, as the engine counts it."""
    added = keyed.group_by("cluster").aggregate(**{m.name: m.expression(keyed) for m in measures if m.additive})
    flags = _flags(measures)
    counts = {m.name: _count(m, orders[flags[m.name]], orders.cluster) for m in measures if m.key}
    counted = orders.group_by("cluster").aggregate(**counts)
    return added.inner_join(counted, "cluster")


def _count(measure, flag, cluster):
    if not _counts_customers(measure):
        return flag.sum().cast("float64")
    return ((flag.sum() >= measure.least_orders) & (cluster.max() >= 0)).cast("float64")


def _counts_customers(measure):
    return measure.key is not None and measure.key(_KEYS).get_name() == "customer_key"
