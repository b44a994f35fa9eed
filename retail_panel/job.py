"""Work off the event loop that shows what it has found step by step, and steps back for others after each."""

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass

from retail_panel.errors import RetailPanelError
from retail_panel.store import Superseded
from retail_panel.visitors import VISITOR

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """Something asked for one visitor.

    Attributes
    ----------
    workers : concurrent.futures.Executor
        Runs its steps; after each it queues behind what others have asked meanwhile.
    defer : callable
        ``defer(function)`` runs a function on the visitor's event loop, soon.
    ticket : Ticket
        To call it off.
    visitor : object
        Whose it is, for the tally.
    fail : callable
        ``fail(error)`` is run where it failed, off the event loop.
    end : callable
        ``end()`` is run once at the end, whatever the outcome, off the event loop.
    """

    workers: object
    defer: Callable
    ticket: object
    visitor: object
    fail: Callable
    end: Callable

    def begin(self, work):
        """Run ``work()``, whose results are functions to run on the event loop."""
        self._go_on(_one_by_one(work))

    def _go_on(self, shows):
        try:
            self.workers.submit(functools.partial(self._step, shows))
        except RuntimeError:  # the server stops
            self._stop(shows)

    def _step(self, shows):
        VISITOR.set(self.visitor)
        try:
            self.ticket.check()
            show = next(shows)
        except (StopIteration, Superseded):
            self._stop(shows)
        except Exception as error:
            if not isinstance(error, RetailPanelError):
                log.exception("a question failed")
            self.fail(error)
            self._stop(shows)
        else:
            self.defer(show)
            self._go_on(shows)

    def _stop(self, shows):
        shows.close()
        self.end()


def _one_by_one(work):
    """Yield the results of ``work()``, which is not called before the first is asked for."""
    yield from work()
