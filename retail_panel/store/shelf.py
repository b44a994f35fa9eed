"""Answers that several visitors share: made once, kept while used, thrown away after."""

import threading
from collections import OrderedDict
from concurrent.futures import Future


class Shelf:
    """Keep costly things by key: single flight while they are made, disposal once nobody holds them.

    Parameters
    ----------
    spare : int
        How many things nobody holds are kept for whoever asks next, most recently used first.

    Attributes
    ----------
    hits, misses : int
        How often a thing that was asked for was there, or on its way, and how often it was to be made.
    """

    def __init__(self, spare=4):
        self.spare = spare
        self.hits = self.misses = 0
        self._lock = threading.Lock()
        self._things = OrderedDict()
        self._holders = {}

    def take(self, key, make):
        """Return the thing under ``key`` and hold it until :meth:`give_back`.

        Parameters
        ----------
        key : hashable
            Everything the thing depends on.
        make : callable
            Makes it; called once however many ask at the same time. Its error reaches all of them, and the next one
            to ask tries again.
        """
        with self._lock:
            future = self._things.get(key)
            mine = future is None
            self.hits, self.misses = self.hits + (not mine), self.misses + mine
            if mine:
                future = self._things[key] = Future()
            self._things.move_to_end(key)
            self._holders[key] = self._holders.get(key, 0) + 1
        if mine:
            try:
                future.set_result(make())
            except BaseException as error:
                with self._lock:
                    del self._things[key], self._holders[key]
                future.set_exception(error)
                raise
        return future.result()

    def hold(self, key):
        """Hold a thing, such as for work in the background; returns whether it is there, held by others or not."""
        with self._lock:
            there = key in self._things
            if there:
                self._holders[key] = self._holders.get(key, 0) + 1
            return there

    def give_back(self, key):
        """Let go of a thing; what nobody holds and is not spare has its ``dispose()`` called."""
        with self._lock:
            if self._holders.get(key):
                self._holders[key] -= 1
            idle = self._idle()
            gone = self._take_off(idle[: max(0, len(idle) - self.spare)])
        _dispose(gone)

    def discard(self, is_stale):
        """Throw away what nobody holds and nobody will ask for again.

        Parameters
        ----------
        is_stale : callable
            Takes a key.
        """
        with self._lock:
            gone = self._take_off([key for key in self._idle() if is_stale(key)])
        _dispose(gone)

    def count(self, is_meant):
        """Return how many things there are whose key is meant."""
        with self._lock:
            return sum(bool(is_meant(key)) for key in self._things)

    def _idle(self):
        return [key for key, future in self._things.items() if not self._holders.get(key) and future.done()]

    def _take_off(self, keys):
        for key in keys:
            self._holders.pop(key, None)
        return [self._things.pop(key).result() for key in keys]

    def __len__(self):
        return len(self._things)


def _dispose(things):
    for thing in things:
        thing.dispose()
