"""The page for admins: how the server stands, read anew every few seconds."""

import asyncio
import time

import panel as pn
import panel_material_ui as pmui
from prometheus_client import CollectorRegistry, ProcessCollector

from retail_panel.ops.overview import overview
from retail_panel.pages.alert import alert
from retail_panel.pages.plain_text import plain
from retail_panel.pages.shell_page import shell_page
from retail_panel.pages.table import table_pane

EVERY_S, TICK_MS = 5.0, 500
VISITORS = ("Number", "Person", "Page", "Since (UTC)", "For", "Used")
SLOW = ("Time", "Asked at (UTC)", "Outcome", "Question, its values left out")
SET_ASIDE = ("Source", "Reason", "Rows")
SETTINGS = ("Setting", "Value", "From")
NO_MEMORY = "Memory is known for the process as a whole; Python does not tell whose page holds how much of it."
PLACE = {"padding": "10px 14px 40px", "gap": "12px"}
GAPS = {"gap": "12px"}
#: A card that narrow screens show whole, the table in it scrolling sideways.
CARD = {"padding": "8px 12px", "borderRadius": "10px", "overflowX": "auto"}


class AdminPage:
    """Everything that an admin sees.

    Parameters
    ----------
    server : Server
        The process.
    """

    def __init__(self, server):
        self._server = server
        self._process = ProcessCollector(registry=CollectorRegistry())
        self._state = alert("warning")
        self._cards = pmui.Column(_words("Reading the server"), sizing_mode="stretch_width", margin=0, sx=GAPS)
        body = pmui.Column(self._state, self._cards, sizing_mode="stretch_width", margin=0, sx=PLACE)
        self.page = shell_page(title=f"{server.settings.title}: server", main=[body])
        self._shown = None
        self._looked_at = None
        pn.state.add_periodic_callback(self._tick, period=TICK_MS)

    def _resident_bytes(self):
        for family in self._process.collect():
            if family.name == "process_resident_memory_bytes":
                return family.samples[0].value
        return None

    async def _tick(self):
        # Panel 1.9.4 throws away what changes before the browser says that it is ready.
        now = time.monotonic()
        if pn.state.loaded and (self._looked_at is None or now - self._looked_at >= EVERY_S):
            self._looked_at = now
            await self.look()

    async def look(self):
        """Read the server on a thread beside the event loop, and show what is new."""
        loop = asyncio.get_running_loop()
        self.show(await loop.run_in_executor(None, overview, self._server, self._resident_bytes()))

    def show(self, found):
        """Show an overview, unless it is on the screen already."""
        self._state.param.update(object=plain(found.state), visible=bool(found.state))
        if found == self._shown:
            return
        self._shown = found
        self._cards[:] = [
            pmui.Grid(
                _half(_card("Server", table_pane(found.figures, figures=(1,)))), _half(_card("Feed", *_feed(found))),
                container=True, spacing=1.5, sizing_mode="stretch_width", margin=0,
            ),
            _card(f"Visitors: {len(found.visitors)}", _table(found.visitors, VISITORS, "No page is open."), NO_MEMORY),
            _card("Slow questions", _table(found.slow, SLOW, "No question took a second or longer.", (0,))),
            _card("Set aside", _table(found.set_aside, SET_ASIDE, "No row was set aside.", (2,))),
            _card("Settings", _table(found.settings, SETTINGS, "")),
        ]  # fmt: skip


def not_for_you():
    """Return what is shown to whoever is no admin."""
    return pmui.Container(alert("error", "This page is for admins.", title="Not allowed"))


def _feed(found):
    if not found.feed:
        return [_words("There is no feed.")]
    return [_words(found.feed_state), table_pane(found.feed, figures=(1,))]


def _half(card):
    return pmui.Grid(card, size={"xs": 12, "md": 6}, margin=0)


def _table(rows, columns, empty, figures=()):
    return table_pane(rows, columns, figures) if rows else _words(empty)


def _words(text):
    return pmui.Typography(plain(text), variant="body2", margin=4)


def _card(title, *parts):
    shown = [_words(part) if isinstance(part, str) else part for part in parts]
    head = pmui.Typography(plain(title), variant="h6", margin=4)
    return pmui.Paper(
        head, *shown, elevation=0, variant="outlined", margin=0, sizing_mode="stretch_width", sx=CARD
    )
