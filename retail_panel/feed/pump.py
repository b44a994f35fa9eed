"""The pump: moves rows from a source into the store, position and rows in one transaction."""

import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pyarrow as pa


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
    committed_at : datetime or None
        Time of the last commit, UTC.
    errors : int
        Errors since the start.
    error : str or None
        The error that it waits out at the moment; None once things go on.
    """

    running: bool = False
    paused: bool = False
    ended: bool = False
    rows: int = 0
    batches: int = 0
    committed_at: datetime | None = None
    errors: int = 0
    error: str | None = None


class Pump:
    """Asks a source for rows and commits them in small batches.

    Nothing is lost or doubled: the position is committed together with the rows, a failed commit is tried again with
    the same rows, and a new pump goes on from the committed position.

    Parameters
    ----------
    source : Source
        Where rows come from; the pump opens and closes it.
    store : Store
        Where they go.
    most_rows : int
        A batch of so many rows is committed at once.
    longest_s : float
        Seconds that a row waits for others at most.
    idle_s : float
        Seconds until a source that had nothing is asked again.
    back_off_s : float
        Longest wait after an error, in seconds; the first is a tenth of a second, each further one twice as long.
    clock : callable
        Seconds of any steady clock.
    """

    def __init__(
        self, source, store, most_rows=50_000, longest_s=0.5, idle_s=0.1, back_off_s=30.0, clock=time.monotonic
    ):
        self.source = source
        self.store = store
        self.state = PumpState()
        self._most_rows = most_rows
        self._longest_s = longest_s
        self._idle_s = idle_s
        self._back_off_s = back_off_s
        self._clock = clock
        self._gathered = []
        self._reached = None
        self._ripe_at = None
        self._in_a_row = 0
        self._noting = threading.Lock()
        self._stopping = threading.Event()
        self._thread = None

    def open(self):
        """Open the source where an earlier run left off; on the first run its history is committed, as one batch."""
        position = self.store.position(self.source.name)
        self.source.open(position)
        if position is None:
            with self.store.loading(self.source.name, self.source.position) as load:
                self.source.history(load)

    def start(self):
        """Work in a thread of its own until :meth:`stop`, or until the source ends."""
        self._note(running=True)
        self._thread = threading.Thread(target=self._run, name=f"pump {self.source.name}", daemon=True)
        self._thread.start()

    def stop(self):
        """Commit what was gathered, end the thread and close the source."""
        self._stopping.set()
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
        while not self._stopping.is_set() and not (self.state.ended and not self._gathered):
            self._stopping.wait(self.step())
        self.finish()
        self._note(running=False)

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
            self._note(errors=self.state.errors + 1, error=f"{type(error).__name__}: {error}")
            return min(self._back_off_s, 0.1 * 2 ** min(self._in_a_row - 1, 30))
        self._in_a_row = 0
        self._note(error=None)
        return wait_s

    def _ask_and_commit(self):
        hungry = not self.state.paused and not self.state.ended and self._rows() < self._most_rows
        came = hungry and self._ask()
        now = self._clock()
        if self._gathered and (
            self.state.paused or self.state.ended or self._rows() >= self._most_rows or now >= self._ripe_at
        ):
            self._commit()
        if came:
            return 0.0
        return min(self._idle_s, self._ripe_at - now) if self._gathered else self._idle_s

    def _ask(self):
        batch = self.source.next_batch()
        if batch is None:
            self._note(ended=True)
        elif batch.num_rows:
            if not self._gathered:
                self._ripe_at = self._clock() + self._longest_s
            self._gathered.append(batch)
            self._reached = self.source.position
            return True
        return False

    def _rows(self):
        return sum(batch.num_rows for batch in self._gathered)

    def _commit(self):
        if not self._gathered:
            return
        lines = pa.concat_tables(self._gathered)
        with self.store.loading(self.source.name, self._reached) as load:
            load.append(lines)
        self._gathered = []
        self._note(
            rows=self.state.rows + lines.num_rows, batches=self.state.batches + 1, committed_at=datetime.now(UTC)
        )

    def _note(self, **changes):
        with self._noting:
            self.state = replace(self.state, **changes)
