"""The pages as tabs; each is built when it is first opened."""

import panel_material_ui as pmui

from retail_panel.pages.compare import ComparePage
from retail_panel.pages.contents import PAGES
from retail_panel.pages.customers import CustomersPage
from retail_panel.pages.data import DataPage
from retail_panel.pages.insights import InsightsPage
from retail_panel.pages.live import LivePage
from retail_panel.pages.overview import OverviewPage
from retail_panel.pages.prompt import prompt
from retail_panel.pages.segments import SegmentsPage
from retail_panel.pages.study_page import StudyPage

NAMES = tuple(page.name for page in PAGES)
#: Pages that are more than charts and studies.
SPECIAL = {"overview": OverviewPage, "live": LivePage, "segments": SegmentsPage, "customers": CustomersPage,
           "insights": InsightsPage, "compare": ComparePage, "data": DataPage}  # fmt: skip
TABS = {"& .MuiTab-root": {"minWidth": 0, "padding": "8px 8px", "fontSize": "13px"},
        "& .MuiTabs-root": {"marginBottom": "10px"}}  # fmt: skip
NO_TABS = {"& .MuiTabs-root": {"display": "none"}}


class Book:
    """Tabs of one visitor.

    Parameters
    ----------
    session : Session
        Its ``page`` is the one that is open.
    details : Details
        The drawer.
    touch : bool
        Whether fingers do the pointing.
    server : Server
        Its feed is shown on the live page.
    has_tabs : bool
        Whether one can go from page to page.
    """

    def __init__(self, session, details, touch=False, server=None, has_tabs=True):
        self._session, self._details, self._touch, self._server = session, details, touch, server
        self.pages, self._dark = {}, False
        self._places = {
            name: pmui.Column(sizing_mode="stretch_width", margin=0, css_classes=[f"page-{name}"]) for name in NAMES
        }
        self.tabs = pmui.Tabs(
            *[(page.title, self._places[page.name]) for page in PAGES], dynamic=False, sizing_mode="stretch_width",
            margin=0, sx=TABS if has_tabs else NO_TABS,
        )  # fmt: skip
        self.layout = self.tabs
        prompt(self.tabs).param.watch(lambda event: setattr(session, "page", NAMES[event.new]), "active")
        session.param.watch(lambda event: self.open(event.new), "page")

    def open(self, name):
        """Show a page; one that there is not is the first."""
        name = name if name in NAMES else NAMES[0]
        if name not in self.pages:
            self._build(name)
        self.tabs.active = NAMES.index(name)

    def _build(self, name):
        contents = PAGES[NAMES.index(name)]
        make, more = SPECIAL.get(name, StudyPage), {"server": self._server} if name == "live" else {}
        page = self.pages[name] = make(contents, self._session, self._details, self._touch, **more)
        self._places[name][:] = [page.layout]
        page.theme(self._dark)

    def tick(self):
        """Let the pages that tell the time notice that it passes."""
        if "live" in self.pages:
            self.pages["live"].tick()

    def theme(self, dark):
        """Follow the light or dark paper."""
        self._dark = dark
        for page in self.pages.values():
            page.theme(dark)
