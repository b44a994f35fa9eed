"""A mirror follows the server: rows of later versions come in, one version or many in one transaction."""

import logging
import threading
from contextlib import contextmanager, suppress

import psycopg

from retail_panel.errors import RetailPanelError
from retail_panel.store.copying import copied_out
from retail_panel.store.sending import BY_VERSION
from retail_panel.store.tables import TABLES, create_statements
from retail_panel.store.turns import CHANNEL

log = logging.getLogger(__name__)
#: Seconds after which the server is asked though it told nothing, and the longest wait after an error.
LOOK_S, MOST_WAIT_S = 0.5, 10.0
NEWEST = """SELECT coalesce((SELECT max(version) FROM written), 0),
    coalesce((SELECT max(version) FROM written WHERE rewrites), 0)"""
#: Written by whoever looks something up, and so never by version.
READ_WHOLE = ("saved_view", "audit")


@contextmanager
def one_moment(connection):
    """Have all that a connection reads be as of one moment."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def newest(connection):
    """Return the newest version of all, and the newest that changed rows of earlier ones."""
    return connection.execute(NEWEST).fetchone()


def pull(engine, connection, version):
    """Bring a mirror up to the newest version; what the connection reads has to be of one moment.

    Parameters
    ----------
    engine : DuckDB
        The mirror's.
    connection : psycopg.Connection
    version : int
        That the mirror is at.

    Returns
    -------
    (int, bool)
        The version that it is at now, and whether rows of earlier ones were changed on the way.

    Raises
    ------
    RetailPanelError
        If the server is at an earlier version than the mirror.
    """
    latest, rewritten = newest(connection)
    if latest < version:
        raise RetailPanelError(
            f"the server is at version {latest}, before {version} that was read from it: restart this process if an "
            "earlier state was restored there"
        )
    if latest == version:
        return version, False
    is_whole = 0 < version < rewritten
    with engine.transaction():
        if is_whole:
            for name in TABLES:
                engine.run(f"DROP TABLE {name}")
            for statement in create_statements():
                engine.run(statement)
        since = 0 if is_whole else version
        for batch in copied_out(connection, "customer", TABLES["customer"], "WHERE version > %s", [since]):
            if since:
                engine.run(
                    "UPDATE customer SET first_day = batch.first_day FROM batch "
                    "WHERE customer.customer_key = batch.customer_key",
                    batch=batch,
                )
            engine.run("INSERT INTO customer FROM batch ANTI JOIN customer USING (customer_key)", batch=batch)
        for name in BY_VERSION:
            for batch in copied_out(connection, name, TABLES[name], "WHERE version > %s", [since]):
                engine.run(f"INSERT INTO {name} FROM batch", batch=batch)
        (oldest,) = connection.execute("SELECT coalesce(min(version), 0) FROM recent_line").fetchone()
        engine.run(f"DELETE FROM recent_line WHERE version < {oldest}")
    return latest, is_whole


def read_whole(engine, connection):
    """Have a mirror hold the saved views and the audit as they are; amid a transaction of the mirror's."""
    for name in READ_WHOLE:
        engine.run(f"DELETE FROM {name}")
        for batch in copied_out(connection, name, TABLES[name]):
            engine.run(f"INSERT INTO {name} FROM batch", batch=batch)


class Follower:
    """A thread that has a mirror follow the server, over restarts of it.

    Parameters
    ----------
    postgres : Postgres
    follow : callable
        Brings the mirror up to the newest version, over the connection that it is given.
    """

    def __init__(self, postgres, follow):
        self._postgres, self._follow = postgres, follow
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)

    def start(self):
        """Begin; returns itself."""
        self._thread.start()
        return self

    def stop(self):
        """End, once what is under way is done."""
        self._ended.set()
        self._thread.join(30)

    def _run(self):
        wait_s = 0.1
        while not self._ended.is_set():
            connection = None
            try:
                connection = self._postgres.open()
                connection.execute(f"LISTEN {CHANNEL}")
                while not self._ended.is_set():
                    self._follow(connection)
                    if wait_s > 0.1:
                        log.warning("following the store again: %s", self._postgres.shown)
                        wait_s = 0.1
                    next(connection.notifies(timeout=LOOK_S, stop_after=1), None)
            except Exception as error:
                if wait_s == 0.1:
                    log.warning("cannot follow the store, and shows what it has: %s", " ".join(str(error).split()))
                wait_s = min(MOST_WAIT_S, 2 * wait_s)
                self._ended.wait(wait_s)
            finally:
                if connection is not None:
                    with suppress(psycopg.Error):
                        connection.close()
