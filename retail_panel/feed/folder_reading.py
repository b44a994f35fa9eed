"""One file of a watched folder, from any of its rows on, as arrivals."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from retail_panel.errors import UnusableInput
from retail_panel.feed.arrival import Arrival
from retail_panel.feed.folder_files import is_json_lines
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
            messages = [Undecodable(reason, text)] if reason else text.split(b"\n")[:count]
            if not read and not reason:
                messages[0] = messages[0].removeprefix(_BOM)
            for start in range(max(0, done - read), count, MOST_LINES):
                some = messages[start : start + MOST_LINES]
                yield read + start + len(some), _read(reader, path.name, some, read + start + 1)
            read += count


def _read(reader, name, messages, first):
    lines = [number for number, text in enumerate(messages) if not isinstance(text, bytes) or text.strip()]
    return reader.read([messages[number] for number in lines], lambda index: f"{name} line {first + lines[index]}")
