"""K-means over weighted points for every number of clusters at once."""

from dataclasses import dataclass

import numpy as np

from retail_panel.customers.grid import EXACT_CELLS

FEWEST, MOST = 2, 10
SEED = 42
#: Random starts for each number of clusters: up to EXACT_CELLS points, above, and beside a start from earlier centres.
STARTS, STARTS_ABOVE, STARTS_BESIDE = 8, 3, 1
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


def fit_each_k(points, customers, earlier=None):
    """Fit 2 to 10 clusters, or as many as there are points.

    Each number of clusters starts from k-means++ several times, and once from the centres of one cluster less together
    with the point that these fit worst; the best counts. So inertia never rises with the number of clusters.

    Parameters
    ----------
    points : numpy.ndarray, shape (n, 3)
        Distinct points.
    customers : numpy.ndarray, shape (n,)
        Their weights.
    earlier : dict of int to numpy.ndarray, optional
        By number of clusters, centres to go on from.

    Returns
    -------
    dict of int to Fit
        By number of clusters; empty for a single point.

    Source
    ------
    Arthur, Vassilvitskii (2007), k-means++; Likas, Vlassis, Verbeek (2003), The global k-means clustering algorithm.
    """
    # Loaded before the limit, which holds for libraries already there only.
    import sklearn.cluster  # noqa: F401
    from threadpoolctl import threadpool_limits

    # One thread: at these sizes a second one waits more than it works, and starves where cores are busy.
    with threadpool_limits(limits=1, user_api="openmp"):
        return _fit_each_k(points, customers, earlier or {})


def _fit_each_k(points, customers, earlier):
    fits, centres = {}, np.average(points, axis=0, weights=customers)[None, :]
    starts = STARTS if len(points) <= EXACT_CELLS else STARTS_ABOVE
    for k in range(FEWEST, min(MOST, len(points)) + 1):
        gaps = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2).min(axis=1)
        grown = np.vstack([centres, points[np.argmax(gaps * customers)]])
        before = earlier.get(k)
        fresh = _kmeans(points, customers, k, "k-means++", starts if before is None else STARTS_BESIDE)
        fit = min(fresh, _kmeans(points, customers, k, grown), key=lambda fit: fit.inertia)
        if before is not None:
            continued = _kmeans(points, customers, k, before)
            if fit.inertia >= (1 - HOLD_INERTIA) * continued.inertia:
                fit = Fit(continued.labels, continued.centres, continued.inertia, is_continued=True)
        fits[k], centres = fit, fit.centres
    return fits


def _kmeans(points, customers, k, start, starts=1):
    from sklearn.cluster import KMeans

    model = KMeans(k, init=start, n_init=starts, random_state=SEED).fit(points, sample_weight=customers)
    # Without tolerance to the end, so that going on from these centres over the same points moves nobody.
    model = KMeans(k, init=model.cluster_centers_, n_init=1, tol=0).fit(points, sample_weight=customers)
    return Fit(model.labels_.astype(np.int64), model.cluster_centers_, float(model.inertia_))
