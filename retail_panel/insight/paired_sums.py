"""Paired sums: what a ratio of A and one of B need to be compared, customers being in both or in one.

Sums are made a customer (and a guest's order) in the engine; products of them give each ratio's interval and the
covariance of the two, since A and B may share customers and even lines.
"""

import math

import ibis
import numpy as np

from retail_panel.insight.cluster_sums import cluster_of
from retail_panel.insight.column_paired_sums import clusters_of, shared
from retail_panel.insight.columns import MOST_LINES
from retail_panel.insight.interval import ratio_interval
from retail_panel.measures import MEASURES

#: Below this a customer's sum is what rounding leaves of a purchase and its return.
_DUST = 1e-9
_PARTS = ("x", "y", "xx", "xy", "yy", "clusters")
_PRODUCTS = ("xx", "xy", "yx", "yy")
#: A and B as small whole numbers, by which lines are grouped fastest.
SIDES = {"a": 0, "b": 1}
_KEYS = ibis.table({"order_key": "int64", "customer_key": "int32"}, name="keys")


def is_ratio(name):
    """Whether a measure divides one sum or count over order lines by another."""
    parts = [MEASURES[part] for part in MEASURES[name].parts]
    return len(parts) == 2 and all(part.table == "order_line" and (part.row or part.key) for part in parts)


def is_share_of_customers(name):
    """Whether a ratio divides customers by customers."""
    return all(_counts_customers(MEASURES[part]) for part in MEASURES[name].parts)


def sums_question(a, b, ratios, leaves, apart=False):
    """Ask for the sums that :func:`paired_sums` gathers.

    Parameters
    ----------
    a, b, ratios, leaves
        As in :func:`paired_sums`.
    apart : bool
        Whether an order that several customers share is told apart by them, which takes longer.

    Returns
    -------
    ibis.Table
        One row a ``side`` that has lines: ``<leaf>``, as the engine counts it, ``<ratio>_<part>`` over its clusters,
        and ``<ratio>_ab_<part>`` over those of both sides; how many orders are ``mixed``, which several customers
        share: unless they are told apart the rest is right where none is.
    """
    measures = [MEASURES[leaf] for leaf in leaves]
    orders = _orders(a, b, measures, apart)
    each = _each_cluster(_added(a, b, measures), orders, measures)
    by_order = [measure.name for measure in measures if measure.key and not _counts_customers(measure)] if apart else []
    sums = {leaf: each[leaf].sum() for leaf in leaves if leaf not in by_order}
    for name in ratios:
        x, y = (each[part] for part in MEASURES[name].parts)
        counted = each.count(where=_held(each, MEASURES[name].parts[0]) | _held(each, MEASURES[name].parts[1]))
        found = (x.sum(), y.sum(), (x * x).sum(), (x * y).sum(), (y * y).sum(), counted)
        sums |= {f"{name}_{part}": total for part, total in zip(_PARTS, found, strict=True)}
    question = each.group_by("side").aggregate(**sums, mixed=each.mixed.sum())
    if by_order:
        # An order that several customers share is in several rows, and one order.
        flags = {name: _flags(measures)[name] for name in by_order}
        once = orders.group_by("side", "order_key").aggregate(**{flag: orders[flag].max() for flag in flags.values()})
        counts = once.group_by("side").aggregate(**{name: once[flag].sum() for name, flag in flags.items()})
        question = question.inner_join(counts, "side")
    return question.cross_join(_across(each, ratios)) if ratios else question


def _across(each, ratios):
    """One row: of each ratio the products of what customers who are on both sides bring to each."""
    one, other = (each.filter(each.side == side) for side in SIDES.values())
    both = one.inner_join(other, "cluster", rname="{name}_b")
    sums = {}
    for name in ratios:
        x, y = MEASURES[name].parts
        for part, first, second in (("xx", x, x), ("xy", x, y), ("yx", y, x), ("yy", y, y)):
            sums[f"{name}_ab_{part}"] = (both[first] * both[f"{second}_b"]).sum()
        sums[f"{name}_ab_shared"] = both.count(where=_held(both, y) & _held(both, y, "_b"))
    return both.aggregate(**sums)


def _held(each, leaf, end=""):
    return each[f"{leaf}{end}"].abs() > _DUST * MEASURES[leaf].scale


def paired_sums(ask, a, b, ratios, leaves, rows=math.inf):
    """Ask for the sums that :func:`estimates` reads, and the figures of A and of B.

    Parameters
    ----------
    ask : callable
        Answers an Ibis question with a :class:`pyarrow.Table`.
    a, b : ibis.Table
        Facts, as :func:`retail_panel.measures.facts` returns.
    ratios : sequence of str
        Measures that :func:`is_ratio` holds of.
    leaves : sequence of str
        Measures that are a sum or a count and whose figures are wanted, the parts of the ratios among them.
    rows : int
        Lines of both together, where they are known: up to :data:`retail_panel.insight.columns.MOST_LINES` are added up
        in memory, which takes half the time.

    Returns
    -------
    dict of str to float
        Of each ratio, of A, of B and across both, sums over clusters, money in currency units; of each of ``leaves``
        ``a_<name>`` and ``b_<name>``, as the engine counts it.
    """
    rows = _in_memory(ask, a, b, ratios, leaves) if rows <= MOST_LINES else None
    if rows is None:
        rows = ask(sums_question(a, b, ratios, leaves)).to_pylist()
    if any(row["mixed"] for row in rows):
        rows = ask(sums_question(a, b, ratios, leaves, apart=True)).to_pylist()
    by_side, found = {row["side"]: row for row in rows}, {}
    for side, number in SIDES.items():
        row = by_side.get(number, {})
        found |= {f"{side}_{leaf}": row.get(leaf) or 0 for leaf in leaves}
        for name in ratios:
            found |= {f"{name}_{side}_{part}": (row.get(f"{name}_{part}") or 0) / _scale(name, part) for part in _PARTS}
    row = rows[0] if rows else {}
    for name in ratios:
        for part in (*_PRODUCTS, "shared"):
            found[f"{name}_ab_{part}"] = (row.get(f"{name}_ab_{part}") or 0) / _scale(name, part)
    return found


def _in_memory(ask, a, b, ratios, leaves):
    """Return what :func:`sums_question` answers; None where an order is of several customers."""
    measures = [MEASURES[leaf] for leaf in leaves]
    flags, found = _flags(measures), {}
    for side, lines in zip(SIDES, (a, b), strict=True):
        sums = {m.name: m.row(lines).cast("float64") for m in measures if m.additive}
        ways = {flags[m.name]: m.among(lines) if m.among else lines.order_key.notnull() for m in measures if m.key}
        found[side] = clusters_of(ask, lines, sums, ways)
        if found[side] is None:
            return None
    each = {side: {m.name: _of_clusters(m, held, flags) for m in measures} for side, held in found.items()}
    first, second = shared(found["a"], found["b"])
    across = {}
    for name in ratios:
        (x, y), (x_b, y_b) = ([each[side][part][at] for part in MEASURES[name].parts]
                              for side, at in (("a", first), ("b", second)))  # fmt: skip
        for part, one, other in (("xx", x, x_b), ("xy", x, y_b), ("yx", y, x_b), ("yy", y, y_b)):
            # A dot product would wake the threads of the library, which takes longer where they are busy.
            across[f"{name}_ab_{part}"] = (one * other).sum().item()
        least = _DUST * MEASURES[MEASURES[name].parts[1]].scale
        across[f"{name}_ab_shared"] = int(((np.abs(y) > least) & (np.abs(y_b) > least)).sum())
    return [_summed(number, each[side], ratios) | across for side, number in SIDES.items() if len(found[side].keys)]


def _of_clusters(measure, clusters, flags):
    if measure.additive:
        return clusters.sums[measure.name]
    counts = clusters.counts[flags[measure.name]]
    if not _counts_customers(measure):
        return counts
    return ((counts >= measure.least_orders) & (np.arange(len(counts)) < clusters.customers)).astype(float)


def _summed(side, each, ratios):
    row = {"side": side, "mixed": 0} | {leaf: values.sum().item() for leaf, values in each.items()}
    for name in ratios:
        parts = MEASURES[name].parts
        x, y = (each[part] for part in parts)
        held = [np.abs(each[part]) > _DUST * MEASURES[part].scale for part in parts]
        found = (x.sum(), y.sum(), (x * x).sum(), (x * y).sum(), (y * y).sum(), (held[0] | held[1]).sum())
        row |= {f"{name}_{part}": total.item() for part, total in zip(_PARTS, found, strict=True)}
    return row


def _scale(name, part):
    """What a sum of the engine is divided by: it multiplies and adds whole numbers, which is quick and exact."""
    scales = dict(zip("xy", (MEASURES[leaf].scale for leaf in MEASURES[name].parts), strict=True))
    return math.prod(scales.get(letter, 1) for letter in part) if part in ("x", "y", *_PRODUCTS) else 1


def estimates(name, sums):
    """Return a ratio of A and of B with their intervals, and the covariance of the two.

    Parameters
    ----------
    name : str
        The measure.
    sums : dict
        As :func:`paired_sums` returns.

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


def _sided(a, b, columns):
    """A over B, each line with its side and cluster, and what a function makes of a side."""
    # What is asked of lines is put into each side: what several questions read the engine would copy first.
    return ibis.union(*(
        lines.select(side=ibis.literal(side, "uint8"), cluster=cluster_of(lines), **columns(lines))
        for side, lines in zip(SIDES.values(), (a, b), strict=True)
    ))  # fmt: skip


def _orders(a, b, measures, apart):
    """One row a side and order: whether it counts, a column for each way of telling that counts use, its cluster, and
    whether it has several; told apart, one row a cluster of each order."""
    flags = {flag: MEASURES[name].among for name, flag in _flags(measures).items()}

    def columns(lines):
        held = {flag: among(lines) if among else lines.order_key.notnull() for flag, among in flags.items()}
        return {"order_key": lines.order_key} | {c: flag.fill_null(False).cast("int8") for c, flag in held.items()}

    lines = _sided(a, b, columns)
    counts = {flag: lines[flag].max() for flag in flags}
    if apart:
        return lines.group_by("side", "cluster", "order_key").aggregate(**counts).mutate(is_mixed=ibis.literal(False))
    orders = lines.group_by("side", "order_key").aggregate(
        **counts, cluster=lines.cluster.max(), least=lines.cluster.min()
    )
    return orders.mutate(is_mixed=orders.cluster != orders.least)


def _flags(measures):
    """Return the column of :func:`_orders` that tells which orders count, by measure: several may share one."""
    ways = list(dict.fromkeys(measure.among for measure in measures if measure.key))
    return {measure.name: f"counts_{ways.index(measure.among)}" for measure in measures if measure.key}


def _added(a, b, measures):
    """One row a side and cluster: each measure that is a sum, as the engine counts it."""
    sums = [measure for measure in measures if measure.additive]
    lines = _sided(a, b, lambda side: {m.name: m.row(side).cast("float64") for m in sums})
    return lines.group_by("side", "cluster").aggregate(**{m.name: lines[m.name].sum().fill_null(0.0) for m in sums})


def _each_cluster(added, orders, measures):
    """One row a side and cluster: each measure's sum or count, as the engine counts it; and its ``mixed`` orders."""
    flags = _flags(measures)
    counts = {m.name: _count(m, orders[flags[m.name]], orders.cluster) for m in measures if m.key}
    counted = orders.group_by("side", "cluster").aggregate(**counts, mixed=orders.is_mixed.cast("int8").sum())
    return added.inner_join(counted, ["side", "cluster"])


def _count(measure, flag, cluster):
    if not _counts_customers(measure):
        return flag.sum().cast("float64")
    return ((flag.sum() >= measure.least_orders) & (cluster.max() >= 0)).cast("float64")


def _counts_customers(measure):
    return measure.key is not None and measure.key(_KEYS).get_name() == "customer_key"
