"""Rows on their way to a PostgreSQL server and back: Arrow here, COPY there, in blocks of bounded size."""

import io

import pyarrow as pa
from pyarrow import csv

#: Bytes of text that are read into one table, and rows that are written as one text.
BLOCK_BYTES, BLOCK_ROWS = 8_000_000, 50_000
#: PostgreSQL's texts hold no character of number 0, and bad files do; this is what stands for what cannot be shown.
NUL, UNKNOWN = b"\x00", "\N{REPLACEMENT CHARACTER}".encode()


def copied_out(connection, table, fields, where="", values=()):
    """Read rows of a table.

    Parameters
    ----------
    connection : psycopg.Connection
    table : str
    fields : pyarrow.Schema
        Columns to read, as they are wanted.
    where : str
        What follows the table's name, with a ``%s`` for each value.
    values : sequence

    Yields
    ------
    pyarrow.Table
        Some of the rows, in no particular order.
    """
    reading = csv.ReadOptions(column_names=fields.names, block_size=BLOCK_BYTES)
    parsing = csv.ParseOptions(newlines_in_values=True)
    # An empty text is quoted, and what is missing is not.
    meaning = csv.ConvertOptions(
        column_types=fields, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
        true_values=["t"], false_values=["f"],
    )  # fmt: skip
    statement = f"COPY (SELECT {_named(fields.names)} FROM {table} {where}) TO STDOUT (FORMAT csv)"
    with connection.cursor() as cursor, cursor.copy(statement, values) as copy:
        block, held = [], 0
        while True:
            # Each is one row, so that a block is cut between two of them.
            row = copy.read()
            block.append(bytes(row))
            held += len(row)
            if held and (not row or held >= BLOCK_BYTES):
                yield csv.read_csv(io.BytesIO(b"".join(block)), reading, parsing, meaning)
                block, held = [], 0
            if not row:
                return


def copied_in(connection, table, names, batches):
    """Write rows into a table.

    Parameters
    ----------
    connection : psycopg.Connection
        Amid a transaction.
    table : str
    names : list of str
        Columns of the batches, in their order.
    batches : iterable of pyarrow.RecordBatch

    Returns
    -------
    int
        Rows written; the server hears nothing where there are none.
    """
    batches = (batch for batch in batches if batch.num_rows)
    first = next(batches, None)
    if first is None:
        return 0
    rows = 0
    options = csv.WriteOptions(include_header=False)
    statement = f"COPY {table} ({_named(names)}) FROM STDIN (FORMAT csv)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        batch = first
        while batch is not None:
            sink = pa.BufferOutputStream()
            csv.write_csv(batch, sink, options)
            text = sink.getvalue().to_pybytes()
            copy.write(text.replace(NUL, UNKNOWN) if NUL in text else text)
            rows += batch.num_rows
            batch = next(batches, None)
    return rows


def _named(names):
    return ", ".join(f'"{name}"' for name in names)
