"""Ledgers: one for each row policy, made for whoever asks first and kept while anybody looks."""

import itertools
import threading
from functools import partial

from retail_panel.crossfilter.cuts import line_bins
from retail_panel.crossfilter.ledger import Ledger
from retail_panel.crossfilter.sample import is_drawn
from retail_panel.store import EVERYTHING, Shelf

_numbers = itertools.count(1)
#: Where nobody is disturbed by it bars are put in the order of now once there are so many times the lines.
MANY = 2


class Ledgers:
    """Ledgers that scenes share.

    Parameters
    ----------
    store : Store
        Where the rows lie.
    currency : str
        ISO code for the words of bins.
    spare : int
        How many ledgers that no scene reads are kept for whoever comes next.
    """

    def __init__(self, store, currency, spare=1):
        self._store, self._currency, self._shelf = store, currency, Shelf(spare)
        self._counting, self._keys, self._locks = threading.Lock(), {}, {}

    def take(self, known, policy=EVERYTHING, is_followed=False, one_in=1):
        """Return a ledger that has the lines up to a version, and what gives it back.

        Parameters
        ----------
        known : Catalogue
            What the store holds at that version.
        policy : RowPolicy
            The rows that may be seen.
        is_followed : bool
            Whether somebody looks on as rows arrive, so that bars stay where they are.
        one_in : int
            Of so many customers it has the lines of one, see :mod:`retail_panel.crossfilter.sample`.

        Returns
        -------
        tuple of (Ledger, callable)
        """
        bins = line_bins(known, self._currency)
        with self._counting:
            lock = self._locks.setdefault((policy, one_in), threading.Lock())
        with lock:
            key = self._keys.get((policy, one_in))
            ledger = self._held(key, known, bins, is_followed)
            if ledger is None:
                key = self._keys[policy, one_in] = (policy, one_in, next(_numbers))
                ledger = self._shelf.take(key, partial(self._make, key, known, bins))
            try:
                ledger.add(known, bins)
            except BaseException:
                self._shelf.give_back(key)
                raise
        return ledger, partial(self._shelf.give_back, key)

    def _held(self, key, known, bins, is_followed):
        if key is None or not self._shelf.hold(key):
            return None
        ledger = self._shelf.take(key, None)
        self._shelf.give_back(key)
        if ledger.serves(known, bins) and (is_followed or known.rows < MANY * ledger.rows):
            return ledger
        self._shelf.give_back(key)
        self._shelf.discard(lambda other: other == key)
        return None

    def _make(self, key, known, bins):
        policy, one_in, number = key
        draw = partial(is_drawn, one_in=one_in) if one_in > 1 else None
        return Ledger(self._store.seen_by(policy), f"ledger_{number}", known, bins, policy, draw)

    def forget(self):
        """Throw away what was made of rows that have been rewritten since, once no scene reads it."""
        with self._counting:
            self._keys.clear()
        self._shelf.discard(lambda key: True)
