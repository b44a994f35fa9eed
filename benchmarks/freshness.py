"""From a line sold to the frame that counts it: ``python benchmarks/freshness.py --rates 10,1000,10000``.

Starts the real server on the demo with a feed by HTTP, opens the overview for several visitors in one real Chromium,
and sells at each rate through the simulator's till. A delivery is measured from its sending until the first frame of
each visitor whose status bar counts its last line. ``--brush`` drags on a chart as well, before anything is sold and
while lines come in at the highest rate.
"""

import argparse
import json
import sys
import tempfile

import numpy as np
from brush_browser import FLAGS, drag, probe
from live_server import LiveServer
from open_pages import OpenPages, chromium
from playwright.sync_api import sync_playwright
from rich.console import Console
from seller import Seller
from stores import sizes
from tables import milliseconds, print_table

note = Console(stderr=True).print


def waits(posts, before, frames):
    """Return the seconds from each delivery to the first frame that counts all of it; inf where none does.

    Parameters
    ----------
    posts : list of Post
    before : int
        Lines that were there before.
    frames : list of (float, int)
        Times of frames and lines in them, as time goes.
    """
    at, lines = np.array(frames, float).reshape(-1, 2).T
    places = np.searchsorted(np.maximum.accumulate(lines), [before + post.lines for post in posts])
    return np.append(at, np.inf)[places] - [post.sent for post in posts]


def sold(server, visitors, rate, seconds):
    """Sell at a rate and return what was found: one line of the table."""
    before, known = visitors.lines()[0], [len(frames) for frames in visitors.frames()]
    seller = Seller(server.feed_url, server.tokens, rate).start()
    visitors.wait(seconds)
    seller.stop()
    shown = visitors.see(before + seller.ledger.lines)
    frames = [all_of[count:] for all_of, count in zip(visitors.frames(), known, strict=True)]
    waited = 1000 * np.concatenate([waits(seller.posts, before, each) for each in frames])
    answered = [1000 * (post.answered - post.sent) for post in seller.posts]
    found = {
        "rate": rate, "visitors": len(frames), "reached": seller.lines_per_s(), "lines": seller.ledger.lines,
        "samples": len(waited), "median_ms": float(np.median(waited)), "p95_ms": float(np.percentile(waited, 95)),
        "committed_ms": float(np.median(answered)), "committed_p95_ms": float(np.percentile(answered, 95)),
        "frames": int(np.mean([len(each) for each in frames])), "all_shown": shown, "memory_mb": server.memory_mb(),
    }  # fmt: skip
    note(f"  {rate:,} lines a second: {found['median_ms']:,.0f} ms, p95 {found['p95_ms']:,.0f} ms")
    return found


def brushed(server, visitors, rate, moves, timeout_ms):
    """Return the median times from mouse move to all charts painted, in ms: with nothing sold, and while selling."""
    page = visitors.pages[0]
    probe(page)
    box = page.locator(".chart-time canvas").first.bounding_box()
    active = page.evaluate("([x, y]) => probe.at(x, y)", [box["x"] + 200, box["y"] + 100])

    def median():
        found = drag(page, server.process.pid, active, moves, timeout_ms)
        clear = page.get_by_role("button", name="Clear the selection", exact=True)
        if clear.is_enabled():
            clear.click()
        return float(np.median([move["total_ms"] for move in found["moves"]]))

    idle = median()
    seller = Seller(server.feed_url, server.tokens, rate).start()
    visitors.wait(2)
    busy = median()
    seller.stop()
    found = {"rate": rate, "reached": seller.lines_per_s(), "idle_ms": idle, "selling_ms": busy, "ratio": busy / idle}
    note(f"  brush: {idle:.0f} ms, while selling {busy:.0f} ms")
    return found


def live(options):
    """Run the part with a browser; returns lines of the table, what went wrong on pages, and the brush's figures."""
    with (
        tempfile.TemporaryDirectory(prefix="retail-panel-") as folder,
        LiveServer(folder, options.refresh_ms) as server,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=options.browser, args=list(FLAGS))
        visitors = OpenPages(browser, server.url, options.visitors)
        found = [sold(server, visitors, rate, options.seconds) for rate in options.rates]
        brush = None
        if options.brush:
            brush = brushed(server, visitors, max(options.rates), options.moves, options.timeout_ms)
        browser.close()
        return found, [*visitors.faults, *server.complaints()], brush


def main():
    """Run the benchmark and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rates", type=sizes, default=sizes("10,1000,10000"), help="lines a second, by commas")
    parser.add_argument("--seconds", type=float, default=30, help="how long to sell at each rate (default: 30)")
    parser.add_argument("--visitors", type=int, default=3, help="open pages (default: 3)")
    parser.add_argument("--refresh-ms", type=int, default=1000, help="as of retail-panel serve (default: 1000)")
    parser.add_argument("--brush", action="store_true", help="drag as well, idle and while selling")
    parser.add_argument("--moves", type=int, default=60, help="moves to time with --brush (default: 60)")
    parser.add_argument("--timeout-ms", type=int, default=10_000, help="how long a move may take (default: 10,000)")
    parser.add_argument("--browser", default=chromium(), help="Chromium to drive (default: the one on the path)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found, wrong, brush = live(options)
    if options.json:
        print(json.dumps({"freshness": found, "brush": brush, "wrong": wrong}, indent=2))
    else:
        _print(found, brush, wrong)
    sys.exit(1 if wrong or not all(line["all_shown"] for line in found) else 0)


def _print(found, brush, wrong):
    print_table(
        "From a line sold to the frame that counts it",
        ["lines a second", "reached", "visitors", "samples", "median", "p95", "committed", "p95", "frames", "memory"],
        [[f"{line['rate']:,}", f"{line['reached']:,.0f}", line["visitors"], f"{line['samples']:,}",
          *(milliseconds(line[name]) for name in ("median_ms", "p95_ms", "committed_ms", "committed_p95_ms")),
          line["frames"], f"{line['memory_mb']:,.0f} MB"] for line in found],
    )  # fmt: skip
    if brush:
        print_table(
            "Brush, from mouse move to all charts painted", ["lines a second", "reached", "idle", "selling", "ratio"],
            [[f"{brush['rate']:,}", f"{brush['reached']:,.0f}", milliseconds(brush["idle_ms"]),
              milliseconds(brush["selling_ms"]), f"{brush['ratio']:.2f}"]],
        )  # fmt: skip
    print("\n".join(wrong) or "no errors in the log or on the pages")


if __name__ == "__main__":
    main()
