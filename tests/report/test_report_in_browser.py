"""A report in a real browser without a network: it draws, runs nothing of the data's, and fits its paper."""

import os
import shutil

import pytest
from playwright.sync_api import Error, sync_playwright

pytestmark = pytest.mark.browser
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
DRAWN = """() => [...document.querySelectorAll(".plot > div")].map(place => {
  const seen = (node) => [node, ...[...(node.shadowRoot || node).children].flatMap(seen)]
  const painted = seen(place).filter(each => ["canvas", "svg"].includes(each.localName))
  return painted.some(each => each.getBoundingClientRect().width > 80) && !place.textContent.includes("failed") })"""


@pytest.fixture(scope="module")
def opened(report, tmp_path_factory):
    """A page that has the report open, and everything that it asked for or complained about."""
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(report("sel.channel=Online&rfm.k=3", title="<b>Shop</b>"), encoding="utf-8")
    with sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, NAMES)), None)
        try:
            browser = playwright.chromium.launch(executable_path=found, args=SWITCHES)
        except Error as error:
            if os.environ.get("CI"):
                pytest.fail(str(error))
            pytest.skip("no Chromium on this machine")
        page = browser.new_context(offline=True, viewport={"width": 1000, "height": 800}).new_page()
        faults, asked = [], []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        page.wait_for_selector("body[data-drawn]", state="attached", timeout=30_000)
        yield page, faults, asked, file
        browser.close()


def test_it_draws_and_asks_for_nothing(opened):
    page, faults, asked, file = opened
    drawn = page.evaluate(DRAWN)
    assert len(drawn) == 6 and all(drawn)
    assert faults == [] and asked == [file.as_uri()]


def test_nothing_of_the_data_runs(opened):
    page, *_ = opened
    assert page.evaluate("() => window.ran") is None
    assert page.locator("h1").inner_text() == "<b>Shop</b>"


def test_tables_open(opened):
    page, *_ = opened
    table = page.locator("details").last
    table.locator("summary").click()
    assert table.locator("tbody tr").count() > 3 and table.locator("tbody tr").first.is_visible()
    table.locator("summary").click()


@pytest.mark.parametrize(("width", "medium"), [(1000, "screen"), (390, "screen"), (719, "print")])
def test_nothing_is_wider_than_its_page(opened, width, medium):
    page, *_ = opened
    page.emulate_media(media=medium)
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_timeout(300)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    page.emulate_media(media="screen")


def test_it_prints_to_a4_without_tables_that_are_closed(opened):
    page, *_ = opened
    page.set_viewport_size({"width": 1000, "height": 800})
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    # A4 in points.
    assert b"/MediaBox [0 0 594.95996 841.91998]" in printed or b"/MediaBox [0 0 595" in printed
    page.emulate_media(media="print")
    assert not page.locator("details").first.is_visible() and not page.locator("nav").is_visible()
    page.emulate_media(media="screen")
