"""What other threads hand over to the event loop of one visitor."""

import asyncio
from collections import deque
from contextlib import nullcontext

import panel as pn

from retail_panel.pages.models import listed_once

NOT_READY_MS = 50


class Inbox:
    """Functions that run on the event loop of the present document, in the order in which they were put.

    Parameters
    ----------
    ready : callable, optional
        Returns whether the page can take changes; functions wait until it does.

    Attributes
    ----------
    opens : bool
        Whether the page is being filled for the first time: then models are listed once a function. Later it may not
        be, since Panel asks a model that has just come for its document before it changes it.
    """

    def __init__(self, ready=None):
        self._ready = ready or (lambda: True)
        self._document = pn.state.curdoc
        self._waiting = deque()
        self.opens = False
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None

    def put(self, function):
        """Hand a function over; to be called from any thread."""
        self._waiting.append(function)
        if self._loop is None:
            self._announce()
        else:
            # A document that holds its events loses one that another thread adds while it lets go of them.
            self._loop.call_soon_threadsafe(self._announce)

    def _announce(self):
        self._document.add_next_tick_callback(self._arrive)

    def _arrive(self):
        if not self._ready():
            self._document.add_timeout_callback(self._arrive, NOT_READY_MS)
            return
        with pn.io.hold(), listed_once(self._document) if self.opens else nullcontext():
            self._waiting.popleft()()
