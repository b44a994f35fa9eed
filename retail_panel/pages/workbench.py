"""The workbench of one visitor: shell, sidebar, status, pages, and what keeps them in step."""

import functools
from urllib.parse import parse_qsl, urlencode

import panel as pn
import panel_material_ui as pmui

from retail_panel.crossfilter.scenes import Scenes
from retail_panel.pages.account import Account
from retail_panel.pages.alert import alert
from retail_panel.pages.arrivals import Arrivals
from retail_panel.pages.book import Book
from retail_panel.pages.brush_path import BrushPath
from retail_panel.pages.card import TOUCH
from retail_panel.pages.closed import closed_after, login_ended
from retail_panel.pages.collector import Collector
from retail_panel.pages.contents import PAGES
from retail_panel.pages.curtain import CURTAINED, Curtain
from retail_panel.pages.details import Details
from retail_panel.pages.embed import FRAMELESS, Embed, chart_names
from retail_panel.pages.farewell import Farewell
from retail_panel.pages.glance import GlanceTaker, glances_of
from retail_panel.pages.host import Host
from retail_panel.pages.inbox import Inbox
from retail_panel.pages.plain_text import plain
from retail_panel.pages.shell_mends import ShellMends
from retail_panel.pages.shell_page import shell_page
from retail_panel.pages.sidebar import Sidebar
from retail_panel.pages.single import Single
from retail_panel.pages.status import StatusBar
from retail_panel.portal.audit import record
from retail_panel.portal.person import LOCAL, Refused, current_person
from retail_panel.session import Session
from retail_panel.views.lettering import THEME

#: URL parameters of the shell, which stay beside the state.
LOOKS = ("theme", "embed", "chart")
NO_ACCESS = "You are not logged in, or your groups have no access here. Whoever runs this workbench can change that."
FAILED = "Whoever runs this workbench finds the reason in its log."
#: How often charts wait for the mends of the shell; a browser that runs no modules gets them without it.
MOST_WAITS = 40
WIDE = {"padding": "10px 14px 40px", "gap": "12px"}
EMBEDDED = {"padding": "4px", "gap": "12px"}


class Workbench:
    """Everything one visitor sees.

    Parameters
    ----------
    server : Server
        The process they visit.

    Raises
    ------
    TooManyPages
        One more page would be one too many.
    """

    def __init__(self, server):
        self._server = server
        self._farewell = Farewell(server.visitors.process)
        self._session = self.book = self._status = self._arrivals = None
        self._is_apart = False
        # The server lets nobody in without a login; this is the place where rows are asked for, so it asks again.
        self._person = _person()
        self._visitor = None
        if self._person is not None:
            self._visitor = self._enter()
            # Before anything that may end here: whoever has entered has to leave.
            pn.state.on_session_destroyed(functools.partial(_leave, self))
        headers = pn.state.headers or {}
        context = getattr(pn.state.curdoc, "session_context", None)
        self._where = (getattr(context, "token_payload", None) or {}).get("where", "")
        touch = any(word in headers.get("User-Agent", "") for word in TOUCH)
        self._inbox = Inbox(self._ready)
        self._mends, self._curtain = ShellMends(), Curtain()
        self._waits = 0
        self._asked = _address()
        self._embed = Embed.asked(self._asked)
        self._main = pmui.Column(sizing_mode="stretch_width", margin=0, sx=EMBEDDED if self._embed.is_on else WIDE)
        self._touch = touch
        self.page = shell_page(
            title=server.settings.title, sidebar_open=not touch, sidebar_width=290, sidebar=[],
            main=[self._mends, self._farewell, self._curtain, self._main], sx=FRAMELESS if self._embed.is_on else {},
        )
        if pn.state.curdoc is not None:
            pn.state.curdoc.template_variables["html_attrs"] = CURTAINED
        if self._person is None:
            self._curtain.lift()
            self._main[:] = [alert("error", NO_ACCESS, title="No access")]
            return
        if self._embed.chart and self._embed.contents() is None:
            self._curtain.lift()
            words = f"There is no chart {self._embed.chart!r}; allowed: {', '.join(chart_names())}"
            self._main[:] = [alert("error", plain(words))]
            return
        self._collector = collector_of(server)
        self._wait()
        self._look = pn.state.add_periodic_callback(self._tick, period=server.settings.refresh_ms)
        if pn.state.curdoc is not None:
            self._arrivals = Arrivals(server.store, self._arrived)
            # HoloViews, whenever it draws, puts a theme of its own there.
            pn.state.curdoc.theme = THEME
            if self._embed.home:
                # Panel 1.9.4 would ask its own network for style sheets.
                pn.state.curdoc.template_variables["dist_url"] = f"{self._embed.home}static/extensions/panel/"

    def _enter(self):
        goodbye, person = Inbox(), self._person
        visitor = self._server.visitors.enter(
            person.name, lambda: goodbye.put(self._farewell.say), counted=person is not LOCAL
        )
        if pn.state.curdoc is not None:
            # Logs name the visitor by it.
            pn.state.curdoc.visitor = visitor.number
        return visitor

    def _wait(self):
        state = self._server.state
        if state.phase == "ready":
            self._open()
            return
        self._curtain.lift()
        if state.phase == "failed":
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
        session.visitor = self._visitor.number
        soon, self._inbox.opens = Inbox(), True
        session.answers.foreseen = lambda scene: soon.put(functools.partial(self._foresee, soon, scene))
        session.param.watch(lambda *events: self._used(session), ["query", "page"])
        details = Details(session)
        self._status = StatusBar(session, server, self._touch)
        self.book = self._bind(session, details)
        self.page.param.watch(lambda event: self._theme(event.new), "dark_theme")
        self._theme(self.page.dark_theme)
        if self._embed.is_on:
            self._main[:] = [*([] if self._embed.chart else [self._status.layout]), self.book.layout, details.drawer]
            self.page.main = [*self.page.main, self._host(session, details.drawer)]
        else:
            sidebar = [*Sidebar(session).layout, *Account(session, getattr(server, "audit", None)).layout]
            self.page.sidebar = sidebar
            self._main[:] = [self._status.layout, self.book.layout, details.drawer]
        if server.settings.browser_brush:
            self._main.append(BrushPath(session.answers))
        self._follow_address(session)
        self.book.open(session.page)
        GlanceTaker(session, PAGES[0].charts, glances_of(server))
        # The first figures put charts and their ticks on the page; whatever comes after changes little.
        self._curtain.follow(session, lambda: setattr(self._inbox, "opens", False))
        self._used(session)
        self._record("saw", page=session.page)
        session.param.watch(lambda event: self._record("saw", page=event.new), "page")
        session.param.watch(lambda event: self._record("filtered", query=event.new), "query")

    def _used(self, session):
        self._visitor.touch(session.page)
        thrift = getattr(self._server, "thrift", None)
        if thrift is not None:
            thrift.note()

    def _foresee(self, soon, scene):
        """Draw charts while the browser still loads its scripts, one after the other as others visit meanwhile."""
        session = self._session
        for member in session.answers.audience if session is not None else ():
            for draw in getattr(member, "foresee", lambda scene: ())(scene):
                soon.put(draw)

    def _record(self, what, **facts):
        record(what, self._person.name, self._where, **facts)

    def _bind(self, session, details):
        if self._embed.chart:
            return Single(self._embed.contents(), session, details, self._touch)
        return Book(session, details, self._touch, self._server, has_tabs=not self._embed.is_on)

    def _host(self, session, drawer):
        def dark(is_dark):
            self.page.dark_theme = is_dark

        return Host(session, self._server.settings.embed_origins, dark, drawer)

    def _follow_address(self, session):
        asked, location = self._asked, pn.state.location
        if self._embed.chart:
            asked = asked | {"page": self._embed.contents().name}
        session.restore(asked)
        if location is None or self._embed.home:
            return
        look = {name: asked[name] for name in LOOKS if name in asked}

        def write(*events):
            query = "&".join(filter(None, (urlencode(look), session.query)))
            location.search = f"?{query}" if query else ""

        session.param.watch(write, "query")

        def switch(event):
            # Parts that come to the page later take their colours from the address.
            look["theme"] = "dark" if event.new else "light"
            write()

        if "theme" in look:
            self.page.param.watch(switch, "dark_theme")

    def _theme(self, dark):
        if self.book is not None:
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
        if not self._is_apart and self._session.answers.settled and self._session.scene is not None:
            self._is_apart = True
            self._collector.set_apart()
        minutes = self._server.settings.idle_minutes
        if minutes is not None and self._visitor.idle_s > 60 * minutes:
            self._end(closed_after(minutes))

    def _arrived(self):
        if not pn.state.loaded or self._session is None or self._is_over():
            return False
        return not self._session.tick() and self._session.is_due_soon

    def _is_over(self):
        """Whether the login has ended, or its rows and rights changed; nothing more is shown then."""
        over = _person() != self._person
        if over:
            self._end(login_ended())
        return over

    def _end(self, words):
        """Let go of everything but words that say why, and the address, which still says what was looked at."""
        self._look.stop()
        self._curtain.lift()
        self.close()
        self._session = self.book = self._status = None
        self.page.sidebar = []
        self._main[:] = words

    def close(self):
        """Let go of what visitors share; a second call changes nothing."""
        if self._visitor is not None:
            self._server.visitors.leave(self._visitor)
        if self._arrivals is not None:
            self._arrivals.close()
        if self._session is not None:
            self._session.close()
        if self._is_apart:
            self._is_apart = False
            self._collector.let_go()


def _address():
    location = pn.state.location
    search = location.search if location is not None else ""
    return dict(parse_qsl((search or "").lstrip("?"), keep_blank_values=True))


def scenes_of(server):
    """Return the scenes of a process, made by the first visitor."""
    if not hasattr(server, "scenes"):
        server.scenes = Scenes(server.store, server.shelf, server.settings.currency)
        if server.store.is_shared:
            server.store.watch(server.scenes.forget_rewritten)
    return server.scenes


def collector_of(server):
    """Return what spares the collector of garbage the open pages of a process, made by the first visitor."""
    if not hasattr(server, "collector"):
        server.collector = Collector(lambda: scenes_of(server).is_brushed).take_over()
    return server.collector


def _person():
    """Return who visits; None where they are not logged in, or may not come in."""
    try:
        return current_person()
    except Refused:
        return None


def _leave(workbench, context):
    workbench.close()
