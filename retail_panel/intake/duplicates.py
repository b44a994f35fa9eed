"""Exact copies: rows equal in every source column, found by 64-bit hashes in bounded memory."""

import threading

import duckdb
import numpy as np

_own = threading.local()


def hash_rows(rows):
    """Hash each row over all its columns.

    Parameters
    ----------
    rows : pyarrow.Table
        At least one column.

    Returns
    -------
    ndarray of uint64
        Equal rows have equal hashes; two different ones among 10 million collide with a chance of 3 in a million.
    """
    names = ", ".join(f"c{i}" for i in range(rows.num_columns))
    return hash_query(rows.rename_columns([f"c{i}" for i in range(rows.num_columns)]), f"hash({names})")


def hash_query(rows, expression):
    """Return a SQL expression over the columns of an Arrow table as uint64 array, in row order."""
    if not hasattr(_own, "connection"):
        _own.connection = duckdb.connect(config={"threads": 1})
    return _own.connection.from_arrow(rows).project(f"{expression} AS h").fetchnumpy()["h"]


def second_copies(rows):
    """Return bool per row: it repeats an earlier row of the same table."""
    if rows.num_rows < 2:
        return np.zeros(rows.num_rows, bool)
    hashes = hash_rows(rows)
    copies = np.ones(rows.num_rows, bool)
    copies[np.unique(hashes, return_index=True)[1]] = False
    return copies


class Copies:
    """Second and later copies over a whole source that is read twice.

    In the first reading :meth:`add` takes all blocks; after :meth:`settle`, :meth:`mark` takes them again and tells
    which rows repeat an earlier one. Memory: 8 bytes a row in the first reading.
    """

    def __init__(self):
        self._hashes, self._repeated, self._seen = [], None, None

    def add(self, rows):
        """Take a block of the first reading."""
        if rows.num_rows:
            self._hashes.append(hash_rows(rows))

    def settle(self):
        """End the first reading; only the hashes that came twice are kept."""
        hashes = np.concatenate(self._hashes) if self._hashes else np.empty(0, np.uint64)
        self._hashes = []
        hashes.sort()
        self._repeated = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
        self._seen = np.zeros(len(self._repeated), bool)

    def mark(self, rows):
        """Return bool per row of a block of the second reading: it repeats an earlier row."""
        copies = np.zeros(rows.num_rows, bool)
        if not rows.num_rows or not len(self._repeated):
            return copies
        hashes = hash_rows(rows)
        at = np.minimum(np.searchsorted(self._repeated, hashes), len(self._repeated) - 1)
        rows_again = np.flatnonzero(self._repeated[at] == hashes)
        at = at[rows_again]
        first = np.zeros(len(at), bool)
        first[np.unique(at, return_index=True)[1]] = True
        copies[rows_again] = ~first | self._seen[at]
        self._seen[at] = True
        return copies
