"""examples/iframe: the workbench in frames of a portal of another origin, under a strict policy on both sides."""

import pytest
from figures_by_hand import tiles_of, time_filter, weeks
from framed import Framed, free_port
from screen import until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def portal(serve, example):
    """Addresses of the portal and of the workbench."""
    port = free_port()
    panel = serve("--embed-origins", f"http://localhost:{port}")
    return example("iframe/portal.py", "--port", port, "--panel", panel.url), panel.url


def words(page):
    """Return what the portal says of the state."""
    return page.locator("#words").inner_text()


def test_it_shows_brushes_and_speaks_with_its_host(visit, portal, lines):
    page = visit.page()
    page.goto(portal[0])
    screen = Framed(page, "Sales at a glance").open()
    screen.shows(tiles_of(lines))
    assert not screen.page.locator(".header, .sidebar, [role=tablist]").locator("visible=true").count()
    until(lambda: screen.height >= screen.content_height > 1000, lambda: (screen.height, screen.content_height))

    screen.brush("time", 30, 50)
    screen.shows(tiles_of(weeks(lines, 30, 50)))
    (wanted,) = time_filter(lines, 30, 50).values()
    until(lambda: wanted in screen.query().values(), screen.query)
    until(lambda: words(page).lower().startswith(f"selected: {screen.sentence().lower()}."), lambda: words(page))

    page.get_by_role("button", name="Online only").click()
    screen.shows(tiles_of(weeks(lines[lines.channel == "Online"], 30, 50)))
    until(lambda: "In scope: Channel is Online." in words(page), lambda: words(page))
    page.get_by_role("button", name="Select Champions").click()
    until(lambda: words(page).startswith("Selected: Segment is Champions."), lambda: words(page))
    until(lambda: screen.query().get("sel.segment") == "Champions", screen.query)

    page.get_by_role("button", name="Dark").click()
    until(lambda: screen.page.locator(".mui-dark").count(), "dark paper")
    before = page.evaluate("history.length")
    screen.button("Undo").click()
    until(lambda: "sel.segment" not in screen.query(), screen.query)
    assert page.evaluate("history.length") == before


def test_one_chart_alone_brushes_too(visit, portal, lines):
    page = visit.page()
    page.goto(portal[0])
    # The frame above grows as it fills, and moves this one down.
    above = Framed(page, "Sales at a glance").open()
    until(lambda: above.height >= above.content_height > 1000, lambda: (above.height, above.content_height))
    chart = Framed(page, "Segments").open_chart("segment_sizes")
    until(lambda: 200 < chart.height < 400 and chart.height >= chart.content_height, lambda: chart.height)
    chart.click_bar("segment_sizes", 1)
    until(lambda: "sel.segment" in chart.query(), chart.query)
    chart.button("Table, filter and definition of Segments").click()
    until(lambda: chart.height >= 560, lambda: chart.height)


def test_a_frame_of_a_stranger_stays_empty(browser, portal, example):
    stranger = example("iframe/portal.py", "--port", free_port(), "--panel", portal[1])
    page = browser.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(stranger)
    until(lambda: any("frame-ancestors" in text for text in said), lambda: said)
    assert all(frame.url.startswith(("chrome-error:", stranger)) for frame in page.frames)
    page.close()


def test_messages_of_strangers_are_not_heard(visit, portal):
    page = visit.page()
    page.goto(portal[0])
    screen = Framed(page, "Sales at a glance")
    until(lambda: words(page).startswith("Selected: nothing."), lambda: words(page))
    screen.page.evaluate("""() => window.postMessage({ type: "retail-panel:theme", theme: "dark" }, "*")""")
    screen.page.wait_for_timeout(1500)
    assert not screen.page.locator(".mui-dark").count()
    page.evaluate("""() => window.postMessage({ type: "retail-panel:height", height: 5 }, "*")""")
    page.wait_for_timeout(300)
    assert page.locator("iframe").first.evaluate("each => each.style.height") != "5px"
