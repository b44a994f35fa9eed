"""Pairs: products of what clusters add to two groups of a column, from the sums of each, in memory.

As :func:`retail_panel.insight.cluster_sums.pairs_question` asks the engine for, in half the time: a cluster is in few
groups, and there are few groups.
"""

import numpy as np
import pandas as pd

from retail_panel.insight.cluster_sums import PRODUCTS

#: Clusters that are laid out at a time, a place for each group.
AT_ONCE = 1 << 17
#: Multiplications of a product that one thread does, and the least columns that pieces of so many are worth it for.
SMALL, LEAST_COLUMNS = 1 << 17, 128


def pairs_of(clusters, values, sums, units):
    """Add up the products over clusters.

    Parameters
    ----------
    clusters : numpy.ndarray of int
        Cluster of each row, below 0 where it is no customer; a cluster may have several rows of a group.
    values : pyarrow.Array
        Its group, never null.
    sums : dict of str to numpy.ndarray
        ``n_<unit>``, ``s_<unit>`` and ``q_<unit>``, as :func:`retail_panel.insight.cluster_sums.sums_of_clusters` has.
    units : collection of str
        Those in it.

    Returns
    -------
    pandas.DataFrame
        As the answer to :func:`retail_panel.insight.cluster_sums.pairs_question`, with pairs that have nothing in
        common too.
    """
    codes, groups = _coded(values)
    places, keys = pd.factorize(clusters)
    return placed_pairs(places, keys >= 0, codes, groups, sums, units)


def placed_pairs(places, known, codes, groups, sums, units):
    """As :func:`pairs_of`, of clusters and groups that are places already.

    Parameters
    ----------
    places, codes : numpy.ndarray of int
        Place of each row's cluster, and of its group.
    known : numpy.ndarray of bool
        Whether a cluster is a customer, by place.
    groups : list
        The values of the groups, by place, each of which has a row.
    sums, units
        As in :func:`pairs_of`; None stands for a column of ones.
    """
    sums = {name: None if column is None else column.astype(float, copy=False)
            for name, column in sums.items() if name[:2] in ("n_", "s_", "q_")}  # fmt: skip
    size, products = len(groups), {}
    counts = {"clusters": np.zeros(size, int), "customers": np.zeros(size, int), "alone": np.zeros(size + 1, int)}
    for start in range(0, len(known), AT_ONCE):
        here = slice(None) if len(known) <= AT_ONCE else (places >= start) & (places < start + AT_ONCE)
        own = known[start : start + AT_ONCE]
        # Groups one after the other, each with all its clusters: long rows are added up fastest.
        at, shape = codes[here].astype("int32") * len(own) + (places[here] - start), (size, len(own))
        rows = np.bincount(at, minlength=own.size * size).reshape(shape)
        held = rows > 0
        for unit in units:
            n, s = (_laid(at, sums[f"{part}_{unit}"], here, rows) for part in "ns")
            crossed = _product(n, s)
            made = (n.sum(1), s.sum(1), _product(n, n), crossed, crossed.T, _product(s, s))
            for part, product in zip(("n", "s", *PRODUCTS), made, strict=True):
                products[part, unit] = products.get((part, unit), 0) + product
        groups_of = held.view("uint8").sum(0, dtype="uint8")
        counts["clusters"] += _counted(held)
        counts["customers"] += _counted(held & own)
        counts["alone"] += np.append(_counted(held & (groups_of == 1)), np.count_nonzero(groups_of > 1))
    first, second = np.triu_indices(size)
    found = {"clusters": counts["clusters"][first], "customers": counts["customers"][first]}
    for unit in units:
        own = {"q": np.bincount(codes, sums[f"q_{unit}"], size)}
        own |= {part: products.get((part, unit), own["q"]) for part in "ns"}
        found |= {f"{part}_{unit}": own[part][first] for part in "nsq"}
        found |= {f"{part}_{unit}": products[part, unit][first, second] for part in PRODUCTS if len(known)}
    names = [*groups, None]
    pairs = pd.DataFrame(found).assign(value_=_named(names, first), value_2=_named(names, second))
    alone = {"clusters": counts["alone"], "customers": 0, "value_": _named(names, range(size + 1)), "value_2": None}
    return pd.concat([pairs, pd.DataFrame(alone)], ignore_index=True)


def _laid(at, column, here, rows):
    """Return what each group's clusters add up to, one row a group."""
    if column is None:
        return rows.astype(float)
    return np.bincount(at, column[here], rows.size).reshape(rows.shape)


def _counted(flags):
    return [np.count_nonzero(row) for row in flags]


def _product(one, other):
    """Multiply two arrays of a row a group, in pieces for which the library does not wake threads.

    That takes several times longer than the product where processors are busy.
    """
    size, many = one.shape
    columns = SMALL // max(size * size, 1)
    if columns < LEAST_COLUMNS:
        return one @ other.T
    whole = many // columns * columns
    first, second = (each[:, :whole].reshape(size, -1, columns).transpose(1, 0, 2) for each in (one, other))
    return np.matmul(first, second.transpose(0, 2, 1)).sum(0) + one[:, whole:] @ other[:, whole:].T


def _coded(values):
    found = values.dictionary_encode()
    groups = found.dictionary.to_pylist()
    order = sorted(range(len(groups)), key=groups.__getitem__)
    return np.argsort(order)[found.indices.to_numpy()], [groups[place] for place in order]


def _named(names, places):
    # Through pandas alone, whole numbers beside a missing one would become floats.
    return pd.Series([names[place] for place in places], dtype=object)
