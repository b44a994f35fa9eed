"""The workbench of one visitor: shell, sidebar, status, pages, and what keeps them in step."""

import functools
from collections import deque
from urllib.parse import parse_qsl, urlencode

import panel as pn
import panel_material_ui as pmui

from retail_panel.crossfilter.scene import Scenes
from retail_panel.pages.card import TOUCH
from retail_panel.pages.data import DataPage
from retail_panel.pages.details import Details
from retail_panel.pages.early_resize import EarlyResize
from retail_panel.pages.overview import overview
from retail_panel.pages.segments import SegmentsPage
from retail_panel.pages.sidebar import Sidebar
from retail_panel.pages.status import StatusBar
from retail_panel.pages.tiles import TileRow
from retail_panel.session import Session

#: URL parameters of the shell, which stay beside the state.
LOOKS = ("theme",)
PAGES = ("overview", "segments", "data")
NOT_READY_MS = 50
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
        touch = any(word in headers.get("User-Agent", "") for word in TOUCH)
        self._document = pn.state.curdoc
        self._main = pmui.Column(sizing_mode="stretch_width", margin=0, sx=WIDE)
        self._touch = touch
        self.page = _page(
            title=server.settings.title, sidebar_open=not touch, sidebar_width=290, main=[self._main], sidebar=[],
        )
        self._session = None
        self._grids = []
        self._coming = deque()
        self._wait()
        self._look = pn.state.add_periodic_callback(self._tick, period=server.settings.refresh_ms)
        pn.state.on_session_destroyed(functools.partial(_leave, self))

    def _wait(self):
        state = self._server.state
        if state.phase == "ready":
            self._open()
        elif state.phase == "failed":
            self._main[:] = [pmui.Alert(object=state.text, title="The data could not be loaded", severity="error",
                                        sizing_mode="stretch_width")]  # fmt: skip
        else:
            share = "" if state.share is None else f" · {state.share:.0%}"
            self._main[:] = [
                pmui.Typography(f"{state.text}{share} · {state.rows:,} rows", variant="body1"),
                pmui.LinearProgress(
                    value=round((state.share or 0) * 100), sizing_mode="stretch_width",
                    variant="indeterminate" if state.share is None else "determinate", active=True,
                ),
            ]  # fmt: skip

    def _open(self):
        server = self._server
        session = self._session = Session(
            server.store, scenes_of(server), server.workers, self._defer, server.settings.currency,
            owner=pn.state.user or "local",
        )  # fmt: skip
        details = Details(session)
        cards = {}
        tiles = TileRow(session, details.open_tile)
        first, grid = overview(session, lambda chart: details.open_chart(cards[chart]), tiles, self._touch)
        segments = SegmentsPage(session, lambda chart: details.open_chart(cards[chart]), self._touch)
        data = DataPage(session)
        self._grids = [grid, segments]
        cards |= {card.chart: card for part in (grid, segments.grid) for card in part.cards}
        self._status = StatusBar(session, server, self._touch)
        self._tabs = pmui.Tabs(
            ("Overview", first), ("Segments", segments.layout), ("Data", data.layout), dynamic=False,
            sizing_mode="stretch_width", margin=0,
        )  # fmt: skip
        self._tabs.param.watch(lambda event: setattr(session, "page", PAGES[event.new]), "active")
        session.param.watch(lambda event: self._tabs.param.update(active=_place(event.new)), "page")
        # Panel may hand changes over in a thread, but Bokeh's own models may be changed on the event loop only.
        self.page.param.watch(
            lambda event: pn.state.execute(functools.partial(self._theme, event.new)), "dark_theme"
        )
        self._theme(self.page.dark_theme)
        self.page.sidebar = Sidebar(session).layout
        self._main[:] = [self._status.layout, self._tabs, details.drawer, EarlyResize()]
        self._follow_address(session)

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
        for grid in self._grids:
            grid.theme(dark)

    def _defer(self, function):
        self._coming.append(function)
        self._document.add_next_tick_callback(self._arrive)

    def _arrive(self):
        # Panel 1.9.4 throws away what is held before the browser says that it is ready, though it has the page already.
        if not pn.state.loaded:
            self._document.add_timeout_callback(self._arrive, NOT_READY_MS)
            return
        with pn.io.hold():
            self._coming.popleft()()

    def _tick(self):
        if self._session is None:
            self._wait()
            return
        self._status.tick()
        self._session.tick()

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


def _place(page):
    return PAGES.index(page) if page in PAGES else 0
