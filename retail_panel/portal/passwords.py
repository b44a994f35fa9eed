"""Passwords, for development: people and scrypt hashes in the portal file."""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass, field

#: Cost, block size and width of scrypt: 16 MB and some 50 ms a try.
COST, BLOCK, WIDTH = 2**14, 8, 1


@dataclass(frozen=True)
class Known:
    """One person of the portal file: their groups, and the hash of their password as :func:`hashed` makes it."""

    groups: tuple
    password: str = field(repr=False)


def hashed(password):
    """Return the salted hash of a password, as text for the portal file."""
    salt = os.urandom(16)
    return f"scrypt${_text(salt)}${_text(_scrypt(password, salt))}"


def read_people(tables):
    """Read ``[[passwords]]`` of a portal file; returns name to :class:`Known`."""
    found = {}
    for each in tables:
        name = each.take("name", str, "the name of a person", check=bool)
        allowed = "a hash, as `retail-panel secret --password` prints it"
        password = each.take("password", str, allowed, check=_is_hash)
        if name in found:
            raise each.fault("name", name, "each person once")
        found[name] = Known(each.texts("groups"), password)
        each.done()
    return found


def is_right(known, password):
    """Whether a password is that of a person; as slow where there is no such person (None)."""
    _, salt, wanted = (known.password if known else _NOBODY).split("$")
    found = _text(_scrypt(password, base64.b64decode(salt)))
    return hmac.compare_digest(found, wanted) and known is not None


def _scrypt(password, salt):
    return hashlib.scrypt(password.encode(), salt=salt, n=COST, r=BLOCK, p=WIDTH)


def _text(some):
    return base64.b64encode(some).decode()


def _is_hash(text):
    parts = text.split("$")
    return len(parts) == 3 and parts[0] == "scrypt" and all(parts)


_NOBODY = hashed(os.urandom(16).hex())
