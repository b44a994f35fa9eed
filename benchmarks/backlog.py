"""How fast a feed catches up: ``python benchmarks/backlog.py --lines 1000000``.

Lines that wait in a folder, as JSON lines, CSV and Parquet, are pumped into a new store file at the pace of the server.
"""

import argparse
import io
import json
import random
import tempfile
import time
from pathlib import Path

import pyarrow.csv as pacsv
import pyarrow.json as pajson
import pyarrow.parquet as pq
from rich.console import Console
from stores import sizes
from tables import print_table

from retail_panel.feed import Pump, feed_source
from retail_panel.server import FEED_PACE
from retail_panel.simulate import Till
from retail_panel.store import Store

LINES, LINES_A_FILE = 1_000_000, 50_000
FORMATS = ("jsonl", "csv", "parquet")
STUCK_S = 60
note = Console(stderr=True, highlight=False).print


def drained(lines, form="jsonl", lines_a_file=LINES_A_FILE, tell=lambda text: None):
    """Return how long so many lines took from a folder into a new store.

    Parameters
    ----------
    lines : int
    form : str
        Of the files: ``jsonl``, ``csv`` or ``parquet``.
    lines_a_file : int
    tell : callable
        Told what is being done.

    Returns
    -------
    dict
        format, lines, lines_a_file, seconds, lines_per_s in the mean, last_tenth_per_s, which tells whether it gets
        slower, and cpu_us, the microseconds of processor time a line, which a busy machine changes little.
    """
    with tempfile.TemporaryDirectory(prefix="retail-panel-") as place:
        folder = Path(place, "waiting")
        folder.mkdir()
        tell(f"writing {lines:,} lines of {form} into a folder")
        _fill(folder, lines, form, lines_a_file)
        tell("reading them")
        store = Store(f"duckdb:///{place}/backlog.duckdb")
        pump = Pump(feed_source(f"folder://{folder}?settled=0"), store, **FEED_PACE)
        pump.open()
        used = time.process_time()
        times = _times(pump, lines)
        used = time.process_time() - used
        stored = store.ask("SELECT count(*) FROM order_line").column(0)[0].as_py()
        store.close()
    if stored != lines:
        raise SystemExit(f"the store holds {stored:,} lines of {lines:,}")
    (before, at), (last, seconds) = next(each for each in times if each[0] >= 0.9 * lines), times[-1]
    last_tenth = (last - before) / (seconds - at) if last > before else lines / seconds
    return {"format": form, "lines": lines, "lines_a_file": lines_a_file, "seconds": seconds,
            "lines_per_s": lines / seconds, "last_tenth_per_s": last_tenth, "cpu_us": 1e6 * used / lines}  # fmt: skip


def _fill(folder, lines, form, lines_a_file):
    till = Till("backlog", random.Random(0))
    for start in range(0, lines, lines_a_file):
        text = b"\n".join(till.message()[1] for _ in range(min(lines_a_file, lines - start)))
        file = folder / f"{start:010}.{form}"
        if form == "jsonl":
            file.write_bytes(text)
        else:
            how = pajson.ReadOptions(block_size=len(text) + 1)
            write = {"csv": pacsv.write_csv, "parquet": pq.write_table}[form]
            write(pajson.read_json(io.BytesIO(text), how), file)


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


def main():
    """Run the benchmark and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=LINES, help=f"how many (default: {LINES:,})")
    parser.add_argument("--lines-a-file", type=sizes, default=[LINES_A_FILE], help="by commas (default: 50,000)")
    parser.add_argument("--formats", default=",".join(FORMATS), help="by commas (default: all)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    found = [
        drained(given.lines, form, size, note) for size in given.lines_a_file for form in given.formats.split(",")
    ]
    if given.json:
        print(json.dumps({"backlog": found}, indent=2))
    else:
        print_table(
            "Lines that wait in a folder, read into a store file",
            ["files", "lines a file", "lines", "seconds", "lines a second", "last tenth", "processor, a line"],
            [[line["format"], f"{line['lines_a_file']:,}", f"{line['lines']:,}", f"{line['seconds']:.1f}",
              f"{line['lines_per_s']:,.0f}", f"{line['last_tenth_per_s']:,.0f}", f"{line['cpu_us']:.1f} µs"]
             for line in found],
        )  # fmt: skip


if __name__ == "__main__":
    main()
