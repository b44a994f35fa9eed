"""A portal of another origin: it serves one page with the workbench in two frames, under a strict content policy."""

import argparse
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).parent
#: What a host page must allow: the script that makes the frame, and the frame.
POLICY = "default-src 'none'; style-src 'self'; script-src 'self' {panel}; frame-src {panel}; frame-ancestors 'none'"


class Portal(SimpleHTTPRequestHandler):
    """Serves this folder; the page knows where the workbench is."""

    panel = "http://localhost:5006/"

    def __init__(self, *args):
        super().__init__(*args, directory=str(HERE))

    def do_GET(self):
        """Answer with the page, or with a file beside it."""
        if self.path != "/":
            return super().do_GET()
        page = (HERE / "portal.html").read_text("utf-8").replace("{panel}", self.panel).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def end_headers(self):
        """Set the policy on everything."""
        scheme, host, *_ = urlsplit(self.panel)
        self.send_header("Content-Security-Policy", POLICY.format(panel=f"{scheme}://{host}"))
        super().end_headers()

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
