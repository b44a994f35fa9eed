"""How a delimited file is written: its encoding, delimiter and header, decided from its beginning."""

import codecs
import re
from dataclasses import dataclass, replace

from retail_panel.errors import UnusableInput
from retail_panel.intake.names import known_names, normal
from retail_panel.intake.records import scan, split_fields
from retail_panel.intake.synonyms import HEADERLESS

HEAD_BYTES = 256 * 1024
DELIMITERS = (",", ";", "\t", "|")
BLANKS = "blanks"
_VALUE = re.compile(r"[-+(]?[£$€]?\s?\d[\d.,\s]*\)?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?")
_BOMS = ((codecs.BOM_UTF8, "utf-8", 3), (codecs.BOM_UTF16_LE, "utf-16-le", 2), (codecs.BOM_UTF16_BE, "utf-16-be", 2))


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


def _latin_1(error):
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("retail_panel_latin_1", _latin_1)


def decode_errors(encoding):
    """Return the error handling under which a whole text of this encoding can be read."""
    return "retail_panel_latin_1" if encoding == "cp1252" else "replace"


def sniff(head, name, encoding=None, delimiter=None):
    """Decide how a file is written.

    Parameters
    ----------
    head : bytes
        Its first :data:`HEAD_BYTES` bytes, decompressed.
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
    if not head.strip(b"\x00 \t\r\n") or head in [bom for bom, _, _ in _BOMS]:
        raise UnusableInput(f"{name}: the file is empty; a header and rows are expected")
    found, bom = _encoding(head, name)
    if encoding:
        try:
            found = codecs.lookup(encoding).name
        except LookupError:
            raise UnusableInput(
                f"{name}: encoding {encoding!r} is not known; utf-8, utf-16 or cp1252 are usual"
            ) from None
    text = head[bom:].decode(found, decode_errors(found)).replace("\r\n", "\n").replace("\r", "\n")
    skip = 1
    if text[:4].lower() == "sep=" and len(text) > 5 and text[5] == "\n":
        delimiter, text, skip = delimiter or text[4], text[6:], 2
    while text.startswith("\n"):
        text, skip = text[1:], skip + 1
    delimiter = _named(delimiter) if delimiter else _delimiter(text)
    rows = _rows(text, delimiter)
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


def _encoding(head, name):
    for mark, encoding, size in _BOMS:
        if head.startswith(mark):
            return encoding, size
    odd, even = head[1::2].count(0), head[::2].count(0)
    if max(odd, even) > 0.3 * len(head) / 2 and min(odd, even) < 0.1 * len(head) / 2:
        return ("utf-16-le" if odd > even else "utf-16-be"), 0
    if b"\x00" in head[:4096]:
        raise UnusableInput(f"{name}: not a text file; CSV, Parquet, Excel (.xlsx) or a database URL can be read")
    lines = [line for line in head[: head.rfind(b"\n") + 1 or None].split(b"\n") if not line.isascii()]
    return ("utf-8" if 2 * sum(map(_is_utf_8, lines)) >= len(lines) else "cp1252"), 0


def _is_utf_8(line):
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _named(delimiter):
    delimiter = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": BLANKS}.get(
        delimiter, delimiter
    )
    if delimiter != BLANKS and (len(delimiter) != 1 or ord(delimiter) > 127 or delimiter in '"\n\r'):
        raise UnusableInput(f"delimiter {delimiter!r}: one ASCII character, tab or {BLANKS} is allowed")
    return delimiter


def _delimiter(text):
    best, best_score = ",", (False, 0, 0.0)
    for delimiter in DELIMITERS:
        widths = [len(row) for row in _rows(text, delimiter)]
        if not widths or widths[0] < 2:
            continue
        share = widths.count(widths[0]) / len(widths)
        names = {normal(value) for value in _rows(text[:20_000], delimiter)[0]}
        score = (share >= 0.5, len(names & known_names()), share * widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    if not best_score[0]:
        widths = [len(line.split()) for line in text.split("\n")[:200] if line.strip()]
        if len(widths) > 1 and widths[0] >= 3 and widths[:-1].count(widths[0]) >= 0.95 * len(widths[:-1]):
            return BLANKS
    return best


def _rows(text, delimiter):
    if delimiter == BLANKS:
        return [line.split() for line in text.split("\n")[:201] if line.strip()]
    raw, rows = text.encode(), []
    for start, stop, _ in scan(raw, delimiter.encode()):
        record = raw[start:stop].decode().rstrip("\n")
        if record.strip():
            rows.append(split_fields(record, delimiter))
        if len(rows) > 200:
            break
    if len(rows) > 2 and len(text) >= HEAD_BYTES // 4:
        rows.pop()
    return rows
