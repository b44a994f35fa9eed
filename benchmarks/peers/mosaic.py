"""Mosaic on the charts of the workbench's overview: in benchmarks/, ``python -m peers.mosaic --rows 5000 --port 8000``.

The package carries the browser's part as one script, which runs in a bare page against the few lines of server below;
it is installed beside the benchmarks' data at the first run. The rows are the same, coded as the workbench codes them.
"""

import argparse
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import pyarrow as pa
from peers.coded_lines import coded_lines
from stores import OUT

from retail_panel.views import OVERVIEW

PACKAGE = "mosaic-widget==0.34.2"
PAGE = Path(__file__).with_name("mosaic.html")
WIDE_PX, NARROW_PX, HIGH_PX = 1500, 500, 200


def script():
    """Return the browser's part of Mosaic, a file; the first call installs it."""
    place = OUT / "mosaic"
    found = place / "mosaic_widget" / "static" / "index.js"
    if not found.exists():
        command = ["install", "--quiet", "--no-deps", "--target", str(place), PACKAGE]
        subprocess.run([sys.executable, "-m", "pip", *command], check=True)
    return found


def plot(view):
    """Return Mosaic's description of one chart: sums of amounts over codes, and what selects on it."""
    data = {"from": "lines", "filterBy": "$brush"}
    codes = [f"c_{d}" for d in view.dims]
    wide = WIDE_PX if view.width == 12 else NARROW_PX
    if view.form == "grid":
        across, up = codes
        mark = {"mark": "dot", "x": across, "y": up, "r": {"sum": "amount"}, "symbol": "square"}
        select = {"select": "intervalXY"}
    elif view.form == "bars":
        mark = {"mark": "barX", "y": codes[0], "x": {"sum": "amount"}}
        select = {"select": "toggleY"}
    else:
        mark = {"mark": "rectY", "x": {"bin": codes[0], "step": 1}, "y": {"sum": "amount"}}
        select = {"select": "intervalX"}
    fixed = ["xDomain", "yDomain", *(["rDomain"] if view.form == "grid" else [])]
    return {
        "plot": [{**mark, "data": data, "fill": "steelblue"}, {**select, "as": "$brush"}],
        "width": wide, "height": HIGH_PX, **dict.fromkeys(fixed, "Fixed"),
    }  # fmt: skip


def description():
    """Return Mosaic's description of the page."""
    plots = [plot(view) for view in OVERVIEW]
    rows = [plots[i : i + 3] for i in range(1, len(plots), 3)]
    return {
        "params": {"brush": {"select": "crossfilter"}},
        "vconcat": [plots[0], *({"hconcat": row} for row in rows)],
    }  # fmt: skip


def answer(connection, message):
    """Return what a message of the browser asks for, an Arrow stream; nothing for a command."""
    if message["type"] == "exec":
        connection.execute(message["sql"])
        return b""
    table = connection.execute(message["sql"]).to_arrow_table()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def handler(connection):
    """Return the class that answers requests from one engine, each thread through a cursor of its own."""
    own = threading.local()

    class Handler(BaseHTTPRequestHandler):
        """Serves the page, its script and description, and questions."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self):
            """Serve the page or what it loads."""
            if self.path == "/mosaic.js":
                self._send(script().read_bytes(), "text/javascript")
            elif self.path == "/description":
                self._send(json.dumps(description()).encode(), "application/json")
            else:
                self._send(PAGE.read_bytes(), "text/html")

        def do_POST(self):
            """Answer a question."""
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not hasattr(own, "cursor"):
                own.cursor = connection.cursor()
            self._send(answer(own.cursor, message), "application/octet-stream")

        def _send(self, body, kind):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *parts):
            """Say nothing."""

    return Handler


def main():
    """Serve until terminated."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    script()
    lines, _ = coded_lines(options.rows)
    connection = duckdb.connect()
    connection.register("given", lines)
    connection.execute("CREATE TABLE lines AS FROM given")
    ThreadingHTTPServer(("127.0.0.1", options.port), handler(connection)).serve_forever()


if __name__ == "__main__":
    main()
