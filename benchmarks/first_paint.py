"""From the address to a page one can use, and to all of it: ``python benchmarks/first_paint.py``.

Each run starts a server of the demo, opens the overview in a Chromium that has never been there (cold), and then again
in the same Chromium (warm). The screen is useful once a chart and the tiles are painted with figures, be it in the
picture that comes before the page; live, once the page has a chart and tiles of its own, which one can brush; ready,
once all charts and tiles have figures. Times are the page's own clock, from the moment at which it is asked for. Bytes
are what came over the wire: answers to requests as they were packed, and frames of the web socket.
"""

import argparse
import json
import os
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
from brush_browser import FLAGS
from open_pages import chromium
from playwright.sync_api import sync_playwright
from rich.console import Console
from served import Served
from tables import print_table

note = Console(stderr=True).print
GOALS_S = {"cold": 3.0, "warm": 1.5}
WINDOW = {"width": 1400, "height": 900}
PATIENCE_MS = 120_000
#: Notes when the screen is useful, the page live and all of it ready; two frames later it is painted.
WATCH = """(() => {
  const marks = window.first_paint = {}
  const find = (root, wanted, found = []) => {
    for (const each of root.querySelectorAll("*")) {
      if (each.matches(wanted)) found.push(each)
      if (each.shadowRoot) find(each.shadowRoot, wanted, found)
    }
    return found
  }
  const mark = (name) => {
    if (!(name in marks)) {
      marks[name] = null
      requestAnimationFrame(() => requestAnimationFrame(() => { marks[name] = performance.now() }))
    }
  }
  const look = () => {
    const shown = document.getElementById("glance")
    const values = shown === null ? [] : [...shown.querySelectorAll(".value")]
    const is_told = (all) => all.length > 0 && all.every((one) => one.textContent !== "")
    if (is_told(values) && shown.querySelector("rect") !== null && shown.checkVisibility()) mark("useful")
    const page = window.Bokeh?.documents?.[0]
    if (page === undefined) return
    if (!("page" in marks)) marks.page = performance.now()
    const models = [...page._all_models.values()]
    const sources = models.filter((one) => one.type === "ColumnDataSource" && "part" in one.data)
    const filled = sources.filter(({ data }) => Array.from(data.part).some((value) => value !== 0))
    if (filled.length === 0) return
    const tiles = find(document, ".tiles li .value").filter((one) => !shown?.contains(one))
    if (!is_told(tiles) || find(document, "canvas").length === 0) return
    mark("useful")
    mark("live")
    if (filled.length === sources.length && sources.length >= __CHARTS__) {
      mark("ready")
      if (marks.ready !== null && marks.useful !== null) clearInterval(timer)
    }
  }
  const timer = setInterval(look, 20)
})()"""


def visit(context, server, charts):
    """Open the page; returns seconds until useful, live and ready, the server's processor, and bytes, as a dict."""
    began, page, wire = server.processor_s(), context.new_page(), {"bytes": 0, "frames": 0, "requests": 0}
    page.set_default_timeout(PATIENCE_MS)
    client = context.new_cdp_session(page)
    client.send("Network.enable")

    def came(news):
        wire["bytes"] += news["encodedDataLength"]
        wire["requests"] += news["encodedDataLength"] > 0

    def framed(news):
        frame = news["response"]
        length = len(frame["payloadData"])
        wire["frames"] += length if frame["opcode"] == 1 else length * 3 // 4

    client.on("Network.loadingFinished", came)
    client.on("Network.webSocketFrameReceived", framed)
    page.add_init_script(WATCH.replace("__CHARTS__", str(charts)))
    page.goto(server.url)
    ends = time.monotonic() + PATIENCE_MS / 1000
    # The page lets nobody evaluate texts, which Playwright's own waiting does.
    while not (marks := page.evaluate("() => window.first_paint")).get("ready"):
        if time.monotonic() > ends:
            raise SystemExit(f"the page did not fill: {marks}")
        page.wait_for_timeout(50)
    wire["processor"] = server.processor_s() - began
    page.wait_for_timeout(1000)
    page.close()
    return {name: marks[name] / 1000 for name in ("page", "useful", "live", "ready")} | wire


def run(browser, warm, charts):
    """Start a server and visit it; returns the cold visit, the warm ones and what the start took."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        with Served([], Path(folder, "log")) as server:
            url = server.url
            listens = time.monotonic() - began
            wait_until_ready(url)
            started = {"listens": listens, "loaded": time.monotonic() - began, "processor": server.processor_s()}
            context = browser.new_context(viewport=WINDOW)
            visits = [visit(context, server, charts) for _ in range(1 + warm)]
            context.close()
            return visits[0], visits[1:], started


def wait_until_ready(url):
    """Wait until a server has loaded its source."""
    ends = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < ends:
        try:
            urllib.request.urlopen(f"{url}readyz").close()
            return
        except urllib.error.URLError:
            time.sleep(0.05)
    raise SystemExit("the server was not ready in time")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3, help="servers that are started (default: 3)")
    parser.add_argument("--warm", type=int, default=3, help="visits after the first, of each server (default: 3)")
    parser.add_argument("--charts", type=int, default=14, help="charts of the page (default: 14)")
    parser.add_argument("--browser", default=chromium(), help="Chromium's file (default: the one on the path)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found = {"cold": [], "warm": [], "start": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.browser, args=list(FLAGS))
        for number in range(options.runs):
            cold, warm, started = run(browser, options.warm, options.charts)
            found["cold"].append(cold)
            found["warm"] += warm
            found["start"].append(started)
            note(f"run {number + 1}: useful after {cold['useful']:.2f} s cold, "
                 f"{np.median([each['useful'] for each in warm]):.2f} s warm")  # fmt: skip
        browser.close()
    middle = {kind: {name: float(np.median([each[name] for each in some])) for name in some[0]}
              for kind, some in found.items()}  # fmt: skip
    middle["load"] = os.getloadavg()[0]
    if options.json:
        print(json.dumps(middle | {"runs": found}))
    else:
        show(middle)
    return int(any(middle[kind]["useful"] > goal for kind, goal in GOALS_S.items()))


def show(middle):
    """Print medians."""
    start = middle["start"]
    note(f"a server listens after {start['listens']:.1f} s and has loaded the demo after {start['loaded']:.1f} s "
         f"({start['processor']:.1f} s of the processor)")  # fmt: skip
    print_table(
        f"from the address to the page, medians, load {middle['load']:.1f}",
        ["visit", "useful", "goal", "page there", "live", "ready", "processor", "requests", "bytes", "web socket"],
        [[kind, *(f"{seconds:.2f} s" for seconds in
                  (middle[kind]["useful"], goal,
                   *(middle[kind][name] for name in ("page", "live", "ready", "processor")))),
          f"{middle[kind]['requests']:.0f}", f"{middle[kind]['bytes'] / 1e6:.2f} MB",
          f"{middle[kind]['frames'] / 1e6:.2f} MB"] for kind, goal in GOALS_S.items()],
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
