"""One load: clean batches on their way into the store, inside one transaction."""

import json
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from retail_panel.errors import RetailPanelError
from retail_panel.schema import FEEDBACK, ORDER_LINE, QUARANTINE, STOCK, arrow_schema
from retail_panel.store.tables import ROLLED, TABLES

# 63 bits of the MD5 of brand and order id: the same on every engine and after every upgrade.
ORDER_KEY = """CASE WHEN b.order_id IS NULL THEN -b.line
    ELSE (md5_number_lower(coalesce(b.brand, '') || chr(31) || b.order_id) >> 1)::BIGINT END"""

# Of all customers only those of the batch are hashed, and of all line ids likewise: a commit of few lines stays short,
# however many came before.
NEW_CUSTOMERS = """INSERT INTO customer
    WITH came AS MATERIALIZED (SELECT DISTINCT customer_id FROM batch WHERE customer_id IS NOT NULL)
    SELECT (SELECT coalesce(max(customer_key) + 1, 0) FROM customer) + row_number() OVER (ORDER BY customer_id) - 1,
           customer_id, NULL
    FROM came
    WHERE customer_id NOT IN (SELECT customer_id FROM customer WHERE customer_id IN (SELECT customer_id FROM came))"""

FIRST_DAYS = """UPDATE customer SET first_day = found.day
    FROM (SELECT customer_key, min(ordered_at)::DATE AS day FROM order_line
          WHERE version = {version} AND NOT is_return AND customer_key IS NOT NULL GROUP BY 1) AS found
    WHERE customer.customer_key = found.customer_key
      AND (customer.first_day IS NULL OR found.day < customer.first_day)"""

# 63 bits of the MD5 of feed and line id, as for orders; a line is new where no earlier one of its batch, and none that
# is remembered, has its key.
NEW_LINES = """WITH keyed AS MATERIALIZED (
        SELECT min(place) AS place, (md5_number_lower(source || chr(31) || line_id) >> 1)::BIGINT AS line_key
        FROM batch GROUP BY line_key)
    SELECT place, line_key FROM keyed
    WHERE line_key NOT IN (SELECT line_key FROM recent_line WHERE line_key IN (SELECT line_key FROM keyed))"""

OLD_LINES = """DELETE FROM recent_line WHERE version <= (
    SELECT max(version) FROM (
        SELECT version, sum(count(*)) OVER (ORDER BY version DESC) - count(*) AS newer
        FROM recent_line GROUP BY version)
    WHERE newer >= {most})"""


#: Versions between two looks for line ids to forget.
FORGET_EVERY = 16


class NotFirst(RetailPanelError):
    """A load for an empty store found rows there."""


class Load:
    """Takes batches for one commit; made by :meth:`retail_panel.store.Store.loading`."""

    def __init__(self, engine, version, lines_end):
        self._engine = engine
        self.version = version
        self._report = None
        self.lines_end = lines_end
        self.rows = 0

    def append(self, lines):
        """Append order lines, a :class:`pyarrow.Table` with the columns of ``schema.ORDER_LINE``."""
        self._insert_customers(lines, ORDER_LINE)
        own = {"line": "b.line", "version": str(self.version), "order_key": ORDER_KEY}
        own["customer_key"] = "c.customer_key"
        own |= dict.fromkeys(ROLLED, "NULL")
        start, self.lines_end = self.lines_end + 1, self.lines_end + lines.num_rows
        numbers = pa.array(np.arange(start, self.lines_end + 1), pa.int64())
        self._insert("order_line", lines.append_column("line", numbers), own)

    def append_stock(self, stock):
        """Append stock counts with the columns of ``schema.STOCK``."""
        _check(stock, STOCK)
        self._insert("stock", stock, {"version": str(self.version)})

    def append_feedback(self, feedback):
        """Append answers with the columns of ``schema.FEEDBACK``."""
        self._insert_customers(feedback, FEEDBACK)
        self._insert("feedback", feedback, {"version": str(self.version), "customer_key": "c.customer_key"})

    def set_aside(self, rows):
        """Keep rows that could not be loaded, with the columns of ``schema.QUARANTINE``."""
        _check(rows, QUARANTINE)
        self._insert("quarantine", rows, {"version": str(self.version)})

    def new_lines(self, source, line_ids, remembered):
        """Tell which lines were not delivered before, and remember them.

        Parameters
        ----------
        source : str
            Feed the lines come from; ids of other feeds are other ids.
        line_ids : pyarrow.Array or ChunkedArray of string
            The shop's own id of each line; null where it gave none, and such a line counts as new.
        remembered : int
            Lines that are remembered at least; older ones are forgotten now and then.

        Returns
        -------
        ndarray of bool
            True for a line that is new: the first of its id among these and the remembered ones.
        """
        places = np.flatnonzero(line_ids.is_valid())
        batch = pa.table({"place": places, "line_id": line_ids.drop_null()}).append_column(
            "source", pa.array([source] * len(places), pa.string())
        )
        batch = self._engine.cursor().execute(NEW_LINES).to_arrow_table()
        new = np.asarray(line_ids.is_null()).copy()
        new[np.asarray(batch.column("place"))] = True
        self._engine.run(f"INSERT INTO recent_line SELECT line_key, {self.version} FROM batch", batch=batch)
        if self.version % FORGET_EVERY == 0:
            self._engine.run(OLD_LINES.format(most=remembered))
        return new

    def report(self, report):
        """Keep a quality report, a dict that JSON can hold."""
        self._report = json.dumps(report)

    def finish(self, source, position):
        """Bring what depends on all batches up to date and write the commit down."""
        self._engine.run(FIRST_DAYS.format(version=self.version))
        self._engine.cursor().execute(
            "INSERT INTO commit_log VALUES (?, ?, ?, ?, ?, ?)",
            [self.version, datetime.now(UTC).replace(tzinfo=None), source, position, self.rows, self._report],
        )

    def _insert_customers(self, batch, columns):
        _check(batch, columns)
        self._engine.run(NEW_CUSTOMERS, batch=batch.select(["customer_id"]))

    def _insert(self, table, batch, own):
        join = "LEFT JOIN customer c ON c.customer_id = b.customer_id" if "customer_key" in own else ""
        columns = ", ".join(own.get(name, f'b."{name}"') for name in TABLES[table].names)
        self._engine.run(f"INSERT INTO {table} SELECT {columns} FROM batch AS b {join}", batch=batch)
        self.rows += batch.num_rows


def _check(batch, columns):
    expected = arrow_schema(columns).names
    if batch.schema.names != expected:
        raise RetailPanelError(f"a batch has the columns {batch.schema.names}; expected: {expected}")
    for column in columns:
        found = batch.schema.field(column.name).type
        if _plain(found) != column.type:
            raise RetailPanelError(f"column {column.name}: the type is {found}; expected: {column.type}")
        if column.required and batch.column(column.name).null_count:
            raise RetailPanelError(f"column {column.name}: {batch.column(column.name).null_count} values are missing")


def _plain(found):
    if pa.types.is_dictionary(found):
        found = found.value_type
    return pa.string() if pa.types.is_large_string(found) or pa.types.is_string_view(found) else found
