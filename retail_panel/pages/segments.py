"""The segments page: who the customers are, how many groups there are and what each is like."""

import panel as pn
import panel_material_ui as pmui

from retail_panel.crossfilter.small_groups import TooFew, hidden, left_out
from retail_panel.formats import format_value
from retail_panel.pages.card import ChartGrid
from retail_panel.pages.plain_text import plain
from retail_panel.pages.study_grid import StudyGrid
from retail_panel.pages.table import SIDEWAYS, table_html, table_pane
from retail_panel.views.choice_of_k import ChoiceOfK

COLUMNS = (
    "Group", "Customers", "Share", "Recency, days", "Frequency", "Monetary, mean", "Net sales", "What they are like",
)  # fmt: skip
#: Its last column is a sentence.
LEAST_WIDTH = "table { min-width: 960px; }"


class SegmentsPage:
    """Charts that answer the selection, beside what the clustering itself says.

    Parameters as in :class:`retail_panel.pages.study_page.StudyPage`.
    """

    def __init__(self, contents, session, details, touch=False):
        self._session = session
        self.charts = ChartGrid(contents.charts, session, details.open_chart, contents.name, touch)
        self.studies = StudyGrid(contents.studies, session, details.open_study, contents.name, touch=touch)
        self._choice = ChoiceOfK()
        self._notes = pmui.Typography("", variant="body2", sizing_mode="stretch_width", margin=(4, 8))
        self._profile = table_pane([], css_classes=["profile"])
        self._profile.stylesheets = [*self._profile.stylesheets, SIDEWAYS, LEAST_WIDTH]
        titles = ("**Elbow** · Within-cluster sum of squares by k", "**Silhouette** · Mean over customers by k")
        choice = pmui.Grid(
            *[pmui.Grid(_paper(title, _fixed_height(figure)),
                        size={"xs": 12, "md": 6})
              for title, figure in zip(titles, self._choice.figures, strict=True)],
            container=True, spacing=1.25, sizing_mode="stretch_width", margin=0,
        )  # fmt: skip
        self._of_groups = (choice, _paper("Profile of each group, within scope", self._profile))
        self.layout = pmui.Column(
            self._notes, self.charts.layout, *self._of_groups, self.studies.layout, sizing_mode="stretch_width",
            margin=0, sx={"gap": "12px"},
        )
        session.param.watch(lambda event: self._follow(), ["scene", "page"])
        self._follow()

    def _follow(self):
        scene = self._session.scene
        if scene is None or scene.is_estimate or self._session.page != "segments":
            return
        population = scene.population
        for part in self._of_groups:
            part.visible = population is not None
        if population is None:
            self._notes.object = "The source names no customers, so there is nobody to score. Map a customer column."
            return
        least = self._session.person.min_customers
        if population.customers < least:
            for part in self._of_groups:
                part.visible = False
            self._profile.object, self._notes.object = "", plain(f"Nothing is shown: {TooFew(least)}.")
            return
        out = hidden([group.customers for group in population.groups], least)
        words = [population.definition, *population.notes, *([left_out(int(out.sum()), least)] if out.any() else [])]
        self._notes.object = "  \n".join(map(plain, words))
        self._choice.show(population.clustering)
        told = [group for group, is_out in zip(population.groups, out, strict=True) if not is_out]
        self._profile.object = self._profiles(told)

    def _profiles(self, groups):
        money = lambda value: format_value(value, "money", self._session.currency)  # noqa: E731
        rows = [
            (
                group.name,
                format_value(group.customers),
                format_value(group.share, "share", form="tile"),
                format_value(group.recency_days_mean, "ratio", form="tile"),
                format_value(group.frequency_mean, "ratio", form="tile"),
                money(group.monetary_mean),
                money(group.net_sales),
                group.description,
            )
            for group in groups
        ]
        return table_html(rows, COLUMNS, range(1, 7))

    def theme(self, dark):
        """Follow the light or dark paper."""
        self.charts.theme(dark)
        self.studies.theme(dark)
        self._choice.theme(dark)


def _fixed_height(figure):
    pane = pn.pane.Bokeh(figure, sizing_mode="stretch_both", margin=0)
    return pn.Column(pane, height=200, sizing_mode="stretch_width", margin=0)


def _paper(title, body):
    return pmui.Paper(
        pmui.Typography(title, variant="subtitle2", margin=0), body, elevation=0, variant="outlined", margin=0,
        sizing_mode="stretch_width", sx={"padding": "6px 10px", "borderRadius": "10px", "overflowX": "auto"},
    )  # fmt: skip
