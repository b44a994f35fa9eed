"""Back up the store of a server that runs."""

import json
import os
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path

from rich.console import Console

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.portal.keys import read_secret
from retail_panel.settings import load_settings
from retail_panel.store.files import check_store_file

HELP = "copy the store of a server that runs to a file, as of one moment"
SHORTEST = 16
PATIENCE_S = 3600


def arguments(parser):
    """Add the options of this command."""
    parser.add_argument("file", metavar="FILE", help="file to write; it may not be there yet")
    parser.add_argument(
        "--url", metavar="URL", default="http://localhost:5006/", help="of the server (default http://localhost:5006/)"
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
    token_file = options.token_file or load_settings().ops_token_file
    if not token_file:
        raise UnusableInput("there is no token; allowed: --token-file FILE, or setting ops_token_file")
    token = read_secret(token_file, SHORTEST).decode()
    # Nobody else may read it: it holds every row.
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as copy:
            _fetch(f"{options.url.rstrip('/')}/backup", token, copy)
        version, rows = check_store_file(part)
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    Console(highlight=False, soft_wrap=True).print(
        f"{file}: version {version:,}, {rows:,} order lines, {file.stat().st_size:,} bytes", markup=False
    )


def _fetch(url, token, copy):
    # The scheme is checked above, so that no file of this machine is opened.
    request = urllib.request.Request(url, data=b"", headers={"Authorization": f"Bearer {token}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=PATIENCE_S) as answer:
            length = int(answer.headers["Content-Length"])
            while chunk := answer.read(1 << 20):
                length -= len(chunk)
                copy.write(chunk)
    except urllib.error.HTTPError as error:
        raise RetailPanelError(f"{url}: {error.code}, {_reason(error)}") from error
    except (OSError, HTTPException) as error:
        raise RetailPanelError(f"{url}: {error}") from error
    if length:
        raise RetailPanelError(f"{url}: {length:,} bytes are missing")
    copy.flush()
    os.fsync(copy.fileno())


def _reason(error):
    try:
        return json.load(error)["error"]
    except (ValueError, KeyError, TypeError):
        return error.reason
