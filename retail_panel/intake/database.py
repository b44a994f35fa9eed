"""A table at a database URL as blocks of rows: ``duckdb:///file#table``, ``sqlite:///file#table``, SQLAlchemy's."""

import sqlite3
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.intake.block import Block, plain_text
from retail_panel.intake.dialect import columns_of

BLOCK_ROWS = 50_000


def is_database(source):
    """Tell whether a source is a database URL rather than a path."""
    return "://" in str(source)


class Database:
    """One table; positions are row numbers, the first row being 1.

    Parameters
    ----------
    url : str
        A database URL, ``#`` and the table's name, with its schema if need be.
    """

    layout = ""
    steady = False

    def __init__(self, url):
        self._url, _, self._table = str(url).partition("#")
        self.name = self._table or "table"
        if not self._table:
            raise UnusableInput(
                f"{_without_password(self._url)}: name the table after a #, as in sqlite:///shop.db#orders"
            )
        self.decisions = {"format": self._url.split(":", 1)[0]}
        with self._rows() as (names, fetch):
            self.columns = columns_of(names, self.name)
            self.typed = number_columns(self.columns, fetch(1_000))

    def blocks(self):
        """Yield the rows as :class:`~retail_panel.intake.block.Block`."""
        first = 1
        with self._rows() as (_, fetch):
            while rows := fetch(BLOCK_ROWS):
                columns = list(zip(*rows, strict=True))
                table = pa.table(
                    [pa.array([plain_text(v) for v in column], pa.string()) for column in columns],
                    names=list(self.columns),
                )
                positions = np.arange(first, first + len(rows))
                yield Block(table, self.name, lambda positions=positions: positions)
                first += len(rows)

    @contextmanager
    def _rows(self):
        """Open the table: its column names and a function that fetches the next rows."""
        kind, _, rest = self._url.partition("://")
        query = "SELECT * FROM " + ".".join('"' + part.replace('"', '""') + '"' for part in self._table.split("."))
        try:
            if kind in ("duckdb", "sqlite"):
                path = Path(rest.removeprefix("/"))
                if not path.is_file():
                    raise UnusableInput(f"{path.name}: there is no such {kind} file")
                opened = duckdb.connect(str(path), read_only=True) if kind == "duckdb" else sqlite3.connect(path)
                with closing(opened) as connection, closing(connection.cursor()) as cursor:
                    cursor.execute(query)
                    yield [column[0] for column in cursor.description], cursor.fetchmany
            else:
                with _sqlalchemy_engine(self._url).connect() as connection:
                    result = connection.execution_options(stream_results=True).exec_driver_sql(query)
                    yield list(result.keys()), result.fetchmany
        except RetailPanelError:
            raise
        except (duckdb.Error, sqlite3.Error) as error:
            raise UnusableInput(f"{self.name}: {str(error).splitlines()[0]}") from error
        except Exception as error:
            if type(error).__module__.startswith("sqlalchemy"):
                raise UnusableInput(f"{self.name}: {str(error).splitlines()[0]}") from error
            raise


def number_columns(names, rows):
    """Return the names of columns whose values are numbers rather than texts, from the first rows."""
    kinds = (int, float, Decimal, type(None))
    return frozenset(
        name for i, name in enumerate(names) if all(isinstance(row[i], kinds) for row in rows if i < len(row))
    )


def _sqlalchemy_engine(url):
    try:
        import sqlalchemy
    except ImportError:
        raise UnusableInput(
            f"{_without_password(url)}: this database needs SQLAlchemy: pip install 'retail-panel[sql]' (or [postgres])"
        ) from None
    try:
        return sqlalchemy.create_engine(url)
    except ImportError as error:
        raise UnusableInput(f"{_without_password(url)}: the database driver is not installed ({error})") from error


def _without_password(url):
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rsplit('@', 1)[-1]}"
