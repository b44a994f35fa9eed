"""How often each token may post: a bucket of requests that fills at a steady rate."""

import math
import time

#: Seconds' worth of requests that may come at once after a pause.
BURST_S = 5.0


class Pace:
    """Counts requests by token.

    Parameters
    ----------
    rate : float
        Requests a second.
    clock : callable
        Seconds of any steady clock.
    """

    def __init__(self, rate, clock=time.monotonic):
        self._rate, self._clock = rate, clock
        self._most = max(1.0, rate * BURST_S)
        self._left = {}

    def take(self, name):
        """Count a request; returns 0, or the whole seconds after which there will be room for one."""
        left, at = self._left.get(name, (self._most, self._clock()))
        now = self._clock()
        left = min(self._most, left + (now - at) * self._rate)
        allowed = left >= 1.0
        self._left[name] = left - allowed, now
        return 0 if allowed else math.ceil((1.0 - left) / self._rate)
