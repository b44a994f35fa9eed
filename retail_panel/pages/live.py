"""The live page: alerts, the present beside usual days, the orders that came last, and how the feed stands."""

import panel_material_ui as pmui

from retail_panel.pages.alert import alert
from retail_panel.pages.card import ChartGrid
from retail_panel.pages.feed_health import FeedHealth
from retail_panel.pages.plain_text import plain
from retail_panel.pages.study_card import StudyCard
from retail_panel.pages.study_grid import StudyGrid
from retail_panel.pages.table import SIDEWAYS, table_html, table_pane
from retail_panel.studies.live.expected_now import EXPECTED_NOW, alarms
from retail_panel.studies.live.orders_now import ORDERS_NOW

#: Whoever has this page open waits for the rows that arrive.
CADENCE_S = 1.0
MOST_ALERTS = 4


class LivePage:
    """Charts, studies and the feed; parameters as in :class:`retail_panel.pages.study_page.StudyPage`.

    Parameters
    ----------
    server : Server
        Its pump is the feed.
    """

    def __init__(self, contents, session, details, touch=False, server=None):
        self._session = session
        # Its figures count the rows of everybody.
        self.health = FeedHealth(server, session.policy.has_all_rows, session.person.may("admin"))
        self.alerts = [alert("warning", margin=0) for _ in range(MOST_ALERTS)]
        self.charts = ChartGrid(contents.charts, session, details.open_chart, contents.name, touch)
        self.studies = LiveGrid(contents.studies, session, details.open_study, contents.name, self._alarm, touch)
        self.layout = pmui.Column(
            *self.alerts, self.health.layout, self.studies.layout, self.charts.layout, sizing_mode="stretch_width",
            margin=0, sx={"gap": "12px"},
        )  # fmt: skip

    def _alarm(self, sentences):
        for place, shown in enumerate(self.alerts):
            text = plain(sentences[place]) if place < len(sentences) else ""
            shown.param.update(object=text, visible=bool(text))

    def tick(self):
        """Notice time passing."""
        if self._session.page == "live":
            self.health.show()

    def theme(self, dark):
        """Follow the light or dark paper."""
        self.charts.theme(dark)
        self.studies.theme(dark)


class LiveGrid(StudyGrid):
    """The studies of the page, two of them with more than a drawing; ``alarm`` takes the alerts, a list of str."""

    def __init__(self, studies, session, details, page, alarm, touch=False):
        super().__init__(studies, session, details, page, CADENCE_S, touch)
        kinds = {EXPECTED_NOW.name: AlarmCard, ORDERS_NOW.name: OrdersCard}
        self.cards = [
            kinds.get(study.name, StudyCard)(study, session, self.ask, details, self.look) for study in studies
        ]
        for card in self.cards:
            if isinstance(card, AlarmCard):
                card.alarm = alarm
        self._grid[:] = [card.layout for card in self.cards]


class AlarmCard(StudyCard):
    """Figures against their bands; those outside are alerts of the page too."""

    alarm = None

    def show(self, answer, statements=(), note=""):
        """Show an answer, and raise or take down the alerts."""
        super().show(answer, statements, note)
        self.alarm([] if isinstance(answer, Exception) else alarms(answer, self.look()))


class OrdersCard(StudyCard):
    """Orders as a table, the newest on top."""

    def __init__(self, *args):
        super().__init__(*args)
        self._place.height = None
        self._rows = table_pane([], css_classes=["latest-orders"])
        self._rows.stylesheets = [*self._rows.stylesheets, SIDEWAYS]
        self._place[:] = [self._rows]

    def _empty(self):
        self._rows.object = ""

    def _draw(self, look):
        rows = self.study.table(self.answer, look)
        cells = [
            (row.Time, look.write(float(row.Amount), "money"), row.Store, row.Channel, _units(row.Units), row.Order)
            for row in rows.itertuples(index=False)
        ]
        self._rows.object = table_html(cells, list(rows.columns), figures=(1, 4))


def _units(value):
    return "" if value is None or value != value else f"{int(value):,}"
