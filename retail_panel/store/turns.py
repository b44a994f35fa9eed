"""Turns at writing: of all processes that share a store, one writes at a time."""

import logging
import threading
import uuid
from contextlib import contextmanager, suppress

import psycopg

from retail_panel.errors import RetailPanelError

log = logging.getLogger(__name__)
#: What writers wait for; the schema is the second half of its key.
LOCK = 1_382_313_292
#: A wait is cut into pieces of a second, so that a process that ends need not wait for another one's load.
BEGIN = f"""BEGIN; SET LOCAL lock_timeout = '1s';
    SELECT pg_advisory_xact_lock({LOCK}, hashtext(current_schema())); SET LOCAL lock_timeout = 0"""
CHANNEL = "retail_panel"
#: Longest wait between two looks whether a commit took place, in seconds.
MOST_WAIT_S = 5.0


class Turn:
    """A transaction on the server in which nobody else writes; made by :meth:`Turns.take`.

    Attributes
    ----------
    connection : psycopg.Connection
        On which it is under way.
    """

    def __init__(self, turns, connection):
        self._turns, self.connection = turns, connection

    def commit(self, version, rewrites=False):
        """Commit what was written, as a version, and tell all who follow.

        Returns only once it is sure that it is committed, and raises only once it is sure that it is not: a caller who
        tries again would else double the rows.
        """
        mark = uuid.uuid4().hex
        self.connection.execute("INSERT INTO written VALUES (%s, %s, %s)", [version, mark, rewrites])
        self.connection.execute(f"NOTIFY {CHANNEL}")
        try:
            self._end()
        except psycopg.OperationalError:
            if not self.connection.closed or not self._turns.is_written(version, mark):
                raise

    def _end(self):
        self.connection.execute("COMMIT")


class Turns:
    """Gives turns, one after the other.

    Parameters
    ----------
    postgres : Postgres

    Attributes
    ----------
    ending : threading.Event
        Set once the process ends, so that nobody waits any more.
    """

    def __init__(self, postgres):
        self._postgres, self.ending = postgres, threading.Event()
        self._is_unsure = False

    @contextmanager
    def take(self):
        """Wait for a turn and yield it; what was not committed at its end is rolled back.

        Raises
        ------
        RetailPanelError
            If the server cannot be reached, or the process ends before the turn comes.
        """
        if self._is_unsure:
            raise RetailPanelError("it is not known whether the last rows were committed; start this process anew")
        with self._postgres.session() as connection:
            self._begin(connection)
            try:
                yield Turn(self, connection)
            finally:
                # Where the connection is gone, the server rolls back by itself.
                with suppress(psycopg.Error):
                    if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                        connection.execute("ROLLBACK")

    def _begin(self, connection):
        while True:
            try:
                connection.execute(BEGIN)
                return
            except psycopg.errors.LockNotAvailable:
                connection.execute("ROLLBACK")
                if self.ending.is_set():
                    raise

    def is_written(self, version, mark):
        """Find out whether a commit took place whose connection broke; waits for the server as long as it takes.

        Raises
        ------
        RetailPanelError
            If the process ends before that is known; nobody gets a turn from then on.
        """
        wait_s = 0.1
        while True:
            # A turn comes once the server has done with that connection.
            with suppress(RetailPanelError), self.take() as turn:
                found = turn.connection.execute("SELECT mark FROM written WHERE version = %s", [version])
                return found.fetchone() == (mark,)
            log.warning("the connection broke amid a commit; waiting for the store to hear whether it took place")
            if self.ending.wait(wait_s):
                self._is_unsure = True
                raise RetailPanelError("the store could not be asked whether the last rows were committed")
            wait_s = min(MOST_WAIT_S, 2 * wait_s)
