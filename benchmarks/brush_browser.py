"""From mouse move to all charts painted: ``python benchmarks/brush_browser.py --rows 5000,1000000,10000000``.

Starts the real server on stores of each size, opens the overview in a real Chromium whose window holds every chart,
drags on the time chart and times each move until the frame in which the last other chart shows the answer to it; in the
same run it does likewise with an empty page, and on the same charts with Mosaic and HoloViews' link_selections.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Error, sync_playwright
from rich.console import Console
from served import processor_seconds
from stores import made, sizes
from tables import milliseconds, print_table

from retail_panel.pages.tiles import ABOUT
from retail_panel.views import OVERVIEW

HERE = Path(__file__).parent
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--no-first-run")  # fmt: skip
WINDOW = {"width": 1600, "height": 1800}
WARM_UP = 5
PAUSE_S = 0.05
#: How often the pointer comes to an empty page.
FIRSTS = 5
#: What passes between a page that is filled and the pointer that comes to a chart, unless it is said.
AHEAD_S = 5
#: Moves that may go without all answers.
MOST_MISSED = 6
#: Who answers a moving brush, and the setting that has it so.
PATHS = {"browser": "yes", "server": "no"}
note = Console(stderr=True).print


@contextmanager
def served(command, **environment):
    """Run a server on a free port; yields its address, and the process id. Where that fails its log is shown."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, "--port", str(port)], stdout=log, stderr=log,
            env={**os.environ, **environment},
        )  # fmt: skip
        try:
            for _ in range(600):
                with socket.socket() as trial:
                    if trial.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if process.poll() is not None:
                    raise SystemExit(f"{' '.join(command)} ended with status {process.returncode}")
                time.sleep(0.2)
            yield f"http://localhost:{port}", process.pid
        except Exception:
            log.seek(0)
            note(log.read()[-4000:], markup=False)
            raise
        finally:
            process.terminate()
            process.wait()


class Mouse:
    """The real mouse of a page, by the browser's own protocol."""

    def __init__(self, page):
        self._protocol = page.context.new_cdp_session(page)
        self._down = False

    def send(self, what, x, y):
        """Dispatch ``mouseMoved``, ``mousePressed`` or ``mouseReleased``; returns the clock before it, in ms."""
        began = 1000 * time.time()
        self._down = what == "mousePressed" or (self._down and what != "mouseReleased")
        button = "left" if self._down or what == "mouseReleased" else "none"
        self._protocol.send("Input.dispatchMouseEvent", {
            "type": what, "x": x, "y": y, "button": button, "buttons": int(self._down),
            "clickCount": int(what != "mouseMoved"),
        })  # fmt: skip
        return began


def timed(page, event, act, timeout_ms):
    """Arm the probe for an event, act, and return what it measured."""
    page.evaluate("([event, ms]) => { probe.arm(event, ms) }", [event, timeout_ms])
    sent = act()
    found = page.evaluate("probe.result")
    return {**found, "sent_ms": found["clock"] - sent}


def empty(browser, moves):
    """Return (times from mouse move to frame, times from coming to the frame of the first move) on an empty page."""
    page = browser.new_page(viewport=WINDOW)
    page.goto((HERE / "empty.html").as_uri())
    mouse = Mouse(page)
    found, firsts = [], []
    for _ in range(FIRSTS):
        firsts.append(first_answer(page, mouse, 300, 300, 300))
        mouse.send("mouseReleased", 300, 300)
        time.sleep(PAUSE_S)
    mouse.send("mousePressed", 300, 300)
    for move in range(moves + WARM_UP):
        found.append(timed(page, "pointermove", lambda x=310 + 7 * move: mouse.send("mouseMoved", x, 300), 10_000))
        time.sleep(PAUSE_S)
    page.close()
    return found[WARM_UP:], firsts


def workbench(browser, rows, moves, timeout_ms, ahead_s, browser_brush="yes"):
    """Return (times of moves, number of charts) of the workbench on a store of so many rows."""
    note(f"workbench on {rows:,} rows, browser_brush = {browser_brush}")
    settings = {"RETAIL_PANEL_STORE": f"duckdb:///{made(rows)}", "RETAIL_PANEL_BROWSER_BRUSH": browser_brush}
    with served(["retail_panel", "serve"], **settings) as (url, process):
        page = browser.new_page(viewport=WINDOW)
        page.goto(url)
        ready(page)
        probe(page)
        box = page.locator(".chart-time canvas").first.bounding_box()
        active = page.evaluate("([x, y]) => probe.at(x, y)", [box["x"] + 200, box["y"] + 100])
        found = drag(page, process, active, moves, timeout_ms, ahead_s)
        page.close()
    note(f"  {np.median([move['total_ms'] for move in found['moves']]):.0f} ms, the empty page's time included")
    return found


def ready(page, tries=4):
    """Wait until tiles and charts are on the page; where they do not come, load it anew."""
    for left in reversed(range(tries)):
        try:
            page.wait_for_selector(".tiles li .value:not(:empty)", timeout=60_000)
            page.wait_for_selector(".chart-time canvas", timeout=60_000)
            exact(page)
            settled(page)
            return
        except Error:
            if not left:
                raise
            note("the page did not fill; loading it anew")
            page.reload()


def exact(page, timeout_s=1_200):
    """Wait until tiles hold exact figures: of very many lines they hold estimates first."""
    ends = time.time() + timeout_s
    while page.locator(".tiles li .value").first.inner_text().startswith(ABOUT.strip()):
        if time.time() > ends:
            raise SystemExit(f"no exact figures after {timeout_s} s")
        time.sleep(0.5)


def settled(page):
    """Wait until Bokeh is idle and neither its models nor the page's height change any more."""
    page.wait_for_function("Bokeh.documents.every(d => d.is_idle)", timeout=60_000)
    page.wait_for_load_state("networkidle")
    where, before = "() => [...Bokeh.documents[0]._all_models.values()].length + document.body.scrollHeight", None
    while (now := page.evaluate(where)) != before:
        before = now
        page.wait_for_timeout(1500)


def linked(browser, rows, moves, timeout_ms):
    """Return (times of releases, number of charts) of link_selections on the same charts and rows."""
    note(f"link_selections on {rows:,} rows")
    app = str(HERE / "peers" / "link_selections.py")
    with served(["panel", "serve", app], BENCHMARK_ROWS=str(rows)) as (url, process):
        page = browser.new_page(viewport=WINDOW)
        page.goto(f"{url}/link_selections")
        page.wait_for_selector("canvas", timeout=300_000)
        settled(page)
        probe(page)
        active = page.evaluate("[...probe.wanted][0]")
        found = release(page, process, active, moves, timeout_ms)
        page.close()
    return found


def mosaic(browser, rows, moves, timeout_ms, ahead_s):
    """Return (times of moves, number of charts) of Mosaic on the same charts and rows."""
    note(f"Mosaic on {rows:,} rows")
    paths = os.pathsep.join(filter(None, (str(HERE), os.environ.get("PYTHONPATH"))))
    with served(["peers.mosaic", "--rows", str(rows)], PYTHONPATH=paths) as (url, process):
        page = browser.new_page(viewport=WINDOW)
        page.goto(url)
        page.wait_for_function("n => document.querySelectorAll('.plot > svg').length === n", arg=len(OVERVIEW))
        page.wait_for_load_state("networkidle")
        page.evaluate("probe.prepare()")
        found = drag(page, process, 0, moves, timeout_ms, ahead_s)
        page.close()
    note(f"  {np.median([move['total_ms'] for move in found['moves']]):.0f} ms, the empty page's time included")
    return found


def probe(page):
    """Put the probe into a page and let it learn which charts are on the screen."""
    # No script element: the content policy of our pages lets none in.
    page.evaluate((HERE / "probe.js").read_text("utf-8"))
    page.evaluate("probe.prepare()")


def drag(page, process, active, moves, timeout_ms, ahead_s=AHEAD_S):
    """Drag a box to and fro over a chart without letting go; time each move, and count those not wholly answered."""
    frame = page.evaluate("id => probe.frame(id)", active)
    page.evaluate("id => probe.ignore(id)", active)
    mouse, y = Mouse(page), frame["y"] + frame["height"] / 2
    left, width = frame["x"] + 0.1 * frame["width"], 0.8 * frame["width"]
    time.sleep(ahead_s)
    activation = first_answer(page, mouse, left, width, y)
    note(f"  first answer after {activation:,.0f} ms")
    found, missed, busy = [], 0, processor_seconds(process)
    places = 0.25 + 0.7 * np.abs(np.arange(moves + WARM_UP) % 40 - 20) / 20
    for place in places:
        act = lambda x=left + place * width: mouse.send("mouseMoved", x, y)  # noqa: E731
        try:
            found.append(timed(page, "pointermove", act, timeout_ms))
        except Error as error:
            missed += 1
            note(f"  move {len(found) + missed}: {error.message.splitlines()[0]}")
            if missed == MOST_MISSED:
                raise
        time.sleep(PAUSE_S)
    busy = processor_seconds(process) - busy
    mouse.send("mouseReleased", left, y)
    charts = page.evaluate("probe.wanted.size") + 1
    return {"moves": found[WARM_UP:], "charts": charts, "server_ms": 1000 * busy / len(found),
            "activation_ms": activation, "missed": missed}  # fmt: skip


def first_answer(page, mouse, left, width, y, timeout_s=120):
    """Enter a chart, begin to drag at once, and wait until every chart answers a move, which takes the cubes.

    Returns
    -------
    float
        Milliseconds from when the pointer came in until all charts were painted.
    """
    began = mouse.send("mouseMoved", left, y)
    mouse.send("mousePressed", left, y)
    ends = time.time() + timeout_s
    place = 0.1
    while True:
        place = 0.2 if place == 0.1 else 0.1
        try:
            act = lambda x=left + place * width: mouse.send("mouseMoved", x, y)  # noqa: E731
            found = timed(page, "pointermove", act, 1000 * timeout_s / 6)
            return found["clock"] + found["total_ms"] - began
        except Error:
            if time.time() > ends:
                raise


def release(page, process, active, moves, timeout_ms):
    """Drag a box over a chart again and again; time each release of the button, which is what it answers to."""
    frame = page.evaluate("id => probe.frame(id)", active)
    page.evaluate("id => probe.ignore(id)", active)
    mouse, y = Mouse(page), frame["y"] + frame["height"] / 2
    left, width = frame["x"] + 0.1 * frame["width"], 0.8 * frame["width"]
    found, busy = [], processor_seconds(process)
    for move in range(moves + WARM_UP):
        place = 0.25 + 0.7 * abs(move % 40 - 20) / 20
        mouse.send("mouseMoved", left, y)
        mouse.send("mousePressed", left, y)
        for share in (0.3, 0.6, 1):
            mouse.send("mouseMoved", left + share * place * width, y)
        act = lambda x=left + place * width: mouse.send("mouseReleased", x, y)  # noqa: E731
        found.append(timed(page, "pointerup", act, timeout_ms))
        page.wait_for_timeout(600)
    busy = processor_seconds(process) - busy
    charts = page.evaluate("probe.wanted.size") + 1
    return {"moves": found[WARM_UP:], "charts": charts, "server_ms": 1000 * busy / len(found)}


def summary(name, rows, found, blank, peers):
    """Return one line of the table: medians, what is left without the empty page's time, and its share of peers'."""
    times = [move["total_ms"] for move in found["moves"]]
    parts = {part: float(np.median([move[part] for move in found["moves"]])) for part in (
        "handled_ms", "first_paint_ms", "last_paint_ms", "paint_ms") if part in found["moves"][0]}
    median = float(np.median(times))
    return {
        "what": name, "rows": rows, "charts": found.get("charts", 0), "moves": len(times),
        "missed": found.get("missed", 0), "median_ms": median,
        "p95_ms": float(np.percentile(times, 95)), "net_ms": median - blank,
        **{f"of_{peer}": (median - blank) / net for peer, net in peers.items()},
        "server_ms": found.get("server_ms"), "activation_ms": found.get("activation_ms"), **parts,
    }  # fmt: skip


def net(found, blank):
    """Return the median of a peer without the empty page's time."""
    return float(np.median([move["total_ms"] for move in found["moves"]])) - blank


def main():
    """Run the benchmark and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=sizes, default=sizes("5000,1000000,10000000"), help="order lines, by commas")
    parser.add_argument("--moves", type=int, default=60, help="moves to time at each size (default: 60)")
    parser.add_argument("--peer-rows", type=int, default=5000, help="rows for link_selections; 0: leave it out")
    parser.add_argument("--paths", default=",".join(PATHS), help="who answers: browser, server, or both, by a comma")
    parser.add_argument("--without-mosaic", action="store_true", help="leave Mosaic out")
    parser.add_argument("--timeout-ms", type=int, default=10_000, help="how long a move may take (default: 10,000)")
    parser.add_argument("--ahead-s", type=float, default=AHEAD_S, help="what passes between a page that is filled and "
                        f"the pointer that comes to a chart (default: {AHEAD_S})")  # fmt: skip
    parser.add_argument("--browser", default=shutil.which("chromium") or shutil.which("google-chrome"),
                        help="Chromium to drive (default: the one on the path)")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=options.browser, args=list(FLAGS))
        moves, wait = options.moves, options.timeout_ms
        blanks, firsts = empty(browser, moves)
        peer = linked(browser, options.peer_rows, max(8, moves // 4), wait) if options.peer_rows else None
        ahead = options.ahead_s
        rows_of = () if options.without_mosaic else options.rows
        mosaics = {n: mosaic(browser, n, moves, wait, ahead) for n in rows_of}
        ours = {(path, rows): workbench(browser, rows, moves, wait, ahead, PATHS[path]) for rows in options.rows
                for path in options.paths.split(",")}  # fmt: skip
        for each, more in zip((blanks, firsts), empty(browser, moves), strict=True):
            each += more
        browser.close()
    blank = float(np.median([move["total_ms"] for move in blanks]))
    shares = {} if peer is None else {"link_selections": net(peer, blank)}
    lines = [summary("empty page", 0, {"moves": blanks, "activation_ms": float(np.median(firsts))}, blank, {})]
    lines += [summary("link_selections", options.peer_rows, peer, blank, shares)] if peer else []
    lines += [summary("Mosaic", rows, found, blank, shares) for rows, found in mosaics.items()]
    for (path, rows), found in ours.items():
        beside = {"mosaic": net(mosaics[rows], blank)} if rows in mosaics else {}
        lines.append(summary(f"workbench, {path}", rows, found, blank, {**shares, **beside}))
    lines.append({"what": f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"})
    if options.json:
        print(json.dumps({"brush_browser": lines}, indent=2))
        return
    *lines, load = lines
    parts = ("first_paint_ms", "last_paint_ms", "paint_ms", "server_ms", "activation_ms")
    print_table(
        f"From mouse move to all charts painted (link_selections: from release); {load['what']}",
        ["", "rows", "charts", "missed", "median", "p95", "less empty", "of Mosaic", "of link_s.", "first", "last",
         "painting", "server", "first answer"],
        [[line["what"], f"{line['rows']:,}", line["charts"], line["missed"],
          *(milliseconds(line[name]) for name in ("median_ms", "p95_ms", "net_ms")),
          *(f"{line[name]:.3f}" if name in line else "-" for name in ("of_mosaic", "of_link_selections")),
          *(milliseconds(line.get(name)) for name in parts)] for line in lines],
    )  # fmt: skip


if __name__ == "__main__":
    main()
