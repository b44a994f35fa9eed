"""How a pump stands, for people and pages to read."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

RATE_WINDOW_S = 10.0


@dataclass(frozen=True)
class PumpState:
    """How a pump stands.

    Attributes
    ----------
    running : bool
        Whether its thread works; False before the start, after the stop and once the source has ended.
    paused : bool
        Whether it was asked to pause; the source is not asked for rows meanwhile.
    ended : bool
        Whether the source said that nothing will ever come again.
    rows, batches : int
        Rows and transactions committed by this pump, without the history.
    quarantined : int
        Rows set aside by this pump: unreadable ones, repeated deliveries and notes on messages that were lost.
    committed_at : datetime or None
        Time of the last commit, UTC.
    rows_per_s : float
        Rows committed a second, over the last ten seconds.
    lag_rows : int or None
        Rows, or messages, that wait in the source and the pump; None where the source cannot tell.
    lag_s : float or None
        Seconds since the last row read was written, while others wait in the source; 0 where none does, None where
        unknown.
    restarts : int
        Times that the source was closed and opened again after errors.
    errors : int
        Errors since the start.
    error : str or None
        The error that it waits out at the moment; None once things go on.
    retry_s : float
        Seconds until it tries again after that error; 0 without one.
    """

    running: bool = False
    paused: bool = False
    ended: bool = False
    rows: int = 0
    batches: int = 0
    quarantined: int = 0
    committed_at: datetime | None = None
    rows_per_s: float = 0.0
    lag_rows: int | None = None
    lag_s: float | None = None
    restarts: int = 0
    errors: int = 0
    error: str | None = None
    retry_s: float = 0.0


class Throughput:
    """Rows a second over a sliding window.

    Parameters
    ----------
    clock : callable
        Seconds of any steady clock.
    """

    def __init__(self, clock):
        self._clock = clock
        self._commits = deque()
        self._since = None

    def add(self, rows):
        """Take the rows of a commit."""
        self._commits.append((self._clock(), rows))

    def rows_per_s(self):
        """Return the rate now; a pump that began within the window is measured since it began."""
        now = self._clock()
        self._since = now if self._since is None else self._since
        while self._commits and self._commits[0][0] <= now - RATE_WINDOW_S:
            self._commits.popleft()
        seconds = min(RATE_WINDOW_S, max(now - self._since, 1.0))
        return sum(rows for _, rows in self._commits) / seconds
