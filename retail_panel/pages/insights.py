"""The insights page: findings, who the segments are, what to do about each, and what that would be worth."""

import functools

import panel_material_ui as pmui

from retail_panel.pages.action_editor import ActionEditor, OwnActions
from retail_panel.pages.card import ChartGrid
from retail_panel.pages.finding_list import FindingList
from retail_panel.pages.segment_cards import SegmentCards
from retail_panel.pages.study_card import StudyCard
from retail_panel.pages.study_grid import StudyGrid
from retail_panel.studies.insights.action_worth import ACTION_WORTH, worth_study
from retail_panel.studies.insights.findings import FINDINGS
from retail_panel.studies.insights.segment_shares import SEGMENT_SHARES


class InsightsPage:
    """Findings and segments as cards, and the table of actions; parameters as in
    :class:`retail_panel.pages.study_page.StudyPage`.
    """

    def __init__(self, contents, session, details, touch=False):
        self.own = OwnActions(session.store, session.owner)
        self.charts = ChartGrid(contents.charts, session, details.open_chart, contents.name, touch)
        studies = [worth_study(self.own.present) if study is ACTION_WORTH else study for study in contents.studies]
        self.studies = InsightGrid(studies, session, details.open_study, contents.name, self.own, self._described,
                                   touch)  # fmt: skip
        self.editor = ActionEditor(self.own, self.studies.redraw)
        self.layout = pmui.Column(
            self.charts.layout, self.studies.layout, self.editor.layout, sizing_mode="stretch_width", margin=0,
            sx={"gap": "12px"},
        )

    def _described(self, described):
        self.editor.offer([described.names[one.group] for one in described.facts])

    def theme(self, dark):
        """Follow the light or dark paper."""
        self.charts.theme(dark)
        self.studies.theme(dark)


class InsightGrid(StudyGrid):
    """The studies of the page, two of them as cards.

    Parameters
    ----------
    studies, session, details, page
        As in :class:`StudyGrid`.
    own : OwnActions
        What is recommended.
    described : callable
        Called with each description of the segments.
    """

    def __init__(self, studies, session, details, page, own, described, touch=False):
        super().__init__(studies, session, details, page, touch=touch)
        kinds = {
            FINDINGS.name: FindingList,
            SEGMENT_SHARES.name: functools.partial(SegmentCards, actions=own.present, described=described),
        }
        self.cards = [
            kinds.get(study.name, StudyCard)(study, session, self.ask, details, self.look) for study in studies
        ]
        self._grid[:] = [card.layout for card in self.cards]

    def redraw(self):
        """Show the answers there are once more, as when other actions are recommended."""
        for card in self.cards:
            if card.answer is not None:
                card.show(card.answer, card.statements, card.note)
