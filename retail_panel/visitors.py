"""Who has a page open: how many, since when, and how many may."""

import secrets
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime

from retail_panel.errors import RetailPanelError

#: Number of the visitor whom a thread works for, for the log; None where it works for nobody in particular.
VISITOR = ContextVar("visitor", default=None)


class TooManyPages(RetailPanelError):
    """One more page would be one too many; the text says which limit it is."""


@dataclass(eq=False)
class Visitor:
    """One open page.

    Attributes
    ----------
    who : str
        Name of the person; for the limit and for admins, never for logs and metrics.
    tell : callable
        ``tell()`` says on the page that the server restarts; may be called from any thread.
    number : str
        Random, the same as long as the page is open: what logs name it by.
    since : datetime
        UTC.
    page : str
        The page of the workbench that is open.
    active_at : float
        When it was used last, by :func:`time.monotonic`.
    """

    who: str
    tell: Callable
    number: str = field(default_factory=lambda: secrets.token_hex(4))
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    page: str = ""
    active_at: float = field(default_factory=time.monotonic)

    def touch(self, page):
        """Note that the page is being used."""
        self.page, self.active_at = page, time.monotonic()

    @property
    def idle_s(self):
        """Seconds since it was used last."""
        return time.monotonic() - self.active_at


class Visitors:
    """The open pages of a process.

    Parameters
    ----------
    most : int
        Pages that may be open at once.
    most_each : int
        Pages that one person may have open at once.

    Attributes
    ----------
    process : str
        Random name of the process, by which a page knows that its server is another one now.
    entered, refused : int
        Pages opened, and pages not opened because of a limit, since the start.
    """

    def __init__(self, most, most_each):
        self._most, self._most_each = most, most_each
        self._lock, self._inside = threading.Lock(), {}
        self.process = secrets.token_hex(4)
        self.entered = self.refused = 0

    def enter(self, who, tell, counted=True):
        """Let a page in; it leaves by :meth:`leave`.

        Parameters
        ----------
        who : str
        tell : callable
            See :class:`Visitor`.
        counted : bool
            Whether the limit for one person holds: without a login everybody is the same person, so there it does not.

        Returns
        -------
        Visitor

        Raises
        ------
        TooManyPages
        """
        with self._lock:
            theirs = sum(visitor.who == who for visitor in self._inside) if counted else 0
            if theirs >= self._most_each:
                self._refuse(f"You have {theirs} pages open; allowed: {self._most_each} (setting pages_each). "
                             "Close one of them; it is free again some minutes later.")  # fmt: skip
            if len(self._inside) >= self._most:
                self._refuse(f"{len(self._inside)} pages are open on this server; allowed: {self._most} (setting "
                             "pages_most). Come back later.")  # fmt: skip
            self.entered += 1
            visitor = Visitor(who, tell)
            self._inside[visitor] = None
            return visitor

    def _refuse(self, text):
        self.refused += 1
        raise TooManyPages(text)

    def leave(self, visitor):
        """Let a page go; one that has gone changes nothing."""
        with self._lock:
            self._inside.pop(visitor, None)

    def say_goodbye(self):
        """Say on every page that the server restarts; returns how many there are."""
        inside = list(self)
        for visitor in inside:
            visitor.tell()
        return len(inside)

    def __iter__(self):
        with self._lock:
            return iter(list(self._inside))

    def __len__(self):
        return len(self._inside)
