"""Take pictures of the workbench on the demo data: every page, wide and narrow, light and dark; ``make screenshots``.

Each shows its page in full, however long, and goes to a folder that git ignores. Those of :data:`CHOSEN` are the
README's, show what a screen shows, and go to ``docs/images`` as well.
"""

import argparse
import itertools
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Error, sync_playwright

from retail_panel.pages import contents

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
#: What must be on the page before its picture is taken.
PAGES = {page.name: f".page-{page.name} canvas" for page in contents.PAGES}
PAGES |= {"overview": ".tiles li", "segments": ".profile table", "data": ".page-data table"}
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
PHONE = "Mozilla/5.0 (Linux; Android 15; Mobile) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Mobile Safari/537.36"
THEMES = ("light", "dark")
CHROMIUM_OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run",
    "--hide-scrollbars",
)  # fmt: skip
#: Pictures of the README: name to page, size, theme and further state of the page.
CHOSEN = {
    "overview": ("overview", "wide", "light", {"sel.ordered_at": "2025-11-10..2026-01-05", "sel.channel": "Online"}),
    "segments": ("segments", "wide", "dark", {"sel.cluster": "VIP Champions"}),
    "phone": ("overview", "narrow", "light", {}),
}
#: Counts the studies that are seen on a page and those that say something, and measures the page; parts lie in trees of
#: their own.
LOOK = """(page) => {
  const every = (root) => [...root.querySelectorAll("*")].flatMap((e) => [e, ...inside(e)])
  const inside = (e) => e.shadowRoot ? every(e.shadowRoot) : []
  const parts = every(document), place = parts.find((e) => e.classList.contains("page-" + page))
  const open = [...every(place), ...inside(place)]
  const named = (e, start) => [...e.classList].some((name) => name.startsWith(start))
  const told = (e) => ["says", "nothing"].some((name) => e.classList.contains(name)) && e.offsetHeight > 0
  const scrolls = (e) => ["auto", "scroll"].includes(getComputedStyle(e).overflowY) && e.clientHeight > innerHeight / 2
  const ends = parts.filter(scrolls).map((e) => e.getBoundingClientRect().top + e.scrollHeight)
  return [open.filter((e) => named(e, "study-") && e.offsetHeight > 0).length, open.filter(told).length,
          Math.ceil(Math.max(document.documentElement.scrollHeight, ...ends))]
}"""
#: A view is done once two pictures so many milliseconds apart are the same.
APART_MS, MOST_LOOKS = 900, 40


@contextmanager
def served():
    """Serve the demo data on a free port; yields the address."""
    command = [sys.executable, "-m", "retail_panel", "serve", "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        greeting = process.stdout.readline()
        yield next(word for word in greeting.split() if word.startswith("http"))
    finally:
        process.terminate()
        process.wait(timeout=60)


@contextmanager
def chromium():
    """Start the system's Chromium, or the one that playwright brought; yields the browser."""
    installed = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=list(CHROMIUM_OPTIONS))
        try:
            yield browser
        finally:
            browser.close()


def take(browser, address, path, page, size, theme, state, height):
    """Take one picture.

    Parameters
    ----------
    browser : playwright.sync_api.Browser
        Where the page is opened, for a new visitor.
    address : str
        Of the server, with a slash at its end.
    path : Path
        PNG file to write.
    page, size, theme : str
        Of :data:`PAGES`, :data:`SIZES` and :data:`THEMES`; the narrow size is that of a phone.
    state : dict of str to str
        Further URL parameters, such as filters.
    height : int or None
        Pixels; None for as many as the page is long.

    Raises
    ------
    playwright.sync_api.TimeoutError
        If the page does not come to rest.
    """
    query = {"page": page, "theme": theme, **state}
    across, down = SIZES[size]
    phone = {"user_agent": PHONE, "is_mobile": True, "has_touch": True} if size == "narrow" else {}
    visitor = browser.new_page(viewport={"width": across, "height": height or down}, **phone)
    try:
        visitor.goto(f"{address}?{urlencode(query)}")
        visitor.wait_for_selector(PAGES[page], timeout=120_000)
        last = None
        for _ in range(MOST_LOOKS):
            visitor.wait_for_timeout(APART_MS)
            before, last = last, visitor.screenshot()
            studies, told, length = visitor.evaluate(LOOK, page)
            wanted = height or max(down, length)
            if last == before and told >= studies and visitor.viewport_size["height"] == wanted:
                break
            if told >= studies:
                visitor.set_viewport_size({"width": across, "height": wanted})
        else:
            raise TimeoutError(f"{path.name}: the page did not come to rest")
        path.write_bytes(last)
    finally:
        visitor.close()


def main():
    """Take all the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "screenshots", metavar="DIR", help="folder for all of them")
    parser.add_argument("--height", type=int, metavar="PIXELS", help="of this height (default: all of it)")
    parser.add_argument("--page", choices=PAGES, help="one page only")
    parser.add_argument("--chosen", action="store_true", help="only those of the README")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    wanted = {IMAGES / f"{name}.png": (*chosen, SIZES[chosen[1]][1]) for name, chosen in CHOSEN.items()}
    if not options.chosen:
        views = itertools.product([options.page] if options.page else PAGES, SIZES, THEMES)
        wanted = {} if options.page else wanted
        wanted |= {options.out / f"{'-'.join(view)}.png": (*view, {}, options.height) for view in views}
    with served() as address, chromium() as browser:
        for path, view in wanted.items():
            began = time.monotonic()
            take(browser, address, path, *view)
            print(f"{path.name}: {path.stat().st_size:,} bytes, {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    try:
        main()
    except (Error, TimeoutError) as error:
        sys.exit(f"screenshots: {error}")
