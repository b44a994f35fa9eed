"""What a process counts of its own work, so cheaply that a brush does not notice."""

import threading
import time
from bisect import bisect_left
from collections import deque
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

#: Times that wait to be sorted into their buckets.
MOST_WAITING = 1_000
#: Upper ends of buckets, in seconds.
QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
LONG = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
ANSWERED, CALLED_OFF, FAILED = "answered", "called_off", "failed"
SLOW_S = 1.0
MOST_SLOW = 50


class Durations:
    """How often something took how long.

    Parameters
    ----------
    bounds : tuple of float
        Upper ends of the buckets in seconds, each included; one more takes the rest.
    """

    def __init__(self, bounds):
        self.bounds = bounds
        self._counts, self._sum_s = [0] * (len(bounds) + 1), 0.0
        self._waiting, self._sorting = deque(), threading.Lock()

    def note(self, seconds):
        """Note a time; safe from any thread, and never waits for another one."""
        self._waiting.append(seconds)
        if len(self._waiting) >= MOST_WAITING and self._sorting.acquire(blocking=False):
            try:
                self._sort()
            finally:
                self._sorting.release()

    def _sort(self):
        for _ in range(len(self._waiting)):
            seconds = self._waiting.popleft()
            self._counts[bisect_left(self.bounds, seconds)] += 1
            self._sum_s += seconds

    def read(self):
        """Return the counts by bucket, and the sum in seconds."""
        with self._sorting:
            self._sort()
            return tuple(self._counts), self._sum_s


class Slow(NamedTuple):
    """A question that took long.

    Attributes
    ----------
    sql : str
        As it was asked, with the values it named: to be shown without them only.
    seconds : float
    asked_at : datetime
        UTC.
    outcome : str
        ``answered``, ``called_off`` or ``failed``.
    """

    sql: str
    seconds: float
    asked_at: datetime
    outcome: str


class Tally:
    """The counts of one store and of the visitors who ask it.

    Attributes
    ----------
    questions : dict of str to Durations
        By outcome.
    brushes : Durations
        From the cubes at hand to all charts assigned, once for each move of a brush.
    scopes : Durations
        From a change to the tiles of its answer.
    openings : Durations
        From a page's first question to the tiles of its answer.
    slow : deque of Slow
        The latest questions that took :data:`SLOW_S` or longer.
    """

    def __init__(self):
        self.questions = {outcome: Durations(LONG) for outcome in (ANSWERED, CALLED_OFF, FAILED)}
        self.brushes, self.scopes, self.openings = Durations(QUICK), Durations(LONG), Durations(LONG)
        self.slow = deque(maxlen=MOST_SLOW)

    @contextmanager
    def question(self, sql, called_off):
        """Time a question.

        Parameters
        ----------
        sql : str
        called_off : type
            The error that says that nobody waits for the answer any more.
        """
        began, asked_at, outcome = time.perf_counter(), datetime.now(UTC), FAILED
        try:
            yield
            outcome = ANSWERED
        except called_off:
            outcome = CALLED_OFF
            raise
        finally:
            seconds = time.perf_counter() - began
            self.questions[outcome].note(seconds)
            if seconds >= SLOW_S:
                self.slow.append(Slow(sql, seconds, asked_at, outcome))
