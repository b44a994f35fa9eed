"""The customers page: whom the selection holds, one page at a time, and the card of one of them."""

import functools
import logging

import panel_material_ui as pmui

from retail_panel.customers import directory
from retail_panel.errors import RetailPanelError
from retail_panel.pages.alert import alert
from retail_panel.pages.audience_files import AudienceFiles
from retail_panel.pages.card import ChartGrid
from retail_panel.pages.customer_card import CustomerCard
from retail_panel.pages.customer_table import CustomerTable
from retail_panel.pages.following import Following
from retail_panel.pages.plain_text import plain
from retail_panel.store import Superseded
from retail_panel.studies import Look

log = logging.getLogger(__name__)
NOBODY = (
    "The source names no customers, so there is nobody to list. Map a customer column, and this page lists every "
    "customer with scores, segment and purchases."
)
SINGLE = "Single customers are shown to those who may see groups of any size; the charts above hold for you."
ALONE = {"display": "grid", "gridTemplateColumns": "minmax(0, 1fr)", "alignItems": "start"}
TWO = {"xs": "minmax(0, 1fr)", "lg": "minmax(0, 7fr) minmax(0, 5fr)"}
BESIDE = {**ALONE, "gridTemplateColumns": TWO, "gap": "10px"}


class CustomersPage:
    """Charts, the table of customers, and a card beside it.

    Parameters as in :class:`retail_panel.pages.study_page.StudyPage`.
    """

    def __init__(self, contents, session, details, touch=False):
        self._session, self._touch, self._dark = session, touch, False
        self._following = Following(session, contents.name, self._ask)
        self.charts = ChartGrid(contents.charts, session, details.open_chart, contents.name, touch)
        self.table = CustomerTable(session, self.ask, self.open_card, touch)
        self.files = AudienceFiles(session, self._following.asking)
        self.card = CustomerCard(session, details, lambda: Look(session.currency, self._dark, touch), self.close_card)
        self._fault = alert("error", margin=0)
        self._nobody = pmui.Typography(NOBODY, variant="body2", visible=False, margin=(24, 8), css_classes=["nobody"])
        self._listed = pmui.Paper(
            self.table.layout, self.files.layout, elevation=0, variant="outlined", margin=0,
            sizing_mode="stretch_width", sx={"padding": "8px 12px", "borderRadius": "10px"}, css_classes=["customers"],
        )  # fmt: skip
        self._grid = pmui.Row(self._listed, self.card.layout, sizing_mode="stretch_width", margin=0, sx=ALONE)
        self.layout = pmui.Column(
            self.charts.layout, self._nobody, self._fault, self._grid, sizing_mode="stretch_width", margin=0,
            sx={"gap": "12px"},
        )  # fmt: skip

    @property
    def who(self):
        """The id of the customer whose card is open; None where none is."""
        return self._session.choices.get("customers.who")

    def ask(self):
        """Ask anew for the present page of the table, and for the card that is open."""
        self._following.ask()

    def _ask(self, scene, filters):
        # A row of the table and a card are groups of one.
        hidden = self._session.person.min_customers > 1
        self._nobody.param.update(object=SINGLE if hidden else NOBODY, visible=hidden or scene.population is None)
        self._grid.visible = scene.population is not None and not hidden
        if scene.population is None or hidden:
            return
        self._make_room()
        self.table.begin(scene, filters)
        who, asking = self.who, self._following.asking(scene, filters)

        def work(ticket):
            parts = [("table", self.table.answers), ("files", self._name_files)]
            parts += [("card", functools.partial(self.card.answers, who=who))] if who else []
            for what, answers in parts:
                try:
                    yield from answers(asking.anew(ticket))
                except Superseded:
                    raise
                except Exception as error:
                    if not isinstance(error, RetailPanelError):
                        log.exception("the %s of customers could not be answered", what)
                    yield functools.partial(self._fail, what, error)

        self._fault.visible = False
        self._session.answers.study(work)

    def _fail(self, what, error):
        self._fault.param.update(object=plain(f"The {what} could not be answered: {error}"), visible=True)

    def _name_files(self, asking):
        count = self._count(asking)
        yield lambda: self.files.name(count)

    def _count(self, asking):
        lines = asking.lines if asking.filters else None
        key = ("customers.count", repr(asking.filters), "")
        return asking.scene.studied(
            key, lambda: directory.count(asking.ask, lines, asking.scored, asking.store.customers)
        )

    def open_card(self, who):
        """Open the card of the customer of an id."""
        if who != self.who:
            self.card.wait()
            self._session.choose("customers.who", who)
            self.ask()

    def close_card(self):
        """Close the card."""
        self._session.choose("customers.who", None)
        self._make_room()

    def _make_room(self):
        is_open = bool(self.who)
        self.card.layout.visible = is_open
        # A phone has room for one of the two.
        self._listed.visible = not (is_open and self._touch)
        self._grid.sx = BESIDE if is_open and not self._touch else ALONE
        self.table.narrow(is_open)

    def theme(self, dark):
        """Follow the light or dark paper."""
        self._dark = dark
        self.charts.theme(dark)
        self.card.redraw()
