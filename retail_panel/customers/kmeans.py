"""K-means over weighted points for every number of clusters at once."""

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

FEWEST, MOST = 2, 10
SEED = 42
#: Random starts for each number of clusters; starts beside earlier centres.
STARTS, STARTS_BESIDE = 12, 2
#: Above this many points the starts compete on blocks this wide, and the winner runs on all points.
MANY, BLOCK_WIDTH, FEWEST_BLOCKS = 2_000, 0.4, 200
#: Earlier centres give way only to others whose inertia is this share lower, so that clusters do not jump.
HOLD_INERTIA = 0.05


@dataclass(frozen=True)
class Fit:
    """K-means for one number of clusters.

    Attributes
    ----------
    labels : numpy.ndarray of int, shape (n,)
        Cluster of each point.
    centres : numpy.ndarray, shape (k, 3)
        Weighted means of the clusters.
    inertia : float
        Weighted sum of squared distances to the centres.
    is_continued : bool
        Whether cluster i grew out of earlier centre i.
    """

    labels: np.ndarray
    centres: np.ndarray
    inertia: float
    is_continued: bool = False


@contextmanager
def one_thread():
    """Have the libraries of linear algebra and of K-means use one thread, and not look at what they are given.

    At these sizes a second one waits more than it works, and beside an engine that takes all cores the two spin; and
    a tenth of the time would go into checks of arguments that are the same each time.
    """
    # The limit holds for libraries that are loaded already.
    import sklearn.cluster
    from threadpoolctl import threadpool_limits

    unchecked = sklearn.config_context(assume_finite=True, skip_parameter_validation=True)
    with threadpool_limits(limits=1), unchecked:
        yield


def fit_each_k(points, customers, earlier=None):
    """Fit 2 to 10 clusters, or as many as there are points.

    Each number of clusters starts several times from k-means++, and from the centres of one cluster less with each of
    these split in two; the best start counts. The starts of all numbers are the same runs of k-means++, which choose
    one centre after the other, taken so far.

    Parameters
    ----------
    points : numpy.ndarray, shape (n, 3)
        Distinct points, in standard deviations.
    customers : numpy.ndarray, shape (n,)
        Their weights.
    earlier : dict of int to numpy.ndarray, optional
        By number of clusters, centres to go on from.

    Returns
    -------
    dict of int to Fit
        By number of clusters; empty for a single point. The same for the same arguments.

    Source
    ------
    Arthur, Vassilvitskii (2007), k-means++; Likas, Vlassis, Verbeek (2003), The global k-means clustering algorithm.
    """
    earlier, fits, best = earlier or {}, {}, None
    blocks, weights = _blocks(points, customers)
    starts = _starts(blocks, weights, min(MOST, len(points)), STARTS)
    for k in range(FEWEST, min(MOST, len(points)) + 1):
        before = earlier.get(k)
        tries = [blocks[chosen[:k]] for chosen in starts[: STARTS if before is None else STARTS_BESIDE]]
        if best and before is None:
            tries += _splits(blocks, weights, best)
        best = _kmeans(blocks, weights, k, tries)
        fit = _settled(points, customers, k, best.centres)
        if before is not None:
            continued = _settled(points, customers, k, before)
            if fit.inertia >= (1 - HOLD_INERTIA) * continued.inertia:
                fit = Fit(continued.labels, continued.centres, continued.inertia, is_continued=True)
        fits[k] = fit
    return fits


def _blocks(points, customers):
    if len(points) <= MANY:
        return points, customers
    _, place = np.unique(np.floor(points / BLOCK_WIDTH), axis=0, return_inverse=True)
    place = place.ravel()
    weights = np.bincount(place, weights=customers)
    if len(weights) < FEWEST_BLOCKS:
        return points, customers
    sums = [np.bincount(place, weights=column * customers) for column in points.T]
    return np.column_stack(sums) / weights[:, None], weights


def _splits(points, weights, fit):
    for i, centre in enumerate(fit.centres):
        own = fit.labels == i
        if own.sum() > 1:
            spread = np.sqrt(np.average((points[own] - centre) ** 2, axis=0, weights=weights[own]))
            yield np.vstack([np.delete(fit.centres, i, axis=0), centre - spread, centre + spread])


def _starts(points, weights, most, number):
    """Return so many runs of k-means++, each the numbers of the points that it chose, in its order."""
    from sklearn.cluster import kmeans_plusplus

    chance = np.random.RandomState(SEED)
    runs = [kmeans_plusplus(points, most, sample_weight=weights, random_state=chance) for _ in range(number)]
    return [chosen for _, chosen in runs]


def _kmeans(points, customers, k, starts, **options):
    """Run K-means from each of some sets of centres; the best one counts.

    In one go, since to check its arguments takes scikit-learn as long as to run.
    """
    from sklearn.cluster import KMeans

    # It moves points to their middle first.
    middle, runs = points.mean(axis=0), iter(starts)

    def taken(moved, number, random_state):
        return next(runs) - middle

    model = KMeans(k, init=taken, n_init=len(starts), random_state=SEED, **options).fit(points, sample_weight=customers)
    return Fit(model.labels_.astype(np.int64), model.cluster_centers_, float(model.inertia_))


def _settled(points, customers, k, centres):
    # Without tolerance to the end, so that going on from these centres over the same points moves nobody.
    return _kmeans(points, customers, k, [centres], tol=0)
