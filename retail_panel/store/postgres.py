"""A PostgreSQL server that holds a store's rows: its URL, its tables, and connections to it."""

import re
import threading
from collections import deque
from contextlib import contextmanager, suppress

import psycopg
from psycopg.conninfo import conninfo_to_dict

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.store.tables import SQL_TYPES, TABLES
from retail_panel.store.upgrade import newest
from retail_panel.store.url import shown

#: What has other words in PostgreSQL.
TYPES = {"VARCHAR": "text", "DOUBLE": "double precision"}
#: Of a commit, beside what the commit log says: a mark of whoever made it, so that one whose connection broke at its
#: end finds out how it ended, and whether it changed rows of earlier ones.
WRITTEN = "CREATE TABLE IF NOT EXISTS written (version integer PRIMARY KEY, mark text, rewrites boolean NOT NULL)"
INDEXES = (
    *(
        f"CREATE INDEX IF NOT EXISTS {name}_version ON {name} (version)"
        for name in ("order_line", "stock", "feedback", "quarantine", "customer", "commit_log", "recent_line")
    ),
    "CREATE UNIQUE INDEX IF NOT EXISTS customer_key ON customer (customer_key)",
    "CREATE INDEX IF NOT EXISTS written_rewrites ON written (version) WHERE rewrites",
    "CREATE INDEX IF NOT EXISTS audit_moment ON audit (moment)",
    "CREATE UNIQUE INDEX IF NOT EXISTS saved_view_name ON saved_view (owner, name)",
)
#: A dead peer is noticed within a minute or so, by us and by the server, which else keeps its turn for hours.
DEFAULTS = {"connect_timeout": "10", "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}
SESSION = """SET DateStyle = 'ISO'; SET TimeZone = 'UTC'; SET statement_timeout = 0; SET synchronize_seqscans = off;
    SET idle_in_transaction_session_timeout = 0; SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10;
    SET tcp_keepalives_count = 3"""
#: Lock under which tables are made; the schema is the second half of its key.
MAKING = 1_382_313_291


class Postgres:
    """A database of a PostgreSQL server, one schema of which has our tables.

    Parameters
    ----------
    url : str
        ``postgresql://user@host:port/database``, as libpq reads it.

    Raises
    ------
    UnusableInput
        If the URL is none, or has a password after the question mark.
    """

    def __init__(self, url):
        self.shown = shown(url)
        try:
            self._how = DEFAULTS | conninfo_to_dict(url)
        except psycopg.Error:
            # What libpq says of it may have the password in it.
            allowed = "postgresql://user@host:port/database"
            raise UnusableInput(f"the store's URL is none that PostgreSQL can read; allowed: {allowed}") from None
        if re.search(r"[?&]password=", url):
            allowed = "the variable PGPASSWORD, or a password file as libpq reads it"
            raise UnusableInput(f"store {self.shown}: a password stands in the URL's options; allowed: {allowed}")
        self._idle, self._closed = deque(), threading.Event()

    def open(self):
        """Return a new connection, on which each statement is a transaction of its own unless it is within one."""
        with self._ours():
            connection = psycopg.connect(**self._how, autocommit=True, client_encoding="UTF8")
            try:
                connection.execute(SESSION)
            except BaseException:
                connection.close()
                raise
            return connection

    @contextmanager
    def session(self):
        """Yield a connection that nobody else uses meanwhile; its errors come out as ours."""
        connection = self._alive() or self.open()
        try:
            with self._ours():
                yield connection
        finally:
            is_idle = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
            if is_idle and not self._closed.is_set():
                self._idle.append(connection)
            else:
                connection.close()

    def _alive(self):
        with suppress(IndexError):
            while True:
                connection = self._idle.pop()
                with suppress(psycopg.Error):
                    connection.execute("SELECT 1")
                    return connection
                connection.close()
        return None

    @contextmanager
    def _ours(self):
        try:
            yield
        except psycopg.Error as error:
            raise RetailPanelError(f"store {self.shown}: {' '.join(str(error).split())}") from error

    def prepare(self):
        """Make the tables that are not there yet.

        Raises
        ------
        UnusableInput
            If they are those of another version.
        """
        with self.session() as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(current_schema()))", [MAKING])
            connection.execute("CREATE TABLE IF NOT EXISTS schema_number (number integer)")
            (found,) = connection.execute("SELECT max(number) FROM schema_number").fetchone()
            if found not in (None, newest()):
                raise UnusableInput(
                    f"the store {self.shown} has schema {found}, of another Retail Panel; allowed: {newest()}, so "
                    "install that version, or take another store"
                )
            if found is None:
                connection.execute("INSERT INTO schema_number VALUES (%s)", [newest()])
                for statement in (*_tables(), WRITTEN, *INDEXES):
                    connection.execute(statement)

    def close(self):
        """Close the connections that nobody uses; the others are closed when they are given back."""
        self._closed.set()
        with suppress(IndexError):
            while True:
                self._idle.pop().close()


def columns(table):
    """Return the columns that a table has on the server."""
    # A customer's row is changed by later loads, unlike all others, so it says by which.
    return [*TABLES[table].names, "version"] if table == "customer" else TABLES[table].names


def _tables():
    for name, fields in TABLES.items():
        types = {field.name: TYPES.get(SQL_TYPES[field.type], SQL_TYPES[field.type]) for field in fields}
        made = ", ".join(f'"{column}" {types.get(column, "integer")}' for column in columns(name))
        yield f"CREATE TABLE IF NOT EXISTS {name} ({made})"
