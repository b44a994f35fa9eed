"""examples/server_document: the workbench as a part of another origin's page."""

import urllib.request

import pytest
from figures_by_hand import tiles_of, weeks
from framed import free_port
from screen import Screen, until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def portal(serve, example):
    """The address of the portal, which listens."""
    port = free_port()
    panel = serve("--embed-origins", f"http://localhost:{port}", "--allow-websocket-origin", f"localhost:{port}")
    address = example("server_document/portal.py", "--port", port, "--panel", panel.url)

    def answers():
        with urllib.request.urlopen(address) as page:
            return page.status == 200

    until(answers, "a portal that answers")
    return address


def test_it_shows_and_brushes_and_leaves_the_address_alone(visit, portal, lines):
    page = visit.page()
    page.goto(portal)
    page.locator(".status").first.wait_for(timeout=60_000)
    screen = Screen(page, portal)
    until(lambda: page.evaluate("() => window.Bokeh?.documents.length"), "a document")
    screen.settle()
    screen.shows(tiles_of(lines))
    screen.brush("time", 30, 50)
    screen.shows(tiles_of(weeks(lines, 30, 50)))
    until(lambda: screen.sentence().startswith("From "), screen.sentence)
    assert page.url == portal
    assert not page.locator(".header, .sidebar").locator("visible=true").count()
