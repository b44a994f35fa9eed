"""The store's tables: what schema.py says, and what the store adds to it."""

import ibis
import pyarrow as pa

from retail_panel import schema

SQL_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.int32(): "INTEGER",
    pa.int16(): "SMALLINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP",
}

_own = {"line": pa.int64(), "version": pa.int32(), "order_key": pa.int64(), "customer_key": pa.int32()}
#: Of a row that was rolled up, the order lines that it stands for and their cost of goods; null in a line as it came.
ROLLED = {"merged": pa.int32(), "merged_cost": pa.float64()}


def _columns(columns, last=(), **extra):
    fields = {c.name: c.type for c in columns if c.name != "customer_id"}
    return pa.schema([pa.field(name, type_) for name, type_ in {**extra, **fields, **dict(last)}.items()])


#: Arrow schema of each table as it lies in the engine.
TABLES = {
    "order_line": _columns(schema.ORDER_LINE, ROLLED, **_own),
    "stock": _columns(schema.STOCK, version=pa.int32()),
    "feedback": _columns(schema.FEEDBACK, version=pa.int32(), customer_key=pa.int32()),
    "quarantine": _columns(schema.QUARANTINE, version=pa.int32()),
    "customer": pa.schema([("customer_key", pa.int32()), ("customer_id", pa.string()), ("first_day", pa.date32())]),
    "commit_log": pa.schema(
        [
            ("version", pa.int32()),
            ("committed_at", pa.timestamp("us")),
            ("source", pa.string()),
            ("position", pa.string()),
            ("rows", pa.int64()),
            ("report", pa.string()),
        ]
    ),
    "recent_line": pa.schema([("line_key", pa.int64()), ("version", pa.int32())]),
    "audit": pa.schema(
        [
            ("moment", pa.timestamp("us")),
            ("who", pa.string()),
            ("what", pa.string()),
            ("place", pa.string()),
            ("facts", pa.string()),
        ]
    ),
    "saved_view": pa.schema([("owner", pa.string()), ("name", pa.string()), ("query", pa.string())]),
}


def create_statements():
    """Return the CREATE TABLE statements of an empty store."""
    return [
        "CREATE TABLE IF NOT EXISTS {} ({})".format(name, ", ".join(f'"{f.name}" {SQL_TYPES[f.type]}' for f in fields))
        for name, fields in TABLES.items()
    ]


def unbound(name, fields, scratch=False):
    """Return an Ibis table that stands for an engine's table in questions.

    Parameters
    ----------
    name : str
        The table's name.
    fields : pyarrow.Schema
        Its columns.
    scratch : bool
        Whether it lies among the scratch tables.
    """
    place = {"catalog": "scratch", "database": "main"} if scratch else {}
    return ibis.table(ibis.Schema.from_pyarrow(fields), name=name, **place)
