"""The heap: memory that was freed, and that the C library keeps for later, given back to the system now and then."""

import ctypes
import sys
import time

#: Seconds between two times. It takes 1 to 2 ms, and 10 to 15 MB go back after three refreshes of a page.
CADENCE_S = 20.0


class Heap:
    """Gives memory back while rows arrive, for what is made of them is thrown away with the next ones.

    Parameters
    ----------
    cadence_s : float
        Seconds between two times.
    clock : callable
        Seconds of any steady clock.
    """

    def __init__(self, cadence_s=CADENCE_S, clock=time.monotonic):
        self._cadence_s, self._clock = cadence_s, clock
        self._trim, self._at = _trim(), clock()

    def tidy(self):
        """Give it back if it is time; returns whether it was, and the C library can."""
        now = self._clock()
        if self._trim is None or now - self._at < self._cadence_s:
            return False
        self._at = now
        self._trim(0)
        return True


def _trim():
    """Return glibc's function; None where there is another C library."""
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
