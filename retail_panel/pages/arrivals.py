"""A look for new rows as soon as some are committed, instead of when the next look is due."""

import panel as pn


class Arrivals:
    """Looks on the event loop of a visitor's page.

    Parameters
    ----------
    store : Store
        Tells of commits, on the thread that commits.
    look : callable
        What to do; called once for commits that came while a look was waiting.
    """

    def __init__(self, store, look):
        self._document, self._look, self._is_waiting = pn.state.curdoc, look, False
        self.close = store.watch(self._committed)

    def _committed(self):
        if not self._is_waiting:
            self._is_waiting = True
            self._document.add_next_tick_callback(self._now)

    def _now(self):
        self._is_waiting = False
        self._look()
