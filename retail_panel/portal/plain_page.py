"""Pages before there is a visitor: login, logout, no access. They ask for nothing else, here or elsewhere."""

from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup
from tornado.web import RequestHandler

from retail_panel.portal.gate import COOKIE, gate

TEMPLATE = Environment(autoescape=True).from_string(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
#: How a browser treats the page; nobody may show it inside theirs, nor keep it.
HEADERS = {
    "Content-Type": "text/html; charset=UTF-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
                               "frame-ancestors 'none'",
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

    def show(self, status, title, **parts):
        """Answer with a page."""
        self.set_status(status)
        for name, value in HEADERS.items():
            self.set_header(name, value)
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
