"""Failed logins: after a few, an address or a name waits."""

import threading
import time
from collections import OrderedDict

#: Seconds after which a failure is forgotten.
WAIT_S = 900
#: Addresses and names that are remembered at most, the latest.
MOST = 10_000


class Attempts:
    """Counts failures, each by address and by name.

    Parameters
    ----------
    most : int
        Failures after which it waits.
    now : callable
        Seconds, such as :func:`time.monotonic`.
    """

    def __init__(self, most, now=time.monotonic):
        self._most, self._now = most, now
        self._lock = threading.Lock()
        self._failed = OrderedDict()

    def wait_s(self, *keys):
        """Return for how many seconds any of some keys has to wait; 0 where none has to."""
        with self._lock:
            return max(self._wait_s(key) for key in keys)

    def _wait_s(self, key):
        recent = self._failed[key] = [at for at in self._failed.get(key, ()) if at > self._now() - WAIT_S]
        if not recent:
            del self._failed[key]
        return recent[-self._most] + WAIT_S - self._now() if len(recent) >= self._most else 0

    def fail(self, *keys):
        """Note a failure."""
        with self._lock:
            for key in keys:
                self._failed.setdefault(key, []).append(self._now())
                self._failed[key] = self._failed[key][-self._most :]
                self._failed.move_to_end(key)
            while len(self._failed) > MOST:
                self._failed.popitem(last=False)
