"""Without a login a running server answers nothing: asked by plain clients, over HTTP and web sockets."""

import re
import secrets
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from bokeh.util.token import generate_jwt_token, generate_session_id, get_session_id, get_token_payload
from portal.portal_text import TEXT
from portal.running import Running

import retail_panel
from retail_panel.portal.gate import COOKIE
from retail_panel.portal.keys import derived
from retail_panel.store import Store

ROOT = Path(retail_panel.__file__).parents[1]
PAGES = (
    "/", "/app", "/app/", "/app?page=customers", "/app/autoload.js?bokeh-autoload-element=1", "/app/metadata",
    "/autoload.js?bokeh-autoload-element=1", "/metadata", "/ws", "/app/ws", "/static/js/bokeh.min.js",
    "/static/extensions/panel/panel.min.js", "/liveness", "/liveness?endpoint=/app", "/admin", "/admin/ws",
    "/favicon.ico", "/rest/app", "/components/x", "/assets/x", "/nothing", "/%2e%2e/app", "//app", "/APP",
)  # fmt: skip


@pytest.fixture(scope="module")
def portal_path(tmp_path_factory, hashes):
    folder = tmp_path_factory.mktemp("portal")
    (folder / "secret").write_text(secrets.token_hex(32))
    (folder / "portal.toml").write_text(TEXT.format(**hashes))
    return folder / "portal.toml"


@pytest.fixture(scope="module")
def running(tmp_path_factory, portal_path):
    made = Running(tmp_path_factory.mktemp("shop"), portal_path)
    yield made
    made.end()


@pytest.fixture
def ended(tmp_path, portal_path):
    """A server that a test ends."""
    made = Running(tmp_path, portal_path)
    yield made
    made.process.kill()


def test_it_says_that_there_is_a_login(running):
    assert "with a login by passwords" in running.greeting


@pytest.mark.parametrize("path", PAGES)
def test_nothing_answers_without_a_login(running, path):
    for method in ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE"):
        for headers in ({}, {"Accept": "*/*"}, {"X-Forwarded-User": "Anna", "Cookie": "user=Anna; is_guest=1"},
                        {"Cookie": f"{COOKIE}=forged"}, {"Authorization": "Bearer x"}):  # fmt: skip
            found = running.get(path, headers, method)
            assert found.status_code in (400, 401, 404), (method, path, headers)
            assert "token" not in found.text and len(found.text) < 200


@pytest.mark.parametrize("path", ["/metrics", "/backup", "/privacy"])
def test_what_is_for_operators_asks_for_their_token(running, path):
    for method in ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE"):
        for headers in ({}, {"Cookie": f"{COOKIE}=forged"}, {"Authorization": "Bearer x"}):
            found = running.get(path, headers, method)
            assert found.status_code in (401, 405), (method, headers)
            assert "retail_panel_" not in found.text and len(found.text) < 200


@pytest.mark.parametrize("path", PAGES)
def test_a_browser_is_sent_to_the_login(running, path):
    found = running.get(path, {"Accept": "text/html"})
    if not path.startswith("//"):
        assert found.status_code == 302 and found.headers["Location"] == f"/login?next={quote(path, safe='')}"


def test_no_web_socket_opens_without_a_login(running):
    token = running.session_token(running.cookie("Vera"))
    own = generate_jwt_token("s" * 44, signed=False, extra_payload={"headers": {}, "cookies": {}, "arguments": {}})
    for path in ("/app/ws", "/ws"):
        for each in (token, own, "nonsense"):
            assert running.socket(each, path=path) == 401


def test_a_person_gets_pages_files_and_a_web_socket(running):
    headers = running.cookie("Vera")
    page = running.get("/app", headers)
    assert page.status_code == 200 and running.get("/static/js/bokeh.min.js", headers).status_code == 200
    token = running.session_token(headers)
    assert '"ACK"' in running.socket(token, headers)


def test_a_page_holds_no_cookie(running):
    headers = running.cookie("Vera")
    payload = get_token_payload(running.session_token({**headers, "Authorization": "Bearer of something"}))
    assert payload["cookies"] == {} and "Authorization" not in payload["headers"]
    assert running.get("/app", {"Cookie": f"{COOKIE}={payload['person']}"}).status_code == 401


def test_another_users_session_is_refused(running):
    vera, anna = running.cookie("Vera"), running.cookie("Anna")
    token = running.session_token(anna)
    theirs = get_session_id(token)
    assert '"ACK"' in running.socket(token, anna)
    assert running.socket(token, vera) == 401
    for path in (f"/app?bokeh-session-id={theirs}", f"/app?bokeh-token={token}",
                 f"/app/autoload.js?bokeh-autoload-element=1&bokeh-session-id={theirs}"):  # fmt: skip
        assert running.get(path, vera).status_code == 401
    assert running.get("/app", {**vera, "Bokeh-Session-Id": theirs}).status_code == 401
    # A token of Vera's own making for the session of somebody else.
    own = get_token_payload(running.session_token(vera))
    own.pop("session_expiry")
    assert running.socket(generate_jwt_token(theirs, signed=False, extra_payload=own), vera) == 401


def test_unsigned_sessions_are_refused(running):
    vera = running.cookie("Vera")
    payload = get_token_payload(running.session_token(vera))
    payload.pop("session_expiry")
    assert running.socket(generate_jwt_token("s" * 44, signed=False, extra_payload=payload), vera) == 401
    assert running.get("/app?bokeh-session-id=mine", vera).status_code in (401, 403)


def test_a_late_session_token_is_refused(running, portal_path):
    vera = running.cookie("Vera")
    key = derived((portal_path.parent / "secret").read_bytes(), "sessions")
    payload = get_token_payload(running.session_token(vera))
    payload.pop("session_expiry")
    # Signed as the server signs: what differs between the two is the time alone.
    fresh, late = (
        generate_jwt_token(generate_session_id(key, True), key, signed=True, extra_payload=payload, expiration=seconds)
        for seconds in (300, -1)
    )
    assert '"ACK"' in running.socket(fresh, vera)
    assert "ACK" not in str(running.socket(late, vera))
    assert "ACK" not in str(running.socket(fresh[:-4] + ("AAAA" if fresh[-4:] != "AAAA" else "BBBB"), vera))


def test_a_foreign_origin_is_refused(running):
    vera = running.cookie("Vera")
    token = running.session_token(vera)
    assert running.socket(token, {**vera, "Origin": "https://evil.test"}) == 403
    assert '"ACK"' in running.socket(token, {**vera, "Origin": running.address})


def test_logging_in_and_out(running):
    with httpx.Client(base_url=running.address, trust_env=False, timeout=60, verify=False) as client:
        form = client.get("/login?next=/app%3Fpage=trends")
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', form.text)[1]
        assert client.post("/login", data={"name": "Vera", "password": "vera's password"}).status_code == 403
        wrong = client.post("/login", data={"name": "Vera", "password": "another", "_xsrf": xsrf})
        assert wrong.status_code == 401 and "Name or password is wrong" in wrong.text
        found = client.post("/login", data={"name": "Vera", "password": "vera's password", "_xsrf": xsrf,
                                            "next": "/app?page=trends"})  # fmt: skip
        assert found.status_code == 303 and found.headers["Location"] == "/app?page=trends"
        terms = found.headers["Set-Cookie"]
        assert "HttpOnly" in terms and "SameSite=Lax" in terms and "Path=/" in terms
        cookie = client.cookies[COOKIE]
        assert client.get("/app").status_code == 200
        assert client.post("/logout").status_code == 403
        assert client.post("/logout", data={"_xsrf": xsrf}).status_code == 200
        assert client.get("/app").status_code == 401
    assert running.get("/app", {"Cookie": f"{COOKIE}={cookie}"}).status_code == 401


@pytest.mark.parametrize("place", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "app"])
def test_a_login_never_leads_elsewhere(running, place):
    page = running.get(f"/login?next={quote(place, safe='')}").text
    assert 'name="next" value="/"' in page


def test_pages_of_the_login_ask_for_nothing_else(running):
    for path in ("/login", "/logout"):
        found = running.get(path)
        assert not re.search(r"src=|https?://|url\(|@import", found.text)
        assert "default-src 'none'" in found.headers["Content-Security-Policy"]
        assert found.headers["Cache-Control"] == "no-store"


def test_many_failures_have_to_wait_even_with_the_right_password(running):
    with httpx.Client(base_url=running.address, trust_env=False, timeout=60, verify=False) as client:
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', client.get("/login").text)[1]
        form = {"name": "Anna", "password": "wrong", "_xsrf": xsrf}
        found = [client.post("/login", data=form).status_code for _ in range(7)]
        assert found[0] == 401 and found[-1] == 429
        assert client.post("/login", data={**form, "password": "anna's password"}).status_code == 429


def test_who_did_what_is_in_the_audit_once_the_server_has_ended(ended):
    headers = ended.cookie("Vera")
    ended.socket(ended.session_token(headers), headers)
    ended.end()
    store = Store(ended.store)
    found = [(who, what, place) for _, who, what, place, _ in store.audit()]
    store.close()
    assert ("Vera", "saw", "127.0.0.1") in found or ("Vera", "saw", "::1") in found
