"""A store that several processes share: rows are in PostgreSQL, and each process answers from a mirror of its own."""

import logging
import re
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime

import duckdb

from retail_panel.errors import RetailPanelError
from retail_panel.store.following import Follower, newest, one_moment, pull, read_whole
from retail_panel.store.load import Load
from retail_panel.store.postgres import Postgres
from retail_panel.store.sending import send_load, send_whole
from retail_panel.store.store import COMMIT, Store
from retail_panel.store.tables import TABLES
from retail_panel.store.turns import Turns

# Another process may have saved one of that name since.
VIEW = """INSERT INTO saved_view VALUES (%s, %s, %s)
    ON CONFLICT (owner, name) DO UPDATE SET query = excluded.query"""
log = logging.getLogger(__name__)
AUDIT = """SELECT moment, who, what, place, facts FROM audit
    WHERE strpos(lower(concat_ws(' ', who, what, place, facts)), lower(%s)) > 0
    AND moment >= coalesce(%s, moment) ORDER BY moment DESC LIMIT %s"""


class MirroredStore(Store):
    """Rows behind ``postgresql://user@host:port/database``, and all of them in memory, where questions are answered.

    What the server has committed is what counts. The mirror follows it, by version, and everything that is made of
    rows is the same as with an embedded store. One process writes at a time; its commit is one transaction there, and
    one of its mirror after that.

    Parameters
    ----------
    url, memory_limit, threads
        As of :class:`Store`; limits are the mirror's.

    Raises
    ------
    RetailPanelError
        If the server cannot be reached.
    """

    is_shared = True

    def __init__(self, url, memory_limit=None, threads=None):
        self._postgres = Postgres(url)
        self._turns = Turns(self._postgres)
        #: Of each feed that this process brings, the position it is at and the version at which that was so.
        self._reached = {}
        with ExitStack() as if_it_fails:
            if_it_fails.callback(self._postgres.close)
            self._postgres.prepare()
            super().__init__(memory_limit=memory_limit, threads=threads)
            if_it_fails.callback(self.engine.close)
            self.catch_up()
            if_it_fails.pop_all()
        self._follower = Follower(self._postgres, self._follow).start()

    def catch_up(self):
        """Bring the mirror up to the newest version that any process has committed."""
        with self._postgres.session() as connection:
            self._follow(connection)

    def _follow(self, connection):
        if newest(connection)[0] == self.version:
            return
        with self._telling(), self._writing, one_moment(connection):
            self._pull(connection)

    def _pull(self, connection):
        version, is_whole = pull(self.engine, connection, self.version)
        if version != self.version:
            self._now_at(version, is_whole)

    def _now_at(self, version, is_rewritten):
        since, lines = (0, 0) if is_rewritten else (self.version, self._lines)
        self._hold(self._number(f"SELECT coalesce(max(line), {lines}) FROM order_line WHERE version > {since}"))
        if is_rewritten:
            self._now_rewritten(version)
        self.version = version

    @contextmanager
    def loading(self, source, position=None, first=False):
        """As :meth:`Store.loading`; nobody else writes meanwhile, in whichever process.

        Raises
        ------
        RetailPanelError
            If another process has brought rows of the same feed since this one asked for its position.
        """
        with self._telling(), self._turns.take() as turn, self._writing:
            self._pull(turn.connection)
            self._check_first(first)
            self._check_reached(source)
            load = Load(self.engine, self.version + 1, self._lines)
            first_new = self._number("SELECT coalesce(max(customer_key) + 1, 0) FROM customer")
            with self._after(turn, load.version):
                yield load
                load.finish(source, position)
                send_load(self.engine, turn.connection, load.version, first_new)
            if source in self._reached:
                self._reached[source] = position, load.version

    @contextmanager
    def rewriting(self, source):
        """As :meth:`Store.rewriting`; every table that a statement names is written anew on the server."""
        with self._telling(), self._turns.take() as turn, self._writing, self._saving:
            self._pull(turn.connection)
            version, named = self.version + 1, {"commit_log"}

            def run(sql, values=None):
                if not sql.lstrip().startswith("SELECT"):
                    named.update(TABLES.keys() & set(re.findall(r"\w+", sql)))
                return self.engine.cursor().execute(sql, values)

            with self._after(turn, version, rewrites=True):
                turn.connection.execute("LOCK TABLE saved_view, audit IN SHARE ROW EXCLUSIVE MODE")
                read_whole(self.engine, turn.connection)
                yield run
                run(COMMIT, [version, datetime.now(UTC).replace(tzinfo=None), source])
                send_whole(self.engine, turn.connection, sorted(named), version)

    @contextmanager
    def _after(self, turn, version, rewrites=False):
        # One transaction of the mirror, committed after the server's; without that, neither is.
        is_committed = False
        try:
            with self.engine.transaction():
                yield
                turn.commit(version, rewrites)
                is_committed = True
        except duckdb.Error:
            if not is_committed:
                raise
            # The rows are on the server, so whoever brought them must not bring them again; the follower fetches them.
            log.exception("version %s is committed, and the mirror reads it again", version)
        else:
            self._now_at(version, rewrites)

    def position(self, source):
        """As :meth:`Store.position`, whichever process committed it."""
        self.catch_up()
        version, found = self.version, super().position(source)
        self._reached[source] = found, version
        return found

    def _check_reached(self, source):
        position, version = self._reached.get(source, (None, self.version))
        if version != self.version and super().position(source) != position:
            raise RetailPanelError(f"another process brings the rows of {source} as well: give a feed to one at a time")

    def refresh(self):
        """As :meth:`Store.refresh`."""
        with self._telling(), self._postgres.session() as connection, self._writing, one_moment(connection):
            self._pull(connection)
            with self._saving, self.engine.transaction():
                read_whole(self.engine, connection)

    def saved_views(self, owner):
        """As :meth:`Store.saved_views`; those of all processes."""
        return dict(self._asked("SELECT name, query FROM saved_view WHERE owner = %s ORDER BY name", [owner]))

    def save_view(self, owner, name, query):
        """As :meth:`Store.save_view`; for all processes."""
        with self._postgres.session() as connection, connection.transaction():
            connection.execute("DELETE FROM saved_view WHERE owner = %s AND name = %s", [owner, name])
            if query is not None:
                connection.execute(VIEW, [owner, name, query])

    def add_audit(self, rows):
        """As :meth:`Store.add_audit`; for all processes."""
        with self._postgres.session() as connection, connection.transaction(), connection.cursor() as cursor:
            cursor.executemany("INSERT INTO audit VALUES (%s, %s, %s, %s, %s)", rows)

    def drop_audit(self, before):
        """As :meth:`Store.drop_audit`; those of all processes."""
        with self._postgres.session() as connection:
            connection.execute("DELETE FROM audit WHERE moment < %s", [before])

    def audit(self, text="", since=None, most=200):
        """As :meth:`Store.audit`; those of all processes."""
        return self._asked(AUDIT, [text, since, most])

    def _asked(self, sql, values):
        with self._postgres.session() as connection:
            return connection.execute(sql, values).fetchall()

    def copy_to(self, file):
        """Write a copy of all that the server has, to a new file that an embedded store opens."""
        self.refresh()
        super().copy_to(file)

    def checkpoint(self):
        """Have the server give up the room of rows that were taken out; returns whether it could."""
        with suppress(RetailPanelError), self._postgres.session() as connection:
            connection.execute(f"VACUUM {', '.join(TABLES)}")
            return True
        return False

    def hurry(self):
        """As :meth:`Store.hurry`."""
        self._turns.ending.set()

    def close(self):
        """Close the mirror and the connections; what was committed stays on the server."""
        self.hurry()
        self._follower.stop()
        super().close()
        self._postgres.close()
