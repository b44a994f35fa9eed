"""A growing table of a database as source: rows are read in the order of a column that grows."""

import json
import time
from collections import deque
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa

from retail_panel.errors import UnusableInput
from retail_panel.feed.arrival import Arrival
from retail_panel.feed.source import SourceDown
from retail_panel.intake import Block, Mapping
from retail_panel.intake.block import plain_text
from retail_panel.intake.cleaning import clean_block
from retail_panel.intake.database import number_columns
from retail_panel.intake.dialect import columns_of
from retail_panel.intake.profile import profile

SAMPLE_ROWS = 20_000
#: What a growing column may hold: its name in the position, and how to read it from there.
KINDS = {
    "int": (int, int),
    "float": (float, float),
    "decimal": (Decimal, Decimal),
    "time": (datetime, datetime.fromisoformat),
    "day": (date, date.fromisoformat),
    "text": (str, str),
}


class Sample:
    """The newest rows of a table, to recognise its columns by; an opened source of intake."""

    layout, steady, decisions = "", True, {}

    def __init__(self, name, names, rows):
        self.name, self._rows = name, rows
        self.columns = columns_of(names, name)
        self.typed = number_columns(self.columns, rows)

    def blocks(self):
        """Yield the rows as one block."""
        yield Block(as_texts(self.columns, self._rows), self.name, lambda: np.arange(1, len(self._rows) + 1))


class TableGrowth:
    """Reads what a table grows by; a :class:`retail_panel.feed.Source`.

    The position is JSON: the value of the growing column up to which rows were handed out. Rows with the same value
    are handed out together. What is read begins at the table's lowest value, and ends at the highest one that was seen
    `settle_s` ago, so that a row that becomes visible a little later than one with a higher value is not missed.

    Parameters
    ----------
    query : TableQuery
    by : str
        The growing column.
    name : str
        Under which the position is kept.
    mapping : Mapping, optional
        Laid over what is recognised from the newest rows.
    limits : tuple of (int, int), optional
        Lowest and highest absolute amount that is not marked as outlier; None means the newest rows' rule.
    settle_s : float
        Seconds for which the youngest rows are held back.
    most_rows : int
        Rows of a batch, more only if they share one value.
    look_s : float
        Seconds between two looks.
    clock : callable
        Seconds of any steady clock.
    """

    restartable = True

    def __init__(
        self, query, by, name, mapping=None, limits=None, settle_s=5.0, most_rows=20_000, look_s=1.0,
        clock=time.monotonic,
    ):  # fmt: skip
        self.name, self.position = name, None
        self._query, self._by, self._mapping, self._limits = query, by, mapping or Mapping(), limits
        self._settle_s, self._most, self._look_s, self._clock = settle_s, most_rows, look_s, clock
        self._plan = None

    def open(self, position):
        """Make ready to read; the database may be away."""
        self.position = position or "{}"
        self._after = read_value(self.position)
        self._look_at, self._more = 0.0, False
        self._seen, self._safe = deque(), None

    def history(self, load):
        """All of the table is read alike."""

    def next_batch(self):
        """Return the rows that the table has grown by.

        Raises
        ------
        SourceDown
            The database is away.
        UnusableInput
            Its columns cannot be recognised, or the growing one holds what does not grow.
        """
        if not self._more:
            if self._clock() < self._look_at:
                return Arrival()
            self._look()
            self._look_at = self._clock() + self._look_s
        if self._safe is None:
            return Arrival()
        names, rows = self._grown()
        if not rows:
            self._more = False
            return Arrival()
        arrival = self._read(names, rows)
        self._after = rows[-1][names.index(self._by)]
        self.position = write_value(self._after)
        return arrival

    def _look(self):
        """See how far the table goes now, and take for safe what it went to before the rows that are held back."""
        now = self._clock()
        names, rows = self._query.rows(newest_first=True, most=1)
        if rows:
            self._seen.append((now, rows[0][self._index(names)]))
        while self._seen and now - self._seen[0][0] >= self._settle_s:
            self._safe = self._seen.popleft()[1]

    def _index(self, names):
        if self._by not in names:
            raise UnusableInput(f"{self.name}: by={self._by!r}; allowed: one of {', '.join(names)[:400]}")
        return names.index(self._by)

    def _grown(self):
        """Return the next rows; those that share the last value may go on, and are left for the next time."""
        above = () if self._after is None else ((">", self._after),)
        names, rows = self._query.rows(*above, ("<=", self._safe), most=self._most + 1)
        self._more = len(rows) > self._most
        if not self._more:
            return names, rows
        at = self._index(names)
        last = rows[-1][at]
        whole = [row for row in rows if row[at] != last]
        return (names, whole) if whole else self._query.rows(("=", last))

    def _read(self, names, rows):
        plan = self._decided()
        block = Block(as_texts(columns_of(names, self.name), rows), self.name, lambda: np.arange(len(rows)))
        cleaned = clean_block(block, plan, np.zeros(len(rows), bool))
        at, field = cleaned.quarantine.schema.get_field_index("position"), cleaned.quarantine.schema.field("position")
        values = [rows[int(row)][names.index(self._by)] for row in cleaned.quarantine.column("position").to_pylist()]
        places = pa.array([f"{self._by}={value}" for value in values], pa.string())
        return Arrival(cleaned.rows, cleaned.quarantine.set_column(at, field, places), moved=True)

    def _decided(self):
        if self._plan is None:
            names, rows = self._query.rows(newest_first=True, most=SAMPLE_ROWS)
            if not rows:
                raise SourceDown(f"{self.name}: the rows are gone")
            plan, _ = profile(Sample(self.name, names, rows), self._mapping)
            if plan.table != "order_line":
                raise UnusableInput(f"{self.name}: a table of {plan.table}; order lines are allowed")
            self._plan = replace(plan, limits=self._limits or plan.limits, carry=())
        return self._plan

    def close(self):
        """Let go of the database."""
        self._query.close()


def as_texts(columns, rows):
    """Return rows as an Arrow table of texts."""
    texts = [pa.array([plain_text(value) for value in column], pa.string()) for column in zip(*rows, strict=True)]
    return pa.table(texts, names=list(columns))


def write_value(value):
    """Return the position behind a value of the growing column."""
    for kind, (type_, _) in KINDS.items():
        if isinstance(value, type_) and not isinstance(value, bool):
            text = value.isoformat() if isinstance(value, date) else repr(value) if kind == "float" else str(value)
            return json.dumps({"after": text, "kind": kind})
    raise UnusableInput(f"the growing column holds a {type(value).__name__}; allowed: numbers, times, days and texts")


def read_value(position):
    """Return the value that a position stands behind, or None."""
    found = json.loads(position)
    return KINDS[found["kind"]][1](found["after"]) if found else None
