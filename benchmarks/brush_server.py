"""Server time per brush event: ``python benchmarks/brush_server.py --rows 5000,1000000,10000000``.

Makes the overview page of one visitor as the server would, drags a brush over the time chart without a browser, and
times each event until every chart's source is assigned and every tile's text is written; then encodes the messages that
a browser would be sent.
"""

import argparse
import json
import queue
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import panel as pn
from bokeh.document import Document
from bokeh.protocol import Protocol
from panel.io.state import set_curdoc
from stores import opened, sizes
from tables import milliseconds, print_table

from retail_panel.crossfilter.scenes import Scenes
from retail_panel.pages.overview import overview
from retail_panel.pages.tiles import TileRow
from retail_panel.session import Session
from retail_panel.store import Shelf

WARM_UP = 20


class Workers(ThreadPoolExecutor):
    """Threads that know how many questions are under way."""

    def __init__(self):
        super().__init__(2)
        self._under_way = []

    def submit(self, question):
        """Run a question."""
        self._under_way = [future for future in self._under_way if not future.done()]
        self._under_way.append(super().submit(question))
        return self._under_way[-1]

    @property
    def idle(self):
        """Whether no question is under way."""
        return all(future.done() for future in self._under_way)


class Visitor:
    """One visitor's overview page in a document of its own, without a browser."""

    def __init__(self, store):
        self._later = queue.Queue()
        self.document = Document()
        self._workers = Workers()
        scenes = Scenes(store, Shelf(), "GBP")
        self.session = Session(store, scenes, self._workers, self._later.put)
        tiles = TileRow(self.session, lambda name: None)
        layout, self.grid = overview(self.session, lambda chart: None, tiles, touch=False)
        with set_curdoc(self.document):
            layout.server_doc(self.document)
            self.session.restore("")
            self.wait()

    def wait(self):
        """Run what the answers defer until no question is under way."""
        while True:
            idle = self._workers.idle
            try:
                function = self._later.get(timeout=0.01)
            except queue.Empty:
                if idle:
                    return
                continue
            with pn.io.hold(self.document):
                function()

    def charts(self):
        """Return the number of charts on the page."""
        return sum(card.live is not None for card in self.grid.cards)

    def close(self):
        """Let go of the scene and the threads."""
        self.session.close()
        self._workers.shutdown()


def drag(size, events):
    """Return the ranges of a brush dragged to and fro: pairs of pieces, each unlike the one before."""
    steps = np.abs(np.arange(events) % (2 * (size - 9)) - (size - 9))
    return [((int(step), int(step) + 8),) for step in steps]


def measure(rows, events):
    """Return the figures of one number of rows, times in milliseconds."""
    store = opened(rows)
    visitor = Visitor(store)
    with set_curdoc(visitor.document):
        card = next(card for card in visitor.grid.cards if card.chart.name == "time")
        began = time.perf_counter()
        visitor.session.answers.brush.activate(card.chart)
        visitor.wait()
        ready = time.perf_counter() - began
        times, busy, encoding, sent, messages = [], [], [], [], []
        for ranges in drag(card.live.bins[0].size, events + WARM_UP):
            started, processor = time.perf_counter(), time.thread_time()
            visitor.document.hold("collect")
            visitor.session.brush(card.chart, ranges, False)
            busy.append(1000 * (time.thread_time() - processor))
            times.append(1000 * (time.perf_counter() - started))
            held, visitor.document.callbacks._held_events = visitor.document.callbacks._held_events, []
            visitor.document.callbacks._hold = None
            started = time.thread_time()
            message = Protocol().create("PATCH-DOC", held)
            texts = [message.header_json, message.metadata_json, message.content_json]
            encoding.append(1000 * (time.thread_time() - started))
            sent.append(sum(map(len, texts)) + sum(len(buffer.data) for buffer in message.buffers))
            messages.append(len(held))
    charts = visitor.charts()
    visitor.close()
    store.close()
    return {
        "rows": rows, "charts": charts, "events": events, "cubes_ms": 1000 * ready,
        "brush_median_ms": np.median(times[WARM_UP:]), "brush_p95_ms": np.percentile(times[WARM_UP:], 95),
        "brush_processor_median_ms": np.median(busy[WARM_UP:]),
        "encode_median_ms": np.median(encoding[WARM_UP:]), "sent_bytes": int(np.median(sent[WARM_UP:])),
        "changes": int(np.median(messages[WARM_UP:])),
    }  # fmt: skip


def main():
    """Run the benchmark and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=sizes, default=sizes("5000,1000000,10000000"), help="order lines, by commas")
    parser.add_argument("--events", type=int, default=400, help="brush events to time (default: 400)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found = [measure(rows, options.events) for rows in options.rows]
    if options.json:
        print(json.dumps({"brush_server": found}, indent=2))
        return
    print_table(
        f"Server time per brush event, {found[0]['charts']} charts and the tiles",
        ["rows", "cubes ready", "median", "p95", "processor", "encoding", "changes", "bytes"],
        [[f"{f['rows']:,}", *(milliseconds(f[name]) for name in (
            "cubes_ms", "brush_median_ms", "brush_p95_ms", "brush_processor_median_ms", "encode_median_ms"
        )), f["changes"], f"{f['sent_bytes']:,}"] for f in found],
    )  # fmt: skip


if __name__ == "__main__":
    main()
