"""The thread of a serving process that rolls up old days, once it begins and then every night."""

import logging
import threading
from datetime import datetime, timedelta

from retail_panel.store.retention import carried_out

#: By the clock of this machine, when few look and shops are shut.
QUIET_HOUR = 3
log = logging.getLogger(__name__)


class Retainer:
    """Rolls up what is due, in a thread of its own.

    Parameters
    ----------
    store : Store
        Of this process.
    keep_days : int
        As in :func:`retail_panel.store.retention.due`.
    now : callable
        Returns the time.
    """

    def __init__(self, store, keep_days, now=datetime.now):
        self._store, self._keep_days, self._now = store, keep_days, now
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="retention", daemon=True)

    def start(self):
        """Begin; returns itself."""
        self._thread.start()
        return self

    def stop(self):
        """End, once what is under way is done."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join(30)

    def _run(self):
        while not self._ended.is_set():
            try:
                log.info("%s", carried_out(self._store, self._keep_days, "retention").words)
            except Exception:
                log.exception("old days could not be rolled up; tried again tomorrow")
            self._ended.wait(self._until_quiet_s())

    def _until_quiet_s(self):
        now = self._now()
        quiet = now.replace(hour=QUIET_HOUR, minute=0, second=0, microsecond=0)
        return ((quiet if quiet > now else quiet + timedelta(days=1)) - now).total_seconds()
