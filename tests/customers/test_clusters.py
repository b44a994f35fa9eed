import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_samples, silhouette_score
from sklearn.preprocessing import StandardScaler

from retail_panel.customers.clusters import carry_clusters, fit_clusters
from retail_panel.customers.grid import KEYS, Cells, log_scaled


def cells_of(triples):
    found, customers = np.unique(np.asarray(triples), axis=0, return_counts=True)
    return Cells(pa.table(dict(zip(KEYS, found.T, strict=True))), found.astype(float), customers)


def four_habits(n=150, seed=0):
    rng = np.random.default_rng(seed)
    kinds = [(5, 20, 900), (200, 15, 600), (8, 1, 20), (300, 1, 25)]
    parts = [
        np.column_stack([rng.poisson(r, n), 1 + rng.poisson(f, n), (m * rng.lognormal(0, 0.3, n) * 1e4).astype(int)])
        for r, f, m in kinds
    ]
    return np.vstack(parts)


triples_strategy = st.lists(
    st.tuples(st.integers(0, 400), st.integers(1, 30), st.integers(-(10**8), 10**9)), min_size=1, max_size=40
)


def test_agrees_with_scikit_learn_on_the_rows():
    triples = four_habits()
    clustering = fit_clusters(cells_of(triples), k=4)
    rows = StandardScaler().fit_transform(log_scaled(triples))
    expected = {k: KMeans(k, n_init=20, random_state=0).fit(rows) for k in range(2, 11)}
    _, place = np.unique(triples, axis=0, return_inverse=True)
    assert adjusted_rand_score(clustering.labels_[place.ravel()], expected[4].labels_) > 0.99
    for k, model in expected.items():
        assert clustering.inertia_[k] == pytest.approx(model.inertia_, rel=0.03)
    assert clustering.silhouette_[4] == pytest.approx(silhouette_score(rows, expected[4].labels_), abs=0.01)


def test_finds_the_four_habits():
    clustering = fit_clusters(cells_of(four_habits()))
    assert clustering.k == 4
    assert clustering.customers_.tolist() == [150, 150, 150, 150]
    assert clustering.names == ("VIP Champions", "At-Risk Customers", "Dormant Customers", "New Prospects")
    assert clustering.centres_[0] == pytest.approx([5, 21, 9_400_000], rel=0.1)
    assert "4 clusters by silhouette" in clustering.notes[0]


def test_silhouettes_of_the_clusters_are_in_their_order():
    triples = four_habits()
    clustering = fit_clusters(cells_of(triples))
    _, place = np.unique(triples, axis=0, return_inverse=True)
    labels = clustering.labels_[place.ravel()]
    samples = silhouette_samples(StandardScaler().fit_transform(log_scaled(triples)), labels)
    expected = [samples[labels == cluster].mean() for cluster in range(4)]
    assert clustering.silhouette_by_cluster_ == pytest.approx(expected, abs=1e-5)
    assert len(set(np.round(expected, 4))) == 4
    assert fit_clusters(cells_of([(3, 1, 100)] * 5)).silhouette_by_cluster_ == ()


def test_says_when_two_would_score_higher():
    triples = four_habits()[:300]
    triples[150:] = four_habits()[450:]
    clustering = fit_clusters(cells_of(triples))
    assert clustering.k >= 3
    assert clustering.silhouette_[2] == max(clustering.silhouette_.values())
    assert "Two would score higher" in clustering.notes[0]


@settings(deadline=None, max_examples=25)
@given(triples_strategy, st.one_of(st.none(), st.integers(2, 10)))
def test_clusters_partition_and_names_differ(triples, k):
    cells = cells_of(triples)
    clustering = fit_clusters(cells, k)
    assert set(clustering.labels_.tolist()) == set(range(clustering.k))
    assert clustering.customers_.sum() == len(triples)
    assert len(set(clustering.names)) == clustering.k
    assert clustering.customers_ @ clustering.centres_ == pytest.approx(np.sum(triples, axis=0), rel=1e-9, abs=1)
    assert list(clustering.centres_[:, 2]) == sorted(clustering.centres_[:, 2], reverse=True)
    again = fit_clusters(cells, k, clustering)
    assert (again.k, again.names) == (clustering.k, clustering.names)
    assert again.labels_.tolist() == clustering.labels_.tolist()


@pytest.mark.parametrize("k", range(2, 11))
def test_every_choice_of_k(k):
    clustering = fit_clusters(cells_of(four_habits(seed=3)), k)
    assert clustering.k == len(set(clustering.names)) == k
    assert not clustering.is_automatic
    assert f"{k} clusters by choice" in clustering.notes[0]


@pytest.mark.parametrize(
    ("triples", "k", "note"),
    [
        ([(3, 1, 100)], 1, "alike"),
        ([(3, 1, 100)] * 50, 1, "alike"),
        ([(3, 1, 100), (9, 1, 100)], 2, "only 2 different"),
        ([(3, 1, 100), (9, 1, 100), (30, 4, 100)], 3, "only 3 different"),
    ],
)
def test_fewer_different_customers_than_clusters(triples, k, note):
    clustering = fit_clusters(cells_of(triples), k=6)
    assert (clustering.k, len(clustering.names)) == (k, k)
    assert note in clustering.notes[0]


def test_three_different_customers_cluster_by_themselves():
    clustering = fit_clusters(cells_of([(3, 1, 10**6)] * 9 + [(90, 2, 10**7)] * 9 + [(300, 5, 10**4)] * 9))
    assert (clustering.k, clustering.silhouette_[3]) == (3, 1.0)


def test_names_and_order_hold_when_rows_arrive():
    before = four_habits()
    first = fit_clusters(cells_of(before))
    after = np.vstack([before, four_habits(20, seed=9)])
    second = fit_clusters(cells_of(after), previous=first)
    assert (second.k, second.names) == (first.k, first.names)
    assert second.customers_.tolist() == [170, 170, 170, 170]


def test_customers_who_arrive_go_to_the_nearest_cluster():
    cells = cells_of(four_habits())
    fitted = fit_clusters(cells, k=4)
    np.testing.assert_array_equal(carry_clusters(cells, fitted).labels_, fitted.labels_)
    more = cells_of(np.vstack([four_habits(), four_habits(20, seed=1)]))
    carried = carry_clusters(more, fitted)
    assert carried.is_carried and carried.names == fitted.names and carried.silhouette_ == fitted.silhouette_
    assert carried.customers_.tolist() == [170] * 4
    np.testing.assert_array_equal(carried.labels_, fit_clusters(more, k=4, previous=fitted).labels_)


def test_clusters_that_would_be_empty_are_not_carried():
    fitted = fit_clusters(cells_of(four_habits()), k=4)
    assert carry_clusters(cells_of(four_habits()[:150]), fitted) is None


def test_a_new_choice_of_k_is_obeyed_after_an_earlier_fit():
    cells = cells_of(four_habits())
    assert fit_clusters(cells, 6, fit_clusters(cells)).k == 6


def test_one_measure_alike_for_all():
    triples = four_habits()
    triples[:, 1] = 1
    clustering = fit_clusters(cells_of(triples))
    assert clustering.k >= 3
    again = fit_clusters(cells_of(four_habits()), previous=clustering)
    assert set(again.labels_.tolist()) == set(range(again.k))
