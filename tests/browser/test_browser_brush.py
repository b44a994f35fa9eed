"""The workbench in a real Chromium: brush a chart, see the others, reload the link."""

import os
import re
import shutil
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PATIENCE_MS = 90_000


@pytest.fixture(scope="module")
def address():
    """Serve the demo and return the workbench's address."""
    command = [sys.executable, "-m", "retail_panel", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        found = re.search(r"http://\S+", process.stdout.readline())
        yield found[0] + "app"
        process.terminate()


@pytest.fixture(scope="module")
def page():
    """Return a page of a fresh browser."""
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "no Chromium on this machine"
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser.new_page(viewport={"width": 1440, "height": 900})
        browser.close()


def opened(page, address):
    page.goto(address)
    page.wait_for_selector(".tiles li button[aria-busy=false]", timeout=PATIENCE_MS)


def net_sales(page):
    return page.locator(".tiles .value").first.inner_text()


def until(condition):
    end = time.monotonic() + PATIENCE_MS / 1000
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)


def test_brush_moves_tiles_and_url_and_a_reload_shows_the_same(page, address):
    strangers = []
    page.on("request", lambda r: None if re.match(r"(https?|wss?)://localhost|data:|blob:", r.url)
            else strangers.append(r.url))  # fmt: skip
    opened(page, address)
    whole = net_sales(page)
    assert whole == "£5.1m"
    chart = page.locator(".chart-time")
    chart.locator("canvas").first.wait_for(timeout=PATIENCE_MS)
    box = chart.bounding_box()
    left, height = box["x"] + 200, box["y"] + 120
    page.mouse.move(left, height)
    page.wait_for_timeout(1500)
    page.mouse.down()
    for step in range(20):
        page.mouse.move(left + step * 15, height)
        page.wait_for_timeout(30)
    until(lambda: net_sales(page) != whole)
    page.mouse.up()
    until(lambda: "sel.ordered_at=" in page.url)
    page.wait_for_timeout(2000)
    brushed, link = net_sales(page), page.url
    assert brushed != whole
    opened(page, link)
    until(lambda: net_sales(page) == brushed)
    assert page.url == link and not strangers
