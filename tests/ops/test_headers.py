"""Security headers on whatever a server answers, by either way of serving."""

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

import retail_panel
from retail_panel.ops.headers import SecurityHeaders, security_headers

ROOT = Path(retail_panel.__file__).parents[1]
PORTAL = "https://portal.example:8443"
OURS = [
    sys.executable, "-m", "retail_panel", "serve", "--port", "{port}", "--embed-origins", PORTAL, "--feed", "post:///",
]  # fmt: skip
PANELS = [
    sys.executable, "-m", "panel", "serve", str(ROOT / "retail_panel" / "app.py"), "--index=app", "--port", "{port}",
    "--plugins=retail_panel.ops.embedding", "--plugins=retail_panel.ops.routes",
]  # fmt: skip
PATHS = {
    "/": 200, "/app": 200, "/app?theme=dark": 200, "/app/autoload.js?bokeh-autoload-element=1": 200,
    "/app/autoload.js": 400, "/app/metadata": 200, "/app/ws": 400, "/static/js/bokeh.min.js": 200,
    "/static/extensions/panel/panel.min.js": 200, "/static/none.js": 404, "/favicon.ico": 200, "/none": 404,
    "/segments": 302, "/retail-panel-embed.js": 200, "/feed": 405,
}  # fmt: skip


@pytest.fixture(scope="module", params=[OURS, PANELS], ids=["retail-panel serve", "panel serve"])
def address(request, tmp_path_factory):
    """Host and port of a server whose portal is :data:`PORTAL`."""
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    place = tmp_path_factory.mktemp("served")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("RETAIL_PANEL_", "BOKEH_", "PANEL_"))}
    environ |= {"PYTHONPATH": str(ROOT), "RETAIL_PANEL_EMBED_ORIGINS": PORTAL,
                "RETAIL_PANEL_FEED": "post:///", "RETAIL_PANEL_FEED_TOKENS": "till=a-secret-of-the-tests"}  # fmt: skip
    with (place / "log").open("w") as log:
        process = subprocess.Popen(
            [word.format(port=port) for word in request.param], cwd=place, env=environ, stdout=log, stderr=log
        )
    try:
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("localhost", port)).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < end, (place / "log").read_text()
                time.sleep(0.1)
        yield f"localhost:{port}"
    finally:
        process.kill()
        process.wait()


def ask(address, path, **headers):
    """Return the answer to a GET and its body."""
    connection = http.client.HTTPConnection(address, timeout=60)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_headers(address, path):
    answer, _ = ask(address, path)
    assert answer.status == PATHS[path]
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search(r"'nonce-([\w-]+)'", policy)[1]
    for name, value in security_headers((PORTAL,), nonce).items():
        assert answer.headers.get_all(name) == [value]
    assert f"frame-ancestors 'self' {PORTAL}" in policy
    assert "unsafe-eval" not in policy and "*" not in policy
    (scripts,) = [part for part in policy.split("; ") if part.startswith("script-src")]
    assert "unsafe" not in scripts
    assert "Server" not in answer.headers


def test_scripts_of_a_page_are_marked_anew_each_time(address):
    seen = set()
    for _ in range(2):
        answer, page = ask(address, "/app")
        nonce = re.search(r"'nonce-([\w-]+)'", answer.headers["Content-Security-Policy"])[1]
        scripts = re.findall(rb"<script[^>]*>", page)
        assert scripts and all(f'nonce="{nonce}"'.encode() in script for script in scripts)
        seen.add(nonce)
    assert len(seen) == 2


@pytest.mark.parametrize("path", ["/static/js/bokeh.min.js", "/app/autoload.js?bokeh-autoload-element=1", "/app"])
def test_only_the_portal_may_read_across_origins(address, path):
    for stranger in ("https://portal.example", "https://portal.example:8443.evil.example", "null", "*"):
        answer, _ = ask(address, path, Origin=stranger)
        assert [name for name in answer.headers if name.lower().startswith("access-control")] == []
    answer, _ = ask(address, path, Origin=PORTAL)
    assert answer.headers.get_all("Access-Control-Allow-Origin") == [PORTAL]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/segments", "app?embed=1&page=segments"),
        ("/overview?theme=dark&sel.channel=Online", "app?embed=1&page=overview&theme=dark&sel.channel=Online"),
    ],
)
def test_pages_have_addresses_of_their_own(address, path, target):
    assert ask(address, path)[0].headers["Location"] == target


def test_a_target_never_leaves_the_server(address):
    for path in ("/segments?//evil.example", "/segments?next=https://evil.example"):
        location = ask(address, path)[0].headers["Location"]
        assert urlsplit(location).netloc == "" and location.startswith("app?")


def asked(path):
    """Return a request as Tornado makes it."""
    line = RequestStartLine("GET", path, "HTTP/1.1")
    return HTTPServerRequest(start_line=line, headers=HTTPHeaders({"Host": "localhost"}))


def test_a_page_may_be_stricter():
    answer = SecurityHeaders((PORTAL,), asked("/login"))
    given = HTTPHeaders({"Content-Security-Policy": "default-src 'none'", "Server": "x"})
    _, headers, body = answer.transform_first_chunk(200, given, b"<script>", True)
    assert headers.get_list("Content-Security-Policy") == ["default-src 'none'"] and body == b"<script>"
    assert headers["X-Content-Type-Options"] == "nosniff" and "Server" not in headers


def test_a_file_in_parts_stays_as_it_is():
    answer = SecurityHeaders((), asked("/static/x.html"))
    given = HTTPHeaders({"Content-Type": "text/html", "Content-Length": "16"})
    _, headers, body = answer.transform_first_chunk(200, given, b"<script>", False)
    assert (headers["Content-Length"], body) == ("16", b"<script>")
    assert answer.transform_chunk(b"<script>", True) == b"<script>"
