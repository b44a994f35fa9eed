"""A question that can be called off while the engine works on it."""

import threading

from retail_panel.errors import RetailPanelError


class Superseded(RetailPanelError):
    """A newer question made this one pointless; nobody waits for its answer."""


class Ticket:
    """Handed along with questions so that whoever asked can call them off.

    One ticket may accompany any number of questions, also several at once; :meth:`cancel` interrupts those under way
    and refuses later ones.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._cursors = set()
        self.cancelled = False

    def cancel(self):
        """Interrupt the questions under way and refuse further ones."""
        with self._lock:
            self.cancelled = True
            for cursor in self._cursors:
                cursor.interrupt()

    def check(self):
        """Raise :class:`Superseded` if the ticket was cancelled."""
        if self.cancelled:
            raise Superseded("a newer question took its place")

    def begin(self, cursor):
        """Note that an engine cursor works for this ticket."""
        with self._lock:
            self.check()
            self._cursors.add(cursor)

    def end(self, cursor):
        """Note that an engine cursor is free again."""
        with self._lock:
            self._cursors.discard(cursor)
