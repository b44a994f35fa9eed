"""examples/fastapi_portal: the workbench in the process of a portal made with FastAPI."""

import http.client

import pytest
from figures_by_hand import tiles_of, weeks
from framed import Framed, free_port
from screen import until

pytest.importorskip("bokeh_fastapi", reason="bokeh-fastapi is not installed: pip install 'retail-panel[fastapi]'")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def portal(example):
    """The address of the portal, which listens."""
    address = example("fastapi_portal/portal.py", "--port", free_port())

    def listens():
        try:
            return ask(address, "/")
        except OSError:
            return None

    until(listens, "a portal that listens")
    return address


def ask(address, path, **headers):
    """Return status, headers and body of a GET."""
    connection = http.client.HTTPConnection(address.split("/")[2], timeout=60)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_it_shows_and_brushes(visit, portal, lines):
    page = visit.page()
    page.goto(portal)
    screen = Framed(page, "Sales at a glance").open()
    screen.shows(tiles_of(lines))
    screen.brush("time", 30, 50)
    screen.shows(tiles_of(weeks(lines, 30, 50)))
    words = page.locator("#words")
    until(lambda: words.inner_text().lower() == f"selected: {screen.sentence().lower()}.", words.inner_text)
    until(lambda: screen.height >= screen.content_height > 1000, lambda: (screen.height, screen.content_height))


@pytest.mark.parametrize("path", ["/retail/app", "/static/js/bokeh.min.js"])
def test_its_answers_have_the_headers_and_foreign_origins_get_none(portal, path):
    status, headers, _ = ask(portal, path)
    assert status == 200 and "frame-ancestors 'self'" in headers["Content-Security-Policy"]
    assert "unsafe-eval" not in headers["Content-Security-Policy"] and headers["X-Content-Type-Options"] == "nosniff"
    assert ask(portal, path, Origin="https://evil.example")[0] == 403
    assert ask(portal, path, Host="evil.example")[0] == 403
    assert ask(portal, "/")[1]["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_websockets_of_foreign_origins_are_refused(portal, origin):
    shake = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
             "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "bokeh, x"}  # fmt: skip
    named = {} if origin is None else {"Origin": origin}
    assert ask(portal, "/retail/app/ws", **shake, **named)[0] == 403
