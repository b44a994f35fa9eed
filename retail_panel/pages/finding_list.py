"""Findings as cards: a sentence, its evidence in small print, and what sets the selection it speaks of."""

from html import escape

import panel as pn
import panel_material_ui as pmui

from retail_panel.pages.study_card import StudyCard

#: As many as fit a page that is still read to its end.
MOST = 20
STYLE = """
:host { font-size: 14px; line-height: 1.45; }
.finding { display: flex; gap: 12px; }
.place { font-weight: 700; min-width: 1.6em; text-align: right; opacity: 0.72; font-variant-numeric: tabular-nums; }
.evidence { font-size: 12px; opacity: 0.72; margin-top: 2px; }
.none { opacity: 0.72; }
.none .evidence { opacity: 1; }
"""


class FindingList(StudyCard):
    """The findings of the selection as a ranked list; parameters as in :class:`StudyCard`."""

    def __init__(self, *args):
        super().__init__(*args)
        self._place.height = None
        self._rows = []

    def _empty(self):
        super()._empty()
        self._rows = []

    def _draw(self, look):
        shown = self.answer[:MOST]
        while len(self._rows) < len(shown):
            self._rows.append(_Row(self._session))
            self._place.append(self._rows[-1].layout)
        for place, row in enumerate(self._rows):
            row.show(place + 1, shown[place] if place < len(shown) else None)


class _Row:
    def __init__(self, session):
        self._session, self._finding = session, None
        self._words = pn.pane.HTML("", stylesheets=[STYLE], sizing_mode="stretch_width", min_width=260, margin=(4, 4))
        self._set = pmui.Button(
            label="Show these", size="small", variant="outlined", margin=(4, 4), width=112,
            on_click=lambda event: self._select(),
        )
        self.layout = pmui.Row(
            self._words, self._set, sizing_mode="stretch_width", margin=0, css_classes=["finding-row"],
            sx={"alignItems": "center", "borderTop": "1px solid", "borderColor": "divider", "flexWrap": "wrap"},
        )

    def show(self, place, finding):
        """Show a finding; None hides the row."""
        self._finding = finding
        self.layout.visible = finding is not None
        if finding is None:
            return
        number = place if finding.beyond_noise else "\u2013"
        kind = "" if finding.beyond_noise else " none"
        self._words.object = (
            f'<div class="finding"><div class="place">{number}</div><div class="words{kind}">'
            f"{escape(finding.sentence)}"
            f'<div class="evidence">{escape(finding.evidence.words())}</div></div></div>'
        )
        self._set.visible = bool(finding.selection)

    def _select(self):
        if self._finding is not None:
            self._session.selection.set(dict(self._finding.selection))
