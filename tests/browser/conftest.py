"""Real servers, a real Chromium, and pages that fail the test when anything on them goes wrong."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Error, sync_playwright
from screen import Screen, ears

import retail_panel
from retail_panel import demo

ROOT = Path(retail_panel.__file__).parents[1]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run",
)
#: What Chromium says of the speed of a drawing in three dimensions without a graphics card.
ADVICE = ("GPU stall due to ReadPixels", "willReadFrequently")
DESK = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}
PHONE_AGENT = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Mobile Safari/537.36"
)


class Served:
    """One ``retail-panel serve`` process with arguments and settings, ready when it has been made."""

    def __init__(self, *arguments, **settings):
        given = {f"RETAIL_PANEL_{name.upper()}": value for name, value in settings.items()}
        environ = {k: v for k, v in os.environ.items() if not k.startswith(("RETAIL_PANEL_", "BOKEH_", "PANEL_"))}
        self._place = tempfile.TemporaryDirectory()
        self._log = Path(self._place.name, "log")
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "retail_panel", "serve", "--port", "0", *map(str, arguments)],
                env={**environ, **given, "PYTHONPATH": str(ROOT)}, cwd=self._place.name, text=True,
                stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        waiting = threading.Timer(90, self.process.kill)
        waiting.start()
        found = re.search(r"http://localhost:\d+/", self.process.stdout.readline())
        waiting.cancel()
        assert found, self.log()
        self.url = found[0]

    def log(self):
        """Return what the process has complained about."""
        return self._log.read_text()

    def stop(self):
        """Stop it as an operator would; returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()
            self.process.stdout.close()
            self._place.cleanup()


# Playwright's loop runs for as long as a browser is open, and no other may run beside it: tests outside need theirs.
@pytest.fixture(scope="module")
def browser():
    """A Chromium; without one the tests are skipped, but fail where CI says that there must be one."""
    with sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, NAMES)), None)
        try:
            one = playwright.chromium.launch(executable_path=found, args=list(SWITCHES))
        except Error as error:
            reason = f"no Chromium on this machine ({str(error).splitlines()[0]})"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        line = one.new_browser_cdp_session()
        ears[:] = [lambda: line.send("Browser.getVersion")]
        yield one
        ears.clear()
        one.close()


@pytest.fixture(scope="session")
def demo_server():
    """A server of the bundled demo."""
    one = Served()
    yield one
    log = one.log()
    assert one.stop() == 0, log
    complaints = [line for line in log.splitlines() if "ERROR" in line or "failed" in line]
    assert not complaints, log


@pytest.fixture(scope="module")
def serve():
    """Starts a server of the demo with arguments of its own: ``serve(*arguments)``."""
    made = []

    def serve(*arguments):
        made.append(Served(*arguments))
        return made[-1]

    yield serve
    logs = [one.log() for one in made]
    assert [one.stop() for one in made] == [0] * len(made), logs
    # Others tell of strangers that they refused, and of pages that were closed while something was on its way.
    assert not [line for log in logs for line in log.splitlines() if "ERROR retail_panel" in line], logs


@pytest.fixture(scope="module")
def example():
    """Starts a script of ``examples/``, whose first line ends in its address: ``example(script, *arguments)``."""
    made = []

    def example(script, *arguments):
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "examples" / script), *map(str, arguments)], text=True, stdout=subprocess.PIPE,
            env={k: v for k, v in os.environ.items() if not k.startswith(("RETAIL_PANEL_", "BOKEH_", "PANEL_"))}
            | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        made.append(process)
        waiting = threading.Timer(90, process.kill)
        waiting.start()
        line = process.stdout.readline()
        waiting.cancel()
        assert line, f"{script} said nothing"
        return line.split()[-1]

    yield example
    for process in made:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="session")
def lines():
    """The bundled demo's order lines, read with pandas alone; ``ordered_at`` is a time."""
    return pd.read_csv(
        demo.folder() / "order_lines.csv.gz", parse_dates=["ordered_at"], dtype={"customer_id": str, "order_id": str}
    )


class Visits:
    """Opens pages of visitors and keeps what went wrong on any of them."""

    def __init__(self, browser):
        self._browser = browser
        self._contexts = []
        self.faults = []

    def __call__(self, url, query="", phone=False):
        """Return the screen of a new visitor, the workbench open on it."""
        return Screen(self.page(phone), url).open(query)

    def page(self, phone=False, **more):
        """Return an empty page of a new visitor; ``more`` are options of its browser context."""
        how = {"viewport": PHONE, "user_agent": PHONE_AGENT, "has_touch": True, "is_mobile": True} if phone else {}
        context = self._browser.new_context(**({"viewport": DESK} | how | more))
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error.stack or error}"))
        page.on("console", self._said)
        page.on("request", self._asked)
        page.on("requestfailed", lambda request: self.faults.append(f"request failed: {request.url}"))
        return page

    def _said(self, message):
        if message.type in ("error", "warning") and not any(advice in message.text for advice in ADVICE):
            self.faults.append(f"console {message.type}: {message.text}")

    def _asked(self, request):
        if not re.match(r"(https?|wss?)://localhost[:/]|data:|blob:", request.url):
            self.faults.append(f"request to elsewhere: {request.url}")

    def check(self):
        """Fail if anything went wrong on a page since the last check."""
        faults, self.faults = self.faults, []
        assert not faults, "\n".join(faults)

    def close(self):
        """Close every page."""
        for context in self._contexts:
            context.close()


@pytest.fixture
def visit(browser):
    """Opens pages of visitors who have the test for themselves: ``visit(url, query, phone)``."""
    visits = Visits(browser)
    yield visits
    visits.close()
    visits.check()


@pytest.fixture(scope="module")
def _shared(browser, demo_server):
    visits = Visits(browser)
    yield visits, visits(demo_server.url)
    visits.close()


@pytest.fixture
def screen(_shared):
    """A page of the demo that the tests of a module share, with nothing selected and everything in scope."""
    visits, screen = _shared
    if not screen.reset():
        screen.open()
    yield screen
    screen.page.mouse.up()
    visits.check()
