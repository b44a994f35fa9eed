"""Tables as spreadsheets may have them: no text, and no heading, that could run as a formula."""

import re

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retail_panel.spreadsheet import guarded

# XML, and so Excel, has no place for them; left out before a text is guarded, lest they hide what it begins with.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def plain_table(table):
    """Return a table with plain columns.

    Parameters
    ----------
    table : pandas.DataFrame or pyarrow.Table
        The index of a frame is left out.

    Returns
    -------
    pyarrow.Table
        Texts, numbers, truths, days and times; categories, and whatever is none of these, as text.
    """
    if isinstance(table, pd.DataFrame):
        names = [str(name) for name in table.columns]
        return pa.table([_from_series(table.iloc[:, i]) for i in range(len(names))], names=names)
    return pa.table([_plain(column) for column in table.columns], names=table.column_names)


def spreadsheet_table(table):
    """Return a plain table made harmless: texts and headings guarded, numbers that are none left empty."""
    names = [safe_text(name) for name in table.column_names]
    return pa.table([_harmless(column) for column in table.columns], names=names)


def safe_text(text):
    """Return text as a cell that no spreadsheet runs or, because of a sign before it, takes for a number.

    :func:`retail_panel.spreadsheet.guarded` leaves plain numbers as they are; in a column of text ``+1`` is a name, and
    would come out as 1.

    Examples
    --------
    >>> safe_text("=1+1"), safe_text("+1"), safe_text("17850")
    ("'=1+1", "'+1", '17850')
    """
    text = guarded(_CONTROL.sub("", text or ""))
    return f"'{text}" if text.startswith(("+", "-")) else text


def _from_series(series):
    try:
        found = pa.Array.from_pandas(series)
        return _plain(found if isinstance(found, pa.ChunkedArray) else pa.chunked_array([found]))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return _as_text(series.tolist())


def _plain(column):
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_timestamp(kind):
        return pc.local_timestamp(column) if kind.tz else column
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    known = (pa.types.is_string, pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_date)
    return column if any(is_kind(kind) for is_kind in known) else _as_text(column.to_pylist())


def _as_text(values):
    missing = [value is None or value is pd.NaT or value != value for value in values]
    texts = [None if gone else str(value) for value, gone in zip(values, missing, strict=True)]
    return pa.chunked_array([texts], pa.string())


def _harmless(column):
    if pa.types.is_floating(column.type):
        return pc.if_else(pc.is_finite(column), column, None)
    if not pa.types.is_string(column.type):
        return column
    coded = column.combine_chunks().dictionary_encode()
    return pa.array([safe_text(text) for text in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)
