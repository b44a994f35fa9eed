"""A block of raw rows: what every kind of source yields, and all that cleaning sees."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

#: Original texts are cut at this many characters in the quarantine.
TEXT_LIMIT = 2_000


@dataclass(frozen=True)
class Rejected:
    """One row that could not be split into columns: where it stood, why, and its text."""

    position: int
    reason: str
    text: str


@dataclass(frozen=True)
class Block:
    """Some rows of a source, every column as text.

    Parameters
    ----------
    rows : pyarrow.Table
        One string column per source column, plain or dictionary encoded; one row per source row that could be split.
    source : str
        Name of the file, table or feed, for reports.
    positions : callable
        Takes nothing, returns an int64 array: the line number (or row number) of each row of `rows`.
    text : callable or None
        Takes row numbers of `rows`, returns their original texts; None when the columns joined as CSV are the text.
    rejected : tuple of Rejected
        Rows that could not be split into columns.
    share : float or None
        Part of the source read so far, 0 to 1.
    """

    rows: pa.Table
    source: str
    positions: Callable
    text: Callable | None = None
    rejected: tuple = ()
    share: float | None = None

    @property
    def row_count(self):
        """Rows of the source in this block, those that could not be split included."""
        return self.rows.num_rows + len(self.rejected)

    def places(self, indices):
        """Return where rows stood and how they read.

        Parameters
        ----------
        indices : array of int
            Row numbers within `rows`.

        Returns
        -------
        tuple of (list of str, list of str)
            Positions and original texts, cut at :data:`TEXT_LIMIT` characters.
        """
        positions = [str(p) for p in self.positions()[indices]]
        if self.text is not None:
            texts = self.text(indices)
        else:
            texts = [as_csv(row.values()) for row in self.rows.take(pa.array(indices, pa.int64())).to_pylist()]
        return positions, [text[:TEXT_LIMIT] for text in texts]

    @classmethod
    def from_rows(cls, rows, source="rows", first=1, share=None):
        """Make a block of rows that are already split, such as messages of a feed.

        Parameters
        ----------
        rows : pyarrow.Table or list of dict
            Any column types; values are turned into text.
        source : str
            Name for reports.
        first : int
            Position of the first row.
        share : float, optional
            Part of the source read so far.

        Returns
        -------
        Block
        """
        if isinstance(rows, list):
            names = list(dict.fromkeys(name for row in rows for name in row))
            rows = pa.table({n: pa.array([plain_text(row.get(n)) for row in rows], pa.string()) for n in names})
        rows = pa.table({name: as_text(column) for name, column in zip(rows.column_names, rows.columns, strict=True)})
        return cls(rows, source, lambda: np.arange(first, first + rows.num_rows), share=share)


def as_text(column):
    """Return an Arrow column as strings; binary columns are read as UTF-8, nested ones as their Python text."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_dictionary(column.type):
        return as_text(column.dictionary_decode())
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([plain_text(value) for value in column.to_pylist()], pa.string())


def plain_text(value):
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def as_csv(values):
    """Return values as one CSV line without its end."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(["" if v is None else v for v in values])
    return line.getvalue()
