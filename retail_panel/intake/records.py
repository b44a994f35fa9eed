"""Where the records of delimited text end and how one splits into fields; quotes follow RFC 4180."""

import re

import numpy as np

#: Longest record that is read, in bytes.
LINE_LIMIT = 1_000_000
_STOPS = {}


def last_record_end(data, delimiter, quoting=True):
    """Return the offset after the last complete record.

    Parameters
    ----------
    data : bytes
        UTF-8 text that begins at the start of a record.
    delimiter : bytes
        One byte.
    quoting : bool
        Whether a field may be quoted and hold line ends.

    Returns
    -------
    int
        0 when no record is complete.
    """
    if not quoting or b'"' not in data:
        return data.rfind(b"\n") + 1
    quotes = np.flatnonzero(np.frombuffer(data, np.uint8) == 34)
    if not _quotes_in_order(data, quotes, delimiter):
        end = 0
        for start, stop, complete in scan(data, delimiter):
            end = stop if complete else start
        return end
    end = len(data)
    while True:
        newline = data.rfind(b"\n", 0, end)
        before = int(np.searchsorted(quotes, newline))
        if newline < 0 or before % 2 == 0:
            return newline + 1
        end = int(quotes[before - 1])


def _quotes_in_order(data, quotes, delimiter):
    """Tell whether each quote opens a field, closes one or doubles another, so that counting them is enough."""
    text = np.frombuffer(data, np.uint8)
    edges = np.zeros(256, bool)
    edges[[10, 13, 34, delimiter[0]]] = True
    opening, closing = quotes[::2], quotes[1::2]
    if opening.size and opening[0] == 0:
        opening = opening[1:]
    if closing.size and closing[-1] == len(data) - 1:
        closing = closing[:-1]
    return bool(edges[text[opening - 1]].all() and edges[text[closing + 1]].all())


def scan(data, delimiter, quoting=True, position=0):
    """Walk over the records of a piece of text.

    Parameters
    ----------
    data : bytes
        UTF-8 text that begins at the start of a record.
    delimiter : bytes
        One byte.
    quoting : bool
        Whether a field may be quoted.
    position : int
        Where to begin: the start of a record.

    Yields
    ------
    tuple of (int, int, bool)
        Start, end (after the line end) and whether the record was closed; the last may be open.
    """
    size = len(data)
    while position < size:
        newline = data.find(b"\n", position)
        line_end = size if newline < 0 else newline
        closed = newline >= 0
        if quoting and data.find(b'"', position, line_end) >= 0:
            found = _record_end(data, position, delimiter)
            line_end, closed = (size, False) if found is None else found
        stop = line_end + 1 if closed else size
        yield position, stop, closed
        position = stop


def _record_end(data, position, delimiter):
    """Return the offset of the line end that closes a record and True; (size, False) at the end; None if in quotes."""
    stops = _STOPS.setdefault(delimiter, re.compile(b"[\n" + re.escape(delimiter) + b"]"))
    while True:
        if data[position : position + 1] == b'"':
            position = _quoted_end(data, position + 1)
            if position is None:
                return None
        stop = stops.search(data, position)
        if stop is None:
            return len(data), False
        if stop.group() == b"\n":
            return stop.start(), True
        position = stop.end()


def _quoted_end(data, position):
    while True:
        quote = data.find(b'"', position)
        if quote < 0:
            return None
        if data[quote + 1 : quote + 2] != b'"':
            return quote + 1
        position = quote + 2


def split_fields(record, delimiter, quoting=True):
    """Split one record, without its line end, into fields.

    Parameters
    ----------
    record : str
    delimiter : str
        One character.
    quoting : bool
        Whether a field may be quoted; a doubled quote within is one quote.

    Returns
    -------
    list of str
    """
    if not quoting or '"' not in record:
        return record.split(delimiter)
    fields, position = [], 0
    while True:
        value = ""
        if record[position : position + 1] == '"':
            end = _closing(record, position + 1)
            value = record[position + 1 : end].replace('""', '"')
            position = end + 1
        stop = record.find(delimiter, position)
        if stop < 0:
            fields.append(value + record[position:])
            return fields
        fields.append(value + record[position:stop])
        position = stop + 1


def _closing(record, position):
    while True:
        quote = record.find('"', position)
        if quote < 0:
            return len(record)
        if record[quote + 1 : quote + 2] != '"':
            return quote
        position = quote + 2
