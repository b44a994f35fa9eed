"""Moments of the transactions, customers or lines of each group, with what the customers behind them share.

The transactions of one customer are not independent, and one customer may be in several groups. So sums are made a
customer and group in the engine, and the variances and covariances of the groups' means come from their products (the
sandwich for a mean). A guest's order is a cluster of its own, as is every order where the source has no customers.
"""

from dataclasses import dataclass, field

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retail_panel.errors import UnusableInput
from retail_panel.insight.cluster_sums import (
    NO_VALUE,
    PARTS,
    PRODUCTS,
    cells_question,
    centre_of,
    cluster_of,
    pairs_question,
    sizes_question,
    sums_of_clusters,
    sums_of_orders,
)
from retail_panel.insight.pairs import pairs_of

UNITS = {
    "transaction": "absolute amount of a transaction within the group (a distinct order or return document)",
    "customer": "net sales of a customer within the group, returns subtracted; guests are left out",
    "return": "1 for a line that is a return, 0 for a sale line: its mean is the share of lines returned",
}
#: Values that one column may have; pairs of groups are its square.
MOST = 60
#: Of so many order lines at most, what customers bring to groups is multiplied in memory; of more in the engine.
MOST_IN_MEMORY = 5_000_000
#: Dimensions that lines of one order commonly differ in.
OF_LINES = ("category", "product", "kind")
#: Codes that one whole number holds.
MOST_PACKED = 7
COLUMNS = (
    "value", "n", "mean", "variance", "std_error", "clusters", "customers",
    "rest_n", "rest_mean", "rest_variance", "rest_std_error", "rest_clusters", "rest_covariance",
)  # fmt: skip


@dataclass(frozen=True)
class Groups:
    """Moments by the values of a column.

    Attributes
    ----------
    name, unit : str
        The column, or what it was called; one of :data:`UNITS`.
    table : pandas.DataFrame
        One row a value, most observations first, then by value: ``value``, ``n`` (observations), ``mean``,
        ``variance`` (ddof 1), ``std_error`` of the mean (cluster-robust), ``clusters``, ``customers`` (known ones); the
        same of all other values together as ``rest_n`` and so on; ``rest_covariance`` of the two means. Money in
        currency units; NaN where one observation or cluster, or none, says nothing about spread.
    covariance : numpy.ndarray
        Of the groups' means, in the order of the rows.
    """

    name: str
    unit: str
    table: pd.DataFrame = field(repr=False)
    covariance: np.ndarray = field(repr=False)


def group_moments(ask, lines, by, unit="transaction", name=None):
    """Ask for the moments of each group.

    Parameters
    ----------
    ask : callable
        Answers an Ibis question with a :class:`pyarrow.Table`.
    lines : ibis.Table
        Order lines: ``order_key``, ``amount``, ``is_return``, and ``customer_key`` where the source has customers.
    by : str or callable
        Column to group by, or a callable that takes the table and returns one. Lines without a value are left out.
    unit : str
        What is counted once, see :data:`UNITS`.
    name : str, optional
        What the column is called; default: its name.

    Returns
    -------
    Groups
        Without rows where there are no lines.

    Raises
    ------
    UnusableInput
        If the unit is unknown, or the column has more than 60 values.

    Source
    ------
    K.-Y. Liang and S. L. Zeger, Biometrika 73 (1986), with the correction G / (G - 1) of each group's clusters G. Where
    each observation is its own cluster these are the plain standard errors.
    """
    name = name or (by if isinstance(by, str) else "value")
    return moments(ask, lines, {name: by}, {name: (unit,)})[name, unit]


def moments(ask, lines, by, units):
    """Ask for the moments of the groups of several columns, once for all units of a column.

    Parameters
    ----------
    ask, lines
        As in :func:`group_moments`.
    by : dict of str to str or callable
        Name to column, as in :func:`group_moments`.
    units : dict of str to tuple of str
        Name to the units wanted: ``transaction`` and ``return`` may be together, where an order's lines then belong to
        one customer; ``customer`` stands alone.

    Returns
    -------
    dict of (str, str) to Groups
        By name and unit.

    Raises
    ------
    UnusableInput
        As :func:`group_moments`.
    """
    for unit in {unit for wanted in units.values() for unit in wanted}:
        if unit not in UNITS:
            raise UnusableInput(f"unit {unit!r}: allowed are {', '.join(UNITS)}")
    lines, values, keyed = lines.mutate(cluster=cluster_of(lines)), {}, {}
    for name, column in by.items():
        values[name] = lines[column] if isinstance(column, str) else column(lines)
        keyed[name] = lines.mutate(value_=values[name]).filter(lambda t: t.value_.notnull())
    # Codes have 8 bits: to count those of them that occur would take longer than to look at all.
    wide = {name: value for name, value in values.items() if not value.type().is_uint8()}
    sizes = ask(sizes_question(lines, wide)).to_pylist()[0]
    is_quick = "customer_key" in lines.columns and sizes["lines"] <= MOST_IN_MEMORY
    for name in wide:
        _check(name, sizes[name])
    centre = centre_of(sizes["moved"], sizes["least"])
    once = [name for name, value in values.items() if _is_of_orders(name, value, units[name])][:MOST_PACKED]
    answers = {}
    if len(once) > 1:
        answers = _of_orders(ask, lines, {name: values[name] for name in once}, units, centre, is_quick)
    found = {}
    for name in keyed:
        if name not in answers:
            answers[name] = _pairs(ask, sums_of_clusters(keyed[name], units[name], centre), units[name], is_quick)
        frame = answers[name]
        _check(name, frame["value_"].nunique())
        for unit in units[name]:
            shift = 0.0 if unit == "return" else centre
            found[name, unit] = groups_of(name, unit, frame.rename(columns=unit_columns(unit)), shift)
    return found


def unit_columns(unit):
    """Return the columns of a unit: as answers to several call them, and as :func:`groups_of` does."""
    return {f"{part}_{unit}": part for part in (*PARTS, *PRODUCTS)}


def _check(name, size):
    if size > MOST:
        raise UnusableInput(f"{name}: {size:,} values; at most {MOST} can be compared")


def _pairs(ask, sums, units, is_quick):
    if not is_quick:
        return _framed(ask(pairs_question(sums, units)))
    answer = ask(sums)
    sums = {column: answer[column].to_numpy() for column in answer.column_names if column not in ("value_", "cluster")}
    return pairs_of(answer["cluster"].to_numpy(), answer["value_"].combine_chunks(), sums, units)


def _framed(answer):
    # Through pandas alone, whole numbers beside a missing one would become floats.
    own = {column: pd.Series(answer[column].to_pylist(), dtype=object) for column in ("value_", "value_2")}
    return answer.to_pandas().assign(**own)


def _is_of_orders(name, value, units):
    return name not in OF_LINES and value.type().is_uint8() and "transaction" in units


def _of_orders(ask, lines, values, units, centre, is_quick):
    """Return the pairs of several columns, from one question; by name."""
    keyed = lines.mutate(**{f"value_{name}": value for name, value in values.items()})
    columns = {f"value_{name}": name for name in values}
    if is_quick:
        cells = ask(cells_question(keyed, list(columns), centre))
        cells = {column: cells[column].to_numpy() for column in cells.column_names}
        if not cells["mixed"].any():
            return {name: _of_cells(cells, place, units[name]) for place, name in enumerate(values)}
    sums = sums_of_orders(keyed, list(columns), {c: units[name] for c, name in columns.items()}, centre)
    asked = {name: pairs_question(sums[c], units[name]) for c, name in columns.items()}
    kept = list(dict.fromkeys(column for question in asked.values() for column in question.columns))
    rows = [
        question.select(name=ibis.literal(name), **{c: question[c] if c in question.columns else 0.0 for c in kept})
        for name, question in asked.items()
    ]  # fmt: skip
    answer = ask(ibis.union(*rows))
    return {name: _framed(answer.filter(pc.equal(answer["name"], name)).drop_columns("name")) for name in values}


def _of_cells(cells, place, units):
    values = (cells["packed"] >> 8 * place) & NO_VALUE
    named = values != NO_VALUE
    own = {column: array[named] for column, array in cells.items()}
    return pairs_of(own["cluster"], pa.array(values[named].astype(np.uint8)), own, units)


def groups_of(name, unit, answer, centre):
    """Return the moments of groups from sums over clusters of products of what they add to two groups.

    Parameters
    ----------
    name, unit : str
        As in :class:`Groups`.
    answer : pandas.DataFrame
        As :func:`retail_panel.insight.cluster_sums.pairs_question` answers, columns without the unit behind.
    centre : float
        What was taken off each observation.
    """
    single = answer["value_2"].isna()
    alone = dict(zip(answer["value_"][single], answer["clusters"][single], strict=True))
    answer = answer[~single]
    same = answer[answer["value_"] == answer["value_2"]]
    same = same.sort_values(["n", "value_"], ascending=[False, True], kind="stable").reset_index(drop=True)
    if same.empty:
        return Groups(name, unit, pd.DataFrame(columns=list(COLUMNS)), np.zeros((0, 0)))
    values = same["value_"].tolist()
    at = {value: i for i, value in enumerate(values)}
    rows, columns = answer["value_"].map(at), answer["value_2"].map(at)
    products = {}
    for part in PRODUCTS:
        products[part] = np.zeros((len(values), len(values)))
        products[part][columns, rows] = answer[part[::-1]]
        products[part][rows, columns] = answer[part]
    n, s, q, clusters = (same[c].to_numpy(float) for c in ("n", "s", "q", "clusters"))
    means, scale = s / n, np.sqrt(_correction(clusters)) / n
    crossed = _crossed(products, means, means)
    covariance = crossed * np.outer(scale, scale)
    rest_n, rest_s = n.sum() - n, s.sum() - s
    rest_clusters = sum(alone.values()) - np.array([alone.get(value, 0) for value in values], float)
    with np.errstate(invalid="ignore", divide="ignore"):
        rest_means = rest_s / rest_n
        rest_scale = np.sqrt(_correction(rest_clusters)) / rest_n
        others = np.array([_rest(products, i, means[i], rest_means[i]) for i in range(len(values))])
        table = pd.DataFrame({
            "value": values, "n": n.astype(int), "mean": means + centre, "variance": _variance(n, s, q),
            "std_error": np.sqrt(np.diag(covariance).clip(0)), "clusters": same["clusters"],
            "customers": same["customers"], "rest_n": rest_n.astype(int), "rest_mean": rest_means + centre,
            "rest_variance": _variance(rest_n, rest_s, q.sum() - q),
            "rest_std_error": np.sqrt(others[:, 1].clip(0)) * rest_scale, "rest_clusters": rest_clusters.astype(int),
            "rest_covariance": others[:, 0] * scale * rest_scale,
        })  # fmt: skip
    return Groups(name, unit, table, covariance)


def _correction(clusters):
    with np.errstate(divide="ignore"):
        return np.where(clusters > 1, clusters / np.maximum(clusters - 1, 1), np.nan)


def _variance(n, s, q):
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(n > 1, (q - s * s / n).clip(0) / (n - 1), np.nan)


def _crossed(products, means, others):
    """Sum over the clusters of (s - mean n) of one group times that of another, for all pairs."""
    return (
        products["ss"] - means[:, None] * products["ns"] - products["sn"] * others[None, :]
        + np.outer(means, others) * products["nn"]
    )  # fmt: skip


def _rest(products, i, mean, rest_mean):
    """The same of one group and all others together, and of the others with themselves."""
    rest = np.arange(len(products["nn"])) != i
    size = len(products["nn"])
    with_rest = _crossed(products, np.full(size, mean), np.full(size, rest_mean))[i, rest].sum()
    among_rest = _crossed(products, np.full(size, rest_mean), np.full(size, rest_mean))[np.ix_(rest, rest)].sum()
    return with_rest, among_rest
