"""Silhouettes of weighted points, several clusterings at once."""

import numpy as np

#: Up to this many points the silhouette is exact; above it, it is the mean over this many sampled customers.
EXACT_POINTS = 10_000
SAMPLED_CUSTOMERS = 4_000
CHUNK = 256
#: Enough for figures equal to six digits, and twice as fast.
SINGLE = np.float32


def silhouettes(points, customers, labelings):
    """Return the mean silhouette of each clustering.

    Parameters
    ----------
    points : numpy.ndarray, shape (n, 3)
        Where the customers are.
    customers : numpy.ndarray, shape (n,)
        How many customers each point stands for.
    labelings : list of numpy.ndarray of int, shape (n,)
        Cluster of each point, 0 to k - 1, one array per clustering.

    Returns
    -------
    list of float
        One per clustering, between -1 and 1: the same as scikit-learn's ``silhouette_score`` over the customers one by
        one, a customer alone in a cluster counting 0. Above :data:`EXACT_POINTS` points it is the mean over every n-th
        customer, in the order of the points, each against all customers; no chance is involved.

    Source
    ------
    Rousseeuw (1987), Silhouettes, J. Comput. Appl. Math. 20, 53-65.
    """
    sizes = [int(labels.max()) + 1 for labels in labelings]
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    members = np.zeros((len(points), offsets[-1]), SINGLE)
    for labels, offset in zip(labelings, offsets, strict=False):
        members[np.arange(len(points)), offset + labels] = customers
    held = members.sum(axis=0, dtype=float)
    chosen, weights = _chosen(customers)
    rows, columns = _factors(points - np.average(points, axis=0, weights=customers))
    total = np.zeros(len(labelings))
    for begin in range(0, len(chosen), CHUNK):
        part = chosen[begin : begin + CHUNK]
        sums = (_distances(rows, columns, part) @ members).astype(float)
        for i, labels in enumerate(labelings):
            cut = slice(offsets[i], offsets[i + 1])
            widths = _widths(sums[:, cut], held[cut], labels[part])
            total[i] += widths @ weights[begin : begin + CHUNK]
    return [float(value) for value in total / weights.sum()]


def _chosen(customers):
    if len(customers) <= EXACT_POINTS:
        return np.arange(len(customers)), np.asarray(customers, dtype=float)
    reached = np.cumsum(customers)
    steps = (np.arange(SAMPLED_CUSTOMERS) + 0.5) * reached[-1] / SAMPLED_CUSTOMERS
    return np.searchsorted(reached, steps), np.ones(SAMPLED_CUSTOMERS)


def _factors(points):
    """Return two matrices whose product holds the squared distances between points."""
    squares, ones = (points**2).sum(axis=1), np.ones(len(points))
    rows = np.column_stack([-2 * points, ones, squares])
    return rows.astype(SINGLE), np.column_stack([points, squares, ones]).T.astype(SINGLE)


def _distances(rows, columns, part):
    distances = rows[part] @ columns
    np.maximum(distances, 0, out=distances)
    np.sqrt(distances, out=distances)
    distances[np.arange(len(part)), part] = 0
    return distances


def _widths(sums, sizes, own):
    rows = np.arange(len(own))
    within = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    others = sums / sizes
    others[rows, own] = np.inf
    nearest = others.min(axis=1)
    larger = np.maximum(np.maximum(within, nearest), np.finfo(float).tiny)
    return np.where(sizes[own] > 1, (nearest - within) / larger, 0.0)
