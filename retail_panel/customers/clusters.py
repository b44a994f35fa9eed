"""Clusters of customers: how many, in which order, and under which names."""

from dataclasses import dataclass, field, replace

import numpy as np

from retail_panel.customers.grid import log_scaled
from retail_panel.customers.kmeans import MOST, Fit, fit_each_k, one_thread
from retail_panel.customers.personas import personas_of
from retail_panel.customers.silhouette import silhouettes_by_cluster

#: Without a choice of the user's, at least three: two clusters only say good and bad.
FEWEST_CHOSEN = 3
#: Customers closer than this many decimals of a standard deviation in every direction are alike.
DECIMALS = 5
#: After rows arrived, the number of clusters changes only where another one's silhouette is this much higher.
HOLD_SILHOUETTE = 0.02
CARRIED = "As rows arrive, customers go to the nearest cluster; the clusters are found anew every minute."


@dataclass(frozen=True)
class Clustering:
    """Fitted clusters, highest mean monetary value first, then lowest mean recency.

    Attributes
    ----------
    k : int
        Number of clusters.
    labels_ : numpy.ndarray of int8, shape (cells,)
        Cluster of each cell.
    centres_ : numpy.ndarray, shape (k, 3)
        Mean recency (days), frequency, and monetary value (ten-thousandths of the currency unit) of the customers.
    customers_ : numpy.ndarray of int64, shape (k,)
        Customers in each cluster.
    personas : tuple of Persona
        Name and description of each cluster, no two alike.
    inertia_, silhouette_ : dict of int to float
        By number of clusters tried, 2 to at most 10: the sum over customers of the squared distance to their centre, in
        standard deviations of the log-scaled measures, and the mean silhouette.
    silhouette_by_cluster_ : tuple of float
        Mean silhouette of the customers of each cluster; empty where there is one cluster only.
    positions_ : dict of int to numpy.ndarray, shape (k, 3)
        By number of clusters tried: centres on the log scale, from which a later fit goes on.
    mean_, spread_ : numpy.ndarray, shape (3,)
        What the log scale was standardised by; see :func:`standardised`.
    is_automatic : bool
        Whether k was chosen by silhouette.
    notes : tuple of str
        How k came about.
    is_carried : bool
        Whether the clusters were fitted to earlier customers, and those of now only went to the nearest.
    cells : Cells or None
        What ``labels_`` are of.
    """

    k: int
    labels_: np.ndarray
    centres_: np.ndarray
    customers_: np.ndarray
    personas: tuple
    inertia_: dict
    silhouette_: dict
    silhouette_by_cluster_: tuple
    positions_: dict
    mean_: np.ndarray
    spread_: np.ndarray
    is_automatic: bool
    notes: tuple
    is_carried: bool = False
    cells: object = field(default=None, repr=False, compare=False)

    @property
    def names(self):
        """Names of the clusters, in their order."""
        return tuple(persona.name for persona in self.personas)


def fit_clusters(cells, k=None, previous=None):
    """Find clusters on log-scaled, standardised R, F and M.

    Parameters
    ----------
    cells : Cells
        At least one cell.
    k : int, optional
        Number of clusters, 2 to 10; None takes the one of highest silhouette among 3 to 10. There are fewer where there
        are not so many different customers, which a note then says.
    previous : Clustering, optional
        Clusters before rows arrived: the fit goes on from their centres, and keeps their number, order and names unless
        clearly better ones are found.

    Returns
    -------
    Clustering
        The same for the same cells, k and previous.
    """
    log = log_scaled(cells.means)
    points, mean, spread = standardised(log, cells.customers)
    points, place = np.unique(points, axis=0, return_inverse=True)
    customers = np.bincount(place.ravel(), weights=cells.customers)
    earlier = {n: (at - mean) / spread for n, at in previous.positions_.items()} if previous else None
    with one_thread():
        fits = fit_each_k(points, customers, earlier)
        found = silhouettes_by_cluster(points, customers, [fit.labels for fit in fits.values()]) if fits else []
    scores = dict(zip(fits, found, strict=True))
    silhouette = {n: score.mean for n, score in scores.items()}
    number, note = _choose(k, silhouette, previous)
    fit = fits[number] if fits else Fit(np.zeros(1, int), np.zeros((1, 3)), 0.0)
    kept = previous if previous and previous.k == number and fit.is_continued else None
    labels, centres, sizes, order = _in_order(fit.labels[place.ravel()], number, cells, is_ordered=kept is not None)
    within = labels[:, None] == np.arange(number)
    positions = np.array([np.average(log[own], axis=0, weights=cells.customers[own]) for own in within.T])
    stretch = np.where(np.isinf(spread), 0, spread)
    return Clustering(
        k=number,
        labels_=labels,
        centres_=centres,
        customers_=sizes,
        personas=personas_of((positions - mean) / spread, centres[:, 2], kept.names if kept else ()),
        inertia_={n: fit.inertia for n, fit in fits.items()},
        silhouette_=silhouette,
        silhouette_by_cluster_=tuple(scores[number].by_cluster[i] for i in order) if fits else (),
        positions_={n: fit.centres * stretch + mean for n, fit in fits.items()} | {number: positions},
        mean_=mean,
        spread_=spread,
        is_automatic=k is None,
        notes=(note,),
        cells=cells,
    )


def carry_clusters(cells, previous):
    """Send customers to the clusters that were found before rows arrived, each to the nearest centre.

    Parameters
    ----------
    cells : Cells
        The customers of now; at least one cell.
    previous : Clustering
        Its k, centres on the log scale, names, inertia and silhouette stay.

    Returns
    -------
    Clustering or None
        The previous one itself where it was fitted to the same cells; None where a cluster would be empty.
    """
    if not previous.is_carried and cells.equals(previous.cells):
        return previous
    points, centres = (np.round((at - previous.mean_) / previous.spread_, DECIMALS)
                       for at in (log_scaled(cells.means), previous.positions_[previous.k]))  # fmt: skip
    nearest = ((points[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    if np.bincount(nearest, minlength=previous.k).min() == 0:
        return None
    labels, centres, sizes, _ = _in_order(nearest, previous.k, cells, is_ordered=True)
    return replace(
        previous, labels_=labels, centres_=centres, customers_=sizes, notes=(previous.notes[0], CARRIED),
        is_carried=True, cells=cells,
    )  # fmt: skip


def standardised(log, customers):
    """Standardise log-scaled R, F and M, each customer counting as much as another.

    Parameters
    ----------
    log : numpy.ndarray, shape (n, 3)
        As :func:`retail_panel.customers.grid.log_scaled` returns.
    customers : numpy.ndarray, shape (n,)
        Customers at each point.

    Returns
    -------
    points : numpy.ndarray, shape (n, 3)
        In standard deviations from the mean customer, to :data:`DECIMALS` digits; 0 where all are alike.
    mean, spread : numpy.ndarray, shape (3,)
        What was subtracted, and then divided by: infinite where all are alike.
    """
    mean = np.average(log, axis=0, weights=customers)
    spread = np.sqrt(np.average((log - mean) ** 2, axis=0, weights=customers))
    spread[spread < 10.0**-DECIMALS] = np.inf
    return np.round((log - mean) / spread, DECIMALS) + 0.0, mean, spread


def _choose(k, silhouette, previous):
    most = max(silhouette, default=1)
    if most < FEWEST_CHOSEN or (k and k > most):
        if most == 1:
            return 1, "All customers are alike in R, F and M, so they are one group and no clusters are told apart."
        return most, f"There are only {most} different customers by R, F and M, so no more than {most} clusters."
    if k:
        return k, f"{k} clusters by choice; their silhouette is {silhouette[k]:.2f}."
    allowed = {n: score for n, score in silhouette.items() if n >= FEWEST_CHOSEN}
    best = max(allowed, key=lambda n: (round(allowed[n], 9), -n))
    if previous and previous.is_automatic and allowed.get(previous.k, -1) >= allowed[best] - HOLD_SILHOUETTE:
        best = previous.k
    note = f"{best} clusters by silhouette ({silhouette[best]:.2f}), chosen among {FEWEST_CHOSEN} to {min(most, MOST)}."
    if silhouette[2] > silhouette[best]:
        note += f" Two would score higher ({silhouette[2]:.2f}), but only say good and bad."
    return best, note


def _in_order(labels, k, cells, is_ordered):
    sizes = np.bincount(labels, weights=cells.customers, minlength=k)
    sums = [np.bincount(labels, weights=column * cells.customers, minlength=k) for column in cells.means.T]
    centres = np.column_stack(sums) / sizes[:, None]
    order = np.arange(k) if is_ordered else np.lexsort((-centres[:, 1], centres[:, 0], -centres[:, 2]))
    rank = np.argsort(order)
    return rank[labels].astype(np.int8), centres[order], sizes[order].astype(np.int64), order
