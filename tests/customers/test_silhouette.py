import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_samples, silhouette_score

from retail_panel.customers import silhouette
from retail_panel.customers.silhouette import silhouettes, silhouettes_by_cluster


def weighted_points(n=400, seed=1):
    rng = np.random.default_rng(seed)
    points = np.unique(rng.normal(size=(n, 3)).round(1), axis=0)
    return points, rng.integers(1, 6, len(points))


def labelings_of(points, customers, numbers=(2, 3, 7)):
    return [KMeans(k, n_init=1, random_state=0).fit_predict(points, sample_weight=customers) for k in numbers]


def test_equals_scikit_learn_over_single_customers():
    points, customers = weighted_points()
    labelings = labelings_of(points, customers)
    found = silhouettes(points, customers, labelings)
    singly = np.repeat(points, customers, axis=0)
    expected = [silhouette_score(singly, np.repeat(labels, customers)) for labels in labelings]
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_customer_alone_counts_nothing():
    points = np.array([[0.0, 0, 0], [0.1, 0, 0], [9.0, 0, 0]])
    assert silhouettes(points, np.array([1, 1, 1]), [np.array([0, 0, 1])]) == pytest.approx(
        [silhouette_score(points, [0, 0, 1])]
    )
    assert silhouettes(points, np.array([1, 1, 1]), [np.array([0, 1, 2])]) == [0.0]


def test_sampled_lies_near_exact(monkeypatch):
    rng = np.random.default_rng(3)
    points = np.unique(np.vstack([rng.normal(centre, 1, (3000, 3)) for centre in (-2, 0, 2.5)]), axis=0)
    customers = rng.integers(1, 9, len(points))
    labelings = labelings_of(points, customers)
    exact = silhouettes(points, customers, labelings)
    monkeypatch.setattr(silhouette, "EXACT_POINTS", 100)
    sampled = silhouettes(points, customers, labelings)
    assert sampled != exact
    assert sampled == pytest.approx(exact, abs=0.005)
    assert sampled == silhouettes(points, customers, labelings)


def singly_by_cluster(points, customers, labels):
    every = np.repeat(labels, customers)
    samples = silhouette_samples(np.repeat(points, customers, axis=0), every)
    return [samples[every == cluster].mean() for cluster in range(labels.max() + 1)]


def test_each_cluster_equals_scikit_learn_over_single_customers():
    points, customers = weighted_points()
    labelings = labelings_of(points, customers)
    for found, labels in zip(silhouettes_by_cluster(points, customers, labelings), labelings, strict=True):
        assert found.by_cluster == pytest.approx(singly_by_cluster(points, customers, labels), abs=1e-6)
        sizes = np.bincount(labels, weights=customers)
        assert np.average(found.by_cluster, weights=sizes) == pytest.approx(found.mean, abs=1e-9)


def test_a_cluster_that_the_sample_misses_is_looked_at_all_the_same(monkeypatch):
    rng = np.random.default_rng(4)
    points = np.vstack([np.unique(rng.normal(size=(900, 3)), axis=0), [[9.0, 9, 9], [9.1, 9, 9], [9, 9.1, 9]]])
    customers = np.array([50] * 900 + [1, 2, 1])
    labels = np.array([0] * 450 + [1] * 450 + [2] * 3)
    exact = silhouettes_by_cluster(points, customers, [labels])[0]
    monkeypatch.setattr(silhouette, "EXACT_POINTS", 100)
    monkeypatch.setattr(silhouette, "SAMPLED_CUSTOMERS", 300)
    sampled = silhouettes_by_cluster(points, customers, [labels])[0]
    assert sampled.by_cluster[2] == pytest.approx(exact.by_cluster[2], abs=1e-4)
    assert sampled.by_cluster[:2] == pytest.approx(exact.by_cluster[:2], abs=0.02)
