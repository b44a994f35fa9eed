"""Pair cubes and scope changes: ``python benchmarks/cubes.py --rows 5000,1000000,10000000``.

A scope change is timed from the new scope until the values of every chart of the overview are there: customers scored
and clustered, lines coded, histograms asked for; tiles come after. Then each brushable chart is entered by the pointer:
the cube of all that adds up is timed, and after it the one of distinct customers and orders.
"""

import argparse
import json
import statistics
import time
from dataclasses import replace

from rich.console import Console
from stores import opened, sizes
from tables import milliseconds, print_table

from retail_panel.crossfilter.comparison import WAYS
from retail_panel.crossfilter.cube import Cube, fill_sums
from retail_panel.crossfilter.delta import Sums
from retail_panel.crossfilter.distinct_cube import fill_distinct
from retail_panel.crossfilter.histogram import Key
from retail_panel.crossfilter.scenes import Scenes, definition_of
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.store import EVERYTHING, Shelf, Ticket
from retail_panel.tiles import leaves, shown, tile_answers, tile_estimates
from retail_panel.views import OVERVIEW

SCOPES = {
    "everything": {},
    "without returns": {"without": "returns"},
    "online": {"channel": "Online"},
    "last 12 months": {"ordered_at": "2025-11-01.."},
}
note = Console(stderr=True, highlight=False, soft_wrap=True).print
ACTIVE = ("time", "amount", "recency", "frequency", "monetary", "rhythm")


class Watch:
    """Seconds of the wall clock and of this process since it was made."""

    def __init__(self):
        self._wall, self._processor = time.perf_counter(), time.process_time()

    def read(self):
        """Return (wall, processor) in milliseconds."""
        return 1000 * (time.perf_counter() - self._wall), 1000 * (time.process_time() - self._processor)


def opened_scenes(store, definition):
    """Return (scenes, key of the first one, milliseconds until it was there); as it is held, lines stay in codes."""
    scenes, watch = Scenes(store, Shelf(spare=0), "GBP"), Watch()
    scope = {"ordered_at": "2026-01-01.."}
    held = [scenes.first(scope, definition), scenes.take(scope, definition)]
    return scenes, [found[0] for found in held if found], watch.read()[0]


def scope_change(store, scenes, scope, definition):
    """Return (figures, key, scene) of one scope that nobody has asked for yet; times in milliseconds."""
    # Clusters would go on from those that were found before.
    scenes._latest.clear()
    estimate = first_answer(store, scenes, scope, definition)
    watch = Watch()
    key, scene = scenes.take(scope, definition)
    scored = watch.read()[0]
    wholes = scene.wholes(keys_of(scene))
    wall, processor = watch.read()
    watch = Watch()
    tile_answers(store, scene, scope, {}, WAYS[0], EVERYTHING, Ticket())
    return {"rows_in_scope": scene.rows, "charts": len(wholes), "scene_ms": scored, "charts_ms": wall, **estimate,
            "charts_processor_ms": processor, "tiles_ms": watch.read()[0]}, key, scene  # fmt: skip


def first_answer(store, scenes, scope, definition):
    """Return the times until charts, and then tiles, hold estimates of a scope; None where lines are few."""
    watch = Watch()
    found = scenes.first(scope, definition)
    if found is None:
        return {"first_charts_ms": None, "first_tiles_ms": None}
    key, scene = found
    scene.wholes(keys_of(scene))
    charts = watch.read()[0]
    tile_estimates(store, scene, {})
    tiles = watch.read()[0]
    scenes.give_back(key)
    return {"first_charts_ms": charts, "first_tiles_ms": tiles}


def keys_of(scene):
    """Return what the charts of the overview ask for."""
    return [chart.key("net_sales") for chart in OVERVIEW]


def activation(store, scene, chart):
    """Return the times of one chart's cubes in milliseconds, and the memory that they take."""
    # Else those of the run before would be known.
    scene.coded = replace(scene.coded, sums=Sums())
    keys = [*keys_of(scene), *(Key((), leaf) for name in shown(scene) for leaf in leaves(name))]
    cube = Cube(chart.dims, tuple(scene.coded.bins[d].size for d in chart.dims))
    watch = Watch()
    fill_sums(store, scene.coded, cube, keys, {})
    sums = watch.read()[0]
    distinct = None
    if len(chart.dims) == 1:
        watch = Watch()
        fill_distinct(store, scene.coded, cube, keys, {})
        distinct = watch.read()[0]
    return {"active": chart.name, "sums_ms": sums, "distinct_ms": distinct, "bytes": cube.nbytes}


def measure(rows, repeats, active, names):
    """Return the figures of one number of rows: medians over repeats."""
    store, definition = opened(rows), definition_of(CustomersPipeline())
    scenes, _, opened_ms = opened_scenes(store, definition)
    changes, cubes = [], []
    for name, scope in ((name, SCOPES[name]) for name in names):
        runs = []
        for _ in range(repeats):
            found, key, scene = scope_change(store, scenes, scope, definition)
            runs.append({**found, "opened_ms": opened_ms})
            note(f"  {rows:,} lines, {name}: {_told(found)}")
            scenes.give_back(key)
        changes.append({"rows": rows, "scope": name, **medians(runs)})
    _, whole = scenes.take({}, definition)
    charts = [chart for chart in OVERVIEW if chart.name in active]
    for chart in charts:
        runs = [activation(store, whole, chart) for _ in range(repeats)]
        note(f"  {rows:,} lines, {chart.name}: {_told(runs[-1])}")
        cubes.append({"rows": rows, "active": chart.name, **medians(runs)})
    store.close()
    return changes, cubes


def _told(run):
    times = {name.removesuffix("_ms"): value for name, value in run.items() if name.endswith("_ms")}
    return ", ".join(f"{name} {milliseconds(value)}" for name, value in times.items())


def medians(runs):
    """Return the median of each figure; None where there is none."""
    names = [name for name, value in runs[0].items() if not isinstance(value, str)]
    return {n: None if runs[0][n] is None else statistics.median(run[n] for run in runs) for n in names}


def main():
    """Run the benchmark and print two tables, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=sizes, default=sizes("5000,1000000,10000000"), help="order lines, by commas")
    parser.add_argument("--repeats", type=int, default=3, help="runs to take the median of (default: 3)")
    parser.add_argument("--active", default=",".join(ACTIVE), help="charts that the pointer enters, by commas")
    parser.add_argument("--scopes", default=",".join(SCOPES), help="scopes to change to, by commas (default: all)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    active, names = (text.split(",") if text else [] for text in (options.active, options.scopes))
    if unknown := {*active} - {*ACTIVE} | {*names} - {*SCOPES}:
        parser.error(f"{', '.join(unknown)}: allowed are {', '.join((*ACTIVE, *SCOPES))}")
    found = [measure(rows, options.repeats, active, names) for rows in options.rows]
    changes, cubes = ([line for part in parts for line in part] for parts in zip(*found, strict=True))
    if options.json:
        print(json.dumps({"scope_changes": changes, "cubes": cubes}, indent=2))
        return
    print_table(
        "Scope change, from the new scope to the values of all charts",
        ["rows", "scope", "rows in scope", "charts", "first scene", "estimates", "with tiles", "scene", "all charts",
         "processor", "then tiles"],
        [[f"{c['rows']:,}", c["scope"], f"{c['rows_in_scope']:,}", c["charts"], *(milliseconds(c[n]) for n in (
            "opened_ms", "first_charts_ms", "first_tiles_ms", "scene_ms", "charts_ms", "charts_processor_ms",
            "tiles_ms"))] for c in changes],
    )  # fmt: skip
    print_table(
        "Pair cubes of one active chart by all others and the tiles",
        ["rows", "active chart", "what adds up", "then distinct", "memory"],
        [[f"{c['rows']:,}", c["active"], milliseconds(c["sums_ms"]), milliseconds(c["distinct_ms"]),
          f"{c['bytes'] / 1e6:.1f} MB"] for c in cubes],
    )  # fmt: skip


if __name__ == "__main__":
    main()
