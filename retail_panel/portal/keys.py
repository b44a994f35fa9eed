"""Secrets: read from files, never from settings or the command line, and one key for each purpose."""

import hashlib
import hmac
from pathlib import Path

from retail_panel.errors import UnusableInput

#: Bytes that a secret has at least, as 256 bits do.
SHORTEST = 32


def read_secret(file, shortest=SHORTEST):
    """Return the bytes of a secret's file, white space around them left out.

    Parameters
    ----------
    file : str or Path
        Its path.
    shortest : int
        Characters that it has at least; a secret that somebody else gave may be shorter.

    Raises
    ------
    UnusableInput
        If it cannot be read or is too short to be one.
    """
    allowed = f"a file of at least {shortest} random characters, as `retail-panel secret` prints them"
    try:
        found = Path(file).read_bytes().strip()
    except OSError as error:
        raise UnusableInput(f"secret file {file}: {error.strerror}; allowed: {allowed}") from error
    if len(found) < shortest:
        raise UnusableInput(f"secret file {file}: {len(found)} characters; allowed: {allowed}")
    return found


def derived(secret, purpose):
    """Return a key of 32 bytes that tells nothing of the secret, nor of its keys for other purposes."""
    return hmac.new(secret, f"retail-panel {purpose}".encode(), hashlib.sha256).digest()
