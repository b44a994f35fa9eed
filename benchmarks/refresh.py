"""A live refresh: ``python benchmarks/refresh.py --rows 1000000,10000000``.

On a copy of each store so many lines are sold at once, again and again, and each time what an open overview needs is
timed: their commit, the scene with them in it, the exact values of all charts, and those of the tiles.
"""

import argparse
import json
import random
import shutil
import statistics
import time
from contextlib import closing

from rich.console import Console
from stores import OUT, made, sizes
from tables import milliseconds, print_table

from retail_panel.crossfilter.comparison import WAYS
from retail_panel.crossfilter.scenes import Scenes, definition_of
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.feed.message import MessageReader
from retail_panel.simulate.till import Till
from retail_panel.store import EVERYTHING, Shelf, Store, Ticket
from retail_panel.tiles import tile_answers
from retail_panel.views import OVERVIEW

STEPS = ("commit", "scene", "charts", "tiles")
#: Refreshes before those that count: the first ones make what later ones add to.
WARM_UP = 2
note = Console(stderr=True, highlight=False, soft_wrap=True).print


class Shop:
    """A store with somebody who looks at everything, and a till.

    Parameters
    ----------
    store : Store
    sold : int
        Lines a refresh brings.
    """

    def __init__(self, store, sold):
        self._store, self._sold = store, sold
        self._till, self._reader = Till("benchmark", random.Random(1)), MessageReader("benchmark")
        self._scenes, self._definition = Scenes(store, Shelf(), "GBP"), definition_of(CustomersPipeline())
        self._key, self._scene = self._scenes.take({}, self._definition)

    def refresh(self):
        """Sell lines and answer with them; returns milliseconds by step."""
        text = b"\n".join(self._till.message()[1] for _ in range(self._sold))
        arrived = self._reader.read_lines(text, str)
        marks = [time.perf_counter()]

        def done():
            marks.append(time.perf_counter())

        self._store.append(arrived.lines, "benchmark", "1")
        done()
        before = self._key
        self._key, self._scene = self._scenes.take({}, self._definition, newer_than=before)
        self._scenes.give_back(before)
        done()
        self._scene.wholes([chart.key("net_sales") for chart in OVERVIEW])
        done()
        tile_answers(self._store, self._scene, self._scene.query, {}, WAYS[0], EVERYTHING, Ticket())
        done()
        return dict(zip(STEPS, (1000 * (b - a) for a, b in zip(marks, marks[1:], strict=False)), strict=True))


def measure(rows, sold, repeats):
    """Return the median milliseconds of each step on a copy of the store of so many rows, first scene included."""
    path = OUT / f"refreshed_{rows}.duckdb"
    shutil.copyfile(made(rows), path)
    try:
        with closing(Store(f"duckdb:///{path}")) as store:
            began = time.perf_counter()
            shop = Shop(store, sold)
            first = 1000 * (time.perf_counter() - began)
            note(f"  {rows:,} lines: first scene {milliseconds(first)}")
            runs = []
            for _ in range(repeats + WARM_UP):
                runs.append(shop.refresh())
                note("  " + ", ".join(f"{step} {milliseconds(taken)}" for step, taken in runs[-1].items()))
    finally:
        for each in OUT.glob(f"{path.name}*"):
            each.unlink()
    found = {step: statistics.median(run[step] for run in runs[WARM_UP:]) for step in STEPS}
    return {"rows": rows, "sold": sold, "first_scene_ms": first, **{f"{s}_ms": found[s] for s in STEPS},
            "all_ms": sum(found.values())}  # fmt: skip


def main():
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=sizes, default=sizes("1000000,10000000"), help="order lines, by commas")
    parser.add_argument("--sold", type=int, default=1000, help="lines that each refresh brings (default: 1,000)")
    parser.add_argument("--repeats", type=int, default=5, help="refreshes to take the median of (default: 5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found = [measure(rows, options.sold, options.repeats) for rows in options.rows]
    if options.json:
        print(json.dumps({"refresh": found}, indent=2))
        return
    print_table(
        "A refresh as rows arrive, medians", ["rows", "sold", "first scene", *STEPS, "all"],
        [[f"{each['rows']:,}", f"{each['sold']:,}", *(milliseconds(each[f"{name}_ms"]) for name in (
            "first_scene", *STEPS, "all"))] for each in found],
    )  # fmt: skip


if __name__ == "__main__":
    main()
