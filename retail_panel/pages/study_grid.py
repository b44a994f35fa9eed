"""The studies of one page: asked in reading order beside the charts, each shown as it is ready."""

import functools
import logging

import panel_material_ui as pmui

from retail_panel.errors import RetailPanelError
from retail_panel.pages.following import CADENCE_S, Following
from retail_panel.pages.lattice import lattice
from retail_panel.pages.plain_text import plain
from retail_panel.pages.study_card import StudyCard
from retail_panel.store import Superseded
from retail_panel.studies import Look, answered, is_withheld

log = logging.getLogger(__name__)

#: The engine answers one study on one core but for its largest scans.
AT_ONCE = 2


class StudyGrid:
    """Studies on a page, following a visitor's answers.

    Parameters
    ----------
    studies : sequence of Study
        In reading order.
    session : Session
        The visitor.
    details : callable
        ``details(card)`` opens the drawer.
    page : str
        The page they are on; while another one is open nothing is asked for them.
    cadence_s : float
        Seconds between two looks at rows that arrive.
    touch : bool
        Whether fingers do the pointing, and so the paper is narrow.
    """

    def __init__(self, studies, session, details, page, cadence_s=CADENCE_S, touch=False):
        self._session, self._dark, self._touch = session, False, touch
        self._following = Following(session, page, self._ask, cadence_s, self._hush)
        self.cards = [StudyCard(study, session, self.ask, details, self.look) for study in studies]
        self._absent = pmui.Typography("", variant="body2", visible=False, margin=(4, 8), sizing_mode="stretch_width")
        self._grid = lattice(card.layout for card in self.cards)
        self.layout = pmui.Column(
            self._grid, self._absent, sizing_mode="stretch_width", margin=0, sx={"gap": "10px"},
            css_classes=["studies"],
        )  # fmt: skip

    def look(self):
        """Return how drawings look at present."""
        return Look(self._session.currency, self._dark, self._touch)

    def theme(self, dark):
        """Follow the light or dark paper."""
        if dark != self._dark:
            self._dark = dark
            for card in self.cards:
                card.redraw()

    def ask(self):
        """Ask for every study of the page under the present scene and selection."""
        self._following.ask()

    def _hush(self, error):
        for card in self.cards:
            card.show(error)

    def _ask(self, scene, filters):
        cards, asking = self._present(scene), self._following.asking(scene, filters)
        for card in cards if self._following.is_new else ():
            card.wait()

        waiting = iter(cards)

        def work(ticket):
            for card in waiting:
                yield functools.partial(_show, card, *_answered(card, asking.anew(ticket)))

        self._session.answers.study(work, at_once=AT_ONCE)

    def _present(self, scene):
        """Lay out the studies that the source supports, and say what the others need."""
        asking = self._following.asking(scene, {})
        least = asking.least
        lacking = {
            card: [_why(need, asking) for need in card.study.needs if not asking.has(need)]
            or ([f"it could tell of fewer than {least} customers"] if is_withheld(card.study, least) else [])
            for card in self.cards
        }
        present = [card for card, reasons in lacking.items() if not reasons]
        layouts = [card.layout for card in present]
        if layouts != list(self._grid):
            self._grid[:] = layouts
        absent = {}
        for card, reasons in lacking.items():
            if reasons:
                absent.setdefault(" and ".join(reasons), []).append(card.study.title)
        groups = "; ".join(f"{', '.join(titles)} ({why})" for why, titles in absent.items())
        words = plain(f"Not shown: {groups}.") if absent else ""
        self._absent.param.update(object=words, visible=bool(absent))
        return present


def _why(need, asking):
    if need in ("stock", "feedback"):
        names = ", ".join(asking.uncut(need)) or "a scope made from a selection"
        return f"{need} does not say {names}, by which the scope filters"
    return f"the source has no {need.removesuffix('_key').replace('_', ' ')}"


def _answered(card, asking):
    chosen, offered = {}, {}
    try:
        chosen, offered = card.chosen(asking)
        asking.choices.update(chosen)
        found = answered(card.study, asking)
        return found.answer, found.statements, found.note, chosen, offered
    except Superseded:
        raise
    except Exception as error:
        if not isinstance(error, RetailPanelError):
            log.exception("the study %s could not be answered", card.study.name)
        return error, (), "", chosen, offered


def _show(card, answer, statements, note, chosen, offered):
    if offered:
        card.offer(chosen, offered)
    try:
        card.show(answer, statements, note)
    except Exception as error:
        log.exception("the study %s could not be drawn", card.study.name)
        card.show(RetailPanelError(f"{type(error).__name__}: {error}"))
