"""Delimited text as blocks of rows: CSV and its kin, one file, in bounded memory."""

import io
import re

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from retail_panel.intake.block import TEXT_LIMIT, Block, Rejected
from retail_panel.intake.delimiters import BLANKS, HEAD_BYTES
from retail_panel.intake.dialect import sniff
from retail_panel.intake.records import LINE_LIMIT, scan, split_fields
from retail_panel.intake.text_stream import LONG, OPEN_QUOTE, pieces, utf_8_chunks

NOT_UTF_8 = "the line is not UTF-8 text like the rest of the file"
FEWER_FIELDS = "the row has fewer fields than the header"
MORE_FIELDS = "the row has more fields than the header"


class EncodingChanged(Exception):
    """The beginning was plain ASCII and a later byte shows another encoding: read again from the start."""


class Delimited:
    """One delimited file.

    Parameters
    ----------
    file : WatchedFile
    encoding, delimiter : str, optional
        What the user knows; otherwise sniffed.
    """

    steady = True
    typed = frozenset()

    def __init__(self, file, encoding=None, delimiter=None):
        self.file, self.name = file, file.name
        with file.stream() as (stream, _):
            head = stream.read(HEAD_BYTES)
        self.dialect = sniff(head, file.name, encoding, delimiter)
        self._fixed_encoding = encoding is not None or not head.isascii()
        self.encoding = self.dialect.encoding
        self.columns, self.layout = self.dialect.columns, self.dialect.layout
        self._delimiter = "\t" if self.dialect.delimiter == BLANKS else self.dialect.delimiter
        self._types = {name: pa.dictionary(pa.int32(), pa.string()) for name in self.columns}

    @property
    def decisions(self):
        """What was decided about the text: a dict of str to str for the report."""
        names = {"\t": "tab", BLANKS: "blanks"}
        return {
            "encoding": self.encoding,
            "delimiter": names.get(self.dialect.delimiter, self.dialect.delimiter),
            "header": "line 1" if self.dialect.header else "none",
            "compression": self.file.compression or "none",
        }

    def blocks(self):
        """Yield the rows as :class:`Block`, in the order of the file."""
        with self.file.stream() as (stream, share):
            line, dialect = 1, self.dialect
            chunks = utf_8_chunks(stream, self.encoding, dialect.bom)
            for text, lines, reason in pieces(chunks, self._delimiter.encode(), dialect.quoting, dialect.skip):
                if reason:
                    rejected = Rejected(line, reason, text.decode("utf-8", "replace"))
                    yield Block(
                        self._table([]), self.name, lambda: np.empty(0, np.int64), rejected=(rejected,), share=share()
                    )
                elif text:
                    yield self._block(text, line, share())
                line += lines

    def _block(self, text, line, share):
        table, rejected = self._parse(text, line)
        return Block(
            table,
            self.name,
            lambda: np.array([row[0] for row in self._records(text, line)[0]], np.int64),
            lambda indices: _texts(self._records(text, line)[0], indices),
            tuple(rejected),
            share,
        )

    def _parse(self, text, line):
        squeezed = _squeeze(text) if self.dialect.delimiter == BLANKS else text
        if _plain_ends(squeezed) and not _has_long_line(squeezed):
            try:
                table = pacsv.read_csv(
                    io.BytesIO(squeezed),
                    pacsv.ReadOptions(column_names=self.columns, block_size=len(squeezed) + 1),
                    pacsv.ParseOptions(
                        delimiter=self._delimiter,
                        newlines_in_values=b'"' in squeezed,
                        quote_char='"' if self.dialect.quoting else False,
                    ),
                    pacsv.ConvertOptions(column_types=self._types, strings_can_be_null=False),
                )
                self._fixed_encoding = self._fixed_encoding or not text.isascii()
                return table, ()
            except pa.ArrowInvalid:
                pass
        self._check_encoding(text)
        good, rejected = self._records(text, line)
        return self._table([fields for _, fields, _ in good]), rejected

    def _check_encoding(self, text):
        try:
            text.decode("utf-8")
        except UnicodeDecodeError:
            if not self._fixed_encoding:
                self.encoding, self._fixed_encoding = "cp1252", True
                raise EncodingChanged from None

    def _records(self, text, line):
        """Return (position, fields, text) of each row and the rejected rows."""
        good, rejected, offset = [], [], 0
        delimiter, quoting, width = self._delimiter.encode(), self.dialect.quoting, len(self.columns)
        while offset < len(text):
            for start, stop, _ in scan(text, delimiter, quoting, offset):
                raw, offset = text[start:stop].removesuffix(b"\n").removesuffix(b"\r"), stop
                fields, reason = self._fields(raw, width)
                if reason and b"\n" in raw:
                    offset = text.index(b"\n", start) + 1
                    raw, reason = text[start : offset - 1].removesuffix(b"\r"), OPEN_QUOTE
                if reason and raw.strip():
                    rejected.append(Rejected(line, reason, raw[: 4 * TEXT_LIMIT].decode("utf-8", "replace")))
                elif not reason and raw.strip():
                    good.append((line, fields, raw))
                line += text.count(b"\n", start, offset)
                if offset != stop:
                    break
        return good, rejected

    def _fields(self, raw, width):
        if len(raw) > LINE_LIMIT:
            return None, LONG
        try:
            record = raw.decode("utf-8")
        except UnicodeDecodeError:
            return None, NOT_UTF_8
        if self.dialect.delimiter == BLANKS:
            fields = record.split()
        else:
            fields = split_fields(record, self._delimiter, self.dialect.quoting)
        if len(fields) != width:
            return None, FEWER_FIELDS if len(fields) < width else MORE_FIELDS
        return fields, ""

    def _table(self, rows):
        columns = zip(*rows, strict=True) if rows else [()] * len(self.columns)
        return pa.table([pa.array(column, pa.string()) for column in columns], names=list(self.columns))


def _texts(records, indices):
    return [records[i][2].decode("utf-8", "replace") for i in indices]


def _squeeze(text):
    return re.sub(rb"[ \t]+", b"\t", re.sub(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)", b"", text))


def _plain_ends(text):
    return text.count(b"\r") == text.count(b"\r\n")


def _has_long_line(text):
    half = LINE_LIMIT // 2
    return any(text.find(b"\n", at, at + half) < 0 for at in range(0, len(text) - half, half))
