"""The pages as a visitor sees them: ``python benchmarks/pages_browser.py --rows 1000000``.

A real server with a store of its own, and a page open in a real Chromium on the same machine. Each run changes the
scope by the next of the sidebar's boxes of what is left out, and the page's own clock tells when the first study, the
last one on the screen and the last one of the page were painted, from the click on. No box is taken back, and each
visit begins on another day, so that the server has no scope made already. Of the overview the tiles are looked at,
which come after its charts, and of the customers' page the table. The processor's time is of one change, of the server
and of all of the browser, until the page has been quiet for a while.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from datetime import date, timedelta
from itertools import count
from pathlib import Path

from brush_browser import FLAGS
from first_paint import wait_until_ready
from open_pages import chromium
from playwright.sync_api import sync_playwright
from served import Served, processor_seconds
from stores import made, sizes
from tables import milliseconds, print_table

from retail_panel.pages.contents import PAGES
from retail_panel.pages.study_card import PENDING, SHOWN

#: What is looked at on pages without studies.
TOLD = {"overview": ".tiles", "customers": ".tabulator-table"}
NAMES = tuple(page.name for page in PAGES if page.studies or page.name in (*TOLD, "compare"))
WINDOW = {"width": 1440, "height": 900}
#: What the sidebar offers to leave out or to take in; each changes the lines that are counted.
BOXES = ("Returns", "Guests", "Duplicates", "Zero prices")
DAYS = (date(2024, 11, 2) + timedelta(days=day) for day in count())
PATIENCE_MS, QUIET_MS, SETTLE_MS = 60_000, 1500, 8000
#: Notes when parts of the page that waited show figures again, two frames later, when they are painted.
WATCH = """() => {
  const find = (root, fits, found = []) => {
    for (const each of root.querySelectorAll("*")) {
      if (fits(each) && each.checkVisibility()) found.push(each)
      if (each.shadowRoot) find(each.shadowRoot, fits, found)
    }
    return found
  }
  const told = "__TOLD__"
  const parts = find(document, (each) => (
    told ? each.matches(told) : ["__PENDING__", "__SHOWN__"].includes(each.style?.opacity)
  ))
  const isSeen = (part) => {
    const { top, bottom } = part.getBoundingClientRect()
    return top < innerHeight && bottom > 0
  }
  const painted = (done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())))
  const marks = window.page_marks = { parts: parts.length, first: null, seen: null, all: null, waiting: 0, began: null }
  document.addEventListener("click", () => { marks.began ??= performance.now() }, { capture: true })
  const waiting = new Set()
  // One that looks at each frame would have the browser make frames that nobody needs.
  window.page_observer?.disconnect()
  window.page_observer = new MutationObserver((news) => {
    for (const { target } of news) {
      if (!told && target.style.opacity === "__PENDING__") waiting.add(target)
      else if (told || waiting.delete(target)) painted((now) => {
        marks.first ??= now
        if (told || isSeen(target)) marks.seen = now
        marks.all = now
      })
    }
    marks.waiting = waiting.size
  })
  const what = told ? { subtree: true, childList: true, characterData: true }
    : { attributes: true, attributeFilter: ["style"] }
  for (const part of parts) page_observer.observe(part, what)
}""".replace("__PENDING__", PENDING["opacity"]).replace("__SHOWN__", SHOWN["opacity"])


class Visit:
    """One page in a browser of its own, which changes the scope.

    Parameters
    ----------
    context : playwright.sync_api.BrowserContext
    server : Served
    name : str
        The page.
    """

    def __init__(self, context, server, name):
        self._server, self._page, self._name = server, context.new_page(), name
        self._page.set_default_timeout(PATIENCE_MS)
        self._protocol = context.browser.new_browser_cdp_session()
        self._page.goto(f"{server.url}app?page={name}&ordered_at={next(DAYS)}..")
        self._page.get_by_label(f"{BOXES[0]} (").first.wait_for()
        # Studies come with the page; what visitors share, and what is made ahead, soon after.
        self._page.wait_for_timeout(SETTLE_MS)

    def change(self, box):
        """Tick a box; returns times from the click on in milliseconds, and processor seconds, as a dict."""
        self._page.evaluate(WATCH.replace("__TOLD__", TOLD.get(self._name, "")))
        server, browser = self._server.processor_s(), self._browser_s()
        self._page.get_by_label(f"{box} (").first.click()
        self._page.wait_for_function("() => page_marks.all !== null || page_marks.waiting > 0", polling=50)
        self._page.wait_for_function(
            f"() => page_marks.waiting === 0 && performance.now() - page_marks.all > {QUIET_MS}", polling=200
        )
        marks = self._page.evaluate("() => page_marks")
        times = {name: marks[name] and marks[name] - marks["began"] for name in ("first", "seen", "all")}
        return times | {
            "parts": marks["parts"], "server_s": self._server.processor_s() - server,
            "browser_s": self._browser_s() - browser,
        }  # fmt: skip

    def _browser_s(self):
        processes = self._protocol.send("SystemInfo.getProcessInfo")["processInfo"]
        return sum(processor_seconds(each["id"]) for each in processes)


def measured(browser, server, name, rounds):
    """Return a list of what changes of one page took, as dicts."""
    found = []
    for _ in range(rounds):
        context = browser.new_context(viewport=WINDOW)
        visit = Visit(context, server, name)
        found += [visit.change(box) for box in BOXES]
        context.close()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=sizes, default=[1_000_000], help="numbers of order lines, separated by commas")
    parser.add_argument("--rounds", type=int, default=1, help="times that all boxes are ticked (default: 1)")
    parser.add_argument("--pages", default=",".join(NAMES), help="by commas (default: all but the data page)")
    parser.add_argument("--browser", default=chromium(), help="Chromium's file (default: the one on the path)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found = []
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            store = shutil.copy(made(rows, has_shops=True), folder)
            with Served(["--store", f"duckdb:///{store}"], Path(folder, "log")) as server, sync_playwright() as play:
                wait_until_ready(server.url)
                browser = play.chromium.launch(executable_path=options.browser, args=list(FLAGS))
                # What the first visitor of a process has it load is not a page's.
                measured(browser, server, NAMES[0], 1)
                for name in options.pages.split(","):
                    changes = measured(browser, server, name, options.rounds)
                    found.append({"rows": rows, "page": name, "changes": changes})
                browser.close()
    if options.json:
        print(json.dumps({"pages": found, "load": os.getloadavg()[0]}))
    else:
        show(found)
    return 0


def show(found):
    """Print medians and ranges."""
    def told(changes, name):
        values = [each[name] for each in changes if each[name] is not None]
        return milliseconds(statistics.median(values) if values else None)

    print_table(
        f"a change of scope in the browser, medians, load {os.getloadavg()[0]:.1f}",
        ["rows", "page", "changes", "parts", "first", "on screen", "all", "quickest", "slowest", "server", "browser"],
        [[f"{each['rows']:,}", each["page"], len(changes), changes[0]["parts"],
          *(told(changes, name) for name in ("first", "seen", "all")),
          *(milliseconds(best(change["all"] for change in changes)) for best in (min, max)),
          *(f"{statistics.median(change[name] for change in changes):.2f} s" for name in ("server_s", "browser_s"))]
         for each in found for changes in [each["changes"]]],
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
