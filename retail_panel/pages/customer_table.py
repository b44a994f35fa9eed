"""The table of customers: one page at a time on the screen, sorted and searched where the rows lie."""

import pandas as pd
import panel_material_ui as pmui

from retail_panel.customers import directory
from retail_panel.formats import format_value
from retail_panel.pages.customer_columns import BESIDE_CARD, COLUMNS, FIRST_SORT, blank_table, sorts, written
from retail_panel.pages.customer_lookup import customer_key
from retail_panel.pages.pager import Pager
from retail_panel.pages.plain_text import plain
from retail_panel.pages.table_scripts import TableScripts

ROWS, ROWS_TOUCH = 25, 10


class CustomerTable:
    """The table of a visitor's customers, with its search, its order and its pages.

    Parameters
    ----------
    session : Session
        The visitor; what is searched and sorted by is among its choices.
    ask : callable
        ``ask()`` asks anew.
    open_card : callable
        ``open_card(customer_id)`` opens a card.
    touch : bool
        Whether fingers do the pointing: fewer rows a page.
    """

    def __init__(self, session, ask, open_card, touch=False):
        self._session, self._ask, self._open_card = session, ask, open_card
        self._rows = ROWS_TOUCH if touch else ROWS
        self._quiet, self._place, self._question, self._opening = False, 0, None, ""
        self._sought = ""
        self.ids = []
        self.search = pmui.TextInput(label="Find by id, then Enter", size="small", width=220, margin=(4, 0))
        orders = {f"{title}, {way}": f"{name}.{end}" for name, (title, *_) in COLUMNS.items()
                  for end, way in (("asc", "rising"), ("desc", "falling"))}  # fmt: skip
        self.order = pmui.Select(label="Sort by", options=orders, value=FIRST_SORT, size="small", width=200,
                                 margin=(4, 0))  # fmt: skip
        self.counted = pmui.Typography("", variant="body2", margin=4, css_classes=["counted"])
        self.pages = Pager(margin=(6, 0), sizing_mode="stretch_width", beside=0 if touch else 1)
        self.nobody = pmui.Typography("", variant="body2", visible=False, margin=(24, 8), css_classes=["nothing"])
        self.table = blank_table()
        self._scripts = TableScripts()
        self._holder = pmui.Column(self._scripts, sizing_mode="stretch_width", margin=0)
        self._scripts.param.watch(lambda event: self._bring(), "ready")
        self._scripts.param.watch(lambda event: self._say_nobody(event.new), "fault")
        self.head = pmui.Row(self.search, self.order, self.counted, margin=0, sizing_mode="stretch_width",
                             sx={"flexWrap": "wrap", "gap": "10px", "alignItems": "center"})  # fmt: skip
        self.layout = pmui.Column(
            self.head, self.nobody, self._holder, self.pages, sizing_mode="stretch_width", margin=0
        )
        self.search.param.watch(lambda event: self._searched(event.new), "value")
        self.search.param.watch(lambda event: self._entered(), "enter_pressed")
        self.order.param.watch(lambda event: self._sorted(event.new), "value")
        self.table.param.watch(lambda event: self._sorted(written(event.new)), "sorters")
        self.pages.param.watch(lambda event: self._turned(event.new), "value")
        self.table.on_click(lambda event: open_card(self.ids[event.row]))

    def _bring(self):
        if self.ids and self._scripts.ready and self.table not in self._holder:
            self._holder.append(self.table)

    @property
    def wanted(self):
        """What to sort by, as the session's choices have it."""
        chosen = self._session.choices.get("customers.sort")
        return chosen if chosen and sorts(chosen) else FIRST_SORT

    @property
    def found(self):
        """What the ids must contain, as the session's choices have it; empty where anything will do."""
        return self._session.choices.get("customers.find", "")

    def begin(self, scene, filters):
        """Go back to the first page where something else is asked than before."""
        question = (scene.query, repr(filters), self.found, self.wanted)
        if question != self._question:
            self._place, self._question = 0, question

    def answers(self, asking):
        """Ask for the present page; a generator of functions that show it."""
        found, sort = self.found, self.wanted
        store, lines = asking.store, asking.lines if asking.filters else None
        key = ("customers.count", repr(asking.filters), found)
        count = asking.scene.studied(
            key, lambda: directory.count(asking.ask, lines, asking.scored, store.customers, found)
        )
        place = min(self._place, max(0, count - 1) // self._rows)
        page = directory.page(
            asking.ask, lines, asking.scored, store.customers, asking.scene.population.reference_day,
            offset=place * self._rows, limit=self._rows, sort=sorts(sort), search=found, matching=count,
        )  # fmt: skip
        yield lambda: self._show(page, asking, found, sort)
        if self._opening and customer_key(asking, self._opening) is not None:
            yield self._open_found

    def _show(self, page, asking, found, sort):
        population, currency = asking.scene.population, self._session.currency
        self.ids = page.rows["customer_id"].tolist()
        shown = {}
        for name, (_, unit, _) in COLUMNS.items():
            if name in ("segment", "cluster"):
                groups = getattr(population, f"{name}s")
                shown[name] = [groups[index].name for index in page.rows[name]]
            else:
                shown[name] = [format_value(v, unit, currency) if unit else str(v) for v in page.rows[name]]
        self._quiet, self._place = True, page.offset // self._rows
        try:
            if found != self._sought:
                self.search.value = self._sought = found
            self.order.value = sort if sort in self.order.options.values() else None
            self.table.value = pd.DataFrame(shown, dtype=object)
            if written(self.table.sorters) != sort:
                # Given an order, Panel 1.9.4 sorts rows by their numbers as texts; so the arrow goes, the list says it.
                self.table.sorters = []
            self.pages.count = max(1, -(-page.matching // self._rows))
            self.pages.value = self._place
        finally:
            self._quiet = False
        self._bring()
        self.pages.visible = page.matching > self._rows
        first, last = page.offset + 1, page.offset + len(self.ids)
        whose = (" in the selection" if asking.filters else "") + (f" with “{plain(found)}” in the id" if found else "")
        self.counted.object = f"{first:,}–{last:,} of {page.matching:,} customers{whose}" if self.ids else ""
        self._say_nobody("" if self.ids else _nobody(found, bool(asking.filters)))

    def _open_found(self):
        opening, self._opening = self._opening, ""
        self._open_card(opening)

    def _say_nobody(self, words):
        self.nobody.param.update(object=words, visible=bool(words))
        self.table.visible = not words

    def narrow(self, beside_card):
        """Leave room for a customer's card, or take it back."""
        self.table.hidden_columns = BESIDE_CARD if beside_card else []

    def _searched(self, text):
        text = (text or "").strip()
        if self._quiet:
            return
        self._sought = text
        self._opening = self._opening if text == self._opening else ""
        if text != self.found:
            self._session.choose("customers.find", text or None)
            self._ask()

    def _entered(self):
        text = (self.search.value_input or self.search.value or "").strip()
        self._searched(text)
        self._opening = text
        if text:
            self._ask()

    def _sorted(self, text):
        if self._quiet or not text or text == self.wanted:
            return
        self._session.choose("customers.sort", None if text == FIRST_SORT else text)
        self._ask()

    def _turned(self, place):
        if not self._quiet and place is not None and place != self._place:
            self._place = place
            self._ask()


def _nobody(found, selected):
    where = "in the selection" if selected else "in scope"
    if found:
        text = plain(found)
        return f"No scored customer {where} has an id that contains “{text}”. Clear the search, or widen the scope."
    return f"No scored customer is {where}. Clear the selection, or widen the scope."
