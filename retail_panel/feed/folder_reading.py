"""One file of a watched folder, from any of its rows on, as arrivals."""

from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa

from retail_panel.errors import UnusableInput
from retail_panel.feed.arrival import Arrival
from retail_panel.feed.folder_files import is_json_lines
from retail_panel.feed.line_rows import line_ends
from retail_panel.feed.message_rows import Undecodable
from retail_panel.intake import Block, readings
from retail_panel.intake.cleaning import clean_block
from retail_panel.intake.compressed import WatchedFile
from retail_panel.intake.text_stream import pieces, utf_8_chunks

MOST_LINES = 50_000
_BOM = b"\xef\xbb\xbf"


def arrivals(path, reader, mapping, limits, done):
    """Read a file.

    Parameters
    ----------
    path : Path
        A table as intake reads it, or JSON lines.
    reader : MessageReader
        For JSON lines; its source is the feed's name.
    mapping : Mapping
    limits : tuple of (int, int) or None
        Lowest and highest absolute amount that is not marked as outlier; None means the file's own rule.
    done : int
        Rows, or lines of JSON, that were read before.

    Yields
    ------
    tuple of (int, Arrival)
        Rows read by then, and those that are new.

    Raises
    ------
    UnusableInput
        The file cannot be used.
    RetailPanelError
        It changed, vanished or cannot be read at the moment.
    """
    if is_json_lines(path.name):
        return _json_lines(path, reader, done)
    return _rows(path, reader.source, mapping, limits, done)


def _rows(path, feed, mapping, limits, done):
    for reading in readings(path, mapping):
        if reading.plan.table != "order_line":
            raise UnusableInput(f"{path.name}: a table of {reading.plan.table}; order lines are allowed")
        if limits:
            reading.plan = replace(reading.plan, limits=limits)
        read = 0
        for block, cleaned in reading.batches():
            before, read = read, read + block.row_count
            if read <= done:
                continue
            if before < done:
                cleaned = clean_block(rest_of(block, done - before), reading.plan)
            yield read, Arrival(cleaned.rows, _placed(cleaned.quarantine, feed, path.name))


def rest_of(block, done):
    """Return a block without its first rows, those that could not be split counted; at least one is left."""
    lines = block.positions()
    every = np.sort(np.append(lines, [row.position for row in block.rejected]).astype(np.int64))
    first = every[done]
    start = int(np.searchsorted(lines, first))
    text = block.text and (lambda indices: block.text(np.asarray(indices) + start))
    rejected = tuple(row for row in block.rejected if row.position >= first)
    return Block(block.rows.slice(start), block.source, lambda: lines[start:], text, rejected, block.share)


def _placed(quarantine, feed, name):
    places = [f"{name} line {position}" for position in quarantine.column("position").to_pylist()]
    for column, values in (("source", [feed] * len(places)), ("position", places)):
        at = quarantine.schema.get_field_index(column)
        quarantine = quarantine.set_column(at, quarantine.schema.field(at), pa.array(values, pa.string()))
    return quarantine


def _json_lines(path, reader, done):
    read = 0
    with WatchedFile(path).stream() as (stream, _):
        for text, count, reason in pieces(utf_8_chunks(stream, "utf-8", 0), b",", False, 0):
            if reason and read >= done:
                place = f"{path.name} line {read + 1}"
                yield read + 1, reader.read([Undecodable(reason, text)], lambda index, place=place: place)
            elif not reason:
                text = text if read else text.removeprefix(_BOM)
                for first, some, lines in _parts(text, max(0, done - read)):
                    place = partial(_line_of, path.name, read + first + 1)
                    yield read + first + lines, reader.read_lines(some, place)
            read += count


def _parts(text, start):
    """Yield (index of the first line, text, number of lines) of a text's lines from one on, not too many at once."""
    ends = np.append(0, line_ends(text))
    for first in range(start, len(ends) - 1, MOST_LINES):
        stop = min(first + MOST_LINES, len(ends) - 1)
        yield first, text[ends[first] : ends[stop]], stop - first


def _line_of(name, first, index):
    return f"{name} line {first + index}"
