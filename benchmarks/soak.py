"""A shop that sells for a long time to visitors who stay: ``python benchmarks/soak.py --minutes 60 --rate 1000``.

The real server with a feed by HTTP, pages left open in a real Chromium, and a till whose deliveries are now and then
late, repeated or unreadable; what the server refuses is sent again under the same key, as a shop would. In the end
every visitor must see every line, the store must hold each line once and its sums be equal to the ledger's, neither log
nor pages may tell of an error, and the process's memory must be flat: after the warm-up it may grow by so many
megabytes for a million lines. The exit status tells.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time

import numpy as np
from brush_browser import FLAGS
from live_server import LiveServer
from open_pages import OpenPages, chromium
from playwright.sync_api import sync_playwright
from rich.console import Console
from seller import Seller
from tables import print_table

from retail_panel.feed.pump import REPEATED
from retail_panel.simulate import Faults
from retail_panel.store import Store

FAULTS = Faults(bad=0.002, repeated=0.005, late=0.01)
LOOK_S, LOOKS, WARM_UP = 30, 10, 0.25
#: Seconds for which a delivery that the server refuses is sent again.
PATIENCE_S = 600
#: Lines sold after the warm-up, in millions, from which on it can be told whether memory is flat.
ENOUGH = 0.5
COLUMNS = (("minutes", "{minutes:.1f}"), ("lines sold", "{lines:,}"), ("MB", "{memory_mb:,.0f}"),
           ("the engine's", "{engine_mb:,.0f}"), ("behind", "{behind:,}"), ("answer ms", "{answer_ms:,.0f}"),
           ("sent again", "{sent_again:,}"), ("errors", "{errors:,}"))  # fmt: skip


def run(minutes, rate, visitors, folder, browser, memory_limit="128MB", most_mb=20.0, tell=lambda text: None):
    """Sell for some time.

    Parameters
    ----------
    minutes, rate : float
        How long, and lines a second.
    visitors : int
        Open pages.
    folder : Path
        For the store's file and the server's log.
    browser : str
        Chromium's executable.
    memory_limit : str
        The server's setting.
    most_mb : float
        Megabytes that the process may grow by after the warm-up, for a million lines.
    tell : callable
        Told how it goes, every half minute.

    Returns
    -------
    tuple of (list of str, dict, Seller, str)
        What is wrong, figures, the shop, and the URL of the store.
    """
    limit = {"RETAIL_PANEL_MEMORY_LIMIT": memory_limit}
    with LiveServer(folder, environment=limit) as server, sync_playwright() as play:
        chrome = play.chromium.launch(executable_path=browser, args=list(FLAGS))
        pages = OpenPages(chrome, server.url, visitors)
        history = pages.lines()[0]
        seller = Seller(server.feed_url, server.tokens, rate, FAULTS, name="soak", patience_s=PATIENCE_S).start()
        looks = _looks(server, pages, seller, history, 60 * minutes, tell)
        found = _stopped(seller)
        if not pages.see(history + seller.ledger.lines):
            found.append(f"visitors see {pages.lines()} lines, and {history + seller.ledger.lines:,} are there")
        looks.append(_look(server, pages, seller, history, looks[0]["began"]))
        faults = list(pages.faults)
        chrome.close()
        found += [*faults, *server.complaints(), *_ended(server)]
        found += differences(seller, history, server.store_url)
    figures = _figures(looks, seller)
    grown = figures["MB a million lines"]
    if grown is not None and grown > most_mb:
        found.append(f"memory is not flat: {grown:.0f} MB a million lines after the warm-up, allowed: {most_mb:.0f}")
    return found, figures, seller, server.store_url


def _stopped(seller):
    try:
        seller.stop()
    except Exception as error:
        # What was found until then is told all the same.
        return [f"the shop gave up: {error}"]
    return []


def _ended(server):
    try:
        status = server.stop()
    except subprocess.TimeoutExpired:
        return ["the server did not stop within a minute"]
    return [f"the server's exit status is {status}"] if status else []


def _looks(server, pages, seller, history, seconds, tell):
    looks, began = [], time.time()
    tell("  ".join(f"{name:>12}" for name, _ in COLUMNS))
    while not looks or (time.time() - began < seconds and not seller.has_failed):
        pages.wait(min(LOOK_S, seconds / LOOKS, max(0.0, began + seconds - time.time())))
        looks.append(_look(server, pages, seller, history, began))
        tell("  ".join(f"{form.format(**looks[-1]):>12}" for _, form in COLUMNS))
    return looks


def _look(server, pages, seller, history, began):
    """Return how it stands; `behind` is of the visitor who has seen the fewest lines."""
    sold, seen = seller.ledger.lines, min(pages.lines()) - history
    answers = [post.answered - post.sent for post in seller.posts[-100:]] or [0.0]
    return {"began": began, "minutes": (time.time() - began) / 60, "memory_mb": server.memory_mb(),
            "engine_mb": _engine_mb(server), "lines": sold, "behind": sold - seen,
            "answer_ms": 1000 * float(np.median(answers)), "sent_again": seller.sent_again,
            "errors": len(server.complaints()) + len(pages.faults)}  # fmt: skip


def _engine_mb(server):
    try:
        return server.engine_mb()
    except OSError:
        # A server that is busy for once is no fault of its memory.
        return float("nan")


def _figures(looks, seller):
    # The last look is after the shop has closed.
    warm = [each for each in looks[:-1] if each["minutes"] >= WARM_UP * looks[-1]["minutes"]] or looks
    memory = [each["memory_mb"] for each in warm]
    return {
        "minutes": looks[-1]["minutes"], "lines": seller.ledger.lines, "lines a second": seller.lines_per_s(),
        "repeated": seller.ledger.repeated, "unreadable": seller.ledger.bad,
        "refused or unanswered, and sent again": seller.sent_again,
        "MB after warm-up": memory[0], "MB at the end": memory[-1], "MB at most": max(memory),
        "MB at rest": looks[-1]["memory_mb"], "MB a million lines": slope(warm),
        "most lines behind": max(e["behind"] for e in looks),
    }  # fmt: skip


def slope(looks):
    """Return the megabytes that a process grows by for a million lines, the median over all pairs of looks.

    Parameters
    ----------
    looks : list of dict
        With ``lines`` and ``memory_mb``, as time goes.

    Returns
    -------
    float or None
        None where too few lines were sold to tell.
    """
    lines, memory = (np.array([each[name] for each in looks], float) for name in ("lines", "memory_mb"))
    if np.ptp(lines) < 1e6 * ENOUGH:
        return None
    first, second = np.triu_indices(len(looks), 1)
    apart = lines[second] - lines[first]
    # One moment's peak, such as a question under way, is no growth; nor is what looks close together differ by.
    far = apart >= np.ptp(lines) / 4
    return float(1e6 * np.median((memory[second] - memory[first])[far] / apart[far]))


def differences(seller, history, store_url):
    """Return what a store and a shop's ledger do not agree on, one text each."""
    store, ledger = Store(store_url), seller.ledger
    total = "SELECT count(*) AS lines, coalesce(sum(amount), 0)::BIGINT AS amount FROM order_line"
    (ours,) = store.ask(f"{total} WHERE order_id LIKE '{seller.name}-%'").to_pylist()
    (everything,) = store.ask(total).to_pylist()
    aside = store.ask("SELECT reason FROM quarantine WHERE source = 'bench'").column(0).to_pylist()
    store.close()
    repeated = aside.count(REPEATED)
    compared = (
        ("lines of the shop", ours["lines"], ledger.lines),
        ("lines in all", everything["lines"], history + ledger.lines),
        ("amount", ours["amount"], int(ledger.amount * 10_000)),
        ("repeats set aside", repeated, ledger.repeated),
        ("unreadable messages set aside", len(aside) - repeated, ledger.bad),
    )
    return [f"{what}: {stored:,} in the store, {sold:,} sold" for what, stored, sold in compared if stored != sold]


def main():
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60, help="how long (default: 60)")
    parser.add_argument("--rate", type=float, default=1000, help="lines a second (default: 1000)")
    parser.add_argument("--visitors", type=int, default=3, help="open pages (default: 3)")
    parser.add_argument("--memory-limit", default="128MB", help="setting memory_limit of the server (default: 128MB)")
    parser.add_argument("--most-mb", type=float, default=20, help="MB that a million lines after the warm-up may add "
                        "(default: 20)")  # fmt: skip
    parser.add_argument("--browser", default=chromium(), help="Chromium to drive (default: the one on the path)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    tell = Console(stderr=True, highlight=False, soft_wrap=True).print
    with tempfile.TemporaryDirectory(prefix="retail-panel-") as folder:
        found, figures, _, _ = run(given.minutes, given.rate, given.visitors, folder, given.browser,
                                   given.memory_limit, given.most_mb, tell)  # fmt: skip
    if given.json:
        print(json.dumps({**figures, "memory_limit": given.memory_limit, "differences": found}))
    else:
        rows = [(name, "too short to tell" if value is None else f"{value:,.0f}") for name, value in figures.items()]
        print_table(f"Soak, {given.visitors} visitors, memory_limit {given.memory_limit}", ["", ""], rows)
        flat = "" if figures["MB a million lines"] is None else ", memory flat"
        print("\n".join(found) or f"every line once, sums equal to the ledger, no errors{flat}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
