"""Replay: the order lines of a file, played in time order at any speed."""

import math
import time
from bisect import bisect_right
from datetime import date, datetime, timedelta

from retail_panel.errors import UnusableInput
from retail_panel.schema import ORDER_LINE, arrow_schema

HISTORY_ROWS = 200_000
INSTANT = timedelta(microseconds=1)


class Replay:
    """Plays order lines as if they were sold now; a :class:`retail_panel.feed.Source`.

    Rows keep their own time and are handed out in whole instants, so that a position is simply a time and stays right
    whatever the order of the rows in the file. Stock and feedback are not replayed.

    Parameters
    ----------
    archive : Store
        Holds the order lines to play; it is only read.
    name : str
        Under which the position is kept.
    speed : float
        Replayed seconds per second; ``inf`` hands out everything as fast as it is asked for.
    start : date or float
        Day, or share of the span between the first and the last line, where the live part begins.
    clock : callable
        Seconds of any steady clock.
    window_rows : int
        About how many rows are held in memory at a time, and the most that one batch has (more only if they share
        one instant).
    closing : callable, optional
        Called by :meth:`close`.
    """

    def __init__(self, archive, name, speed=1.0, start=0.8, clock=time.monotonic, window_rows=20_000, closing=None):
        self.archive = archive
        self.name = name
        self.speed = speed
        self.start = start
        self.position = None
        self._clock = clock
        self._window_rows = window_rows
        self._closing = closing
        self._began = None
        self._nothing = arrow_schema(ORDER_LINE).empty_table()

    def open(self, position):
        """Start at a time that an earlier run reached, or else where the live part begins.

        Raises
        ------
        UnusableInput
            If there is nothing to play, or the start lies behind the last line.
        """
        lines = self.archive.lines
        span = self.archive.ask(lines.aggregate(first=lines.ordered_at.min(), last=lines.ordered_at.max())).to_pylist()
        first, last = span[0]["first"], span[0]["last"]
        if first is None:
            raise UnusableInput(f"{self.name}: no order lines; allowed: a file with at least one")
        self._live_from = self._resolve(first, last)
        self._next = datetime.fromisoformat(position) if position else self._live_from
        self._zero = max(self._next, self._live_from)
        self._last = last
        self._ends = self._window_ends()
        self._window, self._times, self._taken = self._nothing, [], 0
        self.position = self._next.isoformat()

    def _resolve(self, first, last):
        if not isinstance(self.start, date):
            return first + self.start * (last - first)
        if self.start > last.date():
            raise UnusableInput(f"{self.name} from {self.start}: no line is so late; allowed: up to {last.date()}")
        return max(first, datetime.combine(self.start, datetime.min.time()))

    def _window_ends(self):
        ends = self.archive.ask(
            f"SELECT DISTINCT ordered_at FROM (SELECT ordered_at, row_number() OVER (ORDER BY ordered_at) AS place"
            f" FROM order_line WHERE ordered_at >= TIMESTAMP '{self._next}')"
            f" WHERE place % {self._window_rows} = 0 ORDER BY 1"
        )
        moments = [m for m in ends.column(0).to_pylist() if m < self._last]
        return [m + INSTANT for m in moments] + ([self._last + INSTANT] if self._next <= self._last else [])

    def history(self, load):
        """Append the lines before the live part, the rows set aside and the quality report of the file."""
        lines = self.archive.lines
        numbers = self.archive.ask(lines.aggregate(low=lines.line.min(), high=lines.line.max())).to_pylist()[0]
        for low in range(numbers["low"], numbers["high"] + 1, HISTORY_ROWS):
            chunk = lines.filter(lines.line >= low, lines.line < low + HISTORY_ROWS, lines.ordered_at < self._live_from)
            load.append(self._clean(chunk))
        load.set_aside(self.archive.ask(self.archive.quarantine.drop("version")))
        for report in self.archive.reports():
            load.report(report)

    def _clean(self, lines):
        customers = self.archive.customers
        return self.archive.ask(
            lines.left_join(customers, "customer_key")
            .order_by("ordered_at", "line")
            .select(*(customers.customer_id if c.name == "customer_id" else lines[c.name] for c in ORDER_LINE))
        )

    def next_batch(self):
        """Return the order lines whose time has come since, in time order; None after the last one."""
        if self._began is None:
            self._began = self._clock()
        if self._taken == len(self._times):
            if not self._ends:
                return None
            self._fetch(self._ends[0])
        end = bisect_right(self._times, self._due(), lo=self._taken)
        batch = self._window.slice(self._taken, end - self._taken)
        self._taken = end
        if batch.num_rows:
            self._next = self._times[end] if end < len(self._times) else self._window_end
            self.position = self._next.isoformat()
        return batch

    def _fetch(self, end):
        lines = self.archive.lines
        self._window = self._clean(lines.filter(lines.ordered_at >= self._next, lines.ordered_at < end))
        self._times = self._window.column("ordered_at").to_pylist()
        self._taken, self._window_end = 0, end
        self._ends.pop(0)

    def _due(self):
        left_s = (self._last - self._zero).total_seconds()
        passed_s = math.inf if math.isinf(self.speed) else (self._clock() - self._began) * self.speed
        return self._last if passed_s >= left_s else self._zero + timedelta(seconds=passed_s)

    def close(self):
        """Let go of the archive."""
        if self._closing:
            self._closing()
