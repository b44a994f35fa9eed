"""Segments as cards: size, what they bring, what leads in them, and what is recommended."""

from html import escape

import panel as pn
import panel_material_ui as pmui

from retail_panel.crossfilter.clause import Values
from retail_panel.formats import format_value
from retail_panel.insight.actions import actions_for
from retail_panel.pages.lattice import FILLED, span
from retail_panel.pages.study_card import StudyCard

STYLE = """
:host { font-size: 13px; line-height: 1.4; }
h3 { font-size: 15px; margin: 0 0 2px; }
p { margin: 0 0 8px; opacity: 0.75; }
dl { display: grid; grid-template-columns: 1fr auto; gap: 1px 12px; margin: 0 0 8px; }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
ul { margin: 0 0 2px; padding-left: 1.2em; }
b { font-weight: 600; }
"""
SIDE_BY_SIDE = {"display": "grid", "gridTemplateColumns": "repeat(auto-fill, minmax(240px, 1fr))", "gap": "10px"}


class SegmentCards(StudyCard):
    """The chart of all segments, and below it a card for each.

    Parameters
    ----------
    *args
        As in :class:`StudyCard`.
    actions : callable
        Returns the actions that are recommended at present.
    described : callable
        Called with each description of the segments.
    """

    def __init__(self, *args, actions, described):
        super().__init__(*args)
        self._actions, self._described, self._cards = actions, described, []
        self.cards = pmui.Column(sizing_mode="stretch_width", margin=(10, 0, 0, 0), sx=SIDE_BY_SIDE)
        self.layout = pmui.Column(
            self.layout, self.cards, sizing_mode="stretch_width", margin=0, stylesheets=[span(self.study.width)]
        )

    def show(self, answer, statements=(), note=""):
        """Show an answer, or the error in its place."""
        super().show(answer, statements, note)
        self.cards.visible = not isinstance(answer, Exception)

    def _empty(self):
        super()._empty()
        self._cards, self.cards[:] = [], []

    def _draw(self, look):
        super()._draw(look)
        self._described(self.answer)
        facts = self.answer.facts
        while len(self._cards) < len(facts):
            self._cards.append(_Card(self._session))
            self.cards.append(self._cards[-1].layout)
        for place, card in enumerate(self._cards):
            card.show(self.answer, facts[place] if place < len(facts) else None, self._actions())


class _Card:
    def __init__(self, session):
        self._session, self._clause = session, None
        self._words = pn.pane.HTML("", stylesheets=[STYLE], sizing_mode="stretch_width", margin=0)
        button = pmui.Button(
            label="Show these", size="small", variant="outlined", margin=(4, 0),
            on_click=lambda event: self._session.selection.set(dict(self._clause)),
        )
        self.layout = pmui.Paper(
            self._words, button, elevation=0, variant="outlined", margin=0, sizing_mode="stretch_width",
            sx={"padding": "10px 14px", "borderRadius": "10px", "boxSizing": "border-box", "height": "100%"},
            css_classes=["segment-card"], styles={"height": "100%"}, stylesheets=[FILLED],
        )  # fmt: skip

    def show(self, described, facts, actions):
        """Show one segment; None hides the card."""
        self.layout.visible = facts is not None
        if facts is None:
            return
        name = described.names[facts.group]
        self._clause = {described.by: Values((name,))}
        self._words.object = segment_html(described, facts, actions_for(actions, name), self._session.currency)


def segment_html(described, facts, actions, currency):
    """Return a segment's card as HTML."""
    money = lambda value, form="full": format_value(value, "money", currency, form)  # noqa: E731
    share = "" if facts.net_share is None else f" ({format_value(facts.net_share, 'share', form='tile')})"
    figures = {
        "Customers": f"{facts.customers:,} ({format_value(facts.customer_share, 'share', form='tile')})",
        "Net sales": f"{money(facts.net_sales, 'tile')}{share}",
        "Average transaction": money(facts.transaction_mean),
        "Recency, mean": format_value(round(facts.recency_days_mean), "days"),
        "Frequency, mean": format_value(facts.frequency_mean, "ratio", form="tile"),
        "Monetary, mean": money(facts.monetary_mean),
    }
    rows = "".join(f"<dt>{escape(label)}</dt><dd>{escape(figure)}</dd>" for label, figure in figures.items())
    leads = "".join(f"<li>{escape(lead)}</li>" for lead in described.leads[facts.group])
    advice = "".join(f"<li><b>{escape(one.action)}</b>: {escape(one.why)}</li>" for one in actions)
    advice = advice or "<li>No action is in the table for this group.</li>"
    return (
        f"<h3>{escape(described.names[facts.group])}</h3><p>{escape(described.descriptions[facts.group])}</p>"
        f"<dl>{rows}</dl><ul>{leads}</ul><div><b>Recommended</b></div><ul>{advice}</ul>"
    )
