"""examples/nginx: the workbench below a path, behind TLS with a certificate of our own."""

import http.client
import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from figures_by_hand import tiles_of, weeks
from framed import free_port
from screen import Screen, until

pytestmark = pytest.mark.browser
CONF = Path(__file__).parents[2] / "examples" / "nginx" / "retail-panel.conf"
MAIN = """
daemon off; worker_processes 1; pid {place}/pid; error_log {place}/error.log;
events {{ worker_connections 128; }}
http {{
    types {{ text/html html; }}
    access_log off; client_body_temp_path {place}/body; proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi; uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
    include {place}/retail-panel.conf;
}}
"""


@pytest.fixture(scope="module")
def nginx(serve, tmp_path_factory):
    """The address of the workbench behind nginx, and the port of the workbench itself."""
    found = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if found is None or shutil.which("openssl") is None:
        pytest.skip("nginx or openssl is not installed: apt install nginx openssl")
    place, port = tmp_path_factory.mktemp("nginx"), free_port()
    panel = serve("--prefix", "/retail", "--use-xheaders", "--allow-websocket-origin", f"localhost:{port}")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-keyout", place / "portal.key", "-out", place / "portal.crt"], check=True, capture_output=True,
    )  # fmt: skip
    ours = {
        "listen 443": f"listen {port}", "portal.example": "localhost", "127.0.0.1:5006": urlsplit(panel.url).netloc,
        "/etc/ssl/certs": str(place), "/etc/ssl/private": str(place),
    }  # fmt: skip
    conf = CONF.read_text("utf-8")
    for theirs, own in ours.items():
        assert theirs in conf
        conf = conf.replace(theirs, own)
    (place / "retail-panel.conf").write_text(conf, "utf-8")
    (place / "nginx.conf").write_text(MAIN.format(place=place), "utf-8")
    process = subprocess.Popen([found, "-p", place, "-e", place / "error.log", "-c", place / "nginx.conf"])

    def listens():
        assert process.poll() is None, (place / "error.log").read_text()
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", port)) == 0

    until(listens, "nginx", 20)
    yield f"https://localhost:{port}/retail/", urlsplit(panel.url).port
    process.terminate()
    process.wait(20)


def ask(address, path, **headers):
    """Return status and headers of a GET over TLS."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(urlsplit(address).netloc, timeout=60, context=trusting)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers
    finally:
        connection.close()


def test_it_shows_and_brushes(visit, nginx, lines):
    page = visit.page(ignore_https_errors=True)
    screen = Screen(page, nginx[0]).open()
    screen.shows(tiles_of(lines))
    screen.brush("time", 30, 50)
    screen.shows(tiles_of(weeks(lines, 30, 50)))
    until(lambda: page.url.startswith(f"{nginx[0]}app?sel."), lambda: page.url)


def test_pages_have_addresses_below_the_path(visit, nginx):
    page = visit.page(ignore_https_errors=True)
    page.goto(f"{nginx[0]}data?theme=dark")
    page.locator(".status").first.wait_for(timeout=60_000)
    assert page.url == f"{nginx[0]}app?embed=1&page=data&theme=dark"


@pytest.mark.parametrize("path", ["metrics", "liveness", "liveness?endpoint=/app", "admin", "admin/ws", "healthz",
                                  "readyz", "../retail/metrics", "x/../admin", "/metrics", "%6Detrics"])  # fmt: skip
def test_what_is_for_operators_is_not_there_from_outside(nginx, path):
    status, headers = ask(nginx[0], f"/retail/{path}")
    assert status == 404 and "Content-Security-Policy" not in headers


def test_files_are_compressed_and_headers_pass_through(nginx):
    status, headers = ask(nginx[0], "/retail/static/js/bokeh.min.js", **{"Accept-Encoding": "gzip"})
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


def test_websockets_of_foreign_origins_are_refused(nginx):
    shake = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
             "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "bokeh, x"}  # fmt: skip
    assert ask(nginx[0], "/retail/app/ws", Origin="https://evil.example", **shake)[0] == 403
