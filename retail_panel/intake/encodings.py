"""Text encodings: what a file is written in, from its beginning."""

import codecs

from retail_panel.errors import UnusableInput

_BOMS = ((codecs.BOM_UTF8, "utf-8", 3), (codecs.BOM_UTF16_LE, "utf-16-le", 2), (codecs.BOM_UTF16_BE, "utf-16-be", 2))


def _latin_1(error):
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("retail_panel_latin_1", _latin_1)


def decode_errors(encoding):
    """Return the error handling under which a whole text of this encoding can be read."""
    return "retail_panel_latin_1" if encoding == "cp1252" else "replace"


def encoding_of(head, name):
    """Decide on an encoding.

    Parameters
    ----------
    head : bytes
        The beginning of the file.
    name : str
        File name for messages.

    Returns
    -------
    tuple of (str, int)
        Encoding, and the bytes of its mark at the start.

    Raises
    ------
    UnusableInput
        The file is empty, or not text.
    """
    if not head.strip(b"\x00 \t\r\n") or head in [bom for bom, _, _ in _BOMS]:
        raise UnusableInput(f"{name}: the file is empty; a header and rows are expected")
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
