"""A page whose server stops says so, and comes back as it was once the next one serves."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, Visits
from playwright.sync_api import expect

SHOP = "order_id,customer_id,purchase_date,purchase_amount,channel\n" + "".join(
    f"{n},C{n % 40},2024-0{n % 9 + 1}-{n % 27 + 1:02} 10:00:00,{n % 90 + 1}.50,{('Online', 'Shop')[n % 2]}\n"
    for n in range(400)
)


class Restarting:
    """A server on a fixed port and a store that stays, which can be stopped, killed and started again."""

    def __init__(self, folder):
        self._folder, self._port, self._process = Path(folder), "0", None
        (self._folder / "shop.csv").write_text(SHOP)

    def start(self):
        """Start it, and wait until it serves."""
        environ = {k: v for k, v in os.environ.items() if not k.startswith(("RETAIL_PANEL_", "BOKEH_", "PANEL_"))}
        store = f"duckdb:///{self._folder}/shop.duckdb"
        command = [sys.executable, "-m", "retail_panel", "serve", "shop.csv", "--store", store, "--port", self._port]
        with (self._folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                command, cwd=self._folder, env={**environ, "PYTHONPATH": str(ROOT)}, text=True, stdout=subprocess.PIPE,
                stderr=log,
            )  # fmt: skip
        self.url = re.search(r"http://localhost:(\d+)/", self._process.stdout.readline())
        self._port, self.url = self.url[1], self.url[0]
        return self

    def end(self, number):
        """End it by a signal; returns its exit status."""
        self._process.send_signal(number)
        status = self._process.wait(30)
        self._process.stdout.close()
        return status


@pytest.fixture
def restarting(tmp_path):
    server = Restarting(tmp_path).start()
    yield server
    if server._process.poll() is None:
        server.end(signal.SIGKILL)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_page_comes_back_as_it_was(browser, restarting, how):
    visits = Visits(browser)
    page = visits(restarting.url, "sel.channel=Online&rfm.k=3").page
    page.evaluate("window.before = true")
    began = time.monotonic()
    status = restarting.end(how)
    said = page.locator(".server-restarts")
    expect(said).to_be_visible(timeout=10_000)
    assert ("The server restarts" if how == signal.SIGTERM else "No connection") in said.inner_text()
    assert status == (0 if how == signal.SIGTERM else -signal.SIGKILL)
    assert time.monotonic() - began < 20
    with page.expect_event("load", timeout=60_000):
        restarting.start()
    page.wait_for_url(re.compile(r"sel\.channel=Online"), timeout=30_000)
    assert page.evaluate("window.before") is None
    expect(page.get_by_text("channel is Online").or_(page.get_by_text("Online")).first).to_be_visible(timeout=60_000)
    assert not said.is_visible()
    visits.close()
