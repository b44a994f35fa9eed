"""Load time and memory: ``python benchmarks/load.py --rows 10000000``.

Writes a CSV of demo-like order lines (with --file: takes that file), then reads it without a store, and loads it into a
store, each in a process of its own, and prints rows per second and peak resident memory.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from rich.console import Console
from rich.progress import Progress

from retail_panel.schema import MARKS, MONEY_SCALE

_MONEY = ("amount", "list_amount", "unit_cost")


def write_csv(path, rows):
    """Write `rows` order lines of the demo's kind as a plain CSV."""
    from retail_panel.demo.scaled import scaled_order_lines

    writer = None
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(f"writing {path.name}", total=rows)
        for batch in scaled_order_lines(rows):
            batch = batch.drop_columns([*MARKS, "is_return"])
            columns = {
                name: pc.divide(pc.cast(column, pa.float64()), MONEY_SCALE)
                if name in _MONEY
                else column.cast(column.type.value_type)
                if pa.types.is_dictionary(column.type)
                else column
                for name, column in zip(batch.column_names, batch.columns, strict=True)
            }
            table = pa.table(columns)
            writer = writer or pacsv.CSVWriter(path, table.schema)
            writer.write_table(table)
            bar.advance(task, table.num_rows)
    writer.close()


def measure(file, what, store_url, memory_limit):
    """Read or load a file once; return rows, seconds and peak memory of this process."""
    from retail_panel.intake import inspect, load

    if what == "load":
        from retail_panel.store import Store

        store = Store(store_url, memory_limit=memory_limit)
    began, busy = time.perf_counter(), time.process_time()
    report = inspect(file) if what == "check" else load(file, store)
    seconds = time.perf_counter() - began
    return {
        "what": what, "rows": report.rows_read, "loaded": report.rows_loaded, "seconds": round(seconds, 2),
        "processor_seconds": round(time.process_time() - busy, 2),
        "rows_per_second": round(report.rows_read / seconds), "peak_memory_bytes": peak_memory(),
    }  # fmt: skip


def peak_memory():
    """Return the peak resident memory of this process in bytes (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/status has no VmHWM")


def main():
    """Run the benchmark and print one line per step, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="order lines to write (default: 1,000,000)")
    parser.add_argument("--file", help="an existing file to load instead")
    parser.add_argument("--memory-limit", default="1GB", help="memory limit of the store's engine (default: 1GB)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--measure", choices=("check", "load"), help=argparse.SUPPRESS)
    parser.add_argument("--store", default="duckdb://", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.file, options.measure, options.store, options.memory_limit)))
        return
    with tempfile.TemporaryDirectory() as folder:
        file = options.file
        if file is None:
            file = Path(folder) / "lines.csv"
            write_csv(file, options.rows)
        size = Path(file).stat().st_size
        found = []
        for what in ("check", "load"):
            command = [sys.executable, __file__, "--measure", what, "--file", str(file), "--store",
                       f"duckdb:///{folder}/lines.duckdb", "--memory-limit", options.memory_limit]  # fmt: skip
            found.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
    if options.json:
        print(json.dumps({"file_bytes": size, "memory_limit": options.memory_limit, "steps": found}, indent=2))
        return
    print(f"file: {size / 1e6:,.0f} MB; memory limit of the store: {options.memory_limit}")
    for step in found:
        seconds = f"{step['seconds']:,.1f} s ({step['processor_seconds']:,.1f} s of processor time)"
        peak = f"peak {step['peak_memory_bytes'] / 1e6:,.0f} MB"
        print(f"{step['what']:5}: {step['rows']:,} rows in {seconds}, {step['rows_per_second']:,} rows/s, {peak}")


if __name__ == "__main__":
    main()
