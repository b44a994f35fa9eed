"""Deliveries by HTTP as source: what was posted waits here for the pump, and whoever posted it for the commit."""

import threading
import time
from collections import deque

from retail_panel.feed.arrival import Arrival
from retail_panel.feed.http_answers import (
    REMEMBERED,
    Answers,
    Keyed,
    Refused,
    check_same,
    digest,
    read_position,
    write_position,
)
from retail_panel.feed.http_delivery import Delivery, read_deliveries

MOST_DELIVERIES, MOST_BYTES = 1_000, 32_000_000
#: What is read in one go.
BATCH_BYTES = 8_000_000
RETRY_S = 5


class Deliveries:
    """Holds deliveries until they are committed; a :class:`retail_panel.feed.Source`, safe for several threads.

    The position is JSON: the number of the next delivery, and the answers to those with a key that the position before
    does not tell.

    Parameters
    ----------
    reader : MessageReader
        Makes order lines of bodies; its source is the name that the position is kept under.
    most_deliveries, most_bytes : int
        What is held at most, whatever waits for its commit included; more is refused.
    remembered : int
        Deliveries whose keys are remembered.
    clock : callable
        Seconds of any steady clock.
    """

    def __init__(
        self, reader, most_deliveries=MOST_DELIVERIES, most_bytes=MOST_BYTES, remembered=REMEMBERED,
        clock=time.monotonic,
    ):  # fmt: skip
        self.name, self.position = reader.source, None
        self._reader, self._clock = reader, clock
        self._most_deliveries, self._most_bytes = most_deliveries, most_bytes
        self._lock = threading.Lock()
        self._waiting, self._handed_out, self._by_key = deque(), deque(), {}
        self._held = self._bytes = 0
        self._next, self._opened = 0, False
        self._answers = Answers(remembered)
        self._since, self._singly, self._tell = None, 0, None

    def announce(self, tell):
        """Call somebody whenever a delivery has come."""
        self._tell = tell

    def recall(self, positions):
        """Remember the answers of earlier runs."""
        with self._lock:
            self._answers.recall(positions)

    def open(self, position):
        """Take deliveries from now on."""
        with self._lock:
            self._next, told = read_position(position) if position else (0, [])
            for keyed, answer in told:
                self._answers.add(keyed, answer)
            self.position = position or write_position(0, [])
            self._opened = True

    def history(self, load):
        """What was posted before nobody kept."""

    def check_room(self, size):
        """Raise :class:`Refused` if a body of so many bytes would not be taken at the moment."""
        with self._lock:
            self._check_room(size)

    def _check_room(self, size):
        if not self._opened:
            raise Refused(503, "the feed is not open", RETRY_S)
        if self._held >= self._most_deliveries or (self._held and self._bytes + size > self._most_bytes):
            raise Refused(503, "the inbox is full", RETRY_S)

    def offer(self, body, token, key=None):
        """Hold a body for the pump.

        Parameters
        ----------
        body : bytes
            JSON objects, one a line.
        token : str
            Name of who posts it; keys of others are other keys.
        key : str, optional
            The same in every try of one delivery.

        Returns
        -------
        concurrent.futures.Future
            Of an :class:`~retail_panel.feed.http_answers.Answer` once the rows are committed, or of the
            :class:`~retail_panel.feed.http_answers.Refused` that says why they are not.

        Raises
        ------
        Refused
            There is no room, or the key came with another body.
        """
        keyed = (digest(token.encode(), key.encode()), digest(body)) if key else (None, None)
        delivery = Delivery(body, *keyed)
        with self._lock:
            known = self._known(delivery) if key else None
            if known:
                return known
            self._check_room(len(body))
            self._waiting.append(delivery)
            self._since = self._since or self._clock()
            self._held, self._bytes = self._held + 1, self._bytes + len(body)
            if key:
                self._by_key[delivery.key] = delivery
        if self._tell:
            self._tell()
        return delivery.answered

    def _known(self, delivery):
        under_way = self._by_key.get(delivery.key)
        if under_way:
            check_same(under_way.digest, delivery.digest)
            return under_way.answered
        answer = self._answers.find(delivery.key, delivery.digest, self._next) if self._opened else None
        if answer:
            delivery.answered.set_result(answer)
            return delivery.answered
        return None

    def withdraw(self, answered, refused):
        """Take a delivery back that the pump has not asked for; one that it has is committed or not, as may be."""
        with self._lock:
            for delivery in self._waiting:
                if delivery.answered is answered:
                    self._waiting.remove(delivery)
                    self._let_go(delivery)
                    break
            else:
                return
        answered.set_result(refused)

    def _let_go(self, delivery):
        self._held, self._bytes = self._held - 1, self._bytes - len(delivery.body)
        self._by_key.pop(delivery.key, None)

    def next_batch(self):
        """Return the order lines of the deliveries that came since."""
        taken = self._take()
        if not taken:
            return Arrival()
        try:
            arrival = read_deliveries(self._reader, taken)
        except Exception:
            self._put_back(taken)
            raise
        with self._lock:
            self._singly = max(0, self._singly - 1)
            self._next = taken[-1].number + 1
            self._handed_out.extend(taken)
            told = [(Keyed(d.number, d.key, d.digest), d.answer) for d in self._handed_out if d.key]
            self.position = write_position(self._next, told)
        return arrival

    def _take(self):
        taken, size = [], 0
        with self._lock:
            most = 1 if self._singly else self._most_deliveries
            while self._waiting and len(taken) < most:
                size += len(self._waiting[0].body)
                if taken and size > BATCH_BYTES:
                    break
                delivery = self._waiting.popleft()
                delivery.number = self._next + len(taken)
                taken.append(delivery)
            self._since = self._clock() if self._waiting else None
        return taken

    def _put_back(self, taken):
        """After an error read one by one, and refuse the one that causes it: the others must not wait for it."""
        with self._lock:
            if len(taken) > 1:
                self._singly = len(taken)
                self._waiting.extendleft(reversed(taken))
                return
            self._singly = max(0, self._singly - 1)
            self._let_go(taken[0])
        taken[0].answered.set_result(Refused(500, "the delivery cannot be read"))

    def committed(self, position):
        """Answer the deliveries before a position."""
        reached, done = read_position(position)[0], []
        with self._lock:
            while self._handed_out and self._handed_out[0].number < reached:
                delivery = self._handed_out.popleft()
                if delivery.key:
                    self._answers.add(Keyed(delivery.number, delivery.key, delivery.digest), delivery.answer)
                self._let_go(delivery)
                done.append(delivery)
        for delivery in done:
            delivery.answered.set_result(delivery.answer)

    def lag(self):
        """Return how many deliveries wait, and for how many seconds the pump has left them waiting."""
        with self._lock:
            return len(self._waiting), self._clock() - self._since if self._since else 0.0

    def close(self):
        """Take no more; whoever waits is told to come again."""
        with self._lock:
            self._opened = False
            left = [*self._handed_out, *self._waiting]
            self._handed_out.clear()
            self._waiting.clear()
            self._by_key.clear()
            self._held = self._bytes = 0
        for delivery in left:
            delivery.answered.set_result(Refused(503, "the server stops", RETRY_S))

