"""A table, or a stream of tables, as CSV, Excel or Parquet."""

import io
from dataclasses import dataclass
from itertools import chain

import pyarrow.csv
import pyarrow.parquet

from retail_panel.errors import UnusableInput
from retail_panel.export.cells import plain_table, spreadsheet_table
from retail_panel.export.excel_file import write_excel


@dataclass(frozen=True)
class Format:
    """A kind of file: its label, suffix and media type."""

    label: str
    suffix: str
    media_type: str


FORMATS = {
    "csv": Format("CSV", "csv", "text/csv; charset=utf-8"),
    "excel": Format("Excel", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "parquet": Format("Parquet", "parquet", "application/vnd.apache.parquet"),
}
_BOM = b"\xef\xbb\xbf"


def write_table(target, kind, tables, units=None, sheet="Table"):
    """Write a table that comes in parts; no more than two parts are held at once.

    Parameters
    ----------
    target : binary file object
        Where to write; left open.
    kind : str
        ``csv`` (UTF-8 with byte order mark, so that spreadsheets read it as such), ``excel`` or ``parquet``. In CSV and
        Excel texts and headings that a spreadsheet could run are guarded by an apostrophe; Parquet keeps them.
    tables : iterable of pandas.DataFrame or pyarrow.Table
        At least one, which may be empty; all with the same columns.
    units : dict of str to str, optional
        Unit by column, as in :class:`retail_panel.measures.Measure`; Excel shows ``money`` with two decimals and
        ``share`` in percent.
    sheet : str
        Name of the sheet in Excel.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    UnusableInput
        If the kind is unknown, openpyxl is missing, or a sheet of Excel does not hold so many rows.
    """
    if kind not in FORMATS:
        raise UnusableInput(f"file of kind {kind!r}: allowed: {', '.join(FORMATS)}")
    parts = map(plain_table, tables)
    if kind == "excel":
        return write_excel(target, parts, units or {}, sheet)
    return _write_csv(target, parts) if kind == "csv" else _write_parquet(target, parts)


def table_bytes(table, kind, units=None, sheet="Table"):
    """Return a whole table as the bytes of a file, see :func:`write_table`."""
    target = io.BytesIO()
    write_table(target, kind, [table], units, sheet)
    return target.getvalue()


def _write_csv(target, parts):
    target.write(_BOM)
    rows = 0
    for i, part in enumerate(map(spreadsheet_table, parts)):
        options = pyarrow.csv.WriteOptions(include_header=not i)
        pyarrow.csv.write_csv(part, target, options)
        rows += part.num_rows
    return rows


def _write_parquet(target, parts):
    first = next(parts)
    rows = 0
    with pyarrow.parquet.ParquetWriter(target, first.schema) as writer:
        for part in chain([first], parts):
            writer.write_table(part.cast(first.schema))
            rows += part.num_rows
    return rows
