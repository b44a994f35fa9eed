"""A shop of several tills that sells to a server at a rate, and when it sold what."""

import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from retail_panel.simulate import Faults, Pace, Till, sink

BEAT_S = 0.1
MOST = 5_000


class Post(NamedTuple):
    """One delivery: when it was sent and answered, seconds since 1970, and the shop's lines up to its last."""

    sent: float
    answered: float
    lines: int


class Seller:
    """Sells in threads of its own: ten deliveries a second, none of which waits for the answer to another.

    Parameters
    ----------
    url : str
        Where to post to.
    settings : dict of str to str
        With the token.
    rate : float
        Lines a second.
    faults : Faults, optional
    name : str
        Begins the ids of all orders.
    tills : int
        Deliveries under way at most; where all of them wait for answers, fewer lines are sold than asked for.
    patience_s : float
        Seconds for which a delivery that is refused is sent again, under its key.
    """

    def __init__(self, url, settings, rate, faults=None, name=None, tills=8, patience_s=60.0):
        chance = random.Random(0)
        self.name, self.posts = name or f"sale-{uuid.uuid4().hex[:8]}", []
        self._till, self._pace = Till(self.name, chance, faults or Faults()), Pace(rate, 1.0, chance)
        self._sink = sink(url, settings, patience_s)
        self._pool, self._free = ThreadPoolExecutor(tills), threading.Semaphore(tills)
        self._stopping, self._errors = threading.Event(), []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._began = None

    @property
    def ledger(self):
        """What was sold so far."""
        return self._till.ledger

    @property
    def sent_again(self):
        """How often a delivery was sent once more, since the server refused it or did not answer."""
        return self._sink.sent_again

    @property
    def has_failed(self):
        """Whether a delivery went wrong, after which nothing more is sold."""
        return bool(self._errors)

    def start(self):
        """Begin to sell; returns the seller."""
        self._began = time.time()
        self._thread.start()
        return self

    def stop(self):
        """Stop selling and wait until every delivery is answered; raises what went wrong with one."""
        self._stopping.set()
        self._thread.join()
        self._pool.shutdown()
        self._sink.close()
        if self._errors:
            raise self._errors[0]

    def lines_per_s(self):
        """Return the lines a second that were committed, from the start to the last answer."""
        answered = max((post.answered for post in self.posts), default=time.time())
        return self.ledger.lines / (answered - self._began)

    def _run(self):
        sent = 0
        while not self._stopping.wait(BEAT_S) and not self._errors:
            count = min(self._pace.due(time.time() - self._began) - sent, MOST)
            if count <= 0:
                continue
            self._free.acquire()
            messages = [self._till.message() for _ in range(count)]
            sent += count
            self._pool.submit(self._post, messages, self.ledger.lines)

    def _post(self, messages, lines):
        began = time.time()
        try:
            self._sink.send(messages)
            self.posts.append(Post(began, time.time(), lines))
        except Exception as error:
            self._errors.append(error)
        finally:
            self._free.release()
