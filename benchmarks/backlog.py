"""How fast a feed catches up: lines that wait in a folder, pumped into a store file."""

import random
import tempfile
import time

from retail_panel.feed import Pump, feed_source
from retail_panel.server import FEED_PACE
from retail_panel.simulate import Till, sink
from retail_panel.store import Store

LINES_A_FILE = 50_000
STUCK_S = 60


def drained(lines, tell=lambda text: None):
    """Return how long so many JSON lines took from a folder into a new store.

    Returns
    -------
    dict
        lines, seconds, lines_per_s in the mean, and last_tenth_per_s, which tells whether it gets slower.
    """
    with tempfile.TemporaryDirectory(prefix="retail-panel-") as place:
        url, till = f"folder://{place}/waiting?settled=0", Till("backlog", random.Random(0))
        _fill(f"folder://{place}/waiting", till, lines, tell)
        store = Store(f"duckdb:///{place}/backlog.duckdb")
        pump = Pump(feed_source(url), store, **FEED_PACE)
        pump.open()
        times = _times(pump, lines)
        stored = store.ask("SELECT count(*) FROM order_line").column(0)[0].as_py()
        store.close()
    if stored != lines:
        raise SystemExit(f"the store holds {stored:,} lines of {lines:,}")
    (before, at), (last, seconds) = next(each for each in times if each[0] >= 0.9 * lines), times[-1]
    last_tenth = (last - before) / (seconds - at) if last > before else lines / seconds
    return {"lines": lines, "seconds": seconds, "lines_per_s": lines / seconds, "last_tenth_per_s": last_tenth}


def _fill(url, till, lines, tell):
    tell(f"writing {lines:,} lines into a folder")
    target = sink(url, {})
    for start in range(0, lines, LINES_A_FILE):
        target.send([till.message() for _ in range(min(LINES_A_FILE, lines - start))])
    target.close()


def _times(pump, lines):
    """Return (rows, seconds) after each look at a pump, from its start until it has so many."""
    began, found = time.monotonic(), [(0, 0.0)]
    pump.start()
    while found[-1][0] < lines:
        time.sleep(0.02)
        rows, passed = pump.state.rows, time.monotonic() - began
        if rows > found[-1][0]:
            found.append((rows, passed))
        elif passed - found[-1][1] > STUCK_S:
            raise SystemExit(f"the feed stands still at {rows:,} of {lines:,} lines: {pump.state.error}")
    pump.stop()
    return found
