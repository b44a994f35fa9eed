"""Engines: a thin adapter each, which runs SQL and returns Arrow."""

import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.store.ticket import Superseded
from retail_panel.store.url import SHARED, shown

#: Lines for which a thread pays. Whoever asks looks again and again whether the last pieces that other threads took are
#: done, and takes Python's lock each time; with fewer lines that costs more than others help.
LINES_A_THREAD = 1_000_000


class DuckDB:
    """The embedded engine; ``duckdb://`` is in memory, ``duckdb:///file.duckdb`` a file beside the working folder
    and ``duckdb:////folder/file.duckdb`` one by its full path.

    A connection's result owns the connection until it is fetched, so each thread has a cursor of its own; a cursor
    sees a consistent snapshot while another one writes.

    Parameters
    ----------
    url : str
        Where the rows are.
    memory_limit : str, optional
        What it may hold.
    threads : int, optional
        How many it has; default: one for each of :data:`LINES_A_THREAD` that it is told of, at most one a core.
    """

    dialect = "duckdb"

    def __init__(self, url, memory_limit=None, threads=None):
        path = urlsplit(url).path[1:]
        settings = {"autoinstall_known_extensions": "false", "preserve_insertion_order": "false"}
        if memory_limit:
            settings["memory_limit"] = memory_limit
        if threads:
            settings["threads"] = str(threads)
        try:
            self._root = duckdb.connect(path or ":memory:", config=settings)
        except duckdb.Error as error:
            raise RetailPanelError(f"cannot open the store {url}: {error}") from error
        self._root.execute("ATTACH ':memory:' AS scratch (COMPRESS)")
        self._local = threading.local()
        self._is_free = threads is None
        (self._most,) = self._root.execute("SELECT current_setting('threads')").fetchone()
        self._threads = self._most

    def suit(self, lines):
        """Have as many threads as pay for so many lines, unless their number was given."""
        wanted = min(self._most, max(1, lines // LINES_A_THREAD))
        if self._is_free and wanted != self._threads:
            # The rows are committed by then: an error would have a feed bring them again, for a matter of time only.
            with suppress(duckdb.Error), self._root.cursor() as cursor:
                cursor.execute(f"SET GLOBAL threads = {wanted}")
                self._threads = wanted

    def cursor(self):
        """Return this thread's cursor."""
        if not hasattr(self._local, "cursor"):
            self._local.cursor = self._root.cursor()
        return self._local.cursor

    def fetch(self, sql, ticket=None):
        """Run a query and return its rows as a :class:`pyarrow.Table`."""
        cursor = self.cursor()
        with self._supervised(cursor, ticket):
            return cursor.execute(sql).to_arrow_table()

    def run(self, sql, ticket=None, batch=None):
        """Run a statement that returns nothing; it may read an Arrow table under the name ``batch``."""
        cursor = self.cursor()
        with self._supervised(cursor, ticket):
            # DuckDB finds ``batch`` in this frame; a registered table it would keep until the transaction ends.
            cursor.execute(sql)

    @contextmanager
    def transaction(self):
        """Run this thread's statements as one transaction, rolled back on any error."""
        cursor = self.cursor()
        cursor.execute("BEGIN")
        try:
            yield
        except BaseException:
            cursor.execute("ROLLBACK")
            raise
        cursor.execute("COMMIT")

    def compress(self):
        """Compress scratch tables, which else lie in memory as they were written; others read them meanwhile.

        Returns
        -------
        bool
            Whether it could; it cannot while another thread writes one.
        """
        with suppress(duckdb.TransactionException):
            self.cursor().execute("CHECKPOINT scratch")
            return True
        return False

    def copy_to(self, file):
        """Copy the database, as one statement and so as of one moment, to a file that is not there yet."""
        if Path(file).exists():
            raise RetailPanelError(f"cannot copy the store to {file}: it is there already; allowed: a new file")
        place = str(file).replace("'", "''")
        with self._root.cursor() as cursor:
            try:
                (name,) = cursor.execute("SELECT current_database()").fetchone()
                cursor.execute(f"ATTACH '{place}' AS the_copy")
                try:
                    cursor.execute('COPY FROM DATABASE "{}" TO the_copy'.format(name.replace('"', '""')))
                finally:
                    cursor.execute("DETACH the_copy")
            except duckdb.Error as error:
                raise RetailPanelError(f"cannot copy the store to {file}: {error}") from error

    @contextmanager
    def _supervised(self, cursor, ticket):
        if ticket is not None:
            ticket.begin(cursor)
        try:
            yield
            # An interrupt that comes before the engine starts on the statement is lost.
            if ticket is not None:
                ticket.check()
        except duckdb.InterruptException as error:
            raise Superseded("a newer question took its place") from error
        except duckdb.Error as error:
            raise RetailPanelError(f"the store could not answer: {error}") from error
        finally:
            if ticket is not None:
                ticket.end(cursor)

    def close(self):
        """Close the database."""
        self._root.close()


ENGINES = {"duckdb": DuckDB}


def connect(url, **options):
    """Open the engine that a store URL names.

    Raises
    ------
    UnusableInput
        If no engine serves the URL's scheme.
    """
    scheme = urlsplit(url).scheme
    if scheme not in ENGINES:
        allowed = ", ".join((*ENGINES, SHARED))
        raise UnusableInput(f"store URL {shown(url)!r}: no engine for {scheme!r}; allowed: {allowed}")
    return ENGINES[scheme](url, **options)
