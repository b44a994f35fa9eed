"""A store on PostgreSQL that processes share: ``python benchmarks/shared_store.py --rows 1000000``.

Starts a server of its own on the loopback, as the tests do but with fsync on, and prints what loading, opening,
following, small commits and an erasure take, beside an embedded store in memory.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from postgres_server import Postgres

from retail_panel.demo.scaled import scaled_order_lines
from retail_panel.store import open_store
from retail_panel.store.privacy import carried_out

SMALL, COMMITS, PAUSE_S = 20, 100, 0.05


def timed(work, *given):
    """Return what some work returns, and the seconds it took."""
    began = time.perf_counter()
    return work(*given), time.perf_counter() - began


def load(store, batches):
    """Load batches as one version."""
    with store.loading("benchmark") as loading:
        for batch in batches:
            loading.append(batch)


def until(store, version):
    """Wait until a store is at a version."""
    while store.version < version:
        time.sleep(0.001)


def small_commits(store, batch, follower=None):
    """Return milliseconds of each commit, and from its end to the version at the follower."""
    commits, lags = [], []
    for number in range(COMMITS):
        lines = batch.slice(number * SMALL, SMALL)
        commits.append(1000 * timed(store.append, lines, "till", str(number))[1])
        if follower:
            lags.append(1000 * timed(until, follower, store.version)[1])
        time.sleep(PAUSE_S)
    return commits, lags


def spread(values):
    """Say the median and the 95th percentile of milliseconds."""
    return f"median {statistics.median(values):.1f} ms, p95 {sorted(values)[int(0.95 * len(values))]:.1f} ms"


def run(url, rows):
    """Measure, and print as it goes."""
    batches = list(scaled_order_lines(rows))
    embedded, one = open_store(), open_store(url)
    for name, store in (("embedded", embedded), ("shared", one)):
        seconds = timed(load, store, batches)[1]
        print(f"load, {name}: {seconds:.1f} s, {rows / seconds:,.0f} rows a second", flush=True)
    other, seconds = timed(open_store, url)
    print(f"open: {seconds:.1f} s, {rows / seconds:,.0f} rows a second", flush=True)
    print(f"small commits, embedded: {spread(small_commits(embedded, batches[0])[0])}")
    commits, lags = small_commits(one, batches[0], other)
    print(f"small commits, shared: {spread(commits)}; at the follower after {spread(lags)}", flush=True)
    (customer,) = one.ask("SELECT customer_id FROM customer LIMIT 1").column(0).to_pylist()
    print(f"erase a customer: {timed(carried_out, one, 'erase', customer, 'benchmark')[1]:.1f} s", end="")
    print(f"; at the follower after {timed(until, other, one.version)[1]:.1f} s more")
    for store in (embedded, one, other):
        store.close()


def main():
    """Run with a server of our own, or with the one of --url."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--url", help="an empty store on a server that is there")
    options = parser.parse_args()
    if options.url:
        return run(options.url, options.rows)
    server = Postgres(options=())
    server.start()
    try:
        return run(f"postgresql://till@127.0.0.1:{server.port}/postgres", options.rows)
    finally:
        server.remove()


if __name__ == "__main__":
    main()
