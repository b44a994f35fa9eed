"""No page asks anything of another network, and each one runs under the strict policy that the server sets.

Every test that visits a page is held to it, such as the one of test_browser_names.py that goes through all pages. Here
are the dark paper, embedded pages, errors, and that the check does notice.
"""

import pytest
from framed import free_port
from screen import until

pytestmark = pytest.mark.browser
OTHERS = ["none", "app/none", "app?embed=1&chart=nope", "static/none.js", "app/ws", "app/autoload.js", "nosuchpage/",
          "login", "logout"]  # fmt: skip


def settle(screen):
    """Wait until a page has what it asks for."""
    until(lambda: not screen.page.locator(".status [role=progressbar]:visible").count(), "an idle status bar")
    screen.page.wait_for_load_state("networkidle")


def test_the_dark_paper_stays_on_its_server_and_within_its_policy(visit, demo_server):
    screen = visit(demo_server.url, "theme=dark&page=segments")
    until(screen.page.locator(".mui-dark").count, "dark paper")
    settle(screen)
    visit.check()


@pytest.mark.parametrize(("address", "theme"), [("segments", "dark"), ("app?embed=1&chart=space", "light")])
def test_embedded_pages_do_so_too(visit, demo_server, address, theme):
    page = visit.page()
    page.goto(f"{demo_server.url}{address}{'&' if '?' in address else '?'}theme={theme}")
    shown = ".chart-space, .study-space, .status"
    page.locator(shown).first.wait_for(timeout=60_000)
    page.wait_for_load_state("networkidle")
    assert "embed=1" in page.url and f"theme={theme}" in page.url


@pytest.mark.parametrize("path", OTHERS)
def test_errors_do_so_too(browser, demo_server, path):
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{demo_server.url}{path}")
    page.wait_for_load_state("networkidle")
    page.close()
    assert asked and all(url.startswith((demo_server.url, "data:", "blob:")) for url in asked), asked


def test_the_test_notices_requests_to_elsewhere(visit, demo_server):
    page = visit.page()
    page.goto(f"{demo_server.url}retail-panel-embed.js")
    page.evaluate("address => fetch(address).catch(() => 0)", f"http://127.0.0.1:{free_port()}/")
    with pytest.raises(AssertionError, match="violates the following Content Security Policy directive"):
        visit.check()


def test_a_script_that_is_not_ours_does_not_run(browser, demo_server):
    page = browser.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{demo_server.url}app")
    page.evaluate("""() => {
        for (const make of [(s) => { s.text = "window.evil = 1" }, (s) => { s.src = "https://evil.example/x.js" }]) {
            const script = document.createElement("script")
            make(script)
            document.body.append(script)
        }
        document.body.insertAdjacentHTML("beforeend", "<img src='x:' onerror='window.evil = 2'>")
    }""")
    until(lambda: sum("Content Security Policy" in text for text in said) >= 3, lambda: said)
    assert page.evaluate("window.evil") is None
    page.close()
