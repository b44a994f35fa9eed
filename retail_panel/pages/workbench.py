"""The workbench of one visitor: shell, sidebar, status, pages, and what keeps them in step."""

import functools
from urllib.parse import parse_qsl, urlencode

import panel as pn
import panel_material_ui as pmui

from retail_panel.crossfilter.scenes import Scenes
from retail_panel.pages.account import Account
from retail_panel.pages.alert import alert
from retail_panel.pages.book import Book
from retail_panel.pages.card import TOUCH
from retail_panel.pages.details import Details
from retail_panel.pages.inbox import Inbox
from retail_panel.pages.plain_text import plain
from retail_panel.pages.shell_mends import ShellMends
from retail_panel.pages.sidebar import Sidebar
from retail_panel.pages.status import StatusBar
from retail_panel.portal.audit import record
from retail_panel.portal.person import Refused, current_person
from retail_panel.session import Session
from retail_panel.views.lettering import THEME, THEMED

#: URL parameters of the shell, which stay beside the state.
LOOKS = ("theme",)
NO_ACCESS = "You are not logged in, or your groups have no access here. Whoever runs this workbench can change that."
ENDED = "Load this page again to go on."
FAILED = "Whoever runs this workbench finds the reason in its log."
#: How often charts wait for the mends of the shell; a browser that runs no modules gets them without it.
MOST_WAITS = 40
#: The ripple alone hardly shows where the keyboard is.
FOCUS = {"components": {"MuiButtonBase": {"styleOverrides": {"root": {
    "&.Mui-focusVisible": {"outline": "2px solid #3b82f6", "outlineOffset": "-2px"},
}}}}}  # fmt: skip
WIDE = {"padding": "10px 14px 40px", "gap": "12px"}


class Workbench:
    """Everything one visitor sees.

    Parameters
    ----------
    server : Server
        The process they visit.
    """

    def __init__(self, server):
        self._server = server
        headers = pn.state.headers or {}
        context = getattr(pn.state.curdoc, "session_context", None)
        self._where = (getattr(context, "token_payload", None) or {}).get("where", "")
        touch = any(word in headers.get("User-Agent", "") for word in TOUCH)
        self._inbox = Inbox(self._ready)
        self._mends = ShellMends()
        self._waits = 0
        self._main = pmui.Column(sizing_mode="stretch_width", margin=0, sx=WIDE)
        self._touch = touch
        self.page = _page(
            title=server.settings.title, theme_config=FOCUS, sidebar_open=not touch, sidebar_width=290, sidebar=[],
            main=[self._mends, self._main],
        )
        self._session = self._person = None
        try:
            # The server lets nobody in without a login; this is the place where rows are asked for, so it asks again.
            self._person = current_person()
        except Refused:
            self._main[:] = [alert("error", NO_ACCESS, title="No access")]
            return
        self._wait()
        self._look = pn.state.add_periodic_callback(self._tick, period=server.settings.refresh_ms)
        if pn.state.curdoc is not None:
            # HoloViews, whenever it draws, puts a theme of its own there.
            pn.state.curdoc.theme = THEME
        pn.state.on_session_destroyed(functools.partial(_leave, self))

    def _wait(self):
        state = self._server.state
        if state.phase == "ready":
            self._open()
        elif state.phase == "failed":
            text = plain(state.text) if self._person.may("admin") else FAILED
            self._main[:] = [alert("error", text, title="The data could not be loaded")]
        else:
            share = "" if state.share is None else f" · {state.share:.0%}"
            # How many rows there are in all is not for whoever may see some of them.
            text = f"{state.text}{share} · {state.rows:,} rows" if self._person.policy.has_all_rows else "Loading"
            self._main[:] = [
                pmui.Typography(plain(text), variant="body1"),
                pmui.LinearProgress(
                    value=round((state.share or 0) * 100), sizing_mode="stretch_width",
                    variant="indeterminate" if state.share is None else "determinate", active=True,
                ),
            ]  # fmt: skip

    def _open(self):
        server = self._server
        session = self._session = Session(
            server.store, scenes_of(server), server.workers, self._inbox.put, server.settings.currency,
            person=self._person, rest_s=server.settings.refresh_ms / 1000, record=self._record,
        )  # fmt: skip
        details = Details(session)
        self._status = StatusBar(session, server, self._touch)
        self.book = Book(session, details, self._touch, server)
        self.page.param.watch(lambda event: self._theme(event.new), "dark_theme")
        self._theme(self.page.dark_theme)
        self.page.sidebar = [*Sidebar(session).layout, *Account(session, getattr(server, "audit", None)).layout]
        self._main[:] = [self._status.layout, self.book.tabs, details.drawer]
        self._follow_address(session)
        self.book.open(session.page)
        self._record("saw", page=session.page)
        session.param.watch(lambda event: self._record("saw", page=event.new), "page")
        session.param.watch(lambda event: self._record("filtered", query=event.new), "query")

    def _record(self, what, **facts):
        record(what, self._person.name, self._where, **facts)

    def _follow_address(self, session):
        location = pn.state.location
        if location is None:
            session.restore("")
            return
        asked = dict(parse_qsl((location.search or "").lstrip("?"), keep_blank_values=True))
        look = urlencode({name: asked[name] for name in LOOKS if name in asked})

        def write(event):
            query = "&".join(filter(None, (look, event.new)))
            location.search = f"?{query}" if query else ""

        session.restore(asked)
        session.param.watch(write, "query")

    def _theme(self, dark):
        self.book.theme(dark)

    def _ready(self):
        self._waits += pn.state.loaded
        return pn.state.loaded and (self._mends.ready or self._waits > MOST_WAITS)

    def _tick(self):
        # Panel 1.9.4 throws away what changes before the browser says that it is ready, though it has the page already.
        if not pn.state.loaded:
            return
        if self._is_over():
            return
        if self._session is None:
            self._wait()
            return
        self._status.tick()
        self.book.tick()
        self._session.tick()

    def _is_over(self):
        """Whether the login has ended, or its rows and rights changed; nothing more is shown then."""
        try:
            over = current_person() != self._person
        except Refused:
            over = True
        if over:
            self._look.stop()
            self.page.sidebar = []
            self._main[:] = [alert("info", ENDED, title="Your login has ended")]
            self.close()
            self._session = None
        return over

    def close(self):
        """Let go of what visitors share."""
        if self._session is not None:
            self._session.close()


def _page(**parameters):
    """Return a page that does not follow how busy the process is.

    panel-material-ui 0.16.6 ties each page to process-wide state: that would keep closed visitors in memory for ever
    and tell every visitor of every other one's callbacks.
    """
    before = pn.state.param.watchers.get("busy", {}).get("value", [])[:]
    page = pmui.Page(busy_indicator=None, **parameters)
    # It would find them in the document's theme; but a change, which comes as an event, would keep visitors in memory.
    page._custom_theme = list(THEMED)
    for watcher in pn.state.param.watchers["busy"]["value"][:]:
        if watcher not in before:
            pn.state.param.unwatch(watcher)
    return page


def scenes_of(server):
    """Return the scenes of a process, made by the first visitor."""
    if not hasattr(server, "scenes"):
        server.scenes = Scenes(server.store, server.shelf, server.settings.currency)
    return server.scenes


def _leave(workbench, context):
    workbench.close()
