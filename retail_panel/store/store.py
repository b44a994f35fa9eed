"""The store: append rows, ask questions, know the version."""

import json
import threading
import time
from collections import deque
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from retail_panel.errors import RetailPanelError
from retail_panel.store.engines import connect
from retail_panel.store.load import Load, NotFirst
from retail_panel.store.phrasing import Phrasing
from retail_panel.store.policy import EVERYTHING, PSEUDONYMS
from retail_panel.store.pseudonyms import Pseudonyms
from retail_panel.store.seen import Permitted, SeenStore
from retail_panel.store.tables import TABLES, unbound
from retail_panel.store.ticket import Superseded
from retail_panel.store.upgrade import prepare
from retail_panel.tally import Tally

#: How often the engine's log is tried to be written into the file, while others write.
CHECKPOINTS = 10
COMMIT = "INSERT INTO commit_log VALUES (?, ?, ?, NULL, 0, NULL)"


class Store:
    """Rows behind one URL.

    Parameters
    ----------
    url : str
        ``duckdb://`` for memory, ``duckdb:///file.duckdb`` for a file (four slashes: its full path).
    memory_limit : str, optional
        What the engine may hold, such as ``4GB``; default: the engine's own choice.
    threads : int, optional
        Threads of the engine; default: one a million lines, at most one a core.

    Attributes
    ----------
    lines, stock, feedback, quarantine, customers : ibis.Table
        Tables to build questions from, see :data:`retail_panel.store.tables.TABLES`.
    version : int
        Number of committed batches; 0 is an empty store.
    rewritten : int
        The version that changed or took away rows of earlier ones last; 0 where none did.
    tally : Tally
        How many questions it was asked, and how long they took.
    is_shared : bool
        Whether other processes write to it as well.
    """

    is_shared = False
    lines = unbound("order_line", TABLES["order_line"])
    stock = unbound("stock", TABLES["stock"])
    feedback = unbound("feedback", TABLES["feedback"])
    quarantine = unbound("quarantine", TABLES["quarantine"])
    customers = unbound("customer", TABLES["customer"])

    def __init__(self, url="duckdb://", memory_limit=None, threads=None):
        self.engine = connect(url, memory_limit=memory_limit, threads=threads)
        self.tally = Tally()
        self._phrasing = Phrasing(self.engine.dialect)
        self._writing = threading.Lock()
        self._saving = threading.Lock()
        self._copying = threading.Lock()
        try:
            prepare(self.engine, url)
        except RetailPanelError:
            self.engine.close()
            raise
        #: The policy that each scratch table was kept under.
        self._kept = {}
        self._views = set()
        self._let_go = deque()
        #: Makes the names that customers have under a policy that masks them.
        self.pseudonyms = Pseudonyms(self.engine)
        self._watchers = {}
        self.rewritten = 0
        self.version = self._number("SELECT coalesce(max(version), 0) FROM commit_log")
        self._hold(self._number("SELECT coalesce(max(line), 0) FROM order_line"))

    def _hold(self, lines):
        self._lines = lines
        self.engine.suit(lines)

    def _number(self, sql):
        return self.engine.fetch(sql).column(0)[0].as_py()

    def seen_by(self, policy):
        """Return the store as somebody sees it: to ask only, and under their row policy whatever is asked."""
        return SeenStore(self, policy)

    def sql(self, question, policy=EVERYTHING):
        """Return the SQL that answers a question under a row policy."""
        if isinstance(question, Permitted) and question.policy == policy:
            return question
        if policy.masked:
            self.pseudonyms.follow()
        columns = {name: fields.names for name, fields in TABLES.items()}
        kept = {name for name, under in list(self._kept.items()) if under == policy} | {PSEUDONYMS}
        return Permitted(self._phrasing.sql(question, policy, columns, kept), policy)

    def ask(self, question, policy=EVERYTHING, ticket=None):
        """Answer a question.

        Parameters
        ----------
        question : ibis.Table, Prepared or str
            An expression on the store's tables, what makes one, or one SELECT statement.
        policy : RowPolicy
            The rows that whoever asks may see.
        ticket : Ticket, optional
            To call the question off.

        Returns
        -------
        pyarrow.Table
            The answer; row order as the question states it.

        Raises
        ------
        Superseded
            If the ticket was cancelled.
        RetailPanelError
            If the engine could not answer.
        """
        self._drop_let_go()
        sql = self.sql(question, policy)
        with self.tally.question(sql, Superseded):
            return self.engine.fetch(sql, ticket)

    def keep(self, name, question, policy=EVERYTHING, ticket=None):
        """Keep the answer to a question as a scratch table, replacing one of the same name.

        Returns
        -------
        ibis.Table
            To build further questions from; its rows are already restricted by ``policy``.
        """
        self._drop_let_go()
        statement = f"CREATE OR REPLACE TABLE scratch.main.{name} AS {self.sql(question, policy)}"
        self._kept.pop(name, None)
        with self.tally.question(statement, Superseded):
            self.engine.run(statement, ticket)
        self._kept[name] = policy
        return unbound(name, self._fields(name, question), scratch=True)

    def keep_view(self, name, question, policy=EVERYTHING):
        """Keep a question as a scratch view, of a name that is free: it is answered whenever somebody asks it.

        Returns
        -------
        ibis.Table
            As :meth:`keep` returns.
        """
        self.engine.run(f"CREATE VIEW scratch.main.{name} AS {self.sql(question, policy)}")
        self._views.add(name)
        self._kept[name] = policy
        return unbound(name, self._fields(name, question), scratch=True)

    def _fields(self, name, question):
        return self._phrasing.fields(
            question, lambda: self.engine.fetch(f"SELECT * FROM scratch.main.{name} LIMIT 0").schema
        )

    def extend(self, name, question, policy=EVERYTHING):
        """Add the answer to a question to a scratch table kept under the same policy; it cannot be called off."""
        if self._kept.get(name) != policy:
            raise RetailPanelError(f"scratch table {name}: it was not kept under the policy that asks")
        statement = f"INSERT INTO scratch.main.{name} {self.sql(question, policy)}"
        with self.tally.question(statement, Superseded):
            self.engine.run(statement)

    def compress(self):
        """Have scratch tables take less memory; returns whether they do, which waits while somebody writes one."""
        return self.engine.compress()

    def keep_table(self, name, table, policy=EVERYTHING):
        """Upload an Arrow table as a scratch table, replacing one of the same name; returns it as Ibis table."""
        self._kept.pop(name, None)
        self.engine.run(f"CREATE OR REPLACE TABLE scratch.main.{name} AS SELECT * FROM batch", batch=table)
        self._kept[name] = policy
        return unbound(name, table.schema, scratch=True)

    def forget(self, name):
        """Drop a scratch table or view, if there is one of that name."""
        self._kept.pop(name, None)
        kind = "VIEW" if name in self._views else "TABLE"
        self._views.discard(name)
        self.engine.run(f"DROP {kind} IF EXISTS scratch.main.{name}")

    def let_go(self, name):
        """Drop a scratch table with the next question: anybody may call it anytime, since it asks nothing itself."""
        self._let_go.append(name)

    def _drop_let_go(self):
        with suppress(IndexError):
            while True:
                self.forget(self._let_go.popleft())

    @contextmanager
    def loading(self, source, position=None, first=False):
        """Append rows in one transaction; ``version`` grows by one at its end.

        Parameters
        ----------
        source : str
            File, table or feed the rows come from.
        position : str, optional
            What the feed should read next; committed together with the rows.
        first : bool
            Whether it is for an empty store only.

        Yields
        ------
        Load
            Takes clean batches, rows set aside and the quality report. An error rolls everything back.

        Raises
        ------
        NotFirst
            If it is for an empty store only, and somebody was faster.
        """
        with self._telling(), self._writing:
            self._check_first(first)
            load = Load(self.engine, self.version + 1, self._lines)
            with self.engine.transaction():
                yield load
                load.finish(source, position)
            self._hold(load.lines_end)
            self.version += 1

    def _check_first(self, first):
        if first and self.version:
            raise NotFirst(f"the store is at version {self.version} already; allowed: an empty one")

    @contextmanager
    def _telling(self):
        before = self.version
        try:
            yield
        finally:
            if self.version != before:
                for watcher in list(self._watchers.values()):
                    watcher()

    def watch(self, watcher):
        """Call somebody after each commit, on the thread that commits; returns what ends it."""
        number = object()
        self._watchers[number] = watcher
        return lambda: self._watchers.pop(number, None)

    @contextmanager
    def rewriting(self, source):
        """Change or take out rows in one transaction; ``version`` grows by one, and :attr:`rewritten` is that one.

        Yields
        ------
        callable
            ``run(sql, values)``, a statement inside the transaction.
        """
        with self._telling(), self._writing, self._saving:
            version = self.version + 1
            with self.engine.transaction():
                yield self.engine.cursor().execute
                self.engine.cursor().execute(COMMIT, [version, datetime.now(UTC).replace(tzinfo=None), source])
            self._now_rewritten(version)

    def _now_rewritten(self, version):
        # Before anybody sees the version: nothing may go on from an earlier one.
        self.rewritten = self.version = version
        self.pseudonyms.forget()

    def refresh(self):
        """Have the engine hold what others wrote; there are no others where one process has the store open."""

    def checkpoint(self):
        """Write what the engine logged into the file, so that rows that were taken out are in neither.

        Returns
        -------
        bool
            Whether it could; if not, since somebody writes on and on, the engine does so by itself later.
        """
        for _ in range(CHECKPOINTS):
            with self._writing, self._saving, suppress(RetailPanelError):
                self.engine.run("CHECKPOINT")
                return True
            time.sleep(0.2)
        return False

    def append(self, lines, source="append", position=None):
        """Append one clean batch of order lines and commit it; returns the new version."""
        with self.loading(source, position) as load:
            load.append(lines)
        return load.version

    def position(self, source):
        """Return the position last committed for a feed, or None."""
        found = self._select("SELECT position FROM commit_log WHERE source = ? ORDER BY version DESC LIMIT 1", [source])
        return found[0][0] if found else None

    def reports(self):
        """Return the quality reports of all loads, oldest first, as dicts."""
        rows = self._select("SELECT report FROM commit_log WHERE report IS NOT NULL ORDER BY version", [])
        return [json.loads(report) for (report,) in rows]

    def commits(self, since=0):
        """Return (version, committed_at, source, rows) of the commits after a version, oldest first."""
        return self._select(
            "SELECT version, committed_at, source, rows FROM commit_log WHERE version > ? ORDER BY version", [since]
        )

    def saved_views(self, owner):
        """Return the saved views of one user: name to URL query, by name."""
        return dict(self._select("SELECT name, query FROM saved_view WHERE owner = ? ORDER BY name", [owner]))

    def save_view(self, owner, name, query):
        """Save a view under a name, replacing the user's earlier one of that name; a query of None removes it."""
        with self._saving, self.engine.transaction():
            cursor = self.engine.cursor()
            cursor.execute("DELETE FROM saved_view WHERE owner = ? AND name = ?", [owner, name])
            if query is not None:
                cursor.execute("INSERT INTO saved_view VALUES (?, ?, ?)", [owner, name, query])

    def add_audit(self, rows):
        """Write records of the audit, tuples of (at, who, what, place, facts)."""
        with self.engine.transaction():
            self.engine.cursor().executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?)", rows)

    def add_audit_now(self, who, what, facts):
        """Write one record of the audit, dated now."""
        self.add_audit([(datetime.now(UTC).replace(tzinfo=None), who, what, "", json.dumps(facts, sort_keys=True))])

    def drop_audit(self, before):
        """Forget the records of the audit from before a time."""
        with self.engine.transaction():
            self.engine.cursor().execute("DELETE FROM audit WHERE moment < ?", [before])

    def audit(self, text="", since=None, most=200):
        """Return the latest records of the audit that contain a text, newest first."""
        return self._select(
            """SELECT moment, who, what, place, facts FROM audit
            WHERE contains(lower(concat_ws(' ', who, what, place, facts)), lower(?)) AND moment >= coalesce(?, moment)
            ORDER BY moment DESC LIMIT ?""",
            [text, since, most],
        )

    def _select(self, sql, values):
        return self.engine.cursor().execute(sql, values).fetchall()

    def copy_to(self, file):
        """Write a copy of the store, as of one moment, to a new file, while others read and write on.

        Raises
        ------
        RetailPanelError
            If the file is there already or cannot be written.
        """
        with self._copying:
            self.engine.copy_to(file)

    def hurry(self):
        """Have nobody wait for other processes any more, since this one ends."""

    def close(self):
        """Close the engine; a store that writes at the moment is not closed."""
        if not self._writing.acquire(timeout=30):
            raise RetailPanelError("the store is still being written to")
        try:
            self.engine.close()
        finally:
            self._writing.release()
