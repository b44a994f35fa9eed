"""Visitors who leave the overview open in one Chromium, and the moment at which each count of lines was painted."""

import shutil
import time

from brush_browser import WINDOW, ready

#: How long a step of a page may take, on a machine that does other work.
PATIENCE_MS = 180_000
#: Notes the time after each frame that shows another number of lines in the status bar.
WATCH = """() => {
  const find = (root) => {
    for (const each of root.querySelectorAll("*")) {
      const found = each.matches(".facts") ? each : each.shadowRoot && find(each.shadowRoot)
      if (found) return found
    }
  }
  const place = find(document)
  const count = () => {
    const text = (place.shadowRoot ?? place).textContent.match(/([0-9,]+) lines/)
    return text === null ? null : Number(text[1].replaceAll(",", ""))
  }
  window.painted = [[Date.now() / 1000, count()]]
  let waiting = false
  const note = () => {
    waiting = false
    const lines = count()
    if (lines !== null && lines !== painted.at(-1)[1]) setTimeout(() => painted.push([Date.now() / 1000, lines]))
  }
  new MutationObserver(() => {
    if (!waiting) requestAnimationFrame(note)
    waiting = true
  }).observe(place.shadowRoot ?? place, { subtree: true, childList: true, characterData: true })
}"""


class OpenPages:
    """Open pages, each of a visitor of its own.

    Parameters
    ----------
    browser : playwright.sync_api.Browser
    url : str
        Of the server.
    count : int

    Attributes
    ----------
    pages : list of playwright.sync_api.Page
    faults : list of str
        What went wrong on any of them.
    """

    def __init__(self, browser, url, count):
        self.pages, self.faults = [], []
        for _ in range(count):
            page = browser.new_context(viewport=WINDOW).new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
            page.on("console", self._said)
            page.goto(url)
            ready(page)
            self.pages.append(page)
        for page in self.pages:
            page.evaluate(WATCH)

    def _said(self, message):
        if message.type == "error":
            self.faults.append(f"console: {message.text}")

    def wait(self, seconds):
        """Let time pass."""
        self.pages[0].wait_for_timeout(1000 * seconds)

    def frames(self):
        """Return for each visitor the (time in seconds since 1970, lines) of each frame with another count."""
        return [page.evaluate("painted") for page in self.pages]

    def lines(self):
        """Return the number of lines that each visitor sees."""
        return [page.evaluate("painted.at(-1)[1]") for page in self.pages]

    def see(self, lines, timeout_s=120):
        """Wait until every visitor sees so many lines; returns whether they do."""
        ends = time.monotonic() + timeout_s
        while set(self.lines()) != {lines}:
            if time.monotonic() > ends:
                return False
            self.wait(0.2)
        return True


def chromium():
    """Return the Chromium on the path, None without one."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
