"""Pages before there is a visitor: login, logout, no access. They ask for nothing else, here or elsewhere."""

import base64
import hashlib
import json
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup
from tornado.web import RequestHandler

from retail_panel.portal.gate import COOKIE, gate

TEMPLATE = Environment(autoescape=True).from_string(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
#: Tells the page around a frame that nobody is logged in, if the server names its origin; and looks again later.
SCRIPT = Path(__file__).with_name("framed.js").read_text(encoding="utf-8")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
#: Where a browser puts what it asks for, by its own word.
FRAMES = ("iframe", "frame", "embed", "object")
#: How a browser treats the page; nobody may show it inside theirs, nor keep it.
HEADERS = {
    "Content-Type": "text/html; charset=UTF-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"{POLICY}frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}  # fmt: skip


def page(title, **parts):
    """Return a page as HTML; ``parts`` are what the template shows, all of it as text."""
    return TEMPLATE.render(title=title, **parts)


def near(text, prefix=""):
    """Return where to go on: a path of this server, and its start where the text is anything else."""
    start = f"{prefix}/"
    inside = text.startswith(start) and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if inside and "\\" not in text else start


class PlainHandler(RequestHandler):
    """Shows pages of this module, and gives out and takes back the cookie of a login."""

    @property
    def prefix(self):
        """The path under which the workbench lies, without a slash at its end."""
        return getattr(self.application, "prefix", "") or ""

    @property
    def next(self):
        """Where the visitor wanted to go."""
        return near(self.get_argument("next", ""), self.prefix)

    @property
    def is_framed(self):
        """Whether the browser puts the answer into a frame; old ones do not tell, and are believed the address."""
        place = self.request.headers.get("Sec-Fetch-Dest")
        return place in FRAMES if place else self.get_query_argument("embed", "") == "1"

    def show(self, status, title, **parts):
        """Answer with a page; what takes no password may stand in the frames that the workbench may stand in."""
        self.set_status(status)
        for name, value in HEADERS.items():
            self.set_header(name, value)
        if self.is_framed and "form" not in parts:
            origins = getattr(self.application, "embed_origins", ())
            allowed = " ".join(("'self'", *origins))
            hashed = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
            policy = f"{POLICY}script-src 'sha256-{hashed}'; frame-ancestors {allowed}"
            self.set_header("Content-Security-Policy", policy)
            parts |= {"origins": json.dumps(origins), "script": Markup(SCRIPT)}  # nosec B704
        if "form" in parts:
            # Tornado makes it, of a token of its own.
            parts["xsrf"] = Markup(self.xsrf_form_html())  # nosec B704
        self.finish(page(title, **parts))

    def admit(self, name, groups):
        """Set the cookie of somebody who has logged in; raises Refused where they have no access."""
        self.set_cookie(COOKIE, gate().admit(name, groups), max_age=gate().portal.hours * 3600, **self.cookie_terms)

    @property
    def cookie_terms(self):
        """How a browser keeps the cookie."""
        secure = self.request.protocol == "https"
        return {"path": f"{self.prefix}/", "httponly": True, "secure": secure, "samesite": "Lax"}

    def write_error(self, status_code, **kwargs):
        """Answer with a page, without what went wrong inside."""
        self.show(status_code, "This did not work", problem=self._reason, link=f"{self.prefix}/", label="Start again")
