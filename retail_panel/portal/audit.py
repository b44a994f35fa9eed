"""The audit: who logged in, saw, filtered and took along what, from where, when. Written beside the event loop."""

import json
import logging
import queue
import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from retail_panel.portal.gate import gate

log = logging.getLogger(__name__)
#: Records that are written at once at most, and hours between two looks for those that are too old.
MOST, HOURS = 500, 6
#: Choices of a visitor that name a customer; the audit would otherwise be one more place to erase them from.
NAMING = ("of.customers.",)
COLUMNS = ("moment", "who", "what", "place", "facts")
_END = object()
_waiting = queue.SimpleQueue()


def record(what, who="", where="", **facts):
    """Note what somebody did; returns at once, and notes nothing where no login is set up.

    Parameters
    ----------
    what : str
        What they did, such as ``logged in``, ``saw``, ``filtered``, ``exported``.
    who, where : str
        Their name and address.
    **facts
        More about it; a ``query`` is noted without the customers it names.
    """
    if gate().is_open:
        return
    if "query" in facts:
        pairs = parse_qsl(facts["query"], keep_blank_values=True)
        facts["query"] = urlencode([(name, value) for name, value in pairs if not name.startswith(NAMING)])
    at = datetime.now(UTC).replace(tzinfo=None)
    _waiting.put((at, str(who)[:200], what, str(where)[:100], json.dumps(facts, sort_keys=True)[:4000]))


class Audit:
    """Writes what :func:`record` notes into a store, in a thread of its own, and forgets what is too old.

    Parameters
    ----------
    store : Store
        Where; nothing of ours changes a record once it is there.
    days : int
        How long records are kept.
    now : callable
        Returns the time.
    """

    def __init__(self, store, days, now=lambda: datetime.now(UTC).replace(tzinfo=None)):
        self._store, self._days, self._now = store, days, now
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
        self._swept_at = None

    def start(self):
        """Begin to write; returns itself."""
        self._thread.start()
        return self

    def stop(self):
        """Write what waits, and end."""
        if self._thread.ident is not None:
            _waiting.put(_END)
            self._thread.join(30)

    def _run(self):
        ended = False
        while not ended:
            try:
                first = [_waiting.get(timeout=HOURS * 3600)]
            except queue.Empty:
                first = []
            found = first + [_waiting.get() for _ in range(min(_waiting.qsize(), MOST))]
            ended = _END in found
            self._write([each for each in found if each is not _END])

    def _write(self, rows):
        try:
            if rows:
                self._store.add_audit(rows)
            if self._swept_at is None or self._now() - self._swept_at >= timedelta(hours=HOURS):
                self._swept_at = self._now()
                self._store.drop_audit(self._now() - timedelta(days=self._days))
        except Exception:
            log.exception("%s records of the audit could not be written: %s", len(rows), rows)

    def search(self, text="", since=None, most=200):
        """Return the latest records, newest first, as tuples of :data:`COLUMNS`.

        Parameters
        ----------
        text : str
            What who, what, where or the facts contain; upper and lower case are the same.
        since : datetime, optional
            Only records of then and later.
        most : int
            How many at most.
        """
        return self._store.audit(text, since, most)
