import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import KMeans

from retail_panel.customers import kmeans
from retail_panel.customers.kmeans import fit_each_k

ROOT = Path(__file__).parents[2]


def blobs(seed=0, n=300):
    rng = np.random.default_rng(seed)
    points = np.vstack([rng.normal(centre, 0.4, (n, 3)) for centre in ((0, 0, 0), (3, 0, 1), (0, 4, 2), (5, 5, 5))])
    return points, rng.integers(1, 5, len(points))


def test_weights_are_customers_one_by_one():
    points, customers = blobs()
    fits = fit_each_k(points, customers)
    singly = np.repeat(points, customers, axis=0)
    for k, fit in fits.items():
        rows = KMeans(k, n_init=10, random_state=42).fit(singly)
        assert fit.inertia <= 1.01 * rows.inertia_


def test_inertia_never_rises_and_labels_are_all_used():
    points, customers = blobs(1)
    fits = fit_each_k(points, customers)
    assert list(fits) == list(range(2, 11))
    inertia = [fit.inertia for fit in fits.values()]
    assert inertia == sorted(inertia, reverse=True)
    assert all(set(fit.labels) == set(range(k)) for k, fit in fits.items())


def test_same_answer_every_time():
    points, customers = blobs(2)
    first, second = fit_each_k(points, customers), fit_each_k(points, customers)
    assert all((first[k].labels == second[k].labels).all() for k in first)


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_never_more_clusters_than_points(n):
    points = np.arange(3.0 * n).reshape(n, 3)
    fits = fit_each_k(points, np.ones(n))
    assert list(fits) == list(range(2, n + 1))
    assert all(len(set(fit.labels)) == k for k, fit in fits.items())


def test_goes_on_from_earlier_centres():
    points, customers = blobs(3)
    first = fit_each_k(points, customers)
    again = fit_each_k(points, customers, {k: fit.centres for k, fit in first.items()})
    assert all(again[k].is_continued and (again[k].labels == first[k].labels).all() for k in first)


def test_gives_poor_earlier_centres_up():
    rng = np.random.default_rng(4)
    points = np.vstack([rng.normal(place, 0.2, (50, 3)) for place in (0, 10, 100)])
    poor = np.array([[5.0] * 3, [99.9] * 3, [100.1] * 3])
    fit = fit_each_k(points, np.ones(150), {3: poor})[3]
    assert not fit.is_continued
    assert sorted(np.bincount(fit.labels)) == [50, 50, 50]


def test_starts_on_blocks_reach_the_best_of_many_starts():
    points, customers = blobs(5, n=900)
    assert len(points) > kmeans.MANY
    for k, fit in fit_each_k(points, customers).items():
        best = KMeans(k, n_init=20, random_state=1).fit(points, sample_weight=customers)
        assert fit.inertia <= 1.02 * best.inertia_


def test_blocks_too_few_are_not_used():
    rng = np.random.default_rng(6)
    points = np.vstack([rng.normal(0, 0.01, (2500, 3)), [[50.0, 50, 50]]])
    fits = fit_each_k(points, np.ones(len(points)))
    assert list(fits) == list(range(2, 11))
    assert all(set(fit.labels) == set(range(k)) for k, fit in fits.items())


def test_one_thread_even_where_scikit_learn_was_not_loaded_yet():
    code = (
        "from threadpoolctl import threadpool_info\n"
        "from retail_panel.customers import kmeans\n"
        "with kmeans.one_thread():\n"
        "    pools = threadpool_info()\n"
        "print({pool['user_api'] for pool in pools} >= {'openmp', 'blas'}, {pool['num_threads'] for pool in pools})\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout == "True {1}\n"
