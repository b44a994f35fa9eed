"""Tokens that may post to the feed: each has a name, for limits and keys, and a secret that is shown nowhere."""

import os
from hashlib import sha256
from hmac import compare_digest

from retail_panel.errors import UnusableInput

VARIABLE = "RETAIL_PANEL_FEED_TOKENS"
PREFIX = "token."
SHORTEST = 16


class Tokens:
    """Secrets by name.

    Parameters
    ----------
    secrets : dict of str to str
        Name to secret.

    Raises
    ------
    UnusableInput
        There is none, one is short or has characters that a header cannot carry, or two are the same.
    """

    def __init__(self, secrets):
        if not secrets:
            raise UnusableInput(
                f"the feed by HTTP has no token; allowed: lines {PREFIX}NAME = SECRET in the feed's settings, or "
                f"{VARIABLE} with NAME=SECRET, separated by blanks"
            )
        for name, secret in secrets.items():
            if len(secret) < SHORTEST or not secret.isascii() or not secret.isprintable() or " " in secret:
                raise UnusableInput(
                    f"{PREFIX}{name}: the secret has {len(secret)} characters; allowed: {SHORTEST} or more printable "
                    "ones of ASCII, without blanks"
                )
        if len(set(secrets.values())) < len(secrets):
            raise UnusableInput("two tokens of the feed have the same secret; allowed: a secret of its own for each")
        self._digests = {name: _digest(secret) for name, secret in secrets.items()}

    def name_of(self, secret):
        """Return whose secret it is, or None; it takes as long for one as for the other."""
        found, wanted = None, _digest(secret)
        for name, digest in self._digests.items():
            if compare_digest(digest, wanted):
                found = name
        return found


def read_tokens(settings, environ=None):
    """Return the tokens that settings and environment name; those of the settings win.

    Parameters
    ----------
    settings : dict of str to str
        Those that begin with ``token.`` are read.
    environ : mapping of str to str, optional
        Default: that of the process.

    Raises
    ------
    UnusableInput
        As :class:`Tokens` says, or the variable is not written as it should be.
    """
    secrets = {}
    for pair in (os.environ if environ is None else environ).get(VARIABLE, "").split():
        name, mark, secret = pair.partition("=")
        if not mark or not name:
            raise UnusableInput(f"{VARIABLE}: one of its words has no name and secret; allowed: NAME=SECRET, separated "
                                "by blanks")  # fmt: skip
        secrets[name] = secret
    secrets |= {key.removeprefix(PREFIX): secret for key, secret in settings.items() if key.startswith(PREFIX)}
    return Tokens(secrets)


def _digest(secret):
    return sha256(secret.encode("utf-8", "surrogateescape")).digest()
