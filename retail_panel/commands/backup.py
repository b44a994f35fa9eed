"""Back up the store of a server that runs."""

import os
from pathlib import Path

from rich.console import Console

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.ops.client import SERVER, posted, token_from
from retail_panel.settings import load_settings
from retail_panel.store.files import check_store_file

HELP = "copy the store of a server that runs to a file, as of one moment"
PATIENCE_S = 3600


def arguments(parser):
    """Add the options of this command."""
    parser.add_argument("file", metavar="FILE", help="file to write; it may not be there yet")
    parser.add_argument(
        "--url", metavar="URL", default=SERVER, help=f"of the server (default {SERVER})"
    )
    parser.add_argument("--token-file", metavar="FILE", help="file with the token (default: setting ops_token_file)")


def run(options):
    """Ask the server for a copy, look whether it is whole, and name it.

    Raises
    ------
    UnusableInput
        If the file is there already, or there is no token.
    RetailPanelError
        If the server cannot be reached or refuses, or what came is not whole.
    """
    file, part = Path(options.file), Path(f"{options.file}.part")
    if file.exists():
        raise UnusableInput(f"{file}: it is there already; allowed: a new file")
    if not options.url.startswith(("http://", "https://")):
        raise UnusableInput(f"--url {options.url}: allowed: http:// or https://")
    token = token_from(options.token_file or load_settings().ops_token_file)
    # Nobody else may read it: it holds every row.
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as copy:
            _fetch(options.url, token, copy)
        version, rows = check_store_file(part)
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    Console(highlight=False, soft_wrap=True).print(
        f"{file}: version {version:,}, {rows:,} order lines, {file.stat().st_size:,} bytes", markup=False
    )


def _fetch(url, token, copy):
    with posted(url, "backup", token, patience_s=PATIENCE_S) as answer:
        length = int(answer.headers["Content-Length"])
        while chunk := answer.read(1 << 20):
            length -= len(chunk)
            copy.write(chunk)
    if length:
        raise RetailPanelError(f"{url}: {length:,} bytes are missing")
    copy.flush()
    os.fsync(copy.fileno())
