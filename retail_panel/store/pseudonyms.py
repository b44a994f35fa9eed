"""Pseudonyms: the names under which customers appear to whoever may not see their ids."""

import base64
import hmac
import os
import threading

import pyarrow as pa

from retail_panel.store.policy import PSEUDONYMS

#: 60 bits: among ten million customers two of one pseudonym are as likely as not to be one pair in ten thousand stores.
LENGTH = 12
PREFIX = "P-"


class Pseudonyms:
    """A scratch table of pseudonyms, brought up to date as customers arrive.

    A pseudonym is a keyed hash of the id: the same at every start with the same key, and nothing to compute without it.

    Parameters
    ----------
    engine : DuckDB
        Where customers lie.

    Attributes
    ----------
    key : bytes
        The key; a random one until it is set, with which pseudonyms last as long as the process.
    """

    def __init__(self, engine):
        self._engine = engine
        self._lock = threading.Lock()
        self._upto = None
        self.key = os.urandom(32)

    def use(self, key):
        """Make pseudonyms with a key from now on."""
        with self._lock:
            self.key, self._upto = key, None

    def of(self, customer_id):
        """Return the pseudonym of a customer's id."""
        found = hmac.digest(self.key, customer_id.encode(), "sha256")
        return PREFIX + base64.b32encode(found)[:LENGTH].decode()

    def forget(self):
        """Make the table anew before it is used again, such as after a customer was taken out."""
        with self._lock:
            self._upto = None

    def follow(self):
        """Bring the table up to date."""
        with self._lock:
            where = "" if self._upto is None else f"WHERE customer_key > {self._upto}"
            fresh = self._engine.fetch(f"SELECT customer_key, customer_id FROM customer {where} ORDER BY customer_key")
            if self._upto is None:
                self._engine.run(
                    f"CREATE OR REPLACE TABLE scratch.main.{PSEUDONYMS} (customer_key INTEGER, pseudonym VARCHAR)"
                )
            if fresh.num_rows:
                names = pa.array([self.of(who) for who in fresh.column("customer_id").to_pylist()], pa.string())
                batch = pa.table({"customer_key": fresh.column("customer_key"), "pseudonym": names})
                self._engine.run(f"INSERT INTO scratch.main.{PSEUDONYMS} SELECT * FROM batch", batch=batch)
            known = fresh.column("customer_key").to_pylist()[-1:] if fresh.num_rows else []
            self._upto = known[0] if known else (-1 if self._upto is None else self._upto)
