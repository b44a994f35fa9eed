"""The collector of garbage, which looks at all objects of a process in one go, and nothing else runs meanwhile.

An open page is some 90,000 objects, so that with 50 pages everybody would wait for seconds, whenever one was opened,
or had been closed. What a page consists of once it is filled stays as long as it is open, and is set apart.
"""

import asyncio
import gc
import time

from panel.io import document as panel_document

#: Of the pages that were set apart so many may have gone, one in so many, before all are looked at.
ONE_IN = 4
#: How long that waits for a moment at which nobody brushes, and how often one is looked for.
PATIENCE_S, AGAIN_S = 60, 1.0


class Collector:
    """Sets open pages apart from the collector, and has it look at them again once enough have gone.

    Parameters
    ----------
    is_busy : callable
        Returns whether somebody brushes, who would notice.
    """

    def __init__(self, is_busy):
        self._is_busy = is_busy
        self._apart = self._gone = 0
        self._due = self._again = None

    def take_over(self):
        """Do what Panel 1.9.4 has the collector do after each page that was closed; returns the collector."""
        panel_document._garbage_collect = self.collect
        return self

    def set_apart(self):
        """Take in that a page has been filled: what is there now is not looked at again before pages have gone."""
        # What filling it left behind is not to be kept with it; while somebody brushes, only the latest is looked at.
        gc.collect(1 if self._is_busy() else 2)
        gc.freeze()
        self._apart += 1

    def let_go(self):
        """Take in that a page has gone that was set apart."""
        self._gone += 1

    def collect(self):
        """Free the pages that have gone, once they are enough and nobody brushes."""
        if self._again is not None or not self._gone or self._gone * ONE_IN < self._apart:
            return
        now = time.monotonic()
        self._due = now + PATIENCE_S if self._due is None else self._due
        if self._is_busy() and now < self._due:
            self._again = asyncio.get_running_loop().call_later(AGAIN_S, self._try_again)
            return
        self._due = None
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._apart, self._gone = self._apart - self._gone, 0

    def _try_again(self):
        self._again = None
        self.collect()
