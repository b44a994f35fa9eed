"""Tables as one sheet of an Excel workbook; needs the extra ``excel``."""

import re
from itertools import chain

import pyarrow as pa

from retail_panel.errors import UnusableInput
from retail_panel.export.cells import safe_text, spreadsheet_table

MOST_ROWS = 1_048_575
LONGEST_TEXT = 32_767
NARROWEST, WIDEST = 8, 48
_LOOKED_AT = 200
# Excel counts in doubles.
_EXACT = 2**53
_UNITS = {"money": "#,##0.00", "share": "0.0%", "count": "#,##0"}
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


def write_excel(target, parts, units, sheet):
    """Write plain tables as one sheet: frozen header in bold, widths by content, numbers in formats.

    Parameters
    ----------
    target : binary file object
    parts : iterator of pyarrow.Table
        As :func:`retail_panel.export.cells.plain_table` returns.
    units : dict of str to str
        Unit by column.
    sheet : str
        The sheet's name; signs that Excel forbids are left out, and all after 31.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    UnusableInput
        If openpyxl is missing, or there are more rows than a sheet holds.
    """
    try:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Font
        from openpyxl.utils import get_column_letter
    except ImportError:
        message = "writing Excel needs openpyxl: pip install 'retail-panel[excel]'; allowed without it: csv, parquet"
        raise UnusableInput(message) from None
    first = next(parts)
    book = Workbook(write_only=True)
    page = book.create_sheet(_FORBIDDEN.sub("", sheet).strip("' ")[:31] or "Table")
    page.freeze_panes = "A2"
    formats = [_number_format(field.type, units.get(field.name)) for field in first.schema]
    cells = []
    for i, (name, number_format) in enumerate(zip(first.column_names, formats, strict=True)):
        page.column_dimensions[get_column_letter(i + 1)].width = _width(name, first.column(i))
        # One cell a column, since a sheet that is only written lets go of each row at once.
        cells.append(WriteOnlyCell(page))
        if number_format:
            cells[-1].number_format = number_format
    heads = [WriteOnlyCell(page, _cell(safe_text(name))) for name in first.column_names]
    for head in heads:
        head.font = Font(bold=True)
    try:
        page.append(heads)
        rows = _fill(page, cells, map(spreadsheet_table, chain([first], parts)))
    except BaseException:
        # The sheet's temporary file would stay until the process ends.
        page.close()
        page._writer.cleanup()
        raise
    book.save(target)
    return rows


def _fill(page, cells, parts):
    rows = 0
    for part in parts:
        rows += part.num_rows
        if rows > MOST_ROWS:
            raise UnusableInput(f"a sheet of Excel holds {MOST_ROWS:,} rows, and there are more; allowed: csv, parquet")
        for values in zip(*(column.to_pylist() for column in part.columns), strict=True):
            for cell, value in zip(cells, values, strict=True):
                cell.value = _cell(value)
                if isinstance(cell.value, str):
                    # openpyxl takes texts such as #N/A for errors.
                    cell.data_type = "s"
            page.append(cells)
    return rows


def _cell(value):
    if isinstance(value, str):
        return value[:LONGEST_TEXT]
    return str(value) if isinstance(value, int) and abs(value) > _EXACT else value


def _number_format(kind, unit):
    if pa.types.is_timestamp(kind):
        return "yyyy-mm-dd hh:mm:ss"
    if pa.types.is_date(kind):
        return "yyyy-mm-dd"
    if unit in _UNITS:
        return _UNITS[unit]
    return "#,##0.00" if pa.types.is_floating(kind) else "0" if pa.types.is_integer(kind) else None


def _width(name, column):
    shown = [f"{value:,.2f}" if isinstance(value, float) else str(value) for value in column[:_LOOKED_AT].to_pylist()]
    longest = max(map(len, [name, *shown]))
    return min(max(longest + 2, NARROWEST), WIDEST)

