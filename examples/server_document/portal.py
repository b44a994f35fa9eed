"""A portal of another origin whose page takes the workbench in by Bokeh's script, without a frame."""

import argparse
import secrets
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from bokeh.embed import server_document

HERE = Path(__file__).parent
#: More than a frame needs: the workbench's scripts, styles, fonts and websocket become the page's own.
POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}' {panel} blob:; style-src 'unsafe-inline' {panel}; "
    "img-src data: blob: {panel}; font-src data: {panel}; connect-src blob: data: {panel} {socket}; worker-src blob:; "
    "frame-ancestors 'none'"
)


class Portal(BaseHTTPRequestHandler):
    """Serves one page."""

    panel = "http://localhost:5006/"

    def do_GET(self):
        """Answer with the page."""
        if self.path != "/":
            return self.send_error(404)
        nonce = secrets.token_urlsafe(16)
        scheme, host, *_ = urlsplit(self.panel)
        script = server_document(f"{self.panel}app", arguments={"page": "overview"}, resources=None)
        script = script.replace("<script", f'<script nonce="{nonce}"')
        page = (HERE / "portal.html").read_text("utf-8").replace("{workbench}", script).encode()
        socket = f"{'wss' if scheme == 'https' else 'ws'}://{host}"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        policy = POLICY.format(nonce=nonce, panel=f"{scheme}://{host}", socket=socket)
        self.send_header("Content-Security-Policy", policy)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *args):
        """Keep quiet."""


def main():
    """Serve until interrupted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--panel", default=Portal.panel, help="where the workbench is, with a slash at the end")
    options = parser.parse_args()
    Portal.panel = options.panel
    with ThreadingHTTPServer(("localhost", options.port), Portal) as server:
        print(f"Portal: http://localhost:{server.server_port}/", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
