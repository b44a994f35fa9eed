"""A look for new rows as soon as some are committed, instead of when the next look is due."""

import panel as pn

#: Milliseconds until another look where there is more to show than can be shown at the moment.
AGAIN_MS = 50


class Arrivals:
    """Looks on the event loop of a visitor's page.

    Parameters
    ----------
    store : Store
        Tells of commits, on the thread that commits.
    look : callable
        What to do; called once for commits that came while a look was waiting. Where it returns true there is more to
        show, though not yet, and it is called again soon.
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
        if self._look() and not self._is_waiting:
            self._is_waiting = True
            self._document.add_timeout_callback(self._now, AGAIN_MS)
