"""RFM, scores and clusters against pandas and scikit-learn: ``python benchmarks/against_pandas.py --rows 5000``.

The workbench's pipeline starts from the rows in its store. The other way starts from the same rows as a data frame in
memory (reading them is not timed): group by customer, quintiles, then scikit-learn's K-means on the log-scaled and
standardised customers one by one, for the same numbers of clusters with as many starts, and its silhouette over a
sample of as many customers as the workbench takes. Both run one after the other in this process, and their answers are
compared, for each number of clusters. So is where each customer goes to the nearest of the workbench's centres, instead
of with the others of a cell: what differs then are the centres, the rest is what cells make of customers between two.
"""

import argparse
import json
import time

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from stores import opened, sizes
from tables import milliseconds, print_table

from retail_panel.customers.clusters import fit_clusters
from retail_panel.customers.kmeans import STARTS
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.customers.silhouette import SAMPLED_CUSTOMERS
from retail_panel.schema import MONEY_SCALE

KS = range(2, 11)
RFM = ("recency_days", "frequency", "monetary")


def timed(act, *arguments):
    """Return (answer, wall milliseconds, processor milliseconds)."""
    began, busy = time.perf_counter(), time.process_time()
    answer = act(*arguments)
    return answer, 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - busy)


def pandas_rfm(lines):
    """Return one row a customer: R, F and M as the workbench defines them by default, and scores from 1 to 5."""
    known = lines[lines.customer_key.notna()]
    last_day = known.ordered_at.max().normalize()
    sales = known[~known.is_return]
    by_sale, by_line = sales.groupby("customer_key"), known.groupby("customer_key")
    found = pd.DataFrame({
        "recency_days": (last_day - by_sale.ordered_at.max().dt.normalize()).dt.days,
        "frequency": by_sale.order_key.nunique(),
        "monetary": by_line.amount.sum() / MONEY_SCALE,
    })  # fmt: skip
    found = found[found.frequency.notna()]
    for name, sign in (("recency_days", -1), ("frequency", 1), ("monetary", 1)):
        found[f"{name}_score"] = pd.qcut((sign * found[name]).rank(method="first"), 5, labels=False) + 1
    return found


def log_scaled(customers):
    """Return R, F and M of the customers on the log scale."""
    money = customers.monetary
    return np.column_stack([
        np.log1p(customers.recency_days), np.log1p(customers.frequency), np.sign(money) * np.log1p(money.abs())
    ])  # fmt: skip


def sklearn_clusters(customers):
    """Return the labels of the customers by number of clusters, each with its silhouette computed as well."""
    points = log_scaled(customers)
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    sample = min(SAMPLED_CUSTOMERS, len(points))
    labels = {}
    for k in KS:
        labels[k] = KMeans(k, n_init=STARTS, random_state=0).fit_predict(points)
        silhouette_score(points, labels[k], sample_size=sample, random_state=0)
    return labels


def agreement(store, k, customers, labels):
    """Return the adjusted Rand indices of the clusters against others, and of the nearest centres."""
    ours = CustomersPipeline(k=k).run(store, store.lines, "compared")
    own = store.ask(ours.table.select("customer_key", "cluster")).to_pandas().set_index("customer_key")
    found, spread = ours.clustering, np.where(np.isinf(ours.clustering.spread_), 1, ours.clustering.spread_)
    points, centres = log_scaled(customers) / spread, found.positions_[found.k] / spread
    nearest = np.column_stack([((points - centre) ** 2).sum(axis=1) for centre in centres]).argmin(axis=1)
    both = own.cluster.loc[customers.index].to_numpy(), nearest
    return tuple(float(adjusted_rand_score(each, labels)) for each in both)


def measure(rows, peer):
    """Return the figures of one number of rows; those of pandas and scikit-learn only where `peer` is true."""
    store = opened(rows)
    CustomersPipeline().run(store, store.lines.limit(1000), "warm")
    ours, wall, busy = timed(CustomersPipeline().run, store, store.lines, "timed")
    found = {"rows": rows, "customers": ours.customers, "k": ours.clustering.k}
    _, clusters, _ = timed(fit_clusters, ours.clustering.cells, None, None)
    found |= {"ours_ms": wall, "ours_processor_ms": busy, "ours_clusters_ms": clusters}
    if peer:
        columns = "customer_key", "order_key", "ordered_at", "amount", "is_return"
        lines = store.ask(store.lines.select(*columns)).to_pandas()
        customers, rfm_wall, rfm_busy = timed(pandas_rfm, lines)
        labels, cluster_wall, cluster_busy = timed(sklearn_clusters, customers)
        scored = store.ask(ours.table).to_pandas().set_index("customer_key").loc[customers.index]
        scored["monetary"] /= MONEY_SCALE
        found |= {
            "pandas_ms": rfm_wall, "sklearn_ms": cluster_wall, "peer_ms": rfm_wall + cluster_wall,
            "peer_processor_ms": rfm_busy + cluster_busy, "ratio": wall / (rfm_wall + cluster_wall),
            "same_rfm": all(np.allclose(scored[name], customers[name]) for name in RFM),
            "adjusted_rand": {k: agreement(store, k, customers, labels[k]) for k in KS},
        }  # fmt: skip
    store.close()
    return found


def main():
    """Run the benchmark and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=sizes, default=sizes("5000,1000000,10000000"), help="order lines, by commas")
    parser.add_argument("--most-peer-rows", type=int, default=1_000_000, help="no pandas above it (default: 1,000,000)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found = [measure(rows, rows <= options.most_peer_rows) for rows in options.rows]
    if options.json:
        print(json.dumps({"against_pandas": found}, indent=2))
        return
    print_table(
        "RFM, scores and clusters from rows: the workbench against pandas and scikit-learn",
        ["rows", "customers", "k", "workbench", "processor", "of it clusters", "pandas", "scikit-learn", "ratio",
         "same RFM"],
        [[f"{f['rows']:,}", f"{f['customers']:,}", f["k"], *(milliseconds(f.get(n)) for n in (
            "ours_ms", "ours_processor_ms", "ours_clusters_ms", "pandas_ms", "sklearn_ms")), *((f"{f['ratio']:.3f}",
            "yes" if f["same_rfm"] else "no") if "ratio" in f else "--")] for f in found],
    )  # fmt: skip
    compared = [f for f in found if "ratio" in f]
    if compared:
        print_table(
            "Adjusted Rand index of the clusters against scikit-learn's of the customers one by one, by k",
            ["rows", *map(str, KS)],
            [[f"{f['rows']:,}{way}", *(f"{f['adjusted_rand'][k][place]:.3f}" for k in KS)]
             for f in compared for place, way in enumerate(("", ", each to the nearest centre"))],
        )


if __name__ == "__main__":
    main()
