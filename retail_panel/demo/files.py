"""The demo's files: written the same, byte for byte, each time."""

import gzip
import hashlib
import os
import struct
import tempfile
import zlib
from pathlib import Path

import numpy as np

import retail_panel
from retail_panel.demo.feedback import demo_feedback
from retail_panel.demo.order_lines import demo_order_lines
from retail_panel.demo.seed_layout import demo_seed_layout
from retail_panel.demo.stock import demo_stock
from retail_panel.errors import RetailPanelError, UnusableInput

#: The tables of the demo lie in a folder of their own, which is loaded as one source.
NAMES = ("demo/order_lines.csv.gz", "demo/stock.csv.gz", "demo/feedback.csv.gz", "seed_layout.csv")
#: Deflate, no flags, no time, best compression, written on no particular system (RFC 1952).
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
_MONEY = ("amount", "list_amount", "unit_cost", "purchase_amount")


def make(out, progress=None):
    """Write the demo's files.

    Parameters
    ----------
    out : str or pathlib.Path
        Folder to write to; made when it is missing. Files of the same names are replaced.
    progress : callable, optional
        Called with the number of files written so far, their number in all and the name of the next one.

    Returns
    -------
    list of pathlib.Path
        The files, in the order of :data:`NAMES`.

    Raises
    ------
    retail_panel.errors.UnusableInput
        If `out` is not a folder.
    retail_panel.errors.RetailPanelError
        If the folder cannot be made or written to.
    """
    out = Path(out)
    if out.exists() and not out.is_dir():
        raise UnusableInput(f"{out}: a file; allowed: a folder, or a path where one can be made")
    try:
        (out / "demo").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RetailPanelError(f"{out}: the folder cannot be made ({error.strerror})") from None
    lines = stock = None
    written = []
    for number, name in enumerate(NAMES):
        if progress:
            progress(number, len(NAMES), name)
        if name == "demo/order_lines.csv.gz":
            table = lines = demo_order_lines()
        elif name == "demo/stock.csv.gz":
            table = stock = demo_stock(lines)
        elif name == "demo/feedback.csv.gz":
            table = demo_feedback(lines, stock)
        else:
            table = demo_seed_layout()
        written.append(_write(out / name, file_content(table)))
    return written


def folder():
    """Return the folder that holds the demo's files.

    Returns
    -------
    pathlib.Path
        ``data/demo`` of the checkout where it has the files; else ``demo`` in ``retail-panel/demo-VERSION`` in the
        user's cache folder (``XDG_CACHE_HOME``, or ``.cache`` at home), where they are made once.

    Raises
    ------
    retail_panel.errors.RetailPanelError
        If the files are missing and cannot be written.
    """
    checkout = Path(retail_panel.__file__).parents[1] / "data"
    if _complete(checkout):
        return checkout / "demo"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cached = cache / "retail-panel" / f"demo-{retail_panel.__version__}"
    if not _complete(cached):
        make(cached)
    return cached / "demo"


def file_content(table):
    """Return a table as the bytes of a CSV file: UTF-8, header, line feeds, two decimals for money, nulls empty."""
    money = {name: [f"{value:.2f}" for value in table[name]] for name in _MONEY if name in table.columns}
    times = table.select_dtypes("datetime").columns
    texts = {name: _time_texts(table[name]) for name in times}
    return table.assign(**money, **texts).to_csv(index=False, lineterminator="\n").encode()


def checksums(path):
    """Return a file's SHA-256 and that of its uncompressed content, as two hexadecimal texts."""
    return tuple(hashlib.sha256(content).hexdigest() for content in (Path(path).read_bytes(), unpacked(path)))


def packed(content):
    """Return bytes as a gzip file that holds neither a time nor a name.

    The same content gives the same bytes with zlib 1.2 and 1.3; a fork of zlib may pack it otherwise.
    """
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = deflate.compress(content) + deflate.flush()
    return _GZIP_HEADER + body + struct.pack("<II", zlib.crc32(content), len(content) % 2**32)


def unpacked(path):
    """Return the content of a file that may be compressed (its name then ends in ``.gz``)."""
    content = Path(path).read_bytes()
    return gzip.decompress(content) if Path(path).suffix == ".gz" else content


def _time_texts(times):
    seconds = times.to_numpy().astype("datetime64[s]")
    days = seconds.astype("datetime64[D]")
    return [text.replace("T", " ") for text in np.datetime_as_string(days if (days == seconds).all() else seconds)]


def _complete(place):
    return all((place / name).is_file() for name in NAMES)


def _write(path, content):
    """Write through a file beside it, so that a reader finds a whole file or none."""
    if path.suffix == ".gz":
        content = packed(content)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".demo-") as beside:
            part = Path(beside) / path.name
            part.write_bytes(content)
            os.replace(part, path)
    except OSError as error:
        raise RetailPanelError(f"{path}: cannot be written ({error.strerror})") from None
    return path
