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
    which rows repeat an earlier one. Memory: 16 bytes a row at the end of the first reading.

    Parameters
    ----------
    steady : bool
        Both readings give the rows in the same order, as a file does; otherwise rows are hashed again.
    """

    def __init__(self, steady=True):
        self._steady, self._hashes, self._row = steady, [], 0
        self._repeated = self._seen = self._copies = None

    def add(self, rows):
        """Take a block of the first reading."""
        if rows.num_rows:
            self._hashes.append(hash_rows(rows))

    def settle(self):
        """End the first reading; only what is needed to tell the copies is kept."""
        blocks, self._hashes = self._hashes, []
        hashes = np.concatenate(blocks) if blocks else np.empty(0, np.uint64)
        hashes.sort()
        self._repeated = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
        self._seen = np.zeros(len(self._repeated), bool)
        if self._steady:
            del hashes
            starts = np.cumsum([0, *map(len, blocks)])
            found = [start + np.flatnonzero(self._again(block)) for start, block in zip(starts, blocks, strict=False)]
            self._copies = np.concatenate([np.empty(0, np.int64), *found])

    def rewind(self):
        """Begin the second reading, or begin it again."""
        self._row = 0
        self._seen[:] = False

    def mark(self, rows):
        """Return bool per row of a block of the second reading: it repeats an earlier row."""
        if not self._steady:
            return self._again(hash_rows(rows)) if rows.num_rows else np.zeros(0, bool)
        copies = np.zeros(rows.num_rows, bool)
        first, last = np.searchsorted(self._copies, [self._row, self._row + rows.num_rows])
        copies[self._copies[first:last] - self._row] = True
        self._row += rows.num_rows
        return copies

    def _again(self, hashes):
        """Tell which hashes came before, in this block or an earlier one."""
        copies = np.zeros(len(hashes), bool)
        if not len(self._repeated):
            return copies
        at = np.minimum(np.searchsorted(self._repeated, hashes), len(self._repeated) - 1)
        rows = np.flatnonzero(self._repeated[at] == hashes)
        at = at[rows]
        first = np.zeros(len(at), bool)
        first[np.unique(at, return_index=True)[1]] = True
        copies[rows] = ~first | self._seen[at]
        self._seen[at] = True
        return copies
