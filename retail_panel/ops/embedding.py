"""What portals ask of a server: pages by their names, the script that a host page loads, and headers on every answer.

``panel serve retail_panel/app.py --plugins retail_panel.ops.embedding`` has all of it too.
"""

import functools
from pathlib import Path

from panel.command.serve import Serve
from tornado.web import RequestHandler

from retail_panel.ops.early import answer_pages_early
from retail_panel.ops.headers import protect
from retail_panel.pages.book import NAMES
from retail_panel.server import server

SCRIPT = "retail-panel-embed.js"


class PageHandler(RequestHandler):
    """Leads ``/segments?theme=dark`` to that page, embedded."""

    def get(self, page):
        """Answer with the address of the page, relative, so that any prefix of a proxy stays."""
        query = f"&{self.request.query}" if self.request.query else ""
        self.redirect(f"app?embed=1&page={page}{query}")


class ScriptHandler(RequestHandler):
    """Answers with the script of host pages."""

    def get(self):
        """Answer with its text."""
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", "max-age=3600")
        self.finish(Path(__file__).with_name(SCRIPT).read_bytes())


#: As Panel takes them from a plugin.
ROUTES = [(f"/({'|'.join(NAMES)})", PageHandler), (f"/{SCRIPT}", ScriptHandler)]


def _protecting(customize):
    @functools.wraps(customize)
    def customize_and_protect(self, bokeh_server):
        protect(bokeh_server._tornado, server().settings.embed_origins)
        return customize(self, bokeh_server)

    return customize_and_protect


# A plugin is imported before ``panel serve`` makes its server, and is not shown it otherwise.
Serve.customize_server = _protecting(Serve.customize_server)
answer_pages_early()
