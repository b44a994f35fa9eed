"""Questions to one table of a database, read only: its newest row, and the rows above a value."""

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import duckdb

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.feed.source import SourceDown


class TableQuery:
    """Asks one table; a connection is opened for each question, from a pool where there is SQLAlchemy.

    Parameters
    ----------
    url : str
        ``sqlite:///file``, ``duckdb:///file`` or a URL of SQLAlchemy.
    table : str
        Its name, with its schema if need be.
    by : str
        Column that grows; rows without a value in it are not there for us.
    """

    def __init__(self, url, table, by):
        self._url, self._table, self._by = url, table, by
        self._kind, _, self._path = url.partition("://")
        self._engine = None if self._kind in ("sqlite", "duckdb") else _engine(url)

    def rows(self, *conditions, newest_first=False, most=None):
        """Return rows in the order of the growing column.

        Parameters
        ----------
        *conditions : tuple of (str, object)
            Each a comparison of the growing column, ``>``, ``<=`` or ``=``, and a value.
        newest_first : bool
            The other way round.
        most : int, optional
            Rows at most.

        Returns
        -------
        tuple of (list of str, list of tuple)
            Column names and rows.

        Raises
        ------
        SourceDown
            The database is away, or the table or the column is not there.
        """
        try:
            with self._asked(conditions, newest_first, most) as (names, rows):
                return names, [tuple(row) for row in rows]
        except RetailPanelError:
            raise
        except Exception as error:
            if isinstance(error, (duckdb.Error, sqlite3.Error)) or type(error).__module__.startswith("sqlalchemy"):
                raise SourceDown(f"table {self._table}: {str(error).splitlines()[0]}") from error
            raise

    def _asked(self, conditions, newest_first, most):
        return (self._asked_file if self._engine is None else self._asked_server)(conditions, newest_first, most)

    @contextmanager
    def _asked_file(self, conditions, newest_first, most):
        path = Path(self._path.removeprefix("/"))
        if not path.is_file():
            raise SourceDown(f"table {self._table}: there is no {self._kind} file {path}")
        by, order = _quoted(self._by), "DESC" if newest_first else "ASC"
        where = " AND ".join([f"{by} IS NOT NULL", *(f"{by} {sign} ?" for sign, _ in conditions)])
        limit = "" if most is None else f" LIMIT {most}"
        table = ".".join(map(_quoted, self._table.split(".")))
        with closing(self._opened(path)) as connection, closing(connection.cursor()) as cursor:
            values = [value for _, value in conditions]
            cursor.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY {by} {order}{limit}", values)
            yield [column[0] for column in cursor.description], cursor.fetchall()

    def _opened(self, path):
        if self._kind == "duckdb":
            return duckdb.connect(str(path), read_only=True)
        return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)

    @contextmanager
    def _asked_server(self, conditions, newest_first, most):
        import sqlalchemy

        schema, _, name = self._table.rpartition(".")
        table = sqlalchemy.table(_name(name), schema=_name(schema) if schema else None)
        by = sqlalchemy.column(_name(self._by))
        query = sqlalchemy.select(sqlalchemy.text("*")).select_from(table).where(by.is_not(None))
        for sign, value in conditions:
            query = query.where(by.op(sign)(value))
        query = query.order_by(by.desc() if newest_first else by.asc())
        with self._engine.connect() as connection:
            result = connection.execute(query if most is None else query.limit(most))
            yield list(result.keys()), result.fetchall()

    def close(self):
        """Let go of connections."""
        if self._engine is not None:
            self._engine.dispose()


def _engine(url):
    shown = url.partition("://")[0]
    try:
        import sqlalchemy

        # Elsewhere than on PostgreSQL the option means nothing, and only SELECTs are sent anyway.
        return sqlalchemy.create_engine(url, pool_pre_ping=True).execution_options(postgresql_readonly=True)
    except ImportError as error:
        raise UnusableInput(
            f"{shown}: its driver is not installed ({error}); pip install 'retail-panel[sql]' (or [postgres])"
        ) from error
    except sqlalchemy.exc.ArgumentError as error:
        raise UnusableInput(f"{shown}: not a database URL; sqlite:///file or one of SQLAlchemy is allowed") from error


def _name(text):
    from sqlalchemy.sql import quoted_name

    return quoted_name(text, quote=True)


def _quoted(name):
    return '"' + name.replace('"', '""') + '"'
