"""The pump: moves rows from a source into the store, position and rows in one transaction."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from retail_panel.feed.arrival import Arrival, Gathered
from retail_panel.feed.pump_past import committed_positions
from retail_panel.feed.pump_state import PumpState, Throughput

REPEATED = "delivered again: a line with this line_id is there already"
#: Errors in a row after which a source that may be restarted is.
PATIENCE = 5


class Pump:
    """Asks a source for rows and commits them in small batches.

    Nothing is lost or doubled: the position is committed together with the rows, a failed commit is tried again with
    the same rows, and a new pump goes on from the committed position. A line whose `line_id` came before is set aside.
    While the store is slow or fails, the source is asked for no more than one batch.

    Parameters
    ----------
    source : Source
        Where rows come from; the pump opens and closes it.
    store : Store
        Where they go.
    most_rows : int
        A batch of so many rows is committed at once.
    most_bytes : int
        So is one of so many bytes, messages included.
    longest_s : float
        Seconds from the beginning of one commit to that of the next, and half as long from its end at least; so what a
        row waits for others at most. The first after a pause is committed at once.
    idle_s : float
        Seconds until a source that had nothing is asked again, unless it says before that rows have come.
    back_off_s : float
        Longest wait after an error, in seconds; the first is a tenth of a second, each further one twice as long.
    remembered_lines : int
        Lines, at least, whose `line_id` is remembered by the store.
    clock : callable
        Seconds of any steady clock.
    """

    def __init__(
        self,
        source,
        store,
        most_rows=50_000,
        most_bytes=64_000_000,
        longest_s=0.5,
        idle_s=0.1,
        back_off_s=30.0,
        remembered_lines=1_000_000,
        clock=time.monotonic,
    ):
        self.source = source
        self.store = store
        self.state = PumpState()
        self._most_rows = most_rows
        self._most_bytes = most_bytes
        self._longest_s = longest_s
        self._idle_s = idle_s
        self._back_off_s = back_off_s
        self._remembered_lines = remembered_lines
        self._clock = clock
        self._throughput = Throughput(clock)
        self._gathered = Gathered()
        self._reached = None
        self._ripe_at = clock() + longest_s
        self._in_a_row = 0
        self._unread = 0
        self._closed = False
        self._noting = threading.Lock()
        self._stopping, self._waking = threading.Event(), threading.Event()
        self._thread = None
        if hasattr(source, "announce"):
            source.announce(self._waking.set)

    def open(self):
        """Open the source where an earlier run left off; on the first run its history is committed, as one batch."""
        position = self.store.position(self.source.name)
        if hasattr(self.source, "recall"):
            self.source.recall(committed_positions(self.store, self.source.name))
        self.source.open(position)
        if position is None:
            with self.store.loading(self.source.name, self.source.position) as load:
                self.source.history(load)
            self._tell_committed(self.source.position)
        self._reached = self.source.position

    def start(self):
        """Work in a thread of its own until :meth:`stop`, or until the source ends."""
        self._note(running=True)
        self._thread = threading.Thread(target=self._run, name=f"pump {self.source.name}", daemon=True)
        self._thread.start()

    def stop(self):
        """Commit what was gathered, end the thread and close the source."""
        self._stopping.set()
        self._waking.set()
        if self._thread:
            self._thread.join()
        self.source.close()

    def pause(self):
        """Commit what was gathered and ask for no more until :meth:`resume`."""
        self._note(paused=True)

    def resume(self):
        """Go on after a pause."""
        self._note(paused=False)

    def _run(self):
        while not self._stopping.is_set() and not (self.state.ended and not self._gathered.arrivals):
            self._rest(self.step())
        self.finish()
        self._note(running=False)

    def _rest(self, wait_s):
        # With rows in hand there is a time at which they are committed, and others that come do not change it.
        if self._gathered.arrivals or self._in_a_row or self.state.paused:
            self._stopping.wait(wait_s)
            return
        if self._waking.wait(wait_s):
            self._waking.clear()
        if wait_s:
            # To read a few rows takes nearly as long as to read all that come until the next commit.
            self._stopping.wait(max(0.0, self._ripe_at - self._clock()))

    def step(self):
        """Ask the source once and commit what is ripe; returns the seconds to wait before the next step."""
        return self._surviving(self._ask_and_commit)

    def finish(self):
        """Commit what was gathered, ripe or not; what cannot be committed is read again by the next pump."""
        self._surviving(self._commit)

    def _surviving(self, act):
        try:
            wait_s = act()
        except Exception as error:
            self._in_a_row += 1
            wait_s = min(self._back_off_s, 0.1 * 2 ** min(self._in_a_row - 1, 30))
            self._note(errors=self.state.errors + 1, error=f"{type(error).__name__}: {error}", retry_s=wait_s)
            return wait_s
        self._in_a_row = 0
        self._note(error=None, retry_s=0.0, **self._pace())
        return wait_s

    def _pace(self):
        rows, seconds = self.source.lag() if hasattr(self.source, "lag") else (None, None)
        waiting = None if rows is None else rows + self._gathered.rows
        return {"rows_per_s": self._throughput.rows_per_s(), "lag_rows": waiting, "lag_s": seconds}

    def _ask_and_commit(self):
        came = False
        try:
            if not (self.state.paused or self.state.ended or self._full()):
                came = self._ask()
        finally:
            self._commit_ripe()
        if came:
            return 0.0
        return min(self._idle_s, max(0.0, self._ripe_at - self._clock())) if self._gathered.arrivals else self._idle_s

    def _commit_ripe(self):
        if self.state.paused or self.state.ended or self._full() or self._ripe_at <= self._clock():
            self._commit()

    def _restart(self):
        self._unread += 1
        if not getattr(self.source, "restartable", False):
            return
        if not self._closed:
            self.source.close()
        self._closed = True
        self.source.open(self._reached)
        self._closed, self._unread = False, 0
        self._note(restarts=self.state.restarts + 1)

    def _ask(self):
        if self._closed or (self._unread and self._unread % PATIENCE == 0):
            self._restart()
        self._unread += 1
        batch = self.source.next_batch()
        self._unread = 0
        if batch is None:
            self._note(ended=True)
            return False
        arrival = Arrival.of(batch)
        if not arrival.num_rows and not arrival.moved:
            return False
        self._gathered.add(arrival)
        self._reached = self.source.position
        return True

    def _full(self):
        return self._gathered.rows >= self._most_rows or self._gathered.nbytes >= self._most_bytes

    def _commit(self):
        gathered = self._gathered
        if not gathered.arrivals:
            return
        began, lines, ids = self._clock(), gathered.lines(), gathered.line_ids()
        new = np.ones(lines.num_rows, bool)
        with self.store.loading(self.source.name, self._reached) as load:
            if ids is not None:
                new = load.new_lines(self.source.name, ids, self._remembered_lines)
            set_aside = gathered.set_aside(self.source.name, ~new, REPEATED)
            if lines.num_rows:
                load.append(lines if new.all() else lines.filter(pa.array(new)))
            if set_aside.num_rows:
                load.set_aside(set_aside)
        self._gathered = Gathered()
        self._ripe_at = max(began + self._longest_s, self._clock() + self._longest_s / 2)
        rows = int(new.sum())
        self._throughput.add(rows)
        self._note(
            rows=self.state.rows + rows,
            batches=self.state.batches + 1,
            quarantined=self.state.quarantined + set_aside.num_rows,
            committed_at=datetime.now(UTC),
        )
        self._tell_committed(self._reached)

    def _tell_committed(self, position):
        if hasattr(self.source, "committed"):
            self.source.committed(position)

    def _note(self, **changes):
        with self._noting:
            self.state = replace(self.state, **changes)
