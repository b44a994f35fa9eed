"""Stores for the benchmarks: order lines of the demo's kind, made once and kept beside the benchmarks."""

import shutil
import sys
from pathlib import Path

import numpy as np
import shops
from rich.console import Console
from rich.progress import Progress

from retail_panel.demo.scaled import scaled_order_lines
from retail_panel.store import Store

OUT = Path(__file__).parent / "out"
PATTERN = 100_000
#: What the engine may hold while a store is made; the rest of the machine is for whoever else works on it.
MEMORY = "4GB"


def batches(rows):
    """Yield clean batches of order lines, so many in all.

    Fewer than one whole copy of the demo are taken evenly from it, so that the span of time, and with it the number of
    bars on the charts, is the same at any size.
    """
    if rows >= PATTERN:
        yield from scaled_order_lines(rows)
        return
    (whole,) = scaled_order_lines(PATTERN)
    yield whole.take(np.linspace(0, whole.num_rows - 1, rows).astype(int))


def made(rows, has_shops=False):
    """Return the file of a store with so many order lines, made at the first call.

    Parameters
    ----------
    rows : int
        Order lines.
    has_shops : bool
        Whether it has stock and feedback as well.

    Returns
    -------
    pathlib.Path
        DuckDB file below ``benchmarks/out``; one process at a time may open it.
    """
    OUT.mkdir(exist_ok=True)
    path = OUT / f"{'shops' if has_shops else 'lines'}_{rows}.duckdb"
    if path.exists():
        return path
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    store = Store(f"duckdb:///{unfinished}", memory_limit=MEMORY)
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(f"making {rows:,} order lines", total=rows)
        with store.loading("benchmark") as load:
            for batch in batches(rows):
                load.append(batch)
                bar.advance(task, batch.num_rows)
            if has_shops:
                copies = -(-rows // PATTERN)
                load.append_stock(shops.stock(copies))
                for answers in shops.feedback(copies):
                    load.append_feedback(answers)
    store.close()
    shutil.move(unfinished, path)
    return path


def opened(rows, has_shops=False):
    """Return a store with so many order lines, in a file; parameters as in :func:`made`."""
    return Store(f"duckdb:///{made(rows, has_shops)}")


def sizes(text):
    """Read numbers of rows as the commands take them, such as ``5000,1000000``."""
    return [int(part) for part in text.replace("_", "").split(",")]
