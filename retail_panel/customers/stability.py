"""Stability: whether the clusters would be found again among other customers of the same kind."""

from dataclasses import dataclass

import numpy as np

from retail_panel.customers.agreement import adjusted_rand, in_words
from retail_panel.customers.clusters import standardised
from retail_panel.customers.grid import EXACT_CELLS, KEYS, Cells, cells_question, key_columns, log_scaled, widths_of
from retail_panel.customers.kmeans import SEED, one_thread
from retail_panel.customers.profile import summary_question
from retail_panel.customers.scores import MEASURES

RESAMPLES = 20
#: Random starts of each refit, beside one from the centres found; the best one counts.
STARTS = 5
ITERATIONS = 100
#: From this mean Jaccard index on, a cluster is called so.
CLUSTER_WORDS = ((0.85, "highly stable"), (0.75, "stable"), (0.6, "a pattern without a sure border"), (0, "not stable"))


@dataclass(frozen=True)
class Stability:
    """How alike clusters of resampled customers are to the clusters found.

    Attributes
    ----------
    adjusted_rand : tuple of float
        One per resample, in the order drawn: 1 where the same clusters came out. Empty for one cluster.
    by_cluster : tuple of float
        Mean Jaccard index of each cluster with its likest one of each resample, 0 to 1.
    sentence : str
        What that means.
    """

    adjusted_rand: tuple
    by_cluster: tuple
    sentence: str

    @property
    def mean(self):
        """Mean adjusted Rand index; None for one cluster."""
        return float(np.mean(self.adjusted_rand)) if self.adjusted_rand else None


def stability(cells, labels, names=None, resamples=RESAMPLES, seed=SEED):
    """Draw customers anew, with replacement, cluster each draw, and compare with the clusters found.

    Parameters
    ----------
    cells : Cells
        The customers, see :func:`clustered_cells`.
    labels : array_like of int, shape (cells,)
        Cluster of each cell, 0 to k - 1.
    names : sequence of str, optional
        Names of the clusters, for the sentence; default: Cluster 1 and so on.
    resamples : int
        Draws.
    seed : int
        Of the draws and the starts.

    Returns
    -------
    Stability
        The same for the same arguments.

    Notes
    -----
    A draw is a multinomial one of the customers over the cells. It is standardised and clustered by itself, from
    random starts and from the centres found, so that a poor start is not taken for an unstable cluster. Its centres
    then label all customers; agreement counts each customer once.

    Source
    ------
    Hennig (2007), Cluster-wise assessment of cluster stability, Computational Statistics & Data Analysis 52, 258-271;
    Steinley (2004), Properties of the Hubert-Arabie adjusted Rand index, Psychological Methods 9, 386-396.
    """
    labels = np.asarray(labels, dtype=np.int64)
    k = int(labels.max(initial=0)) + 1
    if k == 1:
        return Stability((), (), "There is one group only, which any draw of customers gives again.")
    log, draws = log_scaled(cells.means), np.random.default_rng(seed)
    shares = cells.customers / cells.customers.sum()
    tables = []
    with one_thread():
        for _ in range(resamples):
            drawn = draws.multinomial(int(cells.customers.sum()), shares)
            again = _labels_of_draw(log, labels, drawn, k)
            counts = np.bincount(labels * k + again, weights=cells.customers, minlength=k * k)
            tables.append(counts.reshape(k, k))
    found = tuple(adjusted_rand(table) for table in tables)
    by_cluster = tuple(np.mean([_jaccard(table) for table in tables], axis=0).tolist())
    return Stability(found, by_cluster, _sentence(found, by_cluster, names or [f"Cluster {i + 1}" for i in range(k)]))


def clustered_cells(ask, scored):
    """Ask for the cells of scored customers, and the cluster of each.

    Parameters
    ----------
    ask : callable
        Takes an ibis question, returns a pyarrow.Table.
    scored : ibis.Table
        As :attr:`retail_panel.customers.population.Population.table`.

    Returns
    -------
    cells : Cells
        The same cells as clusters were found on.
    labels : numpy.ndarray of int, shape (cells,)
        Their clusters.
    """
    triples = scored.select(*MEASURES).distinct()
    counted = summary_question(scored).cross_join(triples.aggregate(triples=triples.count()))
    figures = ask(counted).to_pylist()[0]
    widths = None
    if figures["triples"] > EXACT_CELLS:
        widths = widths_of(figures[f"{measure}_log_std"] for measure in MEASURES)
    keyed = scored.mutate(**key_columns(scored, widths))
    clusters = keyed.group_by(KEYS).aggregate(cluster=keyed.cluster.min()).order_by(KEYS)
    answer = ask(cells_question(keyed).join(clusters, KEYS).order_by(KEYS))
    return Cells.from_answer(answer), answer["cluster"].to_numpy().astype(np.int64)


def _labels_of_draw(log, labels, drawn, k):
    from sklearn.cluster import KMeans

    _, mean, spread = standardised(log, drawn)
    points = (log - mean) / spread
    held = drawn > 0
    some, place = np.unique(points[held], axis=0, return_inverse=True)
    weights = np.bincount(place.ravel(), weights=drawn[held])
    k = min(k, len(some))
    starts = [("k-means++", STARTS)]
    sizes = np.bincount(labels, weights=drawn)
    if k == len(sizes) and sizes.all():
        sums = [np.bincount(labels, weights=column * drawn) for column in points.T]
        starts.append((np.column_stack(sums) / sizes[:, None], 1))
    models = [
        KMeans(k, init=start, n_init=times, max_iter=ITERATIONS, random_state=SEED).fit(some, sample_weight=weights)
        for start, times in starts
    ]
    return min(models, key=lambda model: model.inertia_).predict(points)


def _jaccard(table):
    union = table.sum(axis=1, keepdims=True) + table.sum(axis=0) - table
    return (table / np.maximum(union, 1)).max(axis=1)


def _sentence(found, by_cluster, names):
    mean, least = float(np.mean(found)), min(found)
    text = (
        f"Stability is {in_words(mean)}: customers drawn anew {len(found)} times gave clusters that agree with these by"
        f" an adjusted Rand index of {mean:.2f} on average, {least:.2f} at least (1 is the same, 0 is chance)."
    )
    said = [next(word for at, word in CLUSTER_WORDS if share >= at) for share in by_cluster]
    for word in ("a pattern without a sure border", "not stable"):
        which = [name for name, own in zip(names, said, strict=True) if own == word]
        text += f" {', '.join(which)}: {word}." if which else ""
    return text
