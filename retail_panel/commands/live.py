"""``retail-panel live``: the workbench on a shop that sells now, everything on this machine."""

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from retail_panel.commands import serve
from retail_panel.errors import UnusableInput

HELP = "Serve the demo with sales that come in now: a server, a feed and a simulated shop, all on this machine."
FAULTS = ("--bad", "0.002", "--repeated", "0.005", "--late", "0.01")
WEEK = timedelta(days=7)


def arguments(parser):
    """Add the command's options."""
    parser.add_argument("--port", metavar="N", default="5006", help="port, or 0 for any free one (default 5006)")
    parser.add_argument("--rate", metavar="N", type=float, default=1.0, help="lines a second (default 1)")
    parser.add_argument(
        "--feed", metavar="URL",
        help="a broker that is there, such as kafka://localhost:9092/orders (default: post to the server itself)",
    )  # fmt: skip
    parser.add_argument("--show", action="store_true", help="open a browser")


def run(options):
    """Serve until stopped; the simulated shop ends with the server."""
    if not options.rate > 0:
        raise UnusableInput(f"--rate {options.rate}: allowed: a number above 0")
    with tempfile.TemporaryDirectory(prefix="retail-panel-live-") as place:
        port = serve.free_port("localhost", options.port)
        history, settings = Path(place, "order_lines.csv.gz"), Path(place, "feed.settings")
        _write_history(history)
        settings.touch(mode=0o600)
        settings.write_text(f"token.demo = {secrets.token_urlsafe(24)}\n" if not options.feed else "", "utf-8")
        feed = options.feed or "post://?name=demo"
        target = options.feed or f"http://localhost:{port}/feed"
        with _shop(target, settings, options.rate):
            serve.run(_serving(options, port, history, feed, settings))


def _serving(options, port, history, feed, settings):
    parser = argparse.ArgumentParser()
    serve.arguments(parser)
    given = [str(history), "--port", str(port), "--feed", feed, "--feed-settings", str(settings)]
    return parser.parse_args([*given, "--title", "Retail Panel, live", *(["--show"] if options.show else [])])


@contextmanager
def _shop(target, settings, rate):
    command = [sys.executable, "-m", "retail_panel", "simulate", "--to", target, "--settings", str(settings)]
    command += ["--rate", str(rate), *FAULTS, "--patience", "600"]
    shop = subprocess.Popen(command, stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        yield
    finally:
        shop.terminate()
        with suppress(subprocess.TimeoutExpired):
            shop.wait(10)
        shop.kill()


def _write_history(path, now=None):
    """Write the demo's order lines, moved by whole weeks so that they reach up to now."""
    import pandas as pd

    from retail_panel.demo import folder

    now = now or datetime.now()
    lines = pd.read_csv(folder() / "order_lines.csv.gz", dtype=str)
    times = pd.to_datetime(lines["ordered_at"])
    weeks = -((times.max().date() - now.date()) // WEEK)
    times += weeks * WEEK
    lines["ordered_at"] = times.dt.strftime("%Y-%m-%d %H:%M:%S")
    lines[times <= now].to_csv(path, index=False, compression={"method": "gzip", "compresslevel": 1})
