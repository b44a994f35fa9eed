"""How a delimited file is written: its encoding, delimiter and header, decided from its beginning."""

import re
from dataclasses import dataclass, replace

from retail_panel.errors import UnusableInput
from retail_panel.intake.delimiters import BLANKS, delimiter_of, first_rows, named_delimiter
from retail_panel.intake.encodings import decode_errors, encoding_of
from retail_panel.intake.records import scan
from retail_panel.intake.synonyms import HEADERLESS

_VALUE = re.compile(r"[-+(]?[£$€]?\s?\d[\d.,\s]*\)?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?")


@dataclass(frozen=True)
class Dialect:
    """How the text of a file is to be read.

    `bom` is the number of bytes to leave out at the start, `skip` the number of lines before the first row (header
    included), `delimiter` one character or the word ``blanks``; `layout` names a known headerless file.
    """

    encoding: str
    delimiter: str
    columns: tuple
    bom: int = 0
    skip: int = 1
    header: bool = True
    layout: str = ""

    @property
    def quoting(self):
        """Whether fields may be quoted."""
        return self.delimiter != BLANKS


def sniff(head, name, encoding=None, delimiter=None):
    """Decide how a file is written.

    Parameters
    ----------
    head : bytes
        Its first :data:`retail_panel.intake.delimiters.HEAD_BYTES` bytes, decompressed.
    name : str
        File name for messages.
    encoding, delimiter : str, optional
        What the user knows already.

    Returns
    -------
    Dialect

    Raises
    ------
    UnusableInput
        Empty, not text, or duplicate column names.
    """
    found, bom = encoding_of(head, name)
    if encoding and not bom:
        found = encoding
    try:
        text = head[bom:].decode(found, decode_errors(found)).replace("\r\n", "\n").replace("\r", "\n")
    except (LookupError, UnicodeError):
        raise UnusableInput(f"{name}: encoding {found!r} cannot be used; utf-8, utf-16 or cp1252 are usual") from None
    skip = 1
    if text[:4].lower() == "sep=" and len(text) > 5 and text[5] == "\n":
        delimiter, text, skip = delimiter or text[4], text[6:], 2
    while text.startswith("\n"):
        text, skip = text[1:], skip + 1
    delimiter = named_delimiter(delimiter) if delimiter else delimiter_of(text)
    rows = first_rows(text, delimiter)
    if not rows:
        raise UnusableInput(f"{name}: the file is empty; a header and rows are expected")
    dialect = Dialect(found, delimiter, (), bom, skip)
    if any(_VALUE.fullmatch(value.strip()) for value in rows[0]):
        return _headerless(dialect, rows)
    return replace(
        dialect,
        columns=columns_of(rows[0], name),
        skip=skip + ('"' in text and dialect.quoting) * _lines_in_header(text, delimiter),
    )


def _lines_in_header(text, delimiter):
    start, stop, _ = next(scan(text.encode(), delimiter.encode()))
    return max(text.encode()[start:stop].count(b"\n") - 1, 0)


def columns_of(values, name):
    """Return column names of a header; blanks become ``column_N``.

    Raises
    ------
    UnusableInput
        Two columns have the same name.
    """
    columns = [value.strip() or f"column_{i}" for i, value in enumerate(values, 1)]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise UnusableInput(f"{name}: column {twice[0]!r} is there {columns.count(twice[0])} times; names must differ")
    return tuple(columns)


def _headerless(dialect, rows):
    width = max((len(row) for row in rows), key=[len(row) for row in rows].count)
    for layout in HEADERLESS:
        if len(layout.columns) == width and all(
            re.fullmatch(pattern, value.strip())
            for row in rows[:100]
            if len(row) == width
            for (_, pattern), value in zip(layout.columns, row, strict=True)
        ):
            columns = tuple(role or f"column_{i}" for i, (role, _) in enumerate(layout.columns, 1))
            return replace(dialect, columns=columns, skip=dialect.skip - 1, header=False, layout=layout.name)
    columns = tuple(f"column_{i}" for i in range(1, width + 1))
    return replace(dialect, columns=columns, skip=dialect.skip - 1, header=False)
