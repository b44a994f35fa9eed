"""Reads the shards of a stream in threads of its own, each at its pace, into a queue of bounded size."""

import heapq
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from itertools import count

from retail_panel.feed.kinesis_stream import Expired, Misplaced, Throttled

#: AWS allows five reads a second of each shard, to all its readers together.
LEAST_PACE_S = 0.2
#: The shortest retention there is, less an hour for clocks that differ: what is younger is still there.
SAFE_S = 23 * 3600.0
LONGEST_WAIT_S = 5.0
#: An iterator at a record that retention took may give nothing for ever; a record that is there comes at once.
MOST_EMPTY = 5


@dataclass(eq=False)
class Reading:
    """How the reading of one shard stands.

    Attributes
    ----------
    shard : str
    after : str or None
        Sequence number of the last record read.
    at_s : float or None
        Where nothing was read yet: the moment to begin at; None begins at the oldest record.
    seen_s : float or None
        The moment (seconds since 1970) up to which the shard is known to be read.
    oldest : bool
        Whether to begin at the oldest record, since the last one read cannot be found.
    suspect : bool
        Whether retention may have taken the last record read, and others after it; the next records tell.
    empty : int
        Reads since that gave nothing.
    behind_ms : int or None
        How far the last read was behind the newest record.
    trouble : str or None
        What kept the last read from being answered.
    """

    shard: str
    after: str | None = None
    at_s: float | None = None
    seen_s: float | None = None
    behind_ms: int | None = None
    trouble: str | None = None
    oldest: bool = False
    suspect: bool = False
    empty: int = 0
    iterator: str | None = field(default=None, repr=False)
    failures: int = 0


@dataclass(frozen=True)
class Portion:
    """What one read of a shard gave.

    Attributes
    ----------
    shard : str
    records : list of dict
        As boto3 gives them, those after the last one read.
    ended : bool
        Whether the shard ends there.
    skipped : bool
        Whether retention may have taken records before these.
    astray : bool
        Whether the place to read from was not there; the shard is not read any more.
    behind_ms : int or None
    seen_s : float or None
        As in :class:`Reading`.
    """

    shard: str
    records: list = field(default_factory=list)
    ended: bool = False
    skipped: bool = False
    astray: bool = False
    behind_ms: int | None = None
    seen_s: float | None = None

    @property
    def nbytes(self):
        """Bytes of the records."""
        return sum(len(record["Data"]) for record in self.records)

    @property
    def tells(self):
        """Whether there is anything to hand out."""
        return bool(self.records or self.ended or self.skipped or self.astray)


class KinesisReading:
    """The threads that read shards.

    Parameters
    ----------
    stream : KinesisStream
    threads : int
        At most; no more than there are shards.
    most_bytes : int
        No read begins while so many wait to be taken; each read may bring ten million more.
    most_records : int
        In one read.
    pace_s : float
        Seconds between two reads of a shard that is read to its newest record; others are read five times a second.
    """

    def __init__(self, stream, threads=4, most_bytes=16_000_000, most_records=10_000, pace_s=0.5):
        self._stream, self._most_threads = stream, threads
        self._most_bytes, self._most_records, self._pace_s = most_bytes, most_records, pace_s
        self._readings, self._due, self._order = {}, [], count()
        self._portions, self._nbytes = deque(), 0
        self._threads, self._stopping = [], False
        self._changed = threading.Condition()

    def read(self, reading):
        """Begin to read a shard."""
        with self._changed:
            self._readings[reading.shard] = reading
            heapq.heappush(self._due, (0.0, next(self._order), reading))
            if len(self._threads) < min(self._most_threads, len(self._readings)):
                thread = threading.Thread(target=self._run, name=f"kinesis {self._stream.name}", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify_all()

    def taken(self, most):
        """Return portions in the order they came, with so many records or a few more; none where there are none."""
        found = []
        with self._changed:
            while self._portions and most > 0:
                found.append(self._portions.popleft())
                most -= len(found[-1].records)
                self._nbytes -= found[-1].nbytes
            self._changed.notify_all()
        return found

    @property
    def shards(self):
        """Ids of the shards that are being read."""
        with self._changed:
            return set(self._readings)

    @property
    def trouble(self):
        """What keeps a shard from being read; None where all are."""
        with self._changed:
            return next((reading.trouble for reading in self._readings.values() if reading.trouble), None)

    def tips(self):
        """Return the moment up to which each shard is read, dict by id; None while something waits, here or there."""
        with self._changed:
            if self._portions or any(reading.behind_ms != 0 for reading in self._readings.values()):
                return None
            return {shard: reading.seen_s for shard, reading in self._readings.items()}

    def close(self):
        """End the threads."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _run(self):
        while reading := self._next_due():
            portion = None
            try:
                portion = self._polled(reading)
                reading.trouble, reading.failures = None, 0
                wait_s = self._pace_s if portion.behind_ms == 0 else min(LEAST_PACE_S, self._pace_s)
            except Expired:
                reading.iterator, wait_s = None, LEAST_PACE_S
            except Exception as error:
                reading.failures += 1
                reading.trouble = None if isinstance(error, Throttled) else str(error) or repr(error)
                wait_s = min(LONGEST_WAIT_S, LEAST_PACE_S * 2 ** min(reading.failures, 10))
            self._put(reading, portion, time.monotonic() + wait_s)

    def _next_due(self):
        with self._changed:
            while not self._stopping:
                wait_s = None
                if self._due and self._nbytes < self._most_bytes:
                    wait_s = self._due[0][0] - time.monotonic()
                    if wait_s <= 0:
                        return heapq.heappop(self._due)[2]
                self._changed.wait(wait_s)
            return None

    def _put(self, reading, portion, due_at):
        with self._changed:
            reading.behind_ms = portion.behind_ms if portion else None
            if portion and portion.tells:
                self._portions.append(portion)
                self._nbytes += portion.nbytes
            if portion and (portion.ended or portion.astray):
                del self._readings[reading.shard]
            else:
                heapq.heappush(self._due, (due_at, next(self._order), reading))
            self._changed.notify_all()

    def _polled(self, reading):
        asked_s = time.time()
        if reading.after and not (reading.suspect or reading.oldest) and asked_s - (reading.seen_s or 0.0) > SAFE_S:
            reading.iterator, reading.suspect, reading.empty = None, True, 0
        try:
            if reading.iterator is None:
                # At the last record read, not after it: only so it shows whether retention has passed it.
                at_record = None if reading.oldest else reading.after
                reading.iterator = self._stream.iterator(reading.shard, at_record, reading.at_s)
            records, following, behind_ms = self._stream.records(reading.iterator, self._most_records)
        except Misplaced:
            if reading.after is None or reading.oldest:
                raise
            return Portion(reading.shard, astray=True)
        reading.iterator = following
        skipped = self._skipped(reading, records, following is None or behind_ms == 0)
        if reading.after:
            records = [record for record in records if int(record["SequenceNumber"]) > int(reading.after)]
        if records:
            reading.after, reading.at_s, reading.oldest = records[-1]["SequenceNumber"], None, False
            reading.seen_s = records[-1]["ApproximateArrivalTimestamp"].timestamp()
        if behind_ms == 0:
            reading.seen_s = asked_s
        return Portion(reading.shard, records, following is None, skipped, False, behind_ms, reading.seen_s)

    def _skipped(self, reading, records, at_end):
        """Tell whether the last record read is gone, once that shows; others after it may be gone as well."""
        if not reading.suspect:
            return False
        if not (records or at_end):
            reading.empty += 1
            if reading.empty == MOST_EMPTY:
                reading.iterator, reading.oldest = None, True
            return False
        reading.suspect = False
        return not records or int(records[0]["SequenceNumber"]) > int(reading.after)
