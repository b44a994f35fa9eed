"""A frame without a login is not blank: it says so, tells its host, and opens the login in a window of its own."""

import secrets

import pytest
from framed import Framed, free_port
from playwright.sync_api import expect
from screen import until

from retail_panel.portal.passwords import hashed

pytestmark = pytest.mark.browser

PORTAL = """
[login]
way = "passwords"
secret_file = "secret"

[roles]
all = "analyst"

[[policies]]
group = "all"
rows = "all"

[[passwords]]
name = "Anna"
password = "{password}"
groups = ["all"]
"""
LISTEN = "window.heard = []; window.addEventListener('message', (event) => window.heard.push(event.data))"


@pytest.fixture(scope="module")
def portal(serve, example, tmp_path_factory):
    """Addresses of a portal of another origin and of a workbench with a login."""
    folder, port = tmp_path_factory.mktemp("portal"), free_port()
    (folder / "secret").write_text(secrets.token_hex(32))
    (folder / "portal.toml").write_text(PORTAL.format(password=hashed("Anna's password")))
    panel = serve("--portal", folder / "portal.toml", "--embed-origins", f"http://localhost:{port}")
    return example("iframe/portal.py", "--port", port, "--panel", panel.url), panel.url


def test_a_frame_leads_to_the_login(browser, portal):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(90_000)
    context.add_init_script(LISTEN)
    page = context.new_page()
    page.goto(portal[0])
    holder = page.frame_locator("iframe[title='Sales at a glance']")
    expect(holder.get_by_role("heading", name="Nobody is logged in")).to_be_visible(timeout=20_000)
    until(lambda: any(each.get("type") == "retail-panel:login" for each in page.evaluate("window.heard")),
          lambda: page.evaluate("window.heard"))  # fmt: skip
    told = next(each for each in page.evaluate("window.heard") if each.get("type") == "retail-panel:login")
    assert told["address"].startswith(f"{portal[1]}login?next=")

    with page.expect_popup() as opened:
        holder.get_by_role("link", name="Log in, in a window of its own").click()
    login = opened.value
    assert login.evaluate("window.opener") is None
    expect(login.get_by_label("Password")).to_be_visible()
    expect(holder.get_by_role("link", name="I have logged in: show it")).to_be_visible()
    context.close()


def test_a_whole_walk_in_a_frame(browser, portal):
    """Log in, in a window; choose in the frame; log out there; log in again from the frame, and be where one was."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(portal[0])
    # One chart, so that three workbenches are not drawn at once.
    title = "Segments"
    holder = page.frame_locator(f"iframe[title='{title}']")
    login = log_in(page, holder)
    login.wait_for_url("**/app?**")
    page.bring_to_front()
    holder.get_by_role("link", name="I have logged in: show it").click()
    chart = Framed(page, title).open_chart("segment_sizes")
    chart.click_bar("segment_sizes", 1)
    until(lambda: "sel.segment" in chart.query(), chart.query)
    chosen = chart.query()["sel.segment"]
    height = chart.height

    login.goto(f"{portal[1]}logout")
    login.get_by_role("button", name="Log out").click()
    expect(login.get_by_role("heading", name="You are logged out")).to_be_visible()
    login.close()
    page.bring_to_front()
    expect(holder.get_by_text("Your login has ended").first).to_be_visible()
    # The frame is as high as what is left in it.
    until(lambda: 80 < chart.height < height, lambda: (chart.height, height))
    holder.get_by_role("button", name="Log in and go on").click()
    expect(holder.get_by_role("heading", name="Nobody is logged in")).to_be_visible()

    log_in(page, holder).wait_for_url("**/app?**")
    page.bring_to_front()
    holder.get_by_role("link", name="I have logged in: show it").click()
    again = Framed(page, title).open_chart("segment_sizes")
    assert again.query()["sel.segment"] == chosen
    assert not faults
    context.close()


def log_in(page, holder):
    """Log in, in the window that the frame opens; returns it."""
    with page.expect_popup() as opened:
        holder.get_by_role("link", name="Log in, in a window of its own").click()
    login = opened.value
    login.get_by_label("Name").fill("Anna")
    login.get_by_label("Password").fill("Anna's password")
    login.get_by_role("button", name="Log in").click()
    return login


def test_the_login_itself_stands_in_no_frame(browser, portal):
    page = browser.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(portal[0])
    for path in ("login", "logout", "login?embed=1"):
        said.clear()
        page.locator("iframe").first.evaluate("(frame, address) => { frame.src = address }", f"{portal[1]}{path}")
        until(lambda: any("frame-ancestors" in text for text in said), lambda: said)
    page.close()
