"""Silhouettes of weighted points, several clusterings at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

#: Up to this many points the silhouette is exact; above it, it is the mean over this many sampled customers.
EXACT_POINTS = 10_000
SAMPLED_CUSTOMERS = 4_000
#: A cluster that the sample misses is looked at through so many points of its own.
POINTS_OF_THE_MISSED = 100
CHUNK = 256
#: Chunks that are multiplied at once: the other core is idle by then, as the engine has scored the customers.
AT_ONCE = 2
#: Enough for figures equal to six digits, and twice as fast.
SINGLE = np.float32


@dataclass(frozen=True)
class Silhouette:
    """How well one clustering holds its customers apart.

    Attributes
    ----------
    mean : float
        Over all customers, between -1 and 1.
    by_cluster : tuple of float
        Over the customers of each cluster, in the order of its labels. Near 1 they lie close together and far from
        others, near 0 between two clusters, below 0 mostly nearer to another one.
    """

    mean: float
    by_cluster: tuple


def silhouettes(points, customers, labelings):
    """Return the mean silhouette of each clustering, as :func:`silhouettes_by_cluster` does, as a list of floats."""
    return [found.mean for found in silhouettes_by_cluster(points, customers, labelings)]


def silhouettes_by_cluster(points, customers, labelings):
    """Return the silhouette of each clustering, as a whole and cluster by cluster.

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
    list of Silhouette
        One per clustering: the same as the means of scikit-learn's ``silhouette_samples`` over the customers one by
        one, a customer alone in a cluster counting 0. Above :data:`EXACT_POINTS` points it is the mean over every n-th
        customer, in the order of the points, each against all customers; no chance is involved.

    Source
    ------
    Rousseeuw (1987), Silhouettes, J. Comput. Appl. Math. 20, 53-65.
    """
    rows, columns = _factors(points - np.average(points, axis=0, weights=customers))
    chosen, weights = _chosen(customers)
    found = _sums(rows, columns, customers, labelings, chosen, weights)
    answers = []
    for labels, (total, counted) in zip(labelings, found, strict=True):
        mean = float(total.sum() / counted.sum())
        missed = np.flatnonzero(counted == 0)
        own = [np.flatnonzero(labels == cluster)[:POINTS_OF_THE_MISSED] for cluster in missed]
        if own:
            points_of = np.concatenate(own)
            ((more, heads),) = _sums(rows, columns, customers, [labels], points_of, customers[points_of])
            total, counted = np.where(counted == 0, more, total), np.where(counted == 0, heads, counted)
        answers.append(Silhouette(mean, tuple((total / counted).tolist())))
    return answers


def _sums(rows, columns, customers, labelings, chosen, weights):
    """Return for each clustering the weighted sums of the chosen points' silhouettes, and the weights, by cluster."""
    sizes = [int(labels.max()) + 1 for labels in labelings]
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    members = np.zeros((len(rows), offsets[-1]), SINGLE)
    for labels, offset in zip(labelings, offsets, strict=False):
        members[np.arange(len(rows)), offset + labels] = customers
    held = members.sum(axis=0, dtype=float)
    total, counted = np.zeros(offsets[-1]), np.zeros(offsets[-1])

    def multiplied(part):
        return (_distances(rows, columns, part) @ members).astype(float)

    parts = [slice(begin, begin + CHUNK) for begin in range(0, len(chosen), CHUNK)]
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="silhouettes") as workers:
        for here, sums in zip(parts, workers.map(multiplied, [chosen[here] for here in parts]), strict=True):
            part, weight = chosen[here], weights[here]
            for labels, low, high in zip(labelings, offsets[:-1], offsets[1:], strict=True):
                widths = _widths(sums[:, low:high], held[low:high], labels[part])
                total[low:high] += np.bincount(labels[part], widths * weight, high - low)
                counted[low:high] += np.bincount(labels[part], weight, high - low)
    return [(total[low:high], counted[low:high]) for low, high in zip(offsets[:-1], offsets[1:], strict=True)]


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
