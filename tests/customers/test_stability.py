import numpy as np
import pyarrow as pa
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

from retail_panel.customers import CustomersPipeline, pipeline
from retail_panel.customers import stability as module
from retail_panel.customers.clusters import fit_clusters
from retail_panel.customers.grid import KEYS, Cells, log_scaled
from retail_panel.customers.profile import EMPTY
from retail_panel.customers.stability import clustered_cells, stability
from retail_panel.demo import scaled_order_lines
from retail_panel.store import Store


def cells_of(triples):
    found, customers = np.unique(np.asarray(triples), axis=0, return_counts=True)
    return Cells(pa.table(dict(zip(KEYS, found.T, strict=True))), found.astype(float), customers)


def habits(kinds, n=150, seed=0):
    rng = np.random.default_rng(seed)
    return np.vstack([
        np.column_stack([rng.poisson(r, n), 1 + rng.poisson(f, n), (m * rng.lognormal(0, 0.3, n) * 1e4).astype(int)])
        for r, f, m in kinds
    ])


FOUR = [(5, 20, 900), (200, 15, 600), (8, 1, 20), (300, 1, 25)]


def test_true_groups_are_found_again():
    cells = cells_of(habits(FOUR))
    labels = fit_clusters(cells, 4).labels_
    found = stability(cells, labels)
    assert len(found.adjusted_rand) == 20 and min(found.adjusted_rand) > 0.95 and min(found.by_cluster) > 0.95
    assert found.sentence.startswith("Stability is excellent: customers drawn anew 20 times")
    assert "pattern" not in found.sentence and "not stable" not in found.sentence


def test_groups_cut_from_one_cloud_are_not():
    cells = cells_of(habits([(60, 4, 200)], n=400))
    names = [f"Group {i}" for i in range(8)]
    found = stability(cells, fit_clusters(cells, 8).labels_, names)
    assert found == stability(cells, fit_clusters(cells, 8).labels_, names)
    assert found.adjusted_rand != stability(cells, fit_clusters(cells, 8).labels_, names, seed=1).adjusted_rand
    assert found.mean < 0.8
    assert "excellent" not in found.sentence
    shaky = [name for name, share in zip(names, found.by_cluster, strict=True) if share < 0.75]
    assert shaky and all(name in found.sentence for name in shaky)
    sure = set(names) - set(shaky)
    assert not any(name in found.sentence for name in sure)


def test_agrees_with_the_bootstrap_over_single_customers():
    triples = habits([(60, 4, 200), (20, 7, 500), (200, 1, 60)], n=120, seed=5)
    cells = cells_of(triples)
    clustering = fit_clusters(cells, 4)
    _, place = np.unique(triples, axis=0, return_inverse=True)
    labels, log = clustering.labels_[place.ravel()], log_scaled(triples)
    rng, expected = np.random.default_rng(0), []
    for _ in range(60):
        drawn = log[rng.integers(0, len(log), len(log))]
        scaler = StandardScaler().fit(drawn)
        model = KMeans(4, n_init=10, random_state=0).fit(scaler.transform(drawn))
        expected.append(adjusted_rand_score(labels, model.predict(scaler.transform(log))))
    found = stability(cells, clustering.labels_, resamples=60)
    error = np.hypot(np.std(expected), np.std(found.adjusted_rand)) / 60**0.5
    assert abs(found.mean - np.mean(expected)) < 4 * error


def test_one_cluster_has_nothing_to_lose():
    found = stability(cells_of([(3, 1, 100)] * 5), [0])
    assert (found.adjusted_rand, found.by_cluster, found.mean) == ((), (), None)
    assert found.sentence.startswith("There is one group only")


@pytest.mark.parametrize("times", [1, 2, 50])
def test_draws_that_miss_a_cluster(times):
    cells = cells_of([(3, 1, 10**6)] * times + [(90, 2, 10**7)] + [(300, 5, 10**4)])
    found = stability(cells, [0, 1, 2])
    assert all(-1 <= index <= 1 for index in found.adjusted_rand)
    assert all(0 <= share <= 1 for share in found.by_cluster)


def test_nobody(empty_store):
    cells, labels = clustered_cells(empty_store.ask, empty_store.keep_table("nobody", EMPTY))
    assert len(labels) == 0 and stability(cells, labels).adjusted_rand == ()


@pytest.mark.parametrize("exact_cells", [10_000, 100])
def test_cells_are_those_that_clusters_were_found_on(monkeypatch, exact_cells):
    monkeypatch.setattr(pipeline, "EXACT_CELLS", exact_cells)
    monkeypatch.setattr(module, "EXACT_CELLS", exact_cells)
    store = Store()
    for batch in scaled_order_lines(20_000):
        store.append(batch)
    population = CustomersPipeline().run(store, store.lines, "demo")
    cells, labels = clustered_cells(store.ask, population.table)
    store.close()
    assert labels.tolist() == population.clustering.labels_.tolist()
    assert cells.customers.sum() == population.customers
    found = stability(cells, labels, [group.name for group in population.clusters])
    assert found.mean > 0.9 and len(found.by_cluster) == population.clustering.k
