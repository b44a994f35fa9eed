"""What a source of messages hands over: clean lines, what was set aside, and where each of them stood."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from retail_panel.schema import ORDER_LINE, QUARANTINE, arrow_schema

NO_LINES = arrow_schema(ORDER_LINE).empty_table()
NOTHING_ASIDE = arrow_schema(QUARANTINE).empty_table()


@dataclass(frozen=True)
class Arrival:
    """One batch of a source.

    Parameters
    ----------
    lines : pyarrow.Table
        Clean order lines, the columns of ``schema.ORDER_LINE``.
    set_aside : pyarrow.Table
        What could not be read, the columns of ``schema.QUARANTINE``.
    line_ids : pyarrow.Array of string, optional
        The shop's own id of each line, null where it gave none; None where no line has one.
    places : callable, optional
        Takes indices of lines and returns (positions, original texts) as lists of str.
    raw_bytes : int
        Size of the messages, which `places` keeps in memory.
    moved : bool
        The position moved although there may be no row, and is to be committed.
    owners : callable, optional
        Returns the index of the message that each line is of, an ndarray.
    """

    lines: pa.Table = field(default_factory=lambda: NO_LINES)
    set_aside: pa.Table = field(default_factory=lambda: NOTHING_ASIDE)
    line_ids: pa.Array | None = None
    places: Callable | None = None
    raw_bytes: int = 0
    moved: bool = False
    owners: Callable | None = None

    @property
    def num_rows(self):
        """Lines and rows set aside together."""
        return self.lines.num_rows + self.set_aside.num_rows

    @property
    def nbytes(self):
        """Bytes in memory."""
        return self.lines.nbytes + self.set_aside.nbytes + self.raw_bytes

    @classmethod
    def of(cls, batch):
        """Return a batch as arrival; a plain table is one of clean lines."""
        return batch if isinstance(batch, cls) else cls(batch)


@dataclass
class Gathered:
    """Arrivals that wait for their commit."""

    arrivals: list = field(default_factory=list)
    rows: int = 0
    nbytes: int = 0

    def add(self, arrival):
        """Take one more."""
        self.arrivals.append(arrival)
        self.rows += arrival.num_rows
        self.nbytes += arrival.nbytes

    def lines(self):
        """Return all lines as one table."""
        return pa.concat_tables([arrival.lines for arrival in self.arrivals if arrival.lines.num_rows] or [NO_LINES])

    def line_ids(self):
        """Return the line ids of all lines, null where there is none; None where no line has one."""
        if all(arrival.line_ids is None for arrival in self.arrivals):
            return None
        return pa.chunked_array(
            [pa.nulls(a.lines.num_rows, pa.string()) if a.line_ids is None else a.line_ids for a in self.arrivals]
        )

    def set_aside(self, source, repeated, reason):
        """Return what was set aside, and the lines of `repeated` (bool per line) with a reason."""
        tables, start = [arrival.set_aside for arrival in self.arrivals], 0
        for arrival in self.arrivals:
            indices = np.flatnonzero(repeated[start : start + arrival.lines.num_rows])
            start += arrival.lines.num_rows
            if indices.size:
                tables.append(quarantine(source, *arrival.places(indices), reason))
        return pa.concat_tables([NOTHING_ASIDE, *tables])


def quarantine(source, positions, texts, reason, column=None):
    """Return rows for the quarantine that share one reason."""
    size = len(positions)
    return pa.table(
        [[source] * size, positions, pa.array([column] * size, pa.string()), [reason] * size, texts],
        schema=arrow_schema(QUARANTINE),
    )
