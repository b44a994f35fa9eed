"""The compare page: any two of selection, scope, segments, clusters and saved views side by side."""

import functools
import logging

import panel as pn
import panel_material_ui as pmui

from retail_panel.errors import RetailPanelError
from retail_panel.pages.card import ChartGrid
from retail_panel.pages.compare_answer import Compared, compare, says
from retail_panel.pages.compare_shapes import GAPS, SHAPE_STUDIES, shape_of
from retail_panel.pages.compare_sides import VIEW, defaults, offers, sides
from retail_panel.pages.compare_tiles import STYLE, tiles_html
from retail_panel.pages.following import Following
from retail_panel.pages.lattice import lattice
from retail_panel.pages.plain_text import plain
from retail_panel.pages.prompt import prompt
from retail_panel.pages.study_card import PENDING, SHOWN, StudyCard
from retail_panel.store import Superseded
from retail_panel.studies import Look, Nothing

log = logging.getLogger(__name__)

LARGE_ONLY = "A and B are compared for those who may see groups of any size: either of them could hold few customers."

class ComparePage:
    """Charts to select in, the choice of A and B, and what sets them apart.

    Parameters as in :class:`retail_panel.pages.study_page.StudyPage`.
    """

    def __init__(self, contents, session, details, touch=False):
        self._session, self._touch, self._dark, self._quiet = session, touch, False, False
        self._following = Following(session, contents.name, self._ask)
        self.charts = ChartGrid(contents.charts, session, details.open_chart, contents.name, touch)
        self.selects = {
            side: pmui.Select(label=label, options=[], size="small", width=290, margin=(4, 0), searchable=True)
            for side, label in (("a", "A (blue)"), ("b", "B (amber)"))
        }
        for side, select in self.selects.items():
            prompt(select).param.watch(lambda event, side=side: self._chose(side, event.new), "value")
        swap = pmui.Button(label="Swap", icon="swap_horiz", size="small", variant="outlined", margin=(4, 0),
                           description="Let A and B change places", on_click=lambda event: self._swap())  # fmt: skip
        self._nothing = pmui.Typography("", variant="body2", visible=False, margin=(24, 8), css_classes=["nothing"])
        self._tiles = pn.pane.HTML("", stylesheets=[STYLE], sizing_mode="stretch_width", margin=0,
                                   css_classes=["compared"])  # fmt: skip
        self._says = pmui.Typography("", variant="body2", margin=(2, 4), sizing_mode="stretch_width",
                                     css_classes=["says"])  # fmt: skip
        self.cards = [
            StudyCard(study, session, self.ask, details.open_study, self._look) for study in (GAPS, *SHAPE_STUDIES)
        ]
        self._grid = lattice(card.layout for card in self.cards)
        choice = pmui.Row(self.selects["a"], swap, self.selects["b"], margin=0, sizing_mode="stretch_width",
                          sx={"flexWrap": "wrap", "gap": "10px", "alignItems": "center"})  # fmt: skip
        paper = pmui.Paper(
            choice, self._nothing, self._says, self._tiles, elevation=0, variant="outlined", margin=0,
            sizing_mode="stretch_width", sx={"padding": "8px 12px 12px", "borderRadius": "10px"},
        )  # fmt: skip
        self.layout = pmui.Column(self.charts.layout, paper, self._grid, sizing_mode="stretch_width", margin=0,
                                  sx={"gap": "12px"})  # fmt: skip

    def _look(self):
        return Look(self._session.currency, self._dark, self._touch)

    def ask(self):
        """Compare anew."""
        self._following.ask()

    def _ask(self, scene, filters):
        session, (a, b) = self._session, self.chosen(scene, filters)
        asking = self._following.asking(scene, filters)
        self._tiles.styles = PENDING
        for card in self.cards:
            card.wait()

        def work(ticket):
            views = session.store.saved_views(session.owner)
            yield functools.partial(self._offer, scene, (a, b), views)
            found, statements = self._answer(asking.anew(ticket), a, b, views)
            yield lambda: self._show(found)
            for card in self.cards if isinstance(found, Compared) else ():
                yield functools.partial(self._draw, card, found, statements)

        session.answers.study(work)

    def _answer(self, asking, a, b, views):
        if self._session.person.min_customers > 1:
            return RetailPanelError(LARGE_ONLY), ()

        def make():
            # The scenes of Answers are the process's own.
            with sides(asking, a, b, self._session.answers.scenes, views) as pair:
                return compare(asking, *pair), tuple(asking.asked)

        try:
            if VIEW in (a.partition(":")[0], b.partition(":")[0]):
                return make()
            return asking.scene.studied(("compare", repr(asking.filters), a, b), make)
        except Superseded:
            raise
        except Exception as error:
            if not isinstance(error, RetailPanelError):
                log.exception("A and B could not be compared")
            return error, ()

    def chosen(self, scene, filters):
        """Return the values of A and B, as chosen or else by default."""
        choices, usual = self._session.choices, defaults(scene, filters)
        return tuple(choices.get(f"compare.{side}") or value for side, value in zip("ab", usual, strict=True))

    def _offer(self, scene, chosen, views):
        groups = offers(scene, views)
        known = {value for options in groups.values() for value in options.values()}
        self._quiet = True
        try:
            for select, value in zip(self.selects.values(), chosen, strict=True):
                asked_for = {} if value in known else {"Asked for": {value.partition(":")[2] or value: value}}
                select.param.update(groups=groups | asked_for, value=value)
        finally:
            self._quiet = False

    def _chose(self, side, value):
        if self._quiet or not value or self._session.choices.get(f"compare.{side}") == value:
            return
        self._session.choose(f"compare.{side}", value)
        self.ask()

    def _swap(self):
        if self._session.scene is None:
            return
        a, b = self.chosen(self._session.scene, self._session.selection.clauses)
        self._session.choose("compare.a", b)
        self._session.choose("compare.b", a)
        self.ask()

    def _show(self, found):
        failed = isinstance(found, Exception)
        words = str(found) if isinstance(found, Nothing) else f"A and B could not be compared: {found}"
        self._nothing.param.update(object=plain(words) if failed else "", visible=failed)
        for part in (self._tiles, self._says, self._grid):
            part.visible = not failed
        if not failed:
            currency = self._session.currency
            self._tiles.param.update(object=tiles_html(found, currency), styles=SHOWN)
            self._says.object = says(found, currency)

    def _draw(self, card, found, statements):
        name = card.study.name.removeprefix("compare_")
        card.layout.visible = card.study is GAPS or shape_of(found, name) is not None
        if card.layout.visible:
            card.show(found, statements)

    def theme(self, dark):
        """Follow the light or dark paper."""
        if dark != self._dark:
            self._dark = dark
            self.charts.theme(dark)
            for card in self.cards:
                card.redraw()
