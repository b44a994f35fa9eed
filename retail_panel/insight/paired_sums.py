"""Paired sums: what a ratio of A and one of B need to be compared, customers being in both or in one.

Sums are made a customer (and a guest's order) in the engine; products of them give each ratio's interval and the
covariance of the two, since A and B may share customers and even lines.
"""

import ibis

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


def sums_question(a, b, ratios):
    """Ask for the sums that :func:`estimates` reads.

    Parameters
    ----------
    a, b : ibis.Table
        Facts, as :func:`retail_panel.measures.facts` returns.
    ratios : sequence of str
        Measures that :func:`is_ratio` holds of.

    Returns
    -------
    ibis.Table
        One row: of each ratio, of A, of B and across both, sums over clusters, money in currency units.
    """
    leaves = list(dict.fromkeys(part for name in ratios for part in MEASURES[name].parts))
    sides = []
    for side, lines in (("a", a), ("b", b)):
        each = _each_cluster(lines, leaves)
        own = {f"{s}_{leaf}": each[leaf] if s == side else ibis.literal(0.0) for s in "ab" for leaf in leaves}
        sides.append(each.select("cluster", **own))
    both = ibis.union(*sides)
    each = both.group_by("cluster").aggregate(**{c: both[c].sum() for c in both.columns if c != "cluster"})
    sums = {}
    for name in ratios:
        xa, ya, xb, yb = (each[f"{side}_{part}"] for side in "ab" for part in MEASURES[name].parts)
        for side, x, y in (("a", xa, ya), ("b", xb, yb)):
            squares = ((x * x).sum(), (x * y).sum(), (y * y).sum())
            found = (x.sum(), y.sum(), *squares, each.count(where=(x.abs() > _DUST) | (y.abs() > _DUST)))
            sums |= {f"{name}_{side}_{part}": total for part, total in zip(_PARTS, found, strict=True)}
        crossed = {"xx": xa * xb, "xy": xa * yb, "yx": ya * xb, "yy": ya * yb}
        sums |= {f"{name}_ab_{part}": product.sum() for part, product in crossed.items()}
        sums[f"{name}_ab_shared"] = each.count(where=(ya.abs() > _DUST) & (yb.abs() > _DUST))
    return each.aggregate(**{name: total.fill_null(0) for name, total in sums.items()})


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


def _each_cluster(lines, leaves):
    """One row a customer, or a guest's order: ``cluster`` and the figures of measures, money in currency units."""
    cluster = -1 - lines.order_key
    if "customer_key" in lines.columns:
        cluster = lines.customer_key.notnull().ifelse(lines.customer_key.cast("int64"), cluster)
    keyed = lines.mutate(cluster=cluster)
    measures = [MEASURES[leaf] for leaf in leaves]
    orders = keyed.group_by("cluster", "order_key").aggregate(**{m.name: _of_order(m, keyed) for m in measures})
    return orders.group_by("cluster").aggregate(**{m.name: _of_cluster(m, orders) for m in measures})


def _of_order(measure, lines):
    if measure.additive:
        return measure.expression(lines) / measure.scale
    among = measure.among(lines) if measure.among else lines.order_key.notnull()
    return among.any().fill_null(False).cast("float64")


def _of_cluster(measure, orders):
    found = orders[measure.name]
    if measure.additive:
        return found.sum()
    if measure.least_orders > 1:
        return ((found.sum() >= measure.least_orders) & (orders.cluster.max() >= 0)).cast("float64")
    if _counts_customers(measure):
        return (found.max() > 0).cast("float64") * (orders.cluster.max() >= 0).cast("float64")
    return found.sum()


def _counts_customers(measure):
    return measure.key is not None and measure.key(_KEYS).get_name() == "customer_key"
