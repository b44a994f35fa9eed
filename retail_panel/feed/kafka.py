"""A Kafka topic as source: every partition read by this process, positions kept in our own store."""

import json
import time

import pyarrow as pa

from retail_panel.feed.arrival import NO_LINES, Arrival, quarantine
from retail_panel.feed.kafka_topic import KafkaTopic, is_astray, is_end
from retail_panel.feed.source import EARLIEST, LATEST

LOST = "messages were gone from the topic before they were read"
ANEW = "the topic was made anew; read from its beginning"
CUT = "the topic ends before the position reached; read from where it can be"


class Kafka:
    """Reads a topic; a :class:`retail_panel.feed.Source`.

    The position is JSON: each partition's next offset, and the topic's id. Partitions are assigned by hand, so that
    no other process takes them away and a restart need not wait for a group; the group id is only the name that
    brokers know us by.

    Parameters
    ----------
    topic : str
    settings : dict
        Of librdkafka, such as ``bootstrap.servers`` and ``sasl.password``.
    reader : MessageReader
        Makes order lines of messages; its source is the name that the position is kept under.
    registry : SchemaRegistry, optional
        Decodes Avro and Protobuf.
    start : str or datetime
        Where the first run begins: ``earliest``, ``latest``, or a moment. Partitions added later begin at their first
        message.
    most_messages : int
        Messages in one batch at most.
    pace_s : float
        Seconds between two batches that are not full.
    look_s : float
        Seconds between two looks for new partitions.
    patience_s : float
        Seconds that brokers may take for an answer.
    """

    restartable = True

    def __init__(
        self, topic, settings, reader, registry=None, start=EARLIEST, most_messages=20_000, pace_s=0.1, look_s=30.0,
        patience_s=2.0,
    ):  # fmt: skip
        self.topic, self.name, self.start = topic, reader.source, start
        self.position = None
        self._settings, self._reader, self._registry = settings, reader, registry
        self._most, self._pace_s, self._look_s, self._patience_s = most_messages, pace_s, look_s, patience_s
        self._connection = None

    def open(self, position):
        """Make ready to read from a position; brokers are asked by :meth:`next_batch` only, so they may be away."""
        found = json.loads(position or "{}")
        self._identity = found.pop("topic", None)
        self._next = {int(partition): offset for partition, offset in found.items()}
        self._fetched, self._ends = {}, {}
        self._held, self._notes, self._moved = [], [], False
        self._read_at = self._look_at = 0.0
        self._wrote_at = None
        self._write()
        self._connection = KafkaTopic(self.topic, self._settings, self._patience_s)

    def _write(self):
        self.position = json.dumps({**({"topic": self._identity} if self._identity else {}), **self._next})

    def history(self, load):
        """A topic has no past but its messages."""

    def next_batch(self):
        """Return the order lines of the messages that have come since.

        Raises
        ------
        SourceDown
            Brokers, or the registry, do not answer; nothing is lost, and the next call goes on.
        """
        now = time.monotonic()
        if not self._held:
            if now < self._read_at:
                return NO_LINES
            if now >= self._look_at:
                self._look()
                self._look_at = now + self._look_s
            self._fetch()
            self._read_at = now + (0.0 if 2 * len(self._held) >= self._most else self._pace_s)
        return self._handed_out()

    def _look(self):
        """Begin to read the partitions that are not read yet."""
        first_ever = not self._next
        fresh = [number for number in self._connection.partitions() if number not in self._fetched]
        if not fresh:
            return
        if not self._fetched:
            self._recognise()
        known = [number for number in fresh if number in self._next]
        self._go_on(known, {n: self._beginning(n, first_ever) for n in fresh if n not in self._next})

    def _go_on(self, known, begun):
        """Read partitions from where they stopped, and others (dict) from an offset; what that loses is noted."""
        settled = {number: self._settled(number) for number in known}
        offsets = begun | {number: offset for number, (offset, _) in settled.items()}
        self._connection.read_from(offsets)
        self._notes += [(n, self._next[n], *note) for n, (_, note) in settled.items() if note]
        self._moved = self._moved or bool(offsets.items() - self._next.items())
        self._next |= offsets
        self._fetched |= offsets

    def _recognise(self):
        """Tell whether the topic is another one of the same name; if so, it is read from its beginning."""
        found = self._connection.identity()
        anew = bool(found and self._identity and found != self._identity)
        if anew:
            self._notes += [(number, offset, ANEW, "") for number, offset in self._next.items()]
            self._next = dict.fromkeys(self._next, 0)
        self._identity = found or self._identity
        return anew

    def _beginning(self, number, first_ever):
        low, high = self._connection.bounds(number)
        if not first_ever or self.start == EARLIEST:
            return low
        if self.start == LATEST:
            return high
        found = self._connection.offset_at(number, int(self.start.timestamp() * 1000))
        return high if found is None else found

    def _settled(self, number):
        """Return where a partition goes on, and a note where that is not where it stopped."""
        offset = self._next[number]
        low, high = self._connection.bounds(number)
        if offset < low:
            return low, (LOST, f"offsets {offset} to {low - 1}")
        if offset > high:
            target = high if self._identity else low
            return target, (CUT, f"offset {offset} reached, {high} next; goes on at {target}")
        return offset, None

    def _fetch(self):
        found, astray = self._connection.fetched(self._most), []
        for message in found:
            error, number = message.error(), message.partition()
            if error is None:
                if message.offset() >= self._fetched[number]:
                    self._fetched[number] = message.offset() + 1
                    self._held.append(message)
            elif is_end(error):
                self._ends[number] = message.offset()
            elif is_astray(error):
                astray.append(number)
            else:
                self._connection.trouble = error.str()
        if self._held:
            self._connection.trouble = None
        elif astray:
            self._resettle(set(astray))
        elif self._connection.trouble:
            self._connection.partitions()

    def _resettle(self, numbers):
        self._go_on(self._next if self._recognise() else numbers, {})

    def _handed_out(self):
        arrival = Arrival()
        if self._held:
            held = self._held
            values = [message.value() for message in held]
            if self._registry:
                values = self._registry.decoded(values)
            arrival = self._reader.read(values, lambda index: f"{held[index].partition()}:{held[index].offset()}")
            self._next |= {message.partition(): message.offset() + 1 for message in held}
            kind, wrote_at_ms = held[-1].timestamp()
            self._wrote_at = wrote_at_ms / 1000 if kind else None
            self._held = []
        if self._notes or self._moved:
            arrival = self._with_notes(arrival)
        if arrival.num_rows or arrival.moved:
            self._write()
        return arrival

    def _with_notes(self, arrival):
        notes = [
            quarantine(self.name, [f"{number}:{offset}"], [f"partition {number} {text}".strip()], reason)
            for number, offset, reason, text in self._notes
        ]
        self._notes, self._moved = [], False
        return Arrival(
            arrival.lines,
            pa.concat_tables([arrival.set_aside, *notes]),
            arrival.line_ids,
            arrival.places,
            arrival.raw_bytes,
            True,
        )

    def lag(self):
        """Return messages not read yet and the age of the last one read, in seconds, while others wait."""
        if not self._fetched:
            return None, None
        ends = {number: self._connection.known_end(number) for number in self._fetched}
        rows = sum(
            max(0, end - self._next[number]) for number, end in ends.items() if self._ends.get(number, -1) < end
        )
        if not rows:
            return 0, 0.0
        return rows, None if self._wrote_at is None else max(0.0, time.time() - self._wrote_at)

    def close(self):
        """Leave the brokers."""
        if self._connection:
            self._connection.close()
            self._connection = None
