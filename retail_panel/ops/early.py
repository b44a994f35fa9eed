"""The first part of a page, sent before the page is made: the picture of the first screen, then the scripts.

A server takes long to make a page; meanwhile the browser paints the picture and reads its scripts.
``panel serve retail_panel/app.py --plugins retail_panel.ops.embedding`` has it too.
"""

import asyncio
import functools
import re
from html import escape
from urllib.parse import parse_qsl

from panel.config import config
from panel.io.server import DocHandler

from retail_panel.pages.card import TOUCH
from retail_panel.pages.curtain import CURTAINED
from retail_panel.pages.glance import glances_of
from retail_panel.pages.picture import STYLE, picture
from retail_panel.portal.person import Refused, person_of
from retail_panel.server import server

#: Paths of the workbench below the prefix; admins have a page of their own.
PATHS = ("/", "/app")
#: Parameters of the address with which the first screen is the same; ``theme`` is its paper.
LOOKS = {"theme"}
#: For so long the browser may fetch its scripts before the page is made, which keeps others waiting.
BREATH_S = 0.05
#: What a browser fetches, as Panel writes it: one tag a line.
FETCHED = re.compile(r"^\s*(?:<script[^>]*>[^\n]*</script>|<link rel=\"stylesheet\"[^>]*>)$", re.M)
HEAD = re.compile(r"<html(?P<attributes>[^>]*)>.*?<head>(?P<head>.*?)</head>\s*<body[^>]*>", re.S)
HIDDEN = "<style>#glance { display: none; }</style>"


class Early:
    """Begins the pages of a process before they are made."""

    def __init__(self):
        #: By path, what the browser fetches for a page, as the last one had it.
        self._fetched = {}

    def begin(self, request, prefix=""):
        """Return the first part of a page, and tags of what the browser fetches next; None where neither is known."""
        path = request.path.removeprefix(prefix)
        if path not in PATHS or request.method != "GET" or names_session(request):
            return None
        try:
            shown = self._picture(request)
        except Refused:
            return None
        fetched = self._fetched.get(path, [])
        if not shown and not fetched:
            return None
        title = escape(server().settings.title)
        return (
            '<!DOCTYPE html>\n<html lang="en" data-theme-managed="true">\n<head>\n<meta charset="utf-8">\n'
            f'<title>{title}</title>\n<meta name="viewport" content="width=device-width, initial-scale=1.0">\n'
            f"<style>{STYLE if shown else ''}</style>\n</head>\n<body>\n{shown}\n",
            fetched,
        )

    def _picture(self, request):
        asked = dict(parse_qsl(request.query, keep_blank_values=True))
        serving = server()
        if set(asked) - LOOKS or serving.state.phase != "ready":
            return ""
        glance = glances_of(serving).of(person_of(request))
        if glance is None:
            return ""
        touch = any(word in request.headers.get("User-Agent", "") for word in TOUCH)
        return picture(glance, serving.settings.title, asked.get("theme") == "dark", touch)

    def rest(self, path, page, sent):
        """Return what is left of a whole page once its first part has been sent, with what was fetched for it."""
        found = HEAD.search(page)
        if found is None:
            return HIDDEN + page
        head = found["head"]
        for tag in sent:
            head = head.replace(tag, "", 1)
        hidden = "" if CURTAINED in found["attributes"] else HIDDEN
        return head + hidden + page[found.end() :]

    def note(self, path, page):
        """Note what the browser fetches for a page."""
        found = HEAD.search(page)
        if path in PATHS and found is not None:
            self._fetched[path] = FETCHED.findall(found["head"])


def names_session(request):
    """Whether a request asks for a session by its name, which may be refused with a status of its own."""
    query = (name for name, _ in parse_qsl(request.query, keep_blank_values=True))
    return any(name.lower().startswith("bokeh-") for name in (*query, *request.headers))


def answer_early(get, early):
    """Return a method that answers with a page in two parts where it can; ``get`` answers at once."""

    @functools.wraps(get)
    async def get_early(handler, *arguments, **named):
        prefix = handler.application.prefix or ""
        path = handler.request.path.removeprefix(prefix)
        begun, write = early.begin(handler.request, prefix) if lets_all_in(handler) else None, handler.write
        sent = []
        if begun is not None:
            begin, sent = begun
            handler.request.page_comes_in_parts = True
            handler.set_header("Content-Type", "text/html; charset=utf-8")
            handler.set_header("Cache-Control", "no-store")
            # Else proxies such as nginx keep it until all of the page is there.
            handler.set_header("X-Accel-Buffering", "no")
            write(begin)
            await handler.flush()
            write("\n".join(sent) + "\n")
            await handler.flush()
            await asyncio.sleep(BREATH_S)

        def write_page(page):
            is_page = isinstance(page, str)
            if is_page:
                early.note(path, page)
            write(early.rest(path, page, sent) if is_page and begun is not None else page)

        handler.write = write_page
        try:
            await get(handler, *arguments, **named)
        except Exception:
            if begun is not None:
                write(HIDDEN)
            raise

    return get_early


def lets_all_in(handler):
    """Whether a server has no login of Panel's own, which would ask only once the page is made; ours asked before."""
    provider = handler.application.auth_provider
    return config.authorize_callback is None and provider.get_user is None and provider.get_user_async is None


def answer_pages_early():
    """Have the pages of this process begin before they are made."""
    DocHandler.get = answer_early(DocHandler.get, Early())
