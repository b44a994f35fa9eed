"""A Kinesis stream as source: every shard read by this process, positions kept in our own store."""

import time
from dataclasses import replace

import pyarrow as pa

from retail_panel.feed.arrival import Arrival, quarantine
from retail_panel.feed.kinesis_position import KinesisPosition
from retail_panel.feed.kinesis_reading import KinesisReading, Reading
from retail_panel.feed.kinesis_stream import KinesisStream
from retail_panel.feed.kinesis_unpack import unpacked
from retail_panel.feed.source import EARLIEST, LATEST, SourceDown

LOST = "records may have gone from the stream before they were read"
ANEW = "the stream was made anew; read from its beginning"


class Kinesis:
    """Reads a stream; a :class:`retail_panel.feed.Source`.

    The position is JSON, see :class:`~retail_panel.feed.kinesis_position.Place`. Shards are read by threads of their
    own; a shard is begun when those that it was split off or merged from are read to their ends.

    Parameters
    ----------
    stream : str
    settings : dict
        Of :data:`~retail_panel.feed.kinesis_stream.SETTINGS`.
    reader : MessageReader
        Makes order lines of messages; its source is the name that the position is kept under.
    start : str or datetime
        Where the first run begins: ``earliest``, ``latest``, or a moment. Shards that come later are read from their
        first record.
    most_messages : int
        Records in one batch, or a few more.
    look_s : float
        Seconds between two looks for new shards.
    keep_s : float
        Seconds after which a position is committed though nothing came, since it tells until when nothing was lost.
    patience_s : float
        Seconds that AWS may take to connect, and to answer.
    threads : int
        That read shards.
    **how
        More for :class:`~retail_panel.feed.kinesis_reading.KinesisReading`.
    """

    restartable = True

    def __init__(
        self, stream, settings, reader, start=EARLIEST, most_messages=20_000, look_s=30.0, keep_s=3600.0,
        patience_s=3.0, threads=4, **how,
    ):  # fmt: skip
        self.stream, self.name, self.start = stream, reader.source, start
        self.position = None
        self._settings, self._reader, self._most = settings, reader, most_messages
        self._look_s, self._keep_s, self._patience_s = look_s, keep_s, patience_s
        self._threads, self._how = threads, how
        self._connection = self._reading = None

    def open(self, position):
        """Make ready to read from a position; AWS is asked by :meth:`next_batch` only, so it may be away."""
        self._at = KinesisPosition(position)
        self._listed, self._begun, self._astray = {}, set(), set()
        self._held, self._notes, self._moved = [], [], False
        self._look_at, self._kept_at = 0.0, time.monotonic()
        self._wrote_at = None
        self.position = self._at.text()
        self._connection = KinesisStream(self.stream, self._settings, self._patience_s, self._threads)
        self._read_anew()

    def _read_anew(self):
        if self._reading:
            self._reading.close()
        self._reading = KinesisReading(self._connection, self._threads, **self._how)

    def history(self, load):
        """A stream has no past but its records."""

    def next_batch(self):
        """Return the order lines of the records that have come since.

        Raises
        ------
        SourceDown
            AWS does not answer, or refuses; nothing is lost, and the next call goes on.
        """
        now = time.monotonic()
        if not self._held:
            if now >= self._look_at:
                self._look(now)
            self._held = self._reading.taken(self._most)
            if not (self._held or self._notes or self._moved):
                self._idle(now)
        return self._handed_out(now)

    def _idle(self, now):
        if trouble := self._reading.trouble:
            raise SourceDown(trouble)
        if now >= self._kept_at + self._keep_s:
            self._keep(now)

    def _look(self, now):
        """Begin to read the shards that are not read yet."""
        # The next one soon, should this one fail: records that are here already do not wait for it.
        self._look_at = now + 1.0
        listed, clock_s = self._connection.shards()
        at_s = None if self._at.places else self._beginning(clock_s)
        if self._at.is_another(listed):
            self._notes += [(id, place.after, ANEW) for id, place in self._at.places.items()]
            self._at, self._begun, self._astray = KinesisPosition(), set(), set()
            self._read_anew()
        changed, gone = self._at.take(listed, at_s, self._begun)
        self._notes += [(id, place.after, LOST) for id, place in gone.items()]
        self._listed, self._moved = self._listed | listed, self._moved or changed
        for id in self._astray & self._at.places.keys():
            self._at.places[id].oldest = True
            self._notes.append((id, self._at.places[id].after, LOST))
        self._astray = set()
        self._begin()
        self._look_at = now + self._look_s

    def _begin(self):
        for id in self._at.open_shards(self._listed) - self._begun:
            place = self._at.places[id]
            self._begun.add(id)
            self._reading.read(Reading(id, place.after, place.at_s, place.seen_s, oldest=place.oldest))

    def _beginning(self, clock_s):
        if self.start == EARLIEST:
            return None
        return clock_s if self.start == LATEST else self.start.timestamp()

    def _keep(self, now):
        tips = self._reading.tips()
        for id, seen_s in (tips or {}).items():
            self._at.places[id].seen_s = seen_s
        self._moved, self._kept_at = self._moved or bool(tips), now

    def _handed_out(self, now):
        arrival = Arrival()
        if self._held:
            values, places = self._messages()
            arrival = self._reader.read(values, lambda index: _told(*places[index]))
            self._advance()
        if self._notes or self._moved:
            arrival = self._with_notes(arrival)
        if arrival.num_rows or arrival.moved:
            self.position, self._kept_at = self._at.text(), now
        return arrival

    def _messages(self):
        values, places = [], []
        for portion in self._held:
            hashes = self._listed[portion.shard].hashes
            for record in portion.records:
                sequence, many = record["SequenceNumber"], unpacked(record["Data"], hashes)
                values += [record["Data"]] if many is None else many
                places += [(portion.shard, sequence, n) for n in ([0] if many is None else range(1, len(many) + 1))]
        return values, places

    def _advance(self):
        for portion in self._held:
            if portion.skipped:
                self._notes.append((portion.shard, self._at.places[portion.shard].after, LOST))
            if portion.astray:
                self._astray.add(portion.shard)
                self._begun.discard(portion.shard)
            if portion.ended or portion.astray:
                self._look_at = 0.0
            if portion.records:
                self._wrote_at = portion.records[-1]["ApproximateArrivalTimestamp"].timestamp()
            self._at.advance(portion)
        self._held, self._moved = [], True

    def _with_notes(self, arrival):
        notes = [
            quarantine(self.name, [f"{id}:{after or ''}"], [f"{id} after {after or 'its beginning'}"], reason)
            for id, after, reason in self._notes
        ]
        self._notes, self._moved = [], False
        return replace(arrival, set_aside=pa.concat_tables([arrival.set_aside, *notes]), moved=True)

    def lag(self):
        """Return records not read yet, 0 or None since AWS does not count them, and the age of the last one read."""
        if not self._listed:
            return None, None
        undone = {id for id, place in self._at.places.items() if not place.done}
        if not self._held and undone == self._reading.shards and self._reading.tips() is not None:
            return 0, 0.0
        return None, None if self._wrote_at is None else max(0.0, time.time() - self._wrote_at)

    def close(self):
        """End the threads and let go of the connections."""
        if self._connection:
            self._reading.close()
            self._connection.close()
            self._connection = self._reading = None


def _told(shard, sequence, number):
    return f"{shard}:{sequence} record {number}" if number else f"{shard}:{sequence}"
