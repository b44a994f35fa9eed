"""When to ask again: at once for what the visitor changes, now and then for rows that arrive."""

import time

import panel as pn

from retail_panel.crossfilter.scenes import definition_of
from retail_panel.studies import Asking

#: How often pages follow rows that arrive; a change by the user is answered at once.
CADENCE_S = 5


class Following:
    """What keeps one page in step with a visitor's answers, while it is open.

    Parameters
    ----------
    session : Session
        The visitor.
    page : str
        The page; while another one is open nothing is asked for it.
    ask : callable
        ``ask(scene, filters)`` asks for everything on it.
    cadence_s : float
        Seconds between two looks at rows that arrive.
    hush : callable, optional
        ``hush(error)`` takes all figures from it, also while another page is open, and says why.
    """

    def __init__(self, session, page, ask, cadence_s=CADENCE_S, hush=None):
        self._session, self._page, self._ask = session, page, ask
        self._asked, self._asked_at, self._later, self._cadence_s = None, 0.0, None, cadence_s
        #: Whether what is asked for now is another question than the last one, and not the same about more rows.
        self.is_new = True
        session.answers.followers.append(self._follow)
        self._take_away = hush
        session.answers.hushed.append(self._hush)
        # What was under way is called off as the visitor leaves, so whoever comes back asks at once.
        session.param.watch(lambda event: self._leave(), "page")

    def asking(self, scene=None, filters=None):
        """Return what to ask with, by default about the present scene and selection; for the event loop only."""
        session = self._session
        filters = dict(session.selection.clauses) if filters is None else filters
        definition = definition_of(session.pipeline)
        return Asking(session.store, scene or session.scene, filters, definition, currency=session.currency,
                      least=session.person.min_customers)  # fmt: skip

    def ask(self):
        """Ask anew about the present scene and selection."""
        session = self._session
        if session.scene is not None and session.page == self._page and session.answers.may_study:
            self._ask_about(self._session.scene, dict(self._session.selection.clauses))

    def _question(self, scene, filters):
        return scene.query, repr(filters), repr(definition_of(self._session.pipeline)), self._session.choices

    def _ask_about(self, scene, filters):
        question = self._question(scene, filters)
        self.is_new = question != self._asked
        self._asked, self._asked_at = question, time.monotonic()
        self._ask(scene, filters)

    def _follow(self, scene, filters):
        if self._session.page != self._page:
            return
        wait = self._cadence_s - (time.monotonic() - self._asked_at)
        is_answered = self._question(scene, filters) == self._asked and not self._session.answers.lanes.is_cut_short
        if is_answered and wait > 0 and pn.state.curdoc:
            if self._later is None:
                self._later = pn.state.curdoc.add_timeout_callback(self._catch_up, round(1000 * wait))
            return
        self._ask_about(scene, filters)

    def _hush(self, error):
        # What was asked before is asked again at once.
        self._asked = None
        if self._take_away is not None:
            self._take_away(error)

    def _catch_up(self):
        self._later = None
        with pn.io.hold():
            self.ask()

    def _leave(self):
        if self._session.page != self._page:
            self._asked = None
