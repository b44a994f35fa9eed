"""Agreement: how far the segments by rules and the clusters group customers alike."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

#: From this adjusted Rand index on, two groupings are called so.
WORDS = ((0.9, "excellent"), (0.8, "good"), (0.65, "moderate"), (-1.0, "poor"))
COLUMNS = ("segment", "cluster", "customers", "share_of_segment", "share_of_cluster")


@dataclass(frozen=True)
class Agreement:
    """Segments by rules beside clusters.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per segment and cluster that hold customers, by segment and then cluster, also where nobody is in both:
        ``segment``, ``cluster`` (indices), ``customers``, ``share_of_segment`` and ``share_of_cluster`` (0 to 1).
    adjusted_rand : float or None
        1 where the groupings are the same, about 0 where they agree by chance only; None without customers.
    sentence : str
        The same in words.
    """

    table: pd.DataFrame
    adjusted_rand: float | None
    sentence: str


def agreement(counts):
    """Compare segments with clusters.

    Parameters
    ----------
    counts : pyarrow.Table
        The answer to :func:`retail_panel.customers.profile.counts_question`.

    Returns
    -------
    Agreement
    """
    rows = counts.group_by(["segment", "cluster"]).aggregate([("customers", "sum")]).to_pydict()
    segments, row = np.unique(np.asarray(rows["segment"], dtype="int64"), return_inverse=True)
    clusters, column = np.unique(np.asarray(rows["cluster"], dtype="int64"), return_inverse=True)
    customers = np.zeros((len(segments), len(clusters)), "int64")
    customers[row, column] = rows["customers_sum"]
    if not customers.size:
        empty = pd.DataFrame(columns=list(COLUMNS)).astype("float64").astype(dict.fromkeys(COLUMNS[:3], "int64"))
        return Agreement(empty, None, "No customers to compare segments and clusters by.")
    table = pd.DataFrame(
        {
            "segment": np.repeat(segments, len(clusters)),
            "cluster": np.tile(clusters, len(segments)),
            "customers": customers.ravel(),
            "share_of_segment": (customers / customers.sum(axis=1, keepdims=True)).ravel(),
            "share_of_cluster": (customers / customers.sum(axis=0)).ravel(),
        }
    )
    found = adjusted_rand(customers)
    return Agreement(table, found, _sentence(found, len(segments), len(clusters)))


def adjusted_rand(customers):
    """Return the adjusted Rand index of two groupings of the same customers.

    Parameters
    ----------
    customers : array_like, shape (groups of the one, groups of the other)
        Customers in both groups; at least one.

    Returns
    -------
    float
        As scikit-learn's ``adjusted_rand_score`` over the customers one by one: 1 where both have the same groups.

    Source
    ------
    Hubert, Arabie (1985), Comparing partitions, Journal of Classification 2, 193-218.
    """
    customers = np.asarray(customers, dtype=float)
    both, one, other, all_ = (_pairs(x) for x in (customers, customers.sum(1), customers.sum(0), customers.sum()))
    expected = one * other / all_ if all_ else 0.0
    most = (one + other) / 2
    return 1.0 if most == expected else float((both - expected) / (most - expected))


def in_words(index):
    """Return the word for an adjusted Rand index: excellent, good, moderate or poor.

    Source
    ------
    Steinley (2004), Properties of the Hubert-Arabie adjusted Rand index, Psychological Methods 9, 386-396.
    """
    return next(word for least, word in WORDS if index >= least)


def _pairs(customers):
    return float((customers * (customers - 1) / 2).sum())


def _sentence(index, segments, clusters):
    if segments == clusters == 1:
        return "Rules and clusters both put all customers into one group."
    meaning = {
        "excellent": "both group customers nearly alike",
        "good": "both group customers much alike",
        "moderate": "they group customers alike in part",
        "poor": "each tells something that the other does not",
    }[in_words(index)]
    return f"Agreement of rules and clusters is {in_words(index)} (adjusted Rand index {index:.2f}): {meaning}."
