"""A stream of text, in bounded memory, as pieces of whole records."""

import codecs

from retail_panel.intake.block import TEXT_LIMIT
from retail_panel.intake.encodings import decode_errors
from retail_panel.intake.records import LINE_LIMIT, last_record_end

CHUNK_BYTES = 8 * 1024 * 1024
LONG = f"the line is longer than {LINE_LIMIT:,} bytes"
OPEN_QUOTE = "a quote is opened and never closed"


def utf_8_chunks(stream, encoding, bom):
    """Yield a text in UTF-8, chunk by chunk; line ends are turned to LF where the file has bare CR only.

    Parameters
    ----------
    stream : file-like
        Bytes.
    encoding : str
    bom : int
        Bytes to leave out at the start.
    """
    stream.read(bom)
    decoder = None
    if encoding != "utf-8":
        decoder = codecs.getincrementaldecoder(encoding)(decode_errors(encoding))
    bare = None
    while chunk := stream.read(CHUNK_BYTES):
        if decoder is not None:
            chunk = decoder.decode(chunk).encode("utf-8", "replace")
        if bare is None:
            bare = b"\n" not in chunk and b"\r" in chunk
        if chunk:
            yield chunk.replace(b"\r", b"\n") if bare else chunk
    if decoder is not None and (tail := decoder.decode(b"", True)):
        yield tail.encode("utf-8", "replace")


def pieces(chunks, delimiter, quoting, skip):
    """Cut a text into pieces that hold whole records.

    Parameters
    ----------
    chunks : iterator of bytes
        UTF-8, from :func:`utf_8_chunks`.
    delimiter : bytes
        One byte.
    quoting : bool
        Whether a field may be quoted and hold line ends.
    skip : int
        Lines at the start that are no records.

    Yields
    ------
    tuple of (bytes, int, str)
        The text of whole records, its number of lines and an empty text; or the beginning of one line, 1 and why that
        line cannot be read.
    """
    rest, final = b"", False
    while not final:
        chunk = next(chunks, b"")
        final = not chunk
        data = rest + chunk
        if final and data and not data.endswith(b"\n"):
            data += b"\n"
        while skip and b"\n" in data:
            line, data = data.split(b"\n", 1)
            skip -= 1
            yield b"", 1, ""
        if skip:
            rest = data[:LINE_LIMIT]
            continue
        end = last_record_end(data, delimiter, quoting)
        if end:
            yield data[:end], data.count(b"\n", 0, end), ""
        rest = data[end:]
        while rest and (final or len(rest) > LINE_LIMIT):
            newline = rest.find(b"\n")
            if newline < 0:
                text, rest = rest[: 4 * TEXT_LIMIT], _after_line(chunks)
                yield text, 1, LONG
            else:
                yield rest[: min(newline, 4 * TEXT_LIMIT)], 1, OPEN_QUOTE
                rest = rest[newline + 1 :]
                end = last_record_end(rest, delimiter, quoting)
                if end:
                    yield rest[:end], rest.count(b"\n", 0, end), ""
                    rest = rest[end:]


def _after_line(chunks):
    for chunk in chunks:
        newline = chunk.find(b"\n")
        if newline >= 0:
            return chunk[newline + 1 :]
    return b""
