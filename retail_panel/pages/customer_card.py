"""The card of one customer: what they bought, how they compare, what they like, when they are expected again."""

import panel as pn
import panel_material_ui as pmui

from retail_panel.customers.card import card
from retail_panel.customers.evolution import evolution
from retail_panel.customers.gaps import population_gaps
from retail_panel.customers.history import history
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.dimensions import DIMENSIONS
from retail_panel.pages.customer_facts import STYLE, facts_html, ranks_html
from retail_panel.pages.customer_lookup import customer_key
from retail_panel.pages.customer_past import PAST
from retail_panel.pages.customer_purchases import PURCHASES, Purchases
from retail_panel.pages.lattice import lattice
from retail_panel.pages.plain_text import plain
from retail_panel.pages.study_card import StudyCard
from retail_panel.pages.table import STYLE as TABLE_STYLE
from retail_panel.studies import Nothing

FAVOURITES = ("channel", "category")


class CustomerCard:
    """One customer beside the table.

    Parameters
    ----------
    session : Session
        The visitor; whose card is open is among its choices.
    details : Details
        The drawer, for the tables of the card's charts.
    look : callable
        Returns how drawings look at present.
    close : callable
        Closes the card.
    """

    def __init__(self, session, details, look, close):
        self._session = session
        self._title = pmui.Typography("", variant="h6", margin=0, sizing_mode="stretch_width")
        self._groups = pmui.Typography("", variant="body2", margin=(0, 0, 4, 0), sizing_mode="stretch_width")
        self._expected = pmui.Alert(object="", severity="info", margin=(4, 0), sizing_mode="stretch_width",
                                    title="Next purchase")  # fmt: skip
        self._facts, self._ranks = (
            pn.pane.HTML("", stylesheets=[TABLE_STYLE, STYLE], sizing_mode="stretch_width", margin=(2, 0))
            for _ in range(2)
        )
        self.purchases, self.past = (
            StudyCard(study, session, _nothing_to_ask, details.open_study, look) for study in (PURCHASES, PAST)
        )
        shut = pmui.IconButton(icon="close", description="Close the card", size="small", margin=0,
                               on_click=lambda event: close())  # fmt: skip
        self.layout = pmui.Paper(
            pmui.Row(self._title, shut, sizing_mode="stretch_width", margin=0),
            self._groups, self._expected, self._ranks, self._facts,
            lattice((self.purchases.layout, self.past.layout)),
            elevation=0, variant="outlined", margin=0, sizing_mode="stretch_width", css_classes=["customer-card"],
            visible=False,
            sx={"padding": "8px 12px", "borderRadius": "10px"},
        )  # fmt: skip

    def answers(self, asking, who):
        """Ask for a customer's card; a generator of functions that show it.

        Parameters
        ----------
        asking : Asking
            What to ask with; the card is about the whole scope, whatever is selected.
        who : str
            Their id.
        """
        key = customer_key(asking, who)
        if key is None:
            yield lambda: self._show_nobody(who)
            return
        scene, lines = asking.scene, asking.scope_lines
        day = scene.population.reference_day
        columns = {f"c_{name}": DIMENSIONS[name].label for name in FAVOURITES if name in scene.coded.bins}
        gaps = scene.studied(("customers.gaps",), lambda: population_gaps(asking.ask, lines, day))
        found = card(asking.ask, lines, asking.scored, key, day, tuple(columns), gaps)
        labels = {column: asking.labels(column.removeprefix("c_")) for column in columns}
        yield lambda: self._show(asking, who, found, columns, labels)
        definition = CustomersPipeline(**asking.definition)
        among = scene.studied(("customers.evolution",), lambda: evolution(asking.ask, lines, definition))
        past = history(asking.ask, lines, definition, key, among)
        if past.empty:
            past = Nothing("Never bought in these months, so there was no segment to be in.")
        statements = tuple(asking.asked)
        yield lambda: self.past.show(past, statements)

    def wait(self):
        """Pale what is not the present customer's."""
        self.purchases.wait()
        self.past.wait()

    def _show_nobody(self, who):
        self._title.object = f"Customer {plain(who)}"
        self._groups.object = "No order line in scope is of a customer with this id."
        self._expected.visible = False
        for pane in (self._facts, self._ranks):
            pane.object = ""
        for study in (self.purchases, self.past):
            study.layout.visible = False

    def _show(self, asking, who, found, names, labels):
        population, currency = asking.scene.population, self._session.currency
        self._title.object = f"Customer {plain(who)}"
        self._groups.object = (
            "Returns only, so neither scored nor in a segment." if found.segment is None
            else f"Segment **{plain(population.segments[found.segment].name)}** · cluster "
            f"**{plain(population.clusters[found.cluster].name)}**, within scope"
        )  # fmt: skip
        self._expected.param.update(
            object=plain(found.expected.words), visible=True,
            severity="warning" if found.expected.is_overdue else "info",
        )
        self._facts.object = facts_html(found, names, labels, currency)
        self._ranks.object = ranks_html(found, population.customers, currency)
        for study in (self.purchases, self.past):
            study.layout.visible = True
        first = asking.scene.coded.bins["ordered_at"].edges[0]
        self.purchases.show(Purchases(found, first), tuple(asking.asked))

    def redraw(self):
        """Follow the light or dark paper."""
        self.purchases.redraw()
        self.past.redraw()


def _nothing_to_ask():
    """Leave it: these charts have no choices of their own."""
